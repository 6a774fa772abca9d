"""Paint bars and volume: at most one call a colour, whatever the number of bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.bars import FloatArray
from app.ui.charts.batch import Pixels, fill, pixels, polyline
from app.ui.charts.frame import VOLUME_SHARE, Frame, Pane
from app.ui.charts.palette import Inks
from app.ui.charts.series import Groups
from app.ui.charts.values import BarStyle

BODY_FROM = 3.2
"""Device pixels (of the design) a bar needs before its body is drawn; below it is one column from high to low."""

Mask = NDArray[np.bool_]


def draw_bars(
    painter: QPainter, frame: Frame, pane: Pane, groups: Groups, style: BarStyle, inks: Inks, back: QColor
) -> None:
    """Draw groups of bars in the chosen style; `back` is what a hollow body lets through."""
    if not len(groups):
        return
    rising = groups.close >= groups.open
    for mask, ink in ((rising, inks["up"]), (groups.close < groups.open, inks["down"])):
        if not mask.any():
            continue
        columns = _Columns(frame, pane, groups, mask)
        if columns.slot < BODY_FROM * frame.unit:
            columns.stems(painter, ink)
        elif style is BarStyle.OHLC:
            columns.ticks(painter, ink)
        else:
            columns.candles(painter, ink, back if style is BarStyle.HOLLOW and ink == inks["up"] else None)


def draw_closes(painter: QPainter, frame: Frame, pane: Pane, groups: Groups, style: BarStyle, inks: Inks) -> None:
    """Draw the closes as a line, with the area below it when asked."""
    x, y = frame.x(groups.at), pane.scale.y(groups.close)
    if style is BarStyle.AREA:
        good = np.isfinite(y)
        steps = pixels(x[good])
        ends = np.append(steps[1:] - 1, steps[-1:])
        floor = np.full(len(steps), pane.bottom, np.int32)
        fill(painter, steps, pixels(y[good]), np.maximum(ends, steps), floor, inks.faded("accent", 0.14))
    polyline(painter, x, y, QPen(inks["accent"], 1.25 * frame.unit))


def draw_volume(painter: QPainter, frame: Frame, pane: Pane, groups: Groups, inks: Inks) -> None:
    """Draw volume at the foot of the price pane, quiet, in the bar's direction."""
    if not len(groups) or not frame.tallest > 0:
        return
    height = VOLUME_SHARE * pane.scale.height
    good = np.isfinite(groups.volume) & (groups.volume > 0)
    rising = groups.close >= groups.open
    for mask, token in ((good & rising, "up"), (good & ~rising, "down")):
        if not mask.any():
            continue
        left, right = _body(frame, groups, mask)
        top = pixels(pane.bottom - np.maximum(groups.volume[mask] / frame.tallest * height, 1.0))
        fill(painter, left, top, right, np.full(len(left), pane.bottom - 1, np.int32), inks.faded(token, 0.34))


def wick_width(frame: Frame) -> int:
    """Return how many device pixels a wick is wide."""
    return max(1, int(frame.unit))


def _slot(frame: Frame, groups: Groups) -> float:
    return frame.per_bar * groups.size


def _body(frame: Frame, groups: Groups, mask: Mask) -> tuple[Pixels, Pixels]:
    """Return the first and last pixel column of each bar's body, centred on its wick."""
    wick, slot = wick_width(frame), _slot(frame, groups)
    half = 0 if slot < BODY_FROM * frame.unit else max(1, int((slot * 0.74 - wick) / 2))
    half = min(half, round(24 * frame.unit))
    left = pixels(frame.x(groups.at[mask]) - wick / 2)
    return left - half, left + wick - 1 + half


class _Columns:
    """The bars of one direction in device pixels."""

    def __init__(self, frame: Frame, pane: Pane, groups: Groups, mask: Mask) -> None:
        self.slot = _slot(frame, groups)
        self._wick = wick_width(frame)
        self._left, self._right = _body(frame, groups, mask)
        self._stem = pixels(frame.x(groups.at[mask]) - self._wick / 2)
        self._high, self._low, self._open, self._close = (
            self._rows(pane, values[mask]) for values in (groups.high, groups.low, groups.open, groups.close)
        )

    def stems(self, painter: QPainter, ink: QColor) -> None:
        """Draw each bar as one column from its high to its low."""
        fill(painter, self._stem, self._high, self._stem + self._wick - 1, self._low, ink)

    def candles(self, painter: QPainter, ink: QColor, hollow: QColor | None) -> None:
        """Draw wicks and bodies; a hollow body shows `hollow` inside its border."""
        top, bottom = np.minimum(self._open, self._close), np.maximum(self._open, self._close)
        self.stems(painter, ink)
        fill(painter, self._left, top, self._right, bottom, ink)
        if hollow is None:
            return
        rim = self._wick
        open_inside = (bottom - top >= 2 * rim) & (self._right - self._left >= 2 * rim)
        inner = (self._left + rim, top + rim, self._right - rim, bottom - rim)
        left, upper, right, lower = (edge[open_inside] for edge in inner)
        fill(painter, left, upper, right, lower, hollow)

    def ticks(self, painter: QPainter, ink: QColor) -> None:
        """Draw each bar as a stem with the open to its left and the close to its right."""
        self.stems(painter, ink)
        rim = self._wick - 1
        fill(painter, self._left, self._open, self._stem, self._open + rim, ink)
        fill(painter, self._stem, self._close, self._right, self._close + rim, ink)

    @staticmethod
    def _rows(pane: Pane, prices: FloatArray) -> Pixels:
        y = pane.scale.y(prices)
        return pixels(np.where(np.isfinite(y), y, -30_000.0))
