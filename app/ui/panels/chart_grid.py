"""The chart grid panel: up to nine charts side by side; those of one colour group share symbol, time and crosshair."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QToolButton, QWidget

from app.domain.bars import Timeframe
from app.ui.charts.grid import COUNTS, ChartGrid
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.chart import ChartPanel
from app.ui.selection import MAIN_GROUP
from app.ui.widgets.panel import LINK_GROUPS, PanelFrame
from app.ui.widgets.segmented import Segmented

FIRST_COUNT = 4
TIMEFRAMES = (
    Timeframe.D1, Timeframe.W1, Timeframe.H1, Timeframe.M15, Timeframe.M5, Timeframe.MO1, Timeframe.H4, Timeframe.M30,
    Timeframe.M1,
)  # fmt: skip
"""What new charts of a grid show, in this order: one symbol at many speeds."""


class ChartGridPanel(PanelFrame):
    """A grid of chart panels and the group of the one in hand."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "charts", "Chart grid")
        self._h = handles
        self.counts = Segmented([(str(count), str(count)) for count in COUNTS], name="Charts")
        self.group = QToolButton()
        self.grid = ChartGrid(self._make)
        self._last: ChartPanel | None = None
        self._build()
        self.grid.set_count(FIRST_COUNT, MAIN_GROUP)
        self.counts.set_value(str(FIRST_COUNT))
        self._follow_focus(None, None)
        QApplication.instance().focusChanged.connect(self._follow_focus)  # type: ignore[union-attr]

    def set_count(self, count: int) -> None:
        """Show so many charts."""
        self._last = None
        self.grid.set_count(count, MAIN_GROUP)
        self._follow_focus(None, None)

    def put(self, chart: ChartPanel, group: int) -> None:
        """Let one chart follow a colour group, in symbol, time and crosshair."""
        chart.set_link(group)
        self.grid.groups.put(chart.view, group)
        self._show_group()

    def memory(self) -> dict[str, Any]:
        """Return how many charts there are and what each of them shows."""
        return {"cells": [chart.memory() for chart in self._charts()]}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Show as many charts again, each as it was."""
        cells = [one for one in memory.get("cells", ()) if isinstance(one, Mapping)]
        if not cells:
            return
        self.set_count(len(cells))
        self.counts.set_value(str(min(COUNTS, key=lambda count: abs(count - len(cells)))))
        for chart, cell in zip(self._charts(), cells, strict=False):
            chart.recall(cell)
            self.grid.groups.put(chart.view, chart.link)
        self._show_group()

    def _charts(self) -> list[ChartPanel]:
        return [cell for cell in self.grid.cells if isinstance(cell, ChartPanel)]

    def in_hand(self) -> ChartPanel | None:
        """Return the chart that had the keyboard last, else the first."""
        first = self.grid.cells[0] if self.grid.cells else None
        return self._last if self._last is not None else first if isinstance(first, ChartPanel) else None

    def _build(self) -> None:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        self.counts.setObjectName("charts.count")
        self.counts.chosen.connect(lambda count: self.set_count(int(count)))
        self.group.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.group.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        menu = QMenu(self.group)
        for group in range(LINK_GROUPS + 1):
            menu.addAction(say(f"Group {group}" if group else "Not linked"), partial(self._put_in_hand, group))
        self.group.setMenu(menu)
        row.addWidget(self.counts)
        row.addStretch()
        row.addWidget(self.group)
        self.add(bar)
        self.add(self.grid, 1)

    def _make(self) -> ChartPanel:
        """Make one more chart at the next timeframe; its drawing tools are the single chart's."""
        chart = ChartPanel(self._h)
        chart.tools.strip.hide()
        chart.show_timeframe(TIMEFRAMES[len(self.grid.cells) % len(TIMEFRAMES)])
        return chart

    def _put_in_hand(self, group: int) -> None:
        chart = self.in_hand()
        if chart is not None:
            self.put(chart, group)

    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        held = next((cell for cell in self.grid.cells if isinstance(cell, ChartPanel) and now is not None
                     and cell.isAncestorOf(now)), None)  # fmt: skip
        if held is not None:
            self._last = held
        self._show_group()

    def _show_group(self) -> None:
        chart = self.in_hand()
        group = chart.link if chart is not None else 0
        words = f"Group {group}" if group else "Not linked"
        self.group.setText(words)
        self.group.setAccessibleName(say(f"Link group of the chart in hand: {words}"))
        self.group.setToolTip(say("Charts of one group share symbol, time range and crosshair"))
        self.group.setIcon(self.theme.dot(f"link.{group}") if group else self.theme.dot("text.muted", filled=False))
