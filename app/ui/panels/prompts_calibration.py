"""The calibration curve: stated confidence against realised wins, with what chance allows; the diagonal is perfect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from app.domain.performance import Bin, Stats
from app.ui.language import Say
from app.ui.theme import Theme

_TOKENS = ("accent", "link.2")
_SYMBOLS = ("o", "s")
_LEAST, _MOST = 7, 18


class CalibrationPlot(pg.PlotWidget):
    """Draws one or two groups; a point's size tells how many cases it stands for."""

    def __init__(self, theme: Theme, say: Say = str) -> None:
        super().__init__()
        self._theme, self._words = theme, say
        self._groups: list[tuple[str, Stats]] = []
        self.setAccessibleName(say("Calibration curve"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setContentsMargins(8, 8, 16, 4)
        self.setRange(xRange=(0, 1), yRange=(0, 1), padding=0.03)
        theme.changed.connect(self._draw)
        self._draw()

    def show_groups(self, groups: Sequence[tuple[str, Stats]]) -> None:
        """Show the curves of at most two groups."""
        self._groups = list(groups[:2])
        self._draw()

    def _draw(self) -> None:
        self.clear()
        self.setBackground(self._theme.colour("bg.panel"))
        self._draw_axes()
        faint = pg.mkPen(self._theme.colour("line.strong"), width=1, style=Qt.PenStyle.DashLine)
        self.plot([0, 1], [0, 1], pen=faint)
        names = []
        for (name, stats), token, symbol in zip(self._groups, _TOKENS, _SYMBOLS, strict=False):
            if stats.calibration:
                self._draw_curve(stats.calibration, token, symbol)
                names.append((name, token, symbol))
        self._say(names)

    def _draw_axes(self) -> None:
        for side, words in (("bottom", "Stated confidence"), ("left", "Realised wins")):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(self._theme.colour("line.strong"))
            axis.setTextPen(self._theme.colour("text.muted"))
            axis.setTickFont(self._theme.font(11))
            axis.label.setFont(self._theme.font(11))
            axis.setLabel(self._words(words), color=self._theme.css("text.muted"))
            axis.setTicks([[(tick / 10, f"{tick * 10} %") for tick in range(0, 11, 2)]])

    def _draw_curve(self, bins: Sequence[Bin], token: str, symbol: str) -> None:
        x = np.array([each.stated for each in bins])
        y = np.array([each.realised for each in bins])
        low = np.array([each.realised - each.interval.low for each in bins])
        high = np.array([each.interval.high - each.realised for each in bins])
        colour = self._theme.colour(token)
        bars = pg.ErrorBarItem(x=x, y=y, top=high, bottom=low, beam=0.012, pen=pg.mkPen(self._theme.colour(token, 60)))
        self.addItem(bars)
        most = max(each.count for each in bins)
        sizes = [_LEAST + (_MOST - _LEAST) * (each.count / most) ** 0.5 for each in bins]
        self.plot(
            x, y, pen=pg.mkPen(colour, width=1.5), symbol=symbol, symbolSize=sizes, symbolBrush=colour, symbolPen=None
        )

    def _say(self, names: Sequence[tuple[str, str, str]]) -> None:
        """Name the curves where no point can lie on the diagonal: in the upper left corner."""
        if not names:
            words = self._words("No stated confidence to hold against results yet")
            note = pg.TextItem(words, color=self._theme.colour("text.muted"))
            note.setFont(self._theme.font(12))
            note.setPos(0.02, 0.99)
            self.addItem(note)
        marks = {"o": "●", "s": "■"}
        for place, (name, token, symbol) in enumerate(names):
            note = pg.TextItem(f"{marks[symbol]} {name}", color=self._theme.colour(token))
            note.setFont(self._theme.font(11, 600))
            note.setPos(0.01, 0.99 - 0.07 * place)
            self.addItem(note)
