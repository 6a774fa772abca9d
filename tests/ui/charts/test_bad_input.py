"""Bars as bad as they come: drawn right or refused in words on the pane; never a crash, never a frozen picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.bars import Bars, Timeframe, empty_bars
from app.ui.charts.frame import Frame
from app.ui.charts.overlay import Cross
from app.ui.charts.values import PRICE, BarStyle, Line, LineStyle, Phase, ScaleMode, Study
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import AAPL, Show, name_at, rows, screen, wave

NAN, INF = float("nan"), float("inf")
YEAR = 365.25 * 86400


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def walk_around(chart: ChartView) -> None:
    """Look at a chart in every style and scale, from near and far, with the crosshair over it and ticks coming in."""
    looks = [(style, ScaleMode.LINEAR) for style in BarStyle] + [(BarStyle.HOLLOW, mode) for mode in ScaleMode]
    for style, mode in looks:
        chart.set_look(style=style, mode=mode)
        for show in (chart.times.show_all, lambda: chart.times.show_last(5)):
            show()
            chart.canvas.move_cross(Cross(0, 50.0))
            for price in (100.0, NAN, INF, 1e300, -1.0):
                chart.set_last(price, 946857600.0)
            screen(chart)
    chart.canvas.move_cross(None)


BAD = {
    "all unavailable": rows((NAN, NAN, NAN, NAN), (NAN, NAN, NAN, NAN)),
    "all nought": rows((0, 0, 0, 0), (0, 0, 0, 0)),
    "all negative": rows((-5, -4, -6, -5), (-5, -3, -7, -4)),
    "through nought": rows((-1, 1, -2, 0), (0, 3, -1, 2)),
    "inverted": rows((10, 9, 11, 10), (10, 12, 9, 11)),
    "infinite": rows((INF, INF, -INF, 5), (10, 12, 9, 11)),
    "huge beside tiny": rows((1e-8, 2e-8, 1e-9, 1e-8), (1e7, 1.1e7, 9e6, 1e7)),
    "beyond all prices": rows((1e300, 1.7e308, 1e299, 1e300), (1, 2, 0.5, 1)),
    "one": rows((10, 12, 9, 11)),
    "one forming": rows((10, 12, 9, 11), closed=0),
    "forming unavailable": rows((10, 12, 9, 11), (NAN, NAN, NAN, NAN), closed=1),
    "volume negative and unavailable": replace(wave(4), volume=np.array([-5.0, NAN, INF, 0.0])),
    "backwards": replace(wave(30), time=wave(30).time[::-1].copy()),
    "all at one time": replace(wave(30), time=np.full(30, 946857600, np.int64)),
    "before 1970": replace(wave(30), time=wave(30).time - np.int64(50 * YEAR)),
}


@pytest.mark.parametrize("bars", BAD.values(), ids=BAD.keys())
def test_c1_no_bars_are_too_bad_to_be_looked_at(chart: ChartView, show: Show, bars: Bars) -> None:
    show(bars)
    assert chart.model.phase is Phase.READY
    walk_around(chart)
    scale = frame(chart).panes[0].scale
    assert np.isfinite([scale.low, scale.high]).all()
    assert scale.high > scale.low


@pytest.mark.parametrize("bars", BAD.values(), ids=BAD.keys())
def test_no_bars_are_too_bad_to_follow_good_ones(chart: ChartView, show: Show, bars: Bars) -> None:
    show(wave(40, forming=True))
    chart.update_bars(bars)
    walk_around(chart)
    chart.update_bars(empty_bars())
    screen(chart)
    chart.update_bars(wave(41, forming=True))
    walk_around(chart)
    assert len(frame(chart).groups)


def test_c10_bars_out_of_order_and_twice_are_drawn_as_the_sorted_ones_are(chart: ChartView, show: Show) -> None:
    good = wave(60)
    order = np.r_[np.arange(30, 60), 45, np.arange(30), 7]
    mixed = Bars(
        *(getattr(good, name)[order] for name in ("time", "open", "high", "low", "close", "volume")), closed=62
    )
    show(good)
    chart.times.show(-0.5, 70)
    expected = drawn(chart)
    show(mixed)
    chart.times.show(-0.5, 70)
    np.testing.assert_array_equal(drawn(chart), expected)
    assert chart.model.series is not None
    assert any("out of order" in note for note in chart.model.series.notes)
    assert any("2 duplicate" in note for note in chart.model.series.notes)


def drawn(chart: ChartView) -> np.ndarray:
    """Return which pixels below the notes have the colour of a bar."""
    image = screen(chart)
    pixel = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return np.isin(pixel & 0xFFFFFF, [0x00FF00, 0xFF0000])[90 : frame(chart).bottom].copy()


@pytest.mark.parametrize(("price", "step"), [(1e-8, 1e-9), (1e7, 0.01), (1e7, 1e5)])
def test_the_smallest_move_of_any_price_is_as_high_as_it_should_be(
    chart: ChartView, show: Show, price: float, step: float
) -> None:
    show(rows(*((price, price + 3 * step, price, price + 2 * step), (price, price + step, price, price)) * 20))
    chart.set_look(volume=False, style=BarStyle.FILLED)
    chart.times.show(-0.5, 44)
    now = frame(chart)
    image, x = screen(chart), now.column_of(20)
    for share, colour in ((1.0, "lime"), (2.8, "lime"), (-0.2, "midnightblue")):
        assert name_at(image, x, now.panes[0].scale.y_of(price + share * step)) == colour
    assert now.panes[0].scale.y_of(price) - now.panes[0].scale.y_of(price + 3 * step) > 100
    assert len({level.label for level in now.panes[0].levels}) == len(now.panes[0].levels) >= 3


def test_forty_years_of_days_fit_and_five_of_them_too(chart: ChartView, show: Show) -> None:
    days = wave(40 * 365)
    show(days)
    chart.times.show_all()
    now = frame(chart)
    assert now.groups.first == 0
    assert now.groups.high.max() == days.high.max()
    assert [moment.label for moment in now.moments][:2] >= ["2000"]
    assert all(moment.label.isdigit() and len(moment.label) == 4 for moment in now.moments)
    chart.times.show_last(5)
    assert frame(chart).per_bar > 100
    screen(chart)


def test_bars_a_second_apart_are_drawn_and_labelled_once(chart: ChartView, show: Show) -> None:
    seconds = wave(600, step=1)
    show(seconds, Timeframe.M1)
    chart.times.show_all()
    now = frame(chart)
    assert now.groups.high.max() == seconds.high.max()
    labels = [moment.label for moment in now.moments]
    assert labels
    assert len(set(labels)) == len(labels)


def test_two_bars_forty_years_apart_are_neighbours(chart: ChartView, show: Show) -> None:
    pair = replace(wave(2), time=np.array([0, int(40 * YEAR)], np.int64))
    show(pair, Timeframe.M1)
    chart.times.show(-0.5, 5)
    assert screen(chart).width() > 0
    assert frame(chart).x_of(1) - frame(chart).x_of(0) == pytest.approx(frame(chart).per_bar)


@pytest.mark.parametrize("style", list(LineStyle))
@pytest.mark.parametrize(
    "values", [np.full(300, NAN), np.full(300, INF), np.r_[NAN, -INF, INF, np.zeros(297)], np.empty(0)]
)
def test_no_study_is_too_bad_to_be_drawn(chart: ChartView, show: Show, style: LineStyle, values: np.ndarray) -> None:
    show(wave(300))
    line = Line("bad", values, "accent", style, np.sign(values))
    for pane in (PRICE, "own"):
        chart.set_studies([Study("bad", "Bad", pane, (line,))])
        for visible in (300, 20):
            chart.times.show_last(visible)
            screen(chart)
            assert all(np.isfinite([pane.scale.low, pane.scale.high]).all() for pane in frame(chart).panes)


def test_columns_of_other_lengths_are_refused_on_the_pane(chart: ChartView, show: Show) -> None:
    show(wave(40))
    chart.update_bars(replace(wave(41), volume=np.ones(3)))
    assert chart.model.phase is Phase.FAILED
    assert "columns of one length" in chart._notice.text
    chart.set_series(AAPL, Timeframe.D1, wave(41), source_text="practice market", zone="US/Eastern")
    assert chart.model.phase is Phase.READY
