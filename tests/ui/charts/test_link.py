"""Linked charts show the same time, whatever their bars."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.bars import Timeframe
from app.ui.charts.link import TimeLink
from app.ui.charts.overlay import Cross
from app.ui.charts.series import Series
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import AAPL, LoudPalette, wave

DAY = 86400


@pytest.fixture
def pair(palette: LoudPalette) -> Iterator[tuple[ChartView, ChartView]]:
    daily, hourly = ChartView(palette), ChartView(palette)
    daily.set_series(AAPL, Timeframe.D1, wave(300), source_text="", zone="UTC")
    hourly.set_series(AAPL, Timeframe.H1, wave(300 * 24, step=3600), source_text="", zone="UTC")
    yield daily, hourly
    for view in (daily, hourly):
        view.deleteLater()
    QApplication.sendPostedEvents(None, 52)


def test_a_range_travels_as_moments(pair: tuple[ChartView, ChartView]) -> None:
    daily, hourly = pair
    link = TimeLink()
    link.join(daily)
    link.join(hourly)
    daily.times.show(100.0, 150.0)
    assert (hourly.times.left, hourly.times.right) == pytest.approx((2400.0, 3600.0))
    hourly.times.show(240.0, 960.0)
    assert (daily.times.left, daily.times.right) == pytest.approx((10.0, 40.0))


def test_a_long_timeframe_shows_more_of_its_past_rather_than_a_few_bars(pair: tuple[ChartView, ChartView]) -> None:
    daily, hourly = pair
    link = TimeLink()
    link.join(daily)
    link.join(hourly)
    hourly.times.show(2400.0, 2448.0)
    assert (daily.times.left, daily.times.right) == pytest.approx((82.0, 102.0))
    assert (hourly.times.left, hourly.times.right) == pytest.approx((2400.0, 2448.0))


def test_the_crosshair_travels_to_the_bar_of_that_moment(pair: tuple[ChartView, ChartView]) -> None:
    daily, hourly = pair
    link = TimeLink()
    link.join(daily)
    link.join(hourly)
    hourly.canvas.move_cross(Cross(24 * 7 + 5, 100.0))
    assert daily.canvas.cross == Cross(7, None)
    hourly.canvas.move_cross(None)
    assert daily.canvas.cross is None


def test_a_chart_that_left_goes_its_own_way(pair: tuple[ChartView, ChartView]) -> None:
    daily, hourly = pair
    link = TimeLink()
    link.join(daily)
    link.join(hourly)
    link.leave(hourly)
    before = hourly.times.left
    daily.times.show(100.0, 150.0)
    assert hourly.times.left == before


def test_positions_and_moments_are_one_another_over_gaps_and_beyond_the_ends() -> None:
    bars = wave(50)
    bars.time[25:] += 3 * DAY  # a gap of three days
    series = Series(bars)
    for position in (-4.5, 0.0, 10.25, 24.0, 24.5, 25.0, 49.0, 60.0):
        assert series.place_at(series.time_at(position, DAY), DAY) == pytest.approx(position)
    assert series.time_at(24.5, DAY) == bars.time[24] + 2 * DAY


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_whatever_comes_first_the_shortest_bars_lead_and_all_show_the_newest(
    palette: LoudPalette, order: tuple[int, int, int]
) -> None:
    end = 946857600 + 2000 * DAY
    kinds = [(Timeframe.W1, 300), (Timeframe.D1, 1500), (Timeframe.H1, 700)]
    views, link = [ChartView(palette) for _ in kinds], TimeLink()
    for view in views:
        link.join(view)
    for place in order:
        timeframe, count = kinds[place]
        step = timeframe.seconds
        views[place].set_series(
            AAPL, timeframe, wave(count, step=step, start=end - count * step), source_text="", zone="UTC"
        )
    for view, (_, count) in zip(views, kinds, strict=True):
        assert view.times.left < count - 1 <= view.times.right
    assert [round(view.times.span) for view in views] == [20, 20, 160]
    weekly = views[0]
    former = (weekly.times.left, weekly.times.right)
    more = wave(1000, step=3600, start=end - 1000 * 3600)
    views[2].update_bars(more)  # older history moves nobody else
    assert (weekly.times.left, weekly.times.right) == former
    for view in views:
        view.deleteLater()
    QApplication.sendPostedEvents(None, 52)


def test_another_timeframe_in_one_chart_stays_where_the_group_looks(pair: tuple[ChartView, ChartView]) -> None:
    daily, hourly = pair
    link = TimeLink()
    link.join(daily)
    link.join(hourly)
    daily.times.show(100.0, 150.0)
    hourly.set_series(AAPL, Timeframe.H4, wave(300 * 6, step=14400), source_text="", zone="UTC")
    hourly.set_series(AAPL, Timeframe.H1, wave(300 * 24, step=3600), source_text="", zone="UTC")
    assert (hourly.times.left, hourly.times.right) == pytest.approx((2400.0, 3600.0))
    assert (daily.times.left, daily.times.right) == pytest.approx((100.0, 150.0))
