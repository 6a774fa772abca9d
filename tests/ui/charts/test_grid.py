"""Up to nine charts in one window; those of one group look together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.domain.bars import Timeframe
from app.ui.charts.grid import ChartGrid, shape
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import AAPL, LoudPalette, wave


class Cell(QWidget):
    def __init__(self, palette: LoudPalette) -> None:
        super().__init__()
        self.view = ChartView(palette)
        QVBoxLayout(self).addWidget(self.view)
        self.view.set_series(AAPL, Timeframe.D1, wave(300), source_text="", zone="UTC")


@pytest.fixture
def grid(palette: LoudPalette) -> Iterator[ChartGrid]:
    found = ChartGrid(lambda: Cell(palette))
    found.resize(1200, 900)
    yield found
    found.deleteLater()
    QApplication.sendPostedEvents(None, 52)


@pytest.mark.parametrize(
    ("count", "rows_columns"), [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (4, (2, 2)), (6, (2, 3)), (9, (3, 3))]
)
def test_the_grid_is_as_square_as_it_can_be(count: int, rows_columns: tuple[int, int]) -> None:
    assert shape(count) == rows_columns


def test_nine_charts_fit_and_no_tenth(grid: ChartGrid) -> None:
    grid.set_count(12)
    grid.show()
    QApplication.processEvents()
    assert len(grid.cells) == 9
    sizes = {(cell.view.width() // 4, cell.view.height() // 4) for cell in grid.cells}
    assert len(sizes) <= 2
    grid.set_count(2)
    assert len(grid.cells) == 2
    grid.close()


def test_charts_of_one_group_share_time_and_crosshair(grid: ChartGrid) -> None:
    grid.set_count(4)
    one, two, three, four = (cell.view for cell in grid.cells)
    grid.groups.put(three, 2)
    grid.groups.put(four, 0)
    one.times.show(50, 90)
    assert two.times.left == pytest.approx(50)
    assert three.times.left != pytest.approx(50)
    assert four.times.left != pytest.approx(50)
    three.times.show(10, 60)
    assert one.times.left == pytest.approx(50)
    grid.groups.put(four, 2)
    three.times.show(20, 70)
    assert four.times.left == pytest.approx(20)
    assert grid.groups.group(four) == 2


def test_a_chart_that_is_gone_is_not_spoken_to(grid: ChartGrid) -> None:
    grid.set_count(2)
    grid.set_count(1)
    QApplication.sendPostedEvents(None, 52)
    grid.cells[0].view.times.show(10, 60)
    assert grid.focused() is grid.cells[0]
