"""The confirmation of any combination of verdicts, the relation, the confidence and what equality means."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.bars import Bars, Timeframe
from app.domain.signals import (
    Check,
    CheckName,
    Confirmation,
    Direction,
    IndicatorValues,
    Relation,
    Trend,
    Verdict,
)
from app.domain.strategies import ThreeOfFour
from app.quant.confidence import weigh
from app.quant.confirmation import LastBar, confirm, read_last_bar, relate
from tests.support.walks import walk

UP, DOWN, NONE = Verdict.BULLISH, Verdict.BEARISH, Verdict.UNAVAILABLE


def bar(verdicts: tuple[Verdict, ...]) -> LastBar:
    """Return a last bar whose four checks come out as asked."""
    word = {UP: "up", DOWN: "down", NONE: None}[verdicts[0]]
    number = {UP: 1.0, DOWN: -1.0, NONE: 0.0}
    strength = {UP: 60.0, DOWN: 40.0, NONE: None}[verdicts[3]]
    values = IndicatorValues(
        sma20=100.0 - number[verdicts[1]],
        supertrend=None if word is None else 95.0,
        supertrend_direction=word,
        macd=number[verdicts[2]],
        macd_signal=0.0,
        rsi=strength,
        atr=2.0,
    )
    return LastBar(100.0, values, price_noise=1e-10, rsi_noise=0.0)


@pytest.mark.parametrize("verdicts", list(product((UP, DOWN, NONE), repeat=4)))
def test_every_combination_comes_to_what_the_rules_say(verdicts: tuple[Verdict, ...]) -> None:
    result = confirm(Timeframe.D1, bar(verdicts))
    assert tuple(check.verdict for check in result.checks) == verdicts
    assert [check.name for check in result.checks] == list(CheckName)
    bull, bear = verdicts.count(UP), verdicts.count(DOWN)
    assert result.direction == ("BUY" if bull >= 3 else "SELL" if bear >= 3 else "HOLD")
    words = {(4, 0): "strong_bullish", (0, 4): "strong_bearish"}
    near = "bullish" if bull == 3 else "bearish" if bear == 3 else "neutral"
    assert result.trend == words.get((bull, bear), near)
    confidence = weigh(result, Relation.NEUTRAL)
    if result.direction is Direction.HOLD:
        assert confidence.value == (None if bull + bear < 3 else 1 - abs(bull - bear) / 4)
        assert [(term.term, term.value) for term in confidence.terms] == [("split", confidence.value)]
    else:
        assert confidence.value == {3: 0.5, 4: 0.6}[max(bull, bear)]


def test_the_confirmation_timeframe_adds_or_takes_a_tenth() -> None:
    four = confirm(Timeframe.D1, bar((UP,) * 4))
    values = {relation: weigh(four, relation).value for relation in Relation}
    assert values == {
        Relation.ALIGNED: 0.7,
        Relation.OPPOSED: 0.5,
        Relation.NEUTRAL: 0.6,
        Relation.UNAVAILABLE: 0.6,
    }
    terms = [(term.term, term.value) for term in weigh(four, Relation.OPPOSED).terms]
    assert terms == [("base", 0.6), ("confirmation", -0.1), ("reading", 0.0)]


def test_confidence_stays_between_0_and_1() -> None:
    four = confirm(Timeframe.D1, bar((DOWN,) * 4))
    assert weigh(four, Relation.ALIGNED, 0.3).value == 1.0
    assert weigh(four, Relation.OPPOSED, -0.9).value == 0.0


def of(timeframe: Timeframe, *verdicts: Verdict) -> Confirmation:
    return confirm(timeframe, bar(verdicts))


def test_the_relation_of_two_timeframes() -> None:
    buy, hold = of(Timeframe.D1, UP, UP, UP, DOWN), of(Timeframe.D1, UP, UP, DOWN, DOWN)
    week = Timeframe.W1
    assert relate(buy, of(week, UP, UP, UP, UP)) is Relation.ALIGNED
    assert relate(buy, of(week, DOWN, DOWN, DOWN, UP)) is Relation.OPPOSED
    assert relate(buy, of(week, UP, UP, DOWN, DOWN)) is Relation.NEUTRAL
    assert relate(hold, of(week, UP, UP, UP, UP)) is Relation.NEUTRAL
    assert relate(buy, of(week, UP, UP, DOWN, NONE)) is Relation.NEUTRAL


def test_unavailable_wins() -> None:
    buy, hold = of(Timeframe.D1, UP, UP, UP, DOWN), of(Timeframe.D1, UP, UP, DOWN, DOWN)
    assert relate(buy, None) is Relation.UNAVAILABLE
    assert relate(hold, of(Timeframe.W1, UP, UP, NONE, NONE)) is Relation.UNAVAILABLE
    assert relate(buy, of(Timeframe.W1, NONE, NONE, NONE, NONE)) is Relation.UNAVAILABLE
    assert relate(of(Timeframe.H1, UP, UP, UP, UP), of(Timeframe.W1, UP, UP, UP, UP)) is Relation.UNAVAILABLE


def test_an_equality_is_unavailable_with_a_distance_of_0() -> None:
    values = IndicatorValues(100.00000000000001, None, None, 1e-15, 0.0, 50.0, 1.0)
    result = confirm(Timeframe.D1, LastBar(100.0, values, price_noise=1e-10, rsi_noise=0.0))
    assert result.checks[1] == Check(CheckName.CLOSE_VS_SMA, NONE, 100.0, 100.00000000000001, 0.0)
    assert result.checks[2].distance == 0.0
    assert result.checks[3] == Check(CheckName.RSI, NONE, 50.0, 50.0, 0.0)
    assert result.checks[0] == Check(CheckName.SUPERTREND, NONE, 100.0, None, None)


@pytest.mark.parametrize("constant", [0.0, 1000 / 3, 1e5 / 7])
def test_gains_that_equal_losses_leave_the_rsi_without_a_side_even_in_prices_that_were_rounded(constant: float) -> None:
    moves = [1, 1, 1, 1, 1, 1, 1, -3, -2, -1, 0.3, -0.7, -0.5, -0.1]  # 7.3 up, 7.3 down
    close = constant + 10.1 + np.r_[0.0, np.cumsum(moves)] / 10
    close[-1] = np.nextafter(close[0], np.inf)
    bars = Bars(np.arange(15) * 86400, close, close, close, close, np.ones(15), closed=15)
    check = confirm(Timeframe.D1, read_last_bar(bars, ThreeOfFour())).checks[3]
    assert check.value == pytest.approx(50.0, abs=1e-6)
    assert (check.verdict, check.distance) == (NONE, 0.0)


def test_a_real_difference_is_never_taken_for_an_equality() -> None:
    for scale in (1e-4, 1.0, 1e7):
        close = np.full(60, scale)
        close[-1] *= 1 + 1e-9
        bars = Bars(np.arange(60) * 86400, close, close, close, close, np.ones(60), closed=60)
        verdicts = [check.verdict for check in confirm(Timeframe.D1, read_last_bar(bars, ThreeOfFour())).checks]
        assert verdicts[1:] == [UP, UP, UP]


def test_no_bars_at_all_and_too_few_are_simply_unavailable() -> None:
    for count in range(34):
        result = confirm(Timeframe.W1, read_last_bar(walk(1, count), ThreeOfFour()))
        assert result.checks[2].verdict is NONE
        assert result.direction in ("HOLD", "BUY", "SELL")
        if count < 15:
            assert result.available == 0 or count > 11


def test_c10_the_forming_bar_changes_nothing() -> None:
    bars = walk(8, 120)
    forming = Bars(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, closed=119)
    assert read_last_bar(forming, ThreeOfFour()) == read_last_bar(bars.part(0, 119), ThreeOfFour())


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 150), noise=st.sampled_from([0.0005, 0.02, 0.1]))
def test_negated_prices_give_the_opposite_exactly(seed: int, count: int, noise: float) -> None:
    bars = walk(seed, count, noise=noise)
    flipped = Bars(bars.time, -bars.open, -bars.low, -bars.high, -bars.close, bars.volume, closed=count)
    opposite = {UP: DOWN, DOWN: UP, NONE: NONE}
    one = confirm(Timeframe.D1, read_last_bar(bars, ThreeOfFour()))
    two = confirm(Timeframe.D1, read_last_bar(flipped, ThreeOfFour()))
    assert [opposite[check.verdict] for check in one.checks] == [check.verdict for check in two.checks]
    assert (one.bullish, one.bearish) == (two.bearish, two.bullish)
    assert {one.direction, two.direction} in ({Direction.HOLD}, {Direction.BUY, Direction.SELL})
    assert {one.trend, two.trend} in (
        {Trend.NEUTRAL},
        {Trend.BULLISH, Trend.BEARISH},
        {Trend.STRONG_BULLISH, Trend.STRONG_BEARISH},
    )
