"""The forming bar's value from the running state equals the one from the whole series, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.bars import Bars, from_columns
from app.domain.errors import UserError
from app.quant.indicators.catalogue import FIRST_CLASS, find
from app.quant.indicators.forming import follow, forming_bar
from app.quant.indicators.kinds import Indicator, NotEnoughBars, Settings
from app.quant.indicators.others import all_others
from tests.support.walks import walk

BY_NAME = [indicator.name for indicator in FIRST_CLASS]


def flat_in_places(seed: int, count: int, seconds: int) -> Bars:
    """Return a walk with stretches without any change, without range and without trade."""
    bars = walk(seed, count, seconds=seconds)
    dice = np.random.default_rng(seed)
    for _ in range(2):
        start = int(dice.integers(0, max(1, count - 5)))
        part = slice(start, start + int(dice.integers(2, 40)))
        for column in (bars.open, bars.high, bars.low, bars.close):
            column[part] = 50.0
        bars.volume[part] = 0.0
    return bars


def in_full(indicator: Indicator, given_settings: Settings, bars: Bars) -> list[float]:
    try:
        return [float(column[-1]) for column in indicator.compute(bars, given_settings).values()]
    except NotEnoughBars:
        return [np.nan] * len(indicator.outputs)


def check(indicator: Indicator, given_settings: Settings, bars: Bars, start: int) -> None:
    """Follow from `start` closed bars to the end; each bar is looked at twice with other numbers before it closes."""
    following = follow(indicator, given_settings, bars.part(0, start))
    for index in range(start, len(bars)):
        bar = forming_bar(bars, index)
        following.peek(bar._replace(high=bar.high * 2, close=bar.close * 1.5, volume=bar.volume * 3 + 1))
        found = following.peek(bar)
        assert list(found) == [output.name for output in indicator.outputs]
        expected = in_full(indicator, given_settings, bars.part(0, index + 1))
        np.testing.assert_array_equal(list(found.values()), expected, err_msg=f"{indicator.name} at {index}")
        following.close(bar)


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    start=st.integers(0, 70),
    more=st.integers(1, 12),
    seconds=st.sampled_from([3600, 86400]),
    scale=st.floats(0, 1),
)
def test_it_equals_the_whole_computation_for_any_settings_and_any_history(
    name: str, seed: int, start: int, more: int, seconds: int, scale: float
) -> None:
    indicator = find(name)
    chosen = {
        one.name: one.settle(round(min(one.low + scale * (one.default - one.low) * 2, one.high)))
        for one in indicator.parameters
        if one.is_whole
    }
    try:
        indicator.settle(chosen)
    except UserError:
        chosen = {}
    check(indicator, chosen, flat_in_places(seed, start + more, seconds), start)


@pytest.mark.parametrize("indicator", FIRST_CLASS, ids=lambda one: one.name)
def test_from_nothing_at_all_to_a_long_series(indicator: Indicator) -> None:
    check(indicator, {}, walk(7, 90), 0)
    check(indicator, {}, walk(8, 1030), 1000)


def test_a_first_flip_is_seen_on_the_very_bar() -> None:
    close = np.r_[np.full(40, 50.0), 80.0, 81.0, 20.0, 19.0]
    columns = {"time": np.arange(44) * 86400, "open": close, "high": close + 1, "low": close - 1, "close": close}
    bars = from_columns({**columns, "volume": np.ones(44)}, 44)
    check(find("supertrend"), {}, bars, 30)
    following = follow(find("supertrend"), {}, bars.part(0, 40))
    assert following.peek(forming_bar(bars, 40))["direction"] == 1.0
    assert np.isnan(following.peek(forming_bar(bars, 39))["direction"])


def test_every_other_function_of_talib_is_followed_as_well() -> None:
    bars = walk(3, 260)
    for indicator in all_others():
        check(indicator, {}, bars, 258)


def test_only_the_closed_bars_are_history() -> None:
    bars = walk(4, 60)
    forming = Bars(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, closed=59)
    found = follow(find("rsi"), {}, forming).peek(forming_bar(bars))
    assert found["rsi"] == find("rsi").compute(bars)["rsi"][-1]


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UserError, match="fast length must be below"):
        follow(find("macd"), {"fast": 30}, walk(1, 100))


@pytest.mark.parametrize("name", ["rsi", "stochastic"])
@pytest.mark.parametrize("start", range(18, 62, 4))
def test_silence_is_told_from_weakness_bar_by_bar(name: str, start: int) -> None:
    close = np.r_[np.full(30, 12.0), np.linspace(12, 10, 20), np.full(20, 10.0), np.linspace(10, 12, 20)]
    columns = {"time": np.arange(90) * 86400, "open": close, "high": close, "low": close, "close": close}
    check(find(name), {}, from_columns({**columns, "volume": np.ones(90)}, 90), start)


@pytest.mark.parametrize("traded", ["0500", "5000", "0050", "0005", "5555", "5000500050000500"])
@pytest.mark.parametrize("in_a_session", [1, 2, 4])
def test_sessions_with_and_without_trade_are_weighed_bar_by_bar(traded: str, in_a_session: int) -> None:
    for seed in range(2):
        bars = walk(seed, 4 * len(traded), seconds=86400 // in_a_session)
        bars.volume[:] *= np.array([int(mark) for mark in traded * 4])
        for start in (1, 4):
            check(find("vwap"), {}, bars, start)


def test_a_day_of_one_bar_after_a_day_of_two_is_weighed_as_all_days_are() -> None:
    for seed in range(40):
        bars = walk(seed, 6)
        bars.time[:] = np.array([0, 24, 25, 48, 72, 96]) * 3600
        for start in (1, 2):
            check(find("vwap"), {}, bars, start)
