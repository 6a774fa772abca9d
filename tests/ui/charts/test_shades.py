"""What lies behind the bars: extended hours, session breaks, missing data, data that grew old."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.bars import COLUMNS, Bars, Timeframe, epoch, from_columns
from app.ui.charts.frame import Frame
from app.ui.charts.gaps import missing_bars, missing_sessions
from app.ui.charts.shades import Gap, Hours
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, name_at, rows, screen, wave

NEW_YORK = ZoneInfo("US/Eastern")


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def hourly(days: int = 4, first_hour: int = 8, last_hour: int = 18) -> Bars:
    """Return hourly bars of some days, before and after the regular session as well."""
    start = datetime(2024, 1, 8, tzinfo=NEW_YORK)
    times = [
        int((start + timedelta(days=day, hours=hour)).timestamp())
        for day in range(days)
        for hour in range(first_hour, last_hour)
    ]
    place = np.arange(len(times))
    close = 100 + place % 3 * 0.1
    return Bars(np.array(times), close, close + 1, close - 1, close, np.full(len(times), 9.0), len(times))


def test_hours_outside_of_the_session_are_shaded(chart: ChartView, show: Show) -> None:
    bars = hourly()
    show(bars, Timeframe.H1)
    chart.set_look(volume=False)
    chart.times.show(-0.5, 45)
    plain = screen(chart)
    chart.shading.set_hours(Hours("US/Eastern", 9 * 60, 16 * 60))
    image, now = screen(chart), frame(chart)
    y = now.bottom - 6

    def shaded(index: int) -> bool:
        x = round(now.x_of(index)) + 3
        return image.pixel(x, y) != plain.pixel(x, y)

    assert [shaded(index) for index in range(10)] == [True] + [False] * 7 + [True] * 2
    assert not shaded(42)  # the future is nobody's session


def test_a_line_stands_where_one_session_ends_and_another_begins(chart: ChartView, show: Show) -> None:
    show(hourly(), Timeframe.H1)
    chart.set_look(volume=False)
    chart.times.show(-0.5, 45)
    image, now = screen(chart), frame(chart)
    row = now.bottom - 5
    lines = [index for index in range(1, 40) if name_at(image, round(now.x_of(index - 0.5)), row) == "silver"]
    assert lines == [10, 20, 30]


def test_daily_bars_have_no_session_lines(chart: ChartView, show: Show) -> None:
    show(wave(60))
    chart.set_look(volume=False)
    image, now = screen(chart), frame(chart)
    assert all(name_at(image, x, now.bottom - 5) != "silver" for x in range(now.plot))


def test_missing_bars_are_hatched_at_their_seam_and_named(chart: ChartView, show: Show) -> None:
    bars = wave(60)
    show(bars)
    chart.set_look(volume=False)
    chart.times.show(9.5, 50.5)
    chart.shading.set_gaps([Gap(float(bars.time[30]), 3, "3 sessions missing")])
    image, now = screen(chart), frame(chart)
    x = round(now.x_of(30.5))
    colours = {name_at(image, x + dx, y) for dx in (-1, 0, 1) for y in range(200, 230)}
    assert "yellow" in colours
    foot = now.panes[0].bottom
    words = [image.pixelColor(x + dx, foot - dy) for dx in range(8, 60) for dy in range(8, 24)]
    assert any(min(colour.red(), colour.green()) > 130 > colour.blue() for colour in words)  # letters have soft edges
    assert "yellow" not in {name_at(image, now.x_of(20), y) for y in range(200, 230)}


def test_gaps_are_found_against_the_sessions_of_the_exchange() -> None:
    days = [date(2024, 1, 8) + timedelta(days=step) for step in range(12)]
    kept = [day for day in days if day not in (date(2024, 1, 10), date(2024, 1, 11), date(2024, 1, 15))]
    times = np.array([epoch(day) for day in kept])
    ones = np.ones(len(times))
    bars = Bars(times, ones, ones, ones, ones, ones, len(times))
    sessions = [day for day in days if day != date(2024, 1, 15)]  # a holiday is not missing
    found = missing_sessions(bars, [*sessions, date(2023, 1, 1), date(2025, 1, 1)])
    assert found == [Gap(float(epoch(date(2024, 1, 9))), 2, "2 sessions missing")]
    assert missing_sessions(bars.part(0, 1), sessions) == []


def test_a_pause_at_noon_is_no_gap_where_the_exchange_says_when_it_is_open() -> None:
    day = epoch(date(2024, 1, 9))
    tokyo = [day + minute * 60 for minute in (*range(0, 150, 5), *range(210, 390, 5)) if minute != 300]
    ones = np.ones(len(tokyo))
    bars = Bars(np.array(tokyo, np.int64), ones, ones, ones, ones, ones, closed=len(tokyo))
    spans = ((540, 690), (750, 930))
    (noon, lost) = missing_bars(bars, Timeframe.M5, "Asia/Tokyo", None)
    assert (noon.count, lost.count) == (12, 1)
    assert missing_bars(bars, Timeframe.M5, "Asia/Tokyo", None, spans) == [lost]
    assert lost.after == day + 295 * 60


def test_a_bar_that_cannot_be_true_leaves_a_hatched_place(chart: ChartView, show: Show) -> None:
    good = (100.0, 102.0, 99.0, 101.0)
    show(rows(good, good, (100.0, 99.0, 102.0, 101.0), good, good))
    chart.set_look(volume=False)
    chart.times.show(-0.5, 6.5)
    image, now = screen(chart), frame(chart)
    assert "yellow" in {name_at(image, now.x_of(2) + dx, 250) for dx in range(-8, 9)}
    assert "yellow" not in {name_at(image, now.x_of(3) + dx, 250) for dx in range(-8, 9)}


def test_stale_bars_are_greyed(chart: ChartView, show: Show) -> None:
    show(rows(*[(100.0, 108.0, 98.0, 106.0), (106.0, 107.0, 95.0, 97.0)] * 10))
    chart.set_look(volume=False)
    now = frame(chart)
    spot = (round(now.x_of(9)), round(now.panes[0].scale.y_of(100.0)))
    assert name_at(screen(chart), *spot) == "red"
    chart.set_age("stale · 3 m", is_stale=True)
    faded = screen(chart).pixelColor(*spot)
    assert 80 < faded.red() < 230
    chart.set_age("")
    assert name_at(screen(chart), *spot) == "red"


def test_another_symbol_starts_without_shades(chart: ChartView, show: Show) -> None:
    show(hourly(), Timeframe.H1)
    chart.shading.set_hours(Hours("US/Eastern", 570, 960))
    chart.shading.set_gaps([Gap(0.0, 1)])
    show(wave(30))
    assert (chart.model.hours, chart.model.gaps) == (None, ())


def test_weeks_and_bars_of_a_session_that_are_missing_are_found_too() -> None:
    bars = hourly(days=3)
    kept = np.array([index for index in range(len(bars)) if index not in (4, 5)])
    holed = from_columns({name: getattr(bars, name)[kept] for name in COLUMNS}, len(kept))
    (gap,) = missing_bars(holed, Timeframe.H1, "US/Eastern", None)
    assert (gap.after, gap.count, gap.words()) == (float(bars.time[3]), 2, "2 bars missing")
    weeks = wave(5, step=7 * 86400)
    four = from_columns({name: np.delete(getattr(weeks, name), 2) for name in COLUMNS}, 4)
    assert [gap.words() for gap in missing_bars(four, Timeframe.W1, "US/Eastern", None)] == ["1 week missing"]
    assert missing_bars(weeks, Timeframe.W1, "US/Eastern", None) == []


def test_an_intraday_chart_misses_the_sessions_it_has_no_bar_of() -> None:
    bars = hourly(days=3)
    days = sorted({datetime.fromtimestamp(int(second), UTC).date() for second in bars.time})
    one = np.array([datetime.fromtimestamp(int(second), UTC).date() != days[1] for second in bars.time])
    without = from_columns({name: getattr(bars, name)[one] for name in COLUMNS}, int(one.sum()))
    (gap,) = missing_bars(without, Timeframe.H1, "US/Eastern", days)
    assert gap.words() == "1 session missing"
    assert missing_bars(bars, Timeframe.H1, "US/Eastern", days) == []
