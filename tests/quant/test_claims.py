"""Claims against bars whose answer is known by construction, mirrored ones, and bars and claims of any kind."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.bars import Bars
from app.domain.claims import (
    CANDLES,
    Assertion,
    CandleClaim,
    Claim,
    Comparison,
    CrossClaim,
    DivergenceClaim,
    Finding,
    LevelClaim,
    Line,
    Shape,
    ShapeClaim,
    Side,
    StructureClaim,
    TrendLineClaim,
    Truth,
    ValueClaim,
    VolumeClaim,
    Way,
    withdraws_support,
)
from app.quant.claims import check_claim, check_claims
from app.quant.indicators.catalogue import FIRST_CLASS
from tests.support import formulas
from tests.support.paths import flipped, path
from tests.support.walks import walk

DAY = 86400
CLOSE, RSI = Line("close"), Line("rsi")
TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.NOT_CHECKABLE
ZIGZAG = path([100, 110, 103, 110.1, 103.2, 109.9, 106, 107])


def found(assertion: Assertion, bars: Bars) -> tuple[Truth, float | None]:
    finding = check_claim(Claim(assertion), bars)
    assert finding.sentence.endswith(".")
    assert "nan" not in finding.sentence.lower().replace("finance", "")
    return finding.truth, finding.number


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (LevelClaim(Side.RESISTANCE, 110.5, 3), (TRUE, 3.0)),
        (LevelClaim(Side.RESISTANCE, 110.5, 4), (FALSE, 3.0)),
        (LevelClaim(Side.SUPPORT, 110.5, 3), (FALSE, 3.0)),  # the close lies under it
        (LevelClaim(Side.RESISTANCE, 102.6, 1), (FALSE, 2.0)),  # the close lies above it
        (LevelClaim(Side.SUPPORT, 102.6, 2), (TRUE, 2.0)),
        (LevelClaim(Side.RESISTANCE, 115.0, 1), (FALSE, 0.0)),
        (LevelClaim(Side.RESISTANCE, 110.5, 0), (UNKNOWN, None)),
        (LevelClaim(Side.RESISTANCE, math.nan), (UNKNOWN, None)),
        (LevelClaim(Side.RESISTANCE, 10**400), (UNKNOWN, None)),
    ],
)
def test_a_level_is_as_good_as_its_touches(claim: Assertion, expected: tuple[Truth, float | None]) -> None:
    assert found(claim, ZIGZAG) == expected


def test_the_touches_of_a_level_can_be_drawn() -> None:
    finding = check_claim(Claim(LevelClaim(Side.RESISTANCE, 110.5, 3), text="It turned there thrice."), ZIGZAG)
    assert [(point.time, point.price) for point in finding.points] == [
        (5 * DAY, 110.5),
        (15 * DAY, 110.6),
        (25 * DAY, 110.4),
    ]
    assert finding.claim.text == "It turned there thrice."


def test_a_value_is_recomputed_and_compared() -> None:
    bars = walk(5, 120)
    strength = formulas.rsi(bars.close.tolist(), 14)[-1]
    quick = formulas.rsi(bars.close.tolist(), 7)[-1]
    mean = formulas.sma(bars.close.tolist(), 50)[-1]
    _, signal = formulas.macd(bars.close.tolist(), 12, 26, 9)
    assert found(ValueClaim(RSI, Comparison.ABOVE, strength - 1), bars) == (TRUE, pytest.approx(strength))
    assert found(ValueClaim(RSI, Comparison.BELOW, strength - 1), bars)[0] is FALSE
    assert found(ValueClaim(RSI, Comparison.AT, round(strength)), bars)[0] is TRUE
    assert found(ValueClaim(RSI, Comparison.AT, strength * 1.03), bars)[0] is FALSE
    seven = Line("RSI", (("length", 7.0),))
    assert found(ValueClaim(seven, Comparison.ABOVE, RSI), bars) == (
        TRUE if quick > strength else FALSE,
        pytest.approx(quick),
    )
    average = Line("sma", (("length", 50.0),))
    above = bars.close[-1] > mean
    assert found(ValueClaim(CLOSE, Comparison.ABOVE, average), bars)[0] is (TRUE if above else FALSE)
    near = formulas.atr(bars.high.tolist(), bars.low.tolist(), bars.close.tolist(), 14)[-1] / 4
    assert found(ValueClaim(average, Comparison.AT, mean + 0.9 * near), bars)[0] is TRUE
    assert found(ValueClaim(average, Comparison.AT, mean + 1.1 * near), bars)[0] is FALSE
    of_macd = Line("macd", output="signal")
    assert found(ValueClaim(of_macd, Comparison.AT, signal[-1]), bars) == (TRUE, pytest.approx(signal[-1]))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (ValueClaim(CLOSE, Comparison.RISING, bars=5), (TRUE, pytest.approx(1.0))),
        (ValueClaim(CLOSE, Comparison.FALLING, bars=5), (FALSE, pytest.approx(1.0))),
        (ValueClaim(CLOSE, Comparison.RISING, bars=35), (TRUE, pytest.approx(7.0))),
        (ValueClaim(CLOSE, Comparison.RISING, bars=36), (UNKNOWN, None)),
        (ValueClaim(CLOSE, Comparison.RISING, bars=0), (UNKNOWN, None)),
        (ValueClaim(CLOSE, Comparison.ABOVE), (UNKNOWN, None)),
        (ValueClaim(Line("moon"), Comparison.ABOVE, 1), (UNKNOWN, None)),
        (ValueClaim(Line("m" * 9999), Comparison.ABOVE, 1), (UNKNOWN, None)),
        (ValueClaim(Line("rsi", (("length", 1e9),)), Comparison.ABOVE, 1), (UNKNOWN, None)),
        (ValueClaim(Line("rsi", (("length", 10**400),)), Comparison.ABOVE, 1), (UNKNOWN, None)),
        (ValueClaim(Line("rsi", (("colour", 3),)), Comparison.ABOVE, 1), (UNKNOWN, None)),
        (ValueClaim(Line("rsi", output="moon"), Comparison.ABOVE, 1), (UNKNOWN, None)),
        (ValueClaim(Line("sma", (("length", 200),)), Comparison.ABOVE, 1), (UNKNOWN, None)),
        (ValueClaim(CLOSE, Comparison.ABOVE, math.inf), (UNKNOWN, None)),
    ],
)
def test_values_that_move_and_values_that_there_are_not(claim: Assertion, expected: tuple[Truth, float | None]) -> None:
    assert found(claim, ZIGZAG) == expected


def test_a_cross_is_true_within_its_bars_only() -> None:
    bars = path([100, 90, 110], step=20)  # the close passes 100 upwards between the 30th and the 31st bar
    assert found(CrossClaim(CLOSE, 100.0, Way.UP, within=10), bars) == (TRUE, 9.0)
    assert found(CrossClaim(CLOSE, 100.0, Way.UP, within=9), bars) == (FALSE, 9.0)
    assert found(CrossClaim(CLOSE, 100.0, Way.DOWN, within=10), bars) == (FALSE, None)
    assert found(CrossClaim(CLOSE, math.nan, Way.UP), bars)[0] is UNKNOWN
    assert found(CrossClaim(CLOSE, Line("sma", (("length", 40),)), Way.UP, within=41), bars)[0] is not UNKNOWN
    assert found(CrossClaim(Line("sma", (("length", 50),)), CLOSE, Way.UP), bars)[0] is UNKNOWN


def test_a_trend_line_holds_until_a_close_lies_beyond_it() -> None:
    bars = path([100, 104, 102, 106, 104, 108], step=5)
    low = TrendLineClaim(Side.SUPPORT, 10 * DAY, 20 * DAY)
    finding = check_claim(Claim(low), bars)
    assert (finding.truth, finding.number) == (TRUE, pytest.approx(101.5 + 15 * 0.2))
    assert [(point.time, point.price) for point in finding.points] == [
        (10 * DAY, 101.5),
        (20 * DAY, 103.5),
        (25 * DAY, pytest.approx(104.5)),
    ]
    for depth, truth in (
        (0.2, TRUE),
        (1.0, FALSE),
    ):  # a close beyond the line by less than a quarter of an ATR, or more
        bent = path([100, 104, 102, 106, 104, 108], step=5)
        bent.close[15] = 101.5 + 5 * 0.2 - depth
        assert found(low, bent)[0] is truth
    broken = path([100, 104, 102, 106, 104, 108, 100], step=5)
    assert found(low, broken)[0] is FALSE
    assert found(TrendLineClaim(Side.RESISTANCE, 5 * DAY, 15 * DAY), bars)[0] is TRUE
    assert found(TrendLineClaim(Side.RESISTANCE, 0, 10 * DAY), bars)[0] is FALSE
    assert found(TrendLineClaim(Side.SUPPORT, 20 * DAY, 10 * DAY), bars)[0] is UNKNOWN
    assert found(TrendLineClaim(Side.SUPPORT, 10 * DAY + 1, 20 * DAY), bars)[0] is UNKNOWN
    assert found(TrendLineClaim(Side.SUPPORT, 10**400, 20 * DAY), bars)[0] is UNKNOWN


def test_structure_is_read_from_the_last_two_swings_of_each_kind() -> None:
    rise = path([100, 105, 102, 108, 104, 107], step=5)
    assert found(StructureClaim(Way.UP), rise) == (TRUE, pytest.approx(3.0))
    assert found(StructureClaim(Way.DOWN), rise) == (FALSE, pytest.approx(3.0))
    assert found(StructureClaim(Way.UP, within=12), rise) == (FALSE, None)
    mixed = path([100, 105, 102, 108, 101, 107], step=5)
    assert found(StructureClaim(Way.UP), mixed)[0] is FALSE
    assert found(StructureClaim(Way.DOWN), mixed)[0] is FALSE


def test_a_divergence_needs_price_and_line_to_part() -> None:
    bars = path([100, 101, 99, 120, 110, 121, 112], step=12)  # the second rise is slower: a weaker RSI
    strength = formulas.rsi(bars.close.tolist(), 14)
    change = strength[60] - strength[36]
    assert change < 0
    assert found(DivergenceClaim(Way.DOWN, RSI), bars) == (TRUE, pytest.approx(change))
    assert found(DivergenceClaim(Way.UP, RSI), bars)[0] is FALSE
    assert found(DivergenceClaim(Way.DOWN, CLOSE), bars) == (FALSE, pytest.approx(1.0))
    assert found(DivergenceClaim(Way.DOWN, Line("sma", (("length", 50),))), bars)[0] is UNKNOWN
    assert found(DivergenceClaim(Way.DOWN, RSI, within=20), bars) == (FALSE, None)


def test_volume_is_measured_against_its_mean() -> None:
    bars = walk(1, 60)
    bars.volume[:] = 1000.0
    bars.volume[-1] = 3000.0
    assert found(VolumeClaim(Comparison.ABOVE, 2.5), bars) == (TRUE, pytest.approx(3000 / 1100))
    assert found(VolumeClaim(Comparison.ABOVE, 3.0), bars)[0] is FALSE
    assert found(VolumeClaim(Comparison.BELOW, 3.0), bars)[0] is TRUE
    assert found(VolumeClaim(Comparison.AT, 2.7), bars)[0] is TRUE
    assert found(VolumeClaim(Comparison.RISING, bars=30), bars) == (TRUE, pytest.approx(32000 / 30000))
    assert found(VolumeClaim(Comparison.FALLING, bars=30), bars)[0] is FALSE
    assert found(VolumeClaim(Comparison.RISING, bars=31), bars)[0] is UNKNOWN
    bars.volume[:] = 0.0
    assert found(VolumeClaim(Comparison.ABOVE), bars)[0] is UNKNOWN


def test_candles_are_those_of_talib() -> None:
    assert [f"CDL{name.upper()}" for name in CANDLES] == talib.get_function_groups()["Pattern Recognition"]
    bars = walk(11, 400)
    for name in CANDLES:
        marks = getattr(talib, f"CDL{name.upper()}")(bars.open, bars.high, bars.low, bars.close)
        for way, at in ((Way.UP, np.flatnonzero(marks > 0)), (Way.DOWN, np.flatnonzero(marks < 0))):
            ago = 399 - int(at[-1]) if len(at) else None
            truth = TRUE if ago is not None and ago < 100 else FALSE
            assert found(CandleClaim(name, way, within=100), bars) == (truth, ago)
            if ago:
                assert found(CandleClaim(name, way, within=ago), bars)[0] is FALSE
                assert found(CandleClaim(name, way, within=ago + 1), bars)[0] is TRUE
    assert found(CandleClaim("moon"), bars)[0] is UNKNOWN
    assert found(CandleClaim("doji"), walk(1, 5))[0] is UNKNOWN


SIDES = {Side.SUPPORT: Side.RESISTANCE, Side.RESISTANCE: Side.SUPPORT}
WAYS = {Way.UP: Way.DOWN, Way.DOWN: Way.UP}
SHAPES = dict(zip(Shape, (list(Shape)[at] for at in (1, 0, 3, 2, 5, 4, 6, 8, 7)), strict=True))
COMPARED = {
    Comparison.ABOVE: Comparison.BELOW,
    Comparison.BELOW: Comparison.ABOVE,
    Comparison.AT: Comparison.AT,
    Comparison.RISING: Comparison.FALLING,
    Comparison.FALLING: Comparison.RISING,
}
MEAN = Line("sma", (("length", 10),))


def mirrors(price: float, first: int, second: int) -> list[tuple[Assertion, Assertion]]:
    """Claims and what they become when every price p is −p."""
    pairs: list[tuple[Assertion, Assertion]] = []
    pairs += [(LevelClaim(one, price, 1), LevelClaim(two, -price, 1)) for one, two in SIDES.items()]
    pairs += [(ValueClaim(CLOSE, one, MEAN), ValueClaim(CLOSE, two, MEAN)) for one, two in COMPARED.items()]
    pairs += [(TrendLineClaim(one, first, second), TrendLineClaim(two, first, second)) for one, two in SIDES.items()]
    for one, two in WAYS.items():
        pairs += [(CrossClaim(CLOSE, MEAN, one), CrossClaim(CLOSE, MEAN, two))]
        pairs += [(CrossClaim(CLOSE, price, one), CrossClaim(CLOSE, -price, two))]
        pairs += [(StructureClaim(one), StructureClaim(two))]
        pairs += [(DivergenceClaim(one, Line("macd")), DivergenceClaim(two, Line("macd")))]
        pairs += [(CandleClaim("engulfing", one, 60), CandleClaim("engulfing", two, 60))]
    pairs += [(ShapeClaim(one), ShapeClaim(two)) for one, two in SHAPES.items()]
    return pairs


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 150), noise=st.sampled_from([0.005, 0.02, 0.1]))
def test_mirrored_claims_on_mirrored_bars_are_as_true(seed: int, count: int, noise: float) -> None:
    bars = walk(seed, count, noise=noise)
    price = float(bars.close[count // 2])
    for one, two in mirrors(price, int(bars.time[count // 3]), int(bars.time[count // 2])):
        first, second = check_claim(Claim(one), bars), check_claim(Claim(two), flipped(bars))
        assert first.truth is second.truth, (one, first.sentence, second.sentence)
        there = sorted((point.time, point.price) for point in first.points)
        assert there == sorted((point.time, -point.price) for point in second.points)


NUMBERS = st.floats() | st.integers(-3, 300) | st.sampled_from([1e308, -1e308, 0.0, 10**400])
COUNTS = st.integers(-2, 400) | st.just(10**30)
LINES = st.builds(
    Line,
    st.sampled_from(["close", "volume", "moon", "", *(indicator.name for indicator in FIRST_CLASS), "cdldoji"]),
    st.lists(st.tuples(st.sampled_from(["length", "fast", "moon"]), NUMBERS), max_size=2).map(tuple),
    st.sampled_from(["", "signal", "direction", "moon"]),
)
ASSERTIONS = st.one_of(
    st.builds(LevelClaim, st.sampled_from(Side), NUMBERS, COUNTS),
    st.builds(ValueClaim, LINES, st.sampled_from(Comparison), st.none() | NUMBERS | LINES, COUNTS),
    st.builds(CrossClaim, LINES, NUMBERS | LINES, st.sampled_from(Way), COUNTS),
    st.builds(TrendLineClaim, st.sampled_from(Side), st.integers(-1, 60).map(lambda day: day * DAY), COUNTS),
    st.builds(StructureClaim, st.sampled_from(Way), COUNTS),
    st.builds(ShapeClaim, st.sampled_from(Shape), COUNTS),
    st.builds(CandleClaim, st.sampled_from([*CANDLES, "moon"]), st.none() | st.sampled_from(Way), COUNTS),
    st.builds(DivergenceClaim, st.sampled_from(Way), LINES, COUNTS),
    st.builds(VolumeClaim, st.sampled_from(Comparison), NUMBERS, COUNTS),
)


@st.composite
def any_bars(draw: st.DrawFn) -> Bars:
    """Walks with some prices replaced by anything, small whole prices, and nothing at all."""
    count = draw(st.integers(0, 80))
    bars = walk(draw(st.integers(0, 99)), count)
    columns = [bars.open, bars.high, bars.low, bars.close, bars.volume]
    if draw(st.booleans()) and count:
        odd = st.sampled_from([0.0, -5.0, 1e308, -1e308, 1e-320, math.nan, math.inf])
        for _ in range(draw(st.integers(1, 4))):
            columns[draw(st.integers(0, 4))][draw(st.integers(0, count - 1))] = draw(odd)
    elif draw(st.booleans()):
        for column in columns:
            column[:] = np.round(column / 20)
    return replace(bars, closed=draw(st.integers(max(0, count - 1), count)))


@settings(max_examples=400, deadline=None)
@given(any_bars(), ASSERTIONS)
def test_nothing_raises_and_no_nan_comes_out(bars: Bars, assertion: Assertion) -> None:
    finding = check_claim(Claim(assertion), bars)
    assert finding.sentence
    assert len(finding.sentence) <= 400
    assert finding.number is None or math.isfinite(finding.number)
    assert all(math.isfinite(point.price) for point in finding.points)
    if finding.truth is UNKNOWN:
        assert finding.number is None
        assert finding.points == ()


def test_a_number_that_overflows_is_not_checkable() -> None:
    bars = walk(1, 30)
    bars.close[-6], bars.close[-1] = -1.2e308, 1.2e308
    assert found(ValueClaim(CLOSE, Comparison.RISING, bars=5), bars) == (UNKNOWN, None)


def test_the_forming_bar_is_no_evidence() -> None:
    bars = walk(3, 100)
    forming = replace(bars, closed=99)
    claims = [Claim(claim) for claim in (ValueClaim(RSI, Comparison.ABOVE, 50.0), LevelClaim(Side.SUPPORT, 90.0))]
    assert check_claims(claims, forming) == check_claims(claims, bars.part(0, 99))


def test_only_a_false_key_claim_withdraws_a_reading() -> None:
    claim = Claim(ValueClaim(RSI, Comparison.ABOVE, 50.0))

    def verdict(truth: Truth, *, is_key: bool) -> bool:
        return withdraws_support((Finding(replace(claim, is_key=is_key), truth, None, "."),))

    assert verdict(FALSE, is_key=True)
    assert not verdict(FALSE, is_key=False)
    assert not verdict(UNKNOWN, is_key=True)
    assert not verdict(TRUE, is_key=True)
    assert not withdraws_support(())
