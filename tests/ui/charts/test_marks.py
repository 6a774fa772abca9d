"""Labels of order lines keep clear of each other and of the last price, and a hand finds what it aims at."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.orders import Side
from app.ui.charts.marks import CHIP, mark_at, spots
from app.ui.charts.values import PRICE, Mark, MarkKind, MarkState
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, screen, wave


def order(key: str, price: float) -> Mark:
    return Mark(key, MarkKind.ORDER, price, f"Buy 100 at {price}", Side.BUY, MarkState.WORKING)


def test_chips_keep_apart_each_on_its_side_of_the_last_price(chart: ChartView, show: Show) -> None:
    bars = wave(60, forming=True)
    show(bars)
    last = float(bars.close[-1])
    chart.set_marks([order(str(k), last + step) for k, step in enumerate((0.3, 0.2, 0.1, -0.1, -0.2, -0.3))])
    frame = chart.canvas.current_frame()
    assert frame is not None
    lines, _ = spots(frame, chart.model)
    tag = frame.panes[0].scale.y_of(last)
    rows = sorted(spot.chip_y for spot in lines)
    assert np.diff(sorted([*rows, tag])).min() >= CHIP
    assert all((spot.chip_y < tag) == (spot.y < tag) for spot in lines)


def test_chips_stay_in_their_pane_and_cross_the_last_price_only_for_want_of_room(chart: ChartView, show: Show) -> None:
    bars = wave(60, forming=True)
    show(bars)
    frame = chart.canvas.current_frame()
    assert frame is not None
    pane, last = frame.panes[0], float(bars.close[-1])
    lowest = pane.scale.price_at(pane.bottom - 3)
    chart.set_marks([order(str(k), lowest + step) for k, step in enumerate((0.0, 0.05, 0.1))] + [order("near", last)])
    lines, _ = spots(frame, chart.model)
    rows = sorted(spot.chip_y for spot in lines)
    assert np.diff(rows).min() >= CHIP
    assert rows[-1] + CHIP / 2 <= pane.bottom
    count = int((pane.bottom - pane.top) / (CHIP + 2)) - 2
    for way in (-0.01, 0.01):
        chart.set_marks([order(str(k), last + way * k) for k in range(count)])
        rows = sorted(spot.chip_y for spot in spots(frame, chart.model)[0])
        assert np.diff(rows).min() >= CHIP
        assert pane.top <= rows[0] - CHIP / 2
        assert rows[-1] + CHIP / 2 <= pane.bottom


def test_chips_stay_where_they_are_between_two_frames(chart: ChartView, show: Show) -> None:
    bars = wave(60, forming=True)
    show(bars)
    chart.set_marks([order("a", float(bars.close[-1]) + 0.2)])
    frame = chart.canvas.current_frame()
    assert frame is not None
    before = spots(frame, chart.model)
    chart.set_last(float(bars.close[-1]) + 0.3, float(bars.time[-1]) + 1)
    assert spots(frame, chart.model) == before
    screen(chart)


def test_the_mark_nearest_to_the_hand_is_found(chart: ChartView, show: Show) -> None:
    bars = wave(60)
    show(bars)
    fill = Mark("fill", MarkKind.FILL, float(bars.low[40]), "Bought", Side.BUY, MarkState.DONE, at=float(bars.time[40]))
    chart.set_marks([order("high", 112.0), order("low", 95.0), fill])
    frame = chart.canvas.current_frame()
    assert frame is not None
    scale = frame.panes[0].scale

    def found(x: float, y: float) -> str | None:
        mark = mark_at(frame, chart.model, x, y)
        return mark.key if mark else None

    assert found(100, scale.y_of(112.0) + 2) == "high"
    assert found(100, scale.y_of(95.0) - 2) == "low"
    assert found(frame.x_of(40), scale.y_of(fill.price) + 4) == "fill"
    assert found(100, scale.y_of(103.0)) is None


@pytest.mark.parametrize("ends", [(10.0, 20.0), (500.0, 600.0)])
def test_lines_are_drawn_while_the_last_price_is_out_of_sight(
    chart: ChartView, show: Show, ends: tuple[float, float]
) -> None:
    show(wave(30))
    middle = sum(ends) / 2
    chart.set_marks([Mark(str(k), MarkKind.ORDER, middle + k, "x", Side.BUY, MarkState.WORKING) for k in range(3)])
    chart.model.ranges[PRICE] = ends
    chart.canvas.invalidate()
    screen(chart)
    frame = chart.canvas.current_frame()
    assert frame is not None
    lines, _ = spots(frame, chart.model)
    pane = frame.panes[0]
    assert [pane.top <= spot.chip_y <= pane.bottom for spot in lines] == [True] * 3
