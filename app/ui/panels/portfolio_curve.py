"""The equity curve with its drawdown below, drawn from the snapshots at each session's close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QStackedLayout, QVBoxLayout

from app.domain.returns import CurvePoint
from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import money, percent

FEWEST = 2


class _Sessions(pg.AxisItem):
    """An axis that names sessions; places between them are left blank."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.sessions: list[str] = []

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """Return month and day of the sessions at these places."""
        return [
            self.sessions[int(value)][5:] if value == int(value) and 0 <= value < len(self.sessions) else ""
            for value in values
        ]


class _Money(pg.AxisItem):
    """An axis of money or of shares, written as everything else is."""

    def __init__(self, *, is_share: bool) -> None:
        super().__init__("right")
        self._is_share = is_share

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """Return amounts with their thousands, shares in percent."""
        return [percent(value, signed=False) if self._is_share else money(value).split(".")[0] for value in values]


class EquityCurve(QFrame):
    """Worth above, fall from the peak below; says in one sentence why there is no curve yet."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._points: tuple[CurvePoint, ...] = ()
        self.setAccessibleName(say("Equity curve and drawdown"))
        self.caption = QLabel()
        set_role(self.caption, role="caption")
        self._empty = QLabel(say("The curve begins with the second close that Tapeline has seen."))
        set_role(self._empty, role="muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._view = pg.GraphicsLayoutWidget()
        self._axes = (_Sessions(), _Money(is_share=False), _Money(is_share=True))
        self._worth = self._view.addPlot(row=0, col=0, axisItems={"right": self._axes[1]})
        self._fall = self._view.addPlot(row=1, col=0, axisItems={"right": self._axes[2], "bottom": self._axes[0]})
        self._lines = (self._worth.plot(), self._fall.plot(fillLevel=0))
        self._build()
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def points(self) -> tuple[CurvePoint, ...]:
        """What is drawn."""
        return self._points

    def show_points(self, points: tuple[CurvePoint, ...]) -> None:
        """Draw a curve."""
        if points == self._points:
            return
        self._points = points
        has_curve = len(points) >= FEWEST
        self._stack.setCurrentIndex(0 if has_curve else 1)
        if not has_curve:
            self.caption.setText(say("Equity"))
            return
        places = np.arange(len(points), dtype=np.float64)
        self._axes[0].sessions = [point.session for point in points]
        self._lines[0].setData(places, np.array([float(point.worth) for point in points]))
        self._lines[1].setData(places, np.array([float(point.drawdown) for point in points]))
        last = points[-1]
        self.caption.setText(
            say(f"Equity since {points[0].session}: {percent(last.growth)}, drawdown {percent(last.drawdown)}")
        )
        self.setAccessibleDescription(self.caption.text())

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.caption)
        holder = QFrame()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self._view)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentIndex(1)
        column.addWidget(holder, 1)
        self.caption.setText(say("Equity"))
        self.setMinimumSize(180, 90)
        self._view.ci.layout.setRowStretchFactor(0, 3)
        self._view.ci.layout.setRowStretchFactor(1, 2)
        self._view.ci.layout.setContentsMargins(0, 0, 0, 0)
        self._view.ci.layout.setVerticalSpacing(4)
        for plot in (self._worth, self._fall):
            plot.hideAxis("left")
            plot.showAxis("right")
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(x=False, y=False)
            plot.getAxis("right").setWidth(self._theme.px(58))
        self._worth.hideAxis("bottom")

    def _restyle(self) -> None:
        theme = self._theme
        self._view.setBackground(theme.colour("bg.panel"))
        self._lines[0].setPen(pg.mkPen(theme.colour("accent"), width=1.5))
        self._lines[1].setPen(pg.mkPen(theme.colour("down"), width=1))
        self._lines[1].setBrush(pg.mkBrush(theme.colour("down", 20)))
        for plot in (self._worth, self._fall):
            plot.showGrid(x=False, y=True, alpha=0.15)
            for side in ("right", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(theme.colour("line"))
                axis.setTextPen(theme.colour("text.muted"))
                axis.setStyle(tickFont=theme.font(11), hideOverlappingLabels=True, maxTickLevel=0)
