"""Bars are kept as they came when sound, put right in words when not, and grow without being read again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.bars import Bars, from_columns
from app.domain.errors import UserError
from app.ui.charts.series import Series
from tests.ui.charts.conftest import rows, wave


def columns(bars: Bars) -> dict[str, np.ndarray]:
    return {name: getattr(bars, name).copy() for name in ("time", "open", "high", "low", "close", "volume")}


def test_sound_bars_are_not_copied() -> None:
    bars = wave(50)
    assert Series(bars).bars is bars


def test_impossible_bars_are_not_drawn_and_are_counted() -> None:
    bars = rows((10, 12, 9, 11), (10, 9, 12, 11), (float("nan"), 12, 9, 11), (10, 12, 11.5, 11), (10, 12, 9, 11))
    series = Series(bars)
    assert np.isnan(series.bars.high).tolist() == [False, True, True, True, False]
    assert series.notes == ("3 bars are not drawn: no number, or high below low",)
    assert np.isfinite(bars.high[1])  # the caller's own column is untouched


def test_infinite_prices_are_not_drawn() -> None:
    assert np.isnan(Series(rows((1, float("inf"), 1, 1), (1, 2, 1, 1))).bars.high).tolist() == [True, False]


def test_zero_and_negative_prices_are_prices() -> None:
    assert Series(rows((0, 0, 0, 0), (-37, -30, -40, -36))).notes == ()


def test_bars_out_of_order_are_sorted_and_the_later_duplicate_wins() -> None:
    bars = columns(wave(4))
    bars["time"] = bars["time"][[1, 0, 2, 2]]
    series = Series(from_columns(bars, 4))
    assert np.all(np.diff(series.bars.time) > 0)
    assert series.bars.close[-1] == bars["close"][3]
    assert series.notes == ("bars came out of order and were sorted", "1 duplicate bar was dropped, the later one kept")


def test_columns_of_different_lengths_are_refused_with_the_numbers() -> None:
    with pytest.raises(UserError, match=r"close 2.*load them again"):
        Series(replace(wave(3), close=np.array([1.0, 2.0])))


def test_times_outside_of_the_calendar_are_refused() -> None:
    with pytest.raises(UserError, match="between the years"):
        Series(replace(wave(1), time=np.array([10**15])))


def test_an_appended_bar_moves_nothing() -> None:
    whole = wave(100)
    series = Series(whole.part(0, 60))
    assert series.update(whole.part(0, 61)) == 0
    assert len(series) == 61
    assert series.groups(0, 60, 16).high.tolist() == Series(whole.part(0, 61)).groups(0, 60, 16).high.tolist()


def test_older_history_moves_the_old_bars_by_its_length() -> None:
    whole = wave(100)
    series = Series(whole.part(40, 100))
    assert series.update(whole) == 40


def test_a_revised_closed_bar_is_noticed() -> None:
    bars = wave(200)
    series = Series(bars)
    revised = columns(bars)
    revised["high"][7] = 500.0
    series.update(from_columns(revised, 200))
    assert series.groups(0, 199, 50).high[0] == 500.0


def test_a_tick_moves_the_forming_bar_alone() -> None:
    series = Series(wave(30, forming=True))
    closed = series.bars.high.copy()
    assert series.move_live(500.0)
    assert series.at(29).high == 500.0
    assert series.at(29).is_forming
    np.testing.assert_array_equal(series.bars.high, closed)
    assert not series.move_live(float("nan"))


def test_without_a_forming_bar_a_tick_moves_nothing() -> None:
    assert not Series(wave(30)).move_live(500.0)


def test_the_forming_group_holds_its_closed_neighbours() -> None:
    series = Series(wave(35, forming=True))
    group = series.live_group(16)
    assert group is not None
    assert group.first == 2
    assert group.open[0] == series.bars.open[32]
    assert group.high[0] == series.bars.high[32:].max()
    assert group.close[0] == series.bars.close[34]


def test_groups_do_not_depend_on_where_the_view_begins() -> None:
    series = Series(wave(1000))
    one, other = series.groups(100, 500, 7), series.groups(103, 503, 7)
    shift = other.first - one.first
    np.testing.assert_array_equal(one.high[shift:], other.high[: len(one) - shift])
    assert (one.first * 7) % 7 == 0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_smallest_series_have_their_groups(count: int) -> None:
    series = Series(wave(count))
    assert len(series.groups(-5, 5, 1)) == count
    assert len(series.groups(-5, 5, 4)) == min(count, 1)


@pytest.mark.parametrize("left", [7.0, 9.9, 10.6, 13.4])
def test_a_group_that_is_only_partly_in_view_is_drawn(left: float) -> None:
    groups = Series(wave(1000)).groups(left, 50.0, 7)
    assert groups.first == 1
    assert groups.first + len(groups) - 1 == 50 // 7
