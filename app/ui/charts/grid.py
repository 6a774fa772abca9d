"""Up to nine charts in one window, linked by colour group; what a cell is besides its chart is its maker's affair."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.ui.charts.link import LinkGroups
from app.ui.charts.view import ChartView

MOST = 9
COUNTS = (1, 2, 3, 4, 6, 9)
"""The numbers of charts that are offered; any number up to nine can be shown."""
GAP = 1


class Cell(Protocol):
    """One place of the grid: a widget that holds a chart."""

    view: ChartView


class ChartGrid(QWidget):
    """Cells in as square a grid as their number allows, all of one size."""

    resized = Signal(int)
    """The number of charts has changed."""

    def __init__(
        self, make: Callable[[], Cell], groups: LinkGroups | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._make = make
        self.groups = groups if groups is not None else LinkGroups(self)
        self.cells: list[Cell] = []
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)

    def set_count(self, count: int, group: int = 1) -> None:
        """Show so many charts; new ones follow `group`, the last ones go when there are fewer."""
        count = min(max(count, 1), MOST)
        if count == len(self.cells):
            return
        while len(self.cells) > count:
            cell = self.cells.pop()
            self.groups.put(cell.view, 0)
            widget = cast(QWidget, cell)
            self._layout.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        while len(self.cells) < count:
            cell = self._make()
            self.cells.append(cell)
            self.groups.put(cell.view, group)
        self._lay_out()
        self.resized.emit(count)

    def focused(self) -> Cell | None:
        """Return the cell whose chart has the keyboard, else the first."""
        holding = (cell for cell in self.cells if cast(QWidget, cell).isAncestorOf(self.focusWidget() or self))
        return next(holding, self.cells[0] if self.cells else None)

    def _lay_out(self) -> None:
        rows, columns = shape(len(self.cells))
        for place in range(MOST):
            self._layout.setRowStretch(place, int(place < rows))
            self._layout.setColumnStretch(place, int(place < columns))
        for place, cell in enumerate(self.cells):
            self._layout.addWidget(cast(QWidget, cell), place // columns, place % columns)
            cast(QWidget, cell).show()


def shape(count: int) -> tuple[int, int]:
    """Return rows and columns for a number of charts, never taller than wide."""
    rows = max(1, math.floor(math.sqrt(count)))
    return rows, math.ceil(count / rows)
