"""Every first-class indicator against its textbook formula, its warm-up, its bounds and any number of bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from app.domain.bars import Bars
from app.domain.errors import UserError
from app.quant.indicators.catalogue import FIRST_CLASS, find
from app.quant.indicators.kinds import Indicator, NotEnoughBars
from tests.support import formulas
from tests.support.walks import walk

Reference = Callable[[Bars], dict[str, Sequence[Any]]]


def _columns(bars: Bars) -> tuple[list[float], list[float], list[float], list[float]]:
    return bars.high.tolist(), bars.low.tolist(), bars.close.tolist(), bars.volume.tolist()


def _supertrend(bars: Bars) -> dict[str, Sequence[Any]]:
    high, low, close, _ = _columns(bars)
    line, direction = formulas.supertrend(high, low, close, 10, 3.0)
    return {"supertrend": line, "direction": direction}


def _macd(bars: Bars) -> dict[str, Sequence[Any]]:
    line, signal = formulas.macd(bars.close.tolist(), 12, 26, 9)
    histogram = [None if b is None else a - b for a, b in zip(line, signal, strict=True)]
    return {"macd": line, "signal": signal, "histogram": histogram}


def _bollinger(bars: Bars) -> dict[str, Sequence[Any]]:
    upper, middle, lower = formulas.bollinger(bars.close.tolist(), 20, 2.0)
    return {"upper": upper, "middle": middle, "lower": lower}


def _stochastic(bars: Bars) -> dict[str, Sequence[Any]]:
    high, low, close, _ = _columns(bars)
    slow, smooth = formulas.stochastic(high, low, close, 14, 3, 3)
    return {"k": slow, "d": smooth}


def _volume(bars: Bars) -> dict[str, Sequence[Any]]:
    return {"volume": bars.volume.tolist(), "mean": formulas.sma(bars.volume.tolist(), 20)}


def _vwap(bars: Bars) -> dict[str, Sequence[Any]]:
    return {"vwap": formulas.vwap(*_columns(bars), sessions=(bars.time // 86400).tolist())}


REFERENCES: dict[str, Reference] = {
    "sma": lambda bars: {"sma": formulas.sma(bars.close.tolist(), 20)},
    "ema": lambda bars: {"ema": formulas.ema(bars.close.tolist(), 20)},
    "wma": lambda bars: {"wma": formulas.wma(bars.close.tolist(), 20)},
    "supertrend": _supertrend,
    "bollinger": _bollinger,
    "macd": _macd,
    "rsi": lambda bars: {"rsi": formulas.rsi(bars.close.tolist(), 14)},
    "atr": lambda bars: {"atr": formulas.atr(*_columns(bars)[:3], 14)},
    "stochastic": _stochastic,
    "obv": lambda bars: {"obv": formulas.obv(bars.close.tolist(), bars.volume.tolist())},
    "volume": _volume,
    "vwap": _vwap,
}


def same(found: np.ndarray, expected: Sequence[Any], where: str) -> None:
    wanted = np.array([math.nan if value is None else float(value) for value in expected])
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9, err_msg=where)


@pytest.mark.parametrize("name", sorted(REFERENCES))
@pytest.mark.parametrize("seconds", [86400, 3600])
def test_it_equals_the_textbook(name: str, seconds: int) -> None:
    indicator = find(name)
    for seed in range(15):
        bars = walk(seed, 40 + 20 * seed, seconds=seconds)
        expected = REFERENCES[name](bars)
        found = indicator.compute(bars)
        assert set(found) == set(expected)
        for output, values in expected.items():
            same(found[output], values, f"{name}.{output}, seed {seed}")


def test_adx_equals_the_textbook_once_its_seed_is_forgotten() -> None:
    # TA-Lib sums one bar less into Wilder's first mean; (13/14)^450 of that difference is left.
    bars = walk(3, 700)
    found = find("adx").compute(bars)
    expected = dict(zip(("adx", "plus_di", "minus_di"), formulas.adx(*_columns(bars)[:3], 14), strict=True))
    for output, values in expected.items():
        same(found[output][600:], values[600:], output)
        assert int(np.isnan(found[output]).sum()) == sum(value is None for value in values)


def test_every_first_class_indicator_of_the_catalogue_has_a_golden_test() -> None:
    assert {indicator.name for indicator in FIRST_CLASS} == {*REFERENCES, "adx"}


@pytest.mark.parametrize("indicator", FIRST_CLASS, ids=lambda indicator: indicator.name)
def test_c11_any_number_of_bars_gives_values_of_that_length_or_both_numbers(indicator: Indicator) -> None:
    needed = indicator.bars_needed()
    for count in range(251):
        bars = walk(1, count)
        if count < needed:
            with pytest.raises(NotEnoughBars, match=f"needs {needed} closed bars and there are {count}") as caught:
                indicator.compute(bars)
            assert (caught.value.needed, caught.value.found) == (needed, count)
        else:
            for array in indicator.compute(bars).values():
                assert array.shape == (count,)
                assert not np.isinf(array).any()


@pytest.mark.parametrize("indicator", FIRST_CLASS, ids=lambda indicator: indicator.name)
def test_the_warm_up_is_nan_and_ends_where_the_catalogue_says(indicator: Indicator) -> None:
    found = indicator.compute(walk(5, 200))
    firsts = [int(np.flatnonzero(~np.isnan(array))[0]) for array in found.values()]
    if indicator.name == "supertrend":  # it waits for its first flip besides
        assert min(firsts) >= indicator.bars_needed() - 1
    elif indicator.name == "adx":
        assert max(firsts) == indicator.bars_needed() - 1
    else:
        assert min(firsts) == indicator.bars_needed() - 1


@pytest.mark.parametrize("indicator", FIRST_CLASS, ids=lambda indicator: indicator.name)
def test_later_bars_never_change_earlier_values(indicator: Indicator) -> None:
    bars = walk(9, 160)
    whole = indicator.compute(bars)
    for stop in (70, 101, 159):
        for name, array in indicator.compute(bars.part(0, stop)).items():
            np.testing.assert_array_equal(array, whole[name][:stop])


@pytest.mark.parametrize("indicator", FIRST_CLASS, ids=lambda indicator: indicator.name)
def test_the_bars_themselves_are_left_as_they_are(indicator: Indicator) -> None:
    bars, twin = walk(2, 100), walk(2, 100)
    for array in indicator.compute(bars).values():
        array += 1.0
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(bars, name), getattr(twin, name))


@pytest.mark.parametrize("indicator", FIRST_CLASS, ids=lambda indicator: indicator.name)
def test_parameters_outside_their_bounds_are_refused_in_a_sentence(indicator: Indicator) -> None:
    for parameter in indicator.parameters:
        for wrong in (parameter.low - 1, parameter.high + 1, math.nan, math.inf):
            with pytest.raises(UserError, match="must lie between"):
                indicator.settle({parameter.name: wrong})
        if parameter.is_whole:
            with pytest.raises(UserError, match="whole number"):
                indicator.settle({parameter.name: parameter.low + 0.5})
        assert indicator.settle({})[parameter.name] == parameter.default
    with pytest.raises(UserError, match="has no parameter colour"):
        indicator.settle({"colour": 1})


def test_parameters_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(UserError, match="fast length must be below the slow one, not 26 against 12"):
        find("macd").settle({"fast": 26, "slow": 12})


def test_several_instances_of_one_indicator_differ_by_their_label() -> None:
    assert find("RSI").label({"length": 7}) == "RSI 7"
    assert find("rsi").label() == "RSI 14"
    assert find("supertrend").label() == "SUPERTREND 10 3"
    with pytest.raises(UserError, match="no indicator 'magic'"):
        find("magic")


def test_a_market_without_any_movement_has_no_rsi_no_stochastic_and_no_supertrend() -> None:
    still = walk(1, 60, noise=0.0)
    for name in ("rsi", "stochastic", "supertrend"):
        for array in find(name).compute(still).values():
            assert np.isnan(array).all(), name
    assert find("atr").compute(still)["atr"][-1] == 0.0


def test_the_rsi_comes_when_the_price_first_moves() -> None:
    close = np.r_[np.full(30, 7.1), np.full(5, 7.2)]
    found = find("rsi").compute(_flat(close))["rsi"]
    assert np.isnan(found[:30]).all()
    assert found[30:].tolist() == [100.0] * 5


def test_the_stochastic_is_unavailable_only_while_there_is_no_range() -> None:
    moving = np.linspace(10, 12, 30)
    close = np.r_[moving, np.full(20, 12.0), moving]
    found = find("stochastic").compute(_flat(close))
    slow, smooth = formulas.stochastic(close.tolist(), close.tolist(), close.tolist(), 14, 3, 3)
    same(found["k"], slow, "k")
    same(found["d"], smooth, "d")
    assert 0 < np.isnan(found["k"][20:]).sum() < 20


def test_the_vwap_waits_for_the_first_trade_of_a_session() -> None:
    bars = walk(4, 72, seconds=3600)
    bars.volume[24:30] = 0.0
    found = find("vwap").compute(bars)["vwap"]
    assert np.isnan(found[24:30]).all()
    same(found, _vwap(bars)["vwap"], "vwap")
    shifted = find("vwap").compute(bars, {"starts_at_h": 6})["vwap"]
    same(shifted, formulas.vwap(*_columns(bars), sessions=((bars.time - 6 * 3600) // 86400).tolist()), "shifted")


def _flat(close: np.ndarray) -> Bars:
    volume = np.ones(len(close))
    return Bars(np.arange(len(close)) * 86400, close, close, close, close, volume, closed=len(close))
