"""The edge between two panes can be pulled and put back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui.charts.dividers import LEAST_PX
from app.ui.charts.values import Line, Study
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, screen, wave


@pytest.fixture(autouse=True)
def every_move_counts() -> Iterator[None]:
    """Let pyqtgraph hear moves that come faster than a hand's."""
    usual = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", usual)


def heights(chart: ChartView) -> list[int]:
    frame = chart.canvas.current_frame()
    assert frame is not None
    return [pane.scale.height for pane in frame.panes]


def with_pane(chart: ChartView, show: Show) -> int:
    """Show a chart with two panes and return the row of the edge between them."""
    show(wave(60))
    chart.set_studies([Study("rsi", "RSI", "rsi", (Line("RSI", np.linspace(20, 80, 60)),))])
    screen(chart)
    QApplication.processEvents()
    return heights(chart)[0]


def pull(chart: ChartView, row: int, by: int) -> None:
    view = chart.canvas.viewport()
    QTest.mouseMove(view, QPoint(291, row + 1))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, row))
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, QPoint(300, row + round(by * share)))
        QApplication.processEvents()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, row + by))


def test_pulling_the_edge_gives_one_pane_what_the_other_loses(chart: ChartView, show: Show) -> None:
    row = with_pane(chart, show)
    upper, lower = heights(chart)
    left = chart.times.left
    pull(chart, row, -80)
    assert abs(heights(chart)[0] - (upper - 80)) <= 12
    assert sum(heights(chart)) == upper + lower
    assert chart.times.left == left  # the plot was not dragged with it


def test_no_pane_gets_too_small_to_read(chart: ChartView, show: Show) -> None:
    row = with_pane(chart, show)
    pull(chart, row, 200)
    assert LEAST_PX - 1 <= min(heights(chart)) <= LEAST_PX + 1


def test_a_double_click_puts_the_edge_back(chart: ChartView, show: Show) -> None:
    row = with_pane(chart, show)
    before = heights(chart)
    pull(chart, row, -80)
    assert heights(chart) != before
    screen(chart)
    row = heights(chart)[0]
    QTest.mouseMove(chart.canvas.viewport(), QPoint(300, row + 1))
    QTest.mouseDClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, row))
    assert heights(chart) == before


def test_after_letting_go_the_plot_can_be_dragged_again(chart: ChartView, show: Show) -> None:
    row = with_pane(chart, show)
    pull(chart, row, -40)
    view = chart.canvas.viewport()
    QTest.mouseMove(view, QPoint(250, 100))
    left = chart.times.left
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 120))
    QTest.mouseMove(view, QPoint(350, 120))
    QTest.mouseMove(view, QPoint(400, 120))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 120))
    assert chart.times.left < left
