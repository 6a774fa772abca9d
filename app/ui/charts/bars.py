"""Paint bars and volume: at most one call a colour, whatever the number of bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.charts.batch import Pixels, corners, fill, fill_corners, pixels, polyline
from app.ui.charts.frame import VOLUME_SHARE, Frame, Pane
from app.ui.charts.palette import Inks
from app.ui.charts.series import Groups
from app.ui.charts.values import BarStyle

BODY_FROM = 3.2
"""Device pixels (of the design) a bar needs before its body is drawn; below it is one column from high to low."""

Mask = NDArray[np.bool_]


class Columns:
    """Groups of bars as columns of device pixels, worked out once for bars and volume."""

    def __init__(self, frame: Frame, groups: Groups, stems: Pixels) -> None:
        self.groups, self.stems, self.wick, self.unit = groups, stems, frame.wick, frame.unit
        self.slot = frame.per_bar * groups.size
        self.rising = groups.close >= groups.open
        self.falling = groups.close < groups.open
        self.has_body = self.slot >= BODY_FROM * frame.unit
        half = max(1, int((self.slot * 0.74 - self.wick) / 2)) if self.has_body else 0
        half = min(half, round(24 * frame.unit))
        self.left, self.right = stems - half, stems + (self.wick - 1 + half)

    def directions(self) -> tuple[tuple[Mask, str], ...]:
        """Return which bars go up and which down, as far as there are any, with the token of their colour."""
        return tuple((mask, token) for mask, token in ((self.rising, "up"), (self.falling, "down")) if mask.any())


def columns_of(frame: Frame, groups: Groups) -> Columns:
    """Return the columns of the closed groups or of the forming one; the frame knows the places of visible ones."""
    count = len(frame.groups)
    stems = frame.stems[:count] if groups is frame.groups else frame.stems[count:]
    return Columns(frame, groups, stems if len(stems) else frame.columns(groups.at))


def draw_bars(painter: QPainter, pane: Pane, columns: Columns, style: BarStyle, inks: Inks, back: QColor) -> None:
    """Draw bars in the chosen style; `back` is what a hollow body lets through."""
    groups, wick = columns.groups, columns.wick
    prices = (groups.high, groups.low, *((groups.open, groups.close) if columns.has_body else ()))
    high, low, *body = pixels(pane.scale.y(np.array(prices)))
    shapes = [corners(columns.stems, high, columns.stems + (wick - 1), low)]
    hollow = None
    if columns.has_body:
        open_, close = body
        if style is BarStyle.OHLC:
            shapes += _ticks(columns, open_, close)
        else:
            shapes.append(corners(columns.left, np.minimum(open_, close), columns.right, np.maximum(open_, close)))
            hollow = _inside(shapes[-1], wick, columns.rising) if style is BarStyle.HOLLOW else None
    for mask, token in columns.directions():
        for shape in shapes:
            fill_corners(painter, shape[mask], inks[token])
    if hollow is not None:
        fill_corners(painter, hollow, back)


def draw_closes(painter: QPainter, frame: Frame, pane: Pane, style: BarStyle, inks: Inks) -> None:
    """Draw the closes as a line, with the area below it when asked."""
    groups = frame.groups
    x, y = frame.middles[: len(groups)], pane.scale.y(groups.close)
    if style is BarStyle.AREA:
        good = np.isfinite(y)
        steps = pixels(x[good])
        ends = np.append(steps[1:] - 1, steps[-1:])
        fill(painter, steps, pixels(y[good]), np.maximum(ends, steps), pane.bottom, inks.faded("accent", 0.14))
    polyline(painter, x, y, QPen(inks["accent"], 1.25 * frame.unit))


def draw_volume(painter: QPainter, frame: Frame, pane: Pane, columns: Columns, inks: Inks) -> None:
    """Draw volume at the foot of the price pane, quiet, in the bar's direction."""
    volume = columns.groups.volume
    if not len(volume) or not frame.tallest > 0:
        return
    height = VOLUME_SHARE * pane.scale.height
    top = pixels(pane.bottom - np.maximum(volume * (height / frame.tallest), 1.0))
    shape = corners(columns.left, top, columns.right, pane.bottom - 1)
    for mask, token in columns.directions():
        fill_corners(painter, shape[mask & (volume > 0)], inks.faded(token, 0.34))


def _ticks(columns: Columns, open_: Pixels, close: Pixels) -> list[Pixels]:
    """Return the strokes to the left at the open and to the right at the close."""
    rim = columns.wick - 1
    return [
        corners(columns.left, open_, columns.stems, open_ + rim),
        corners(columns.stems, close, columns.right, close + rim),
    ]


def _inside(bodies: Pixels, rim: int, mask: Mask) -> Pixels:
    """Return what lies within the rims of bodies that are large enough to have an inside."""
    large = (bodies[:, 2] - bodies[:, 0] >= 2 * rim) & (bodies[:, 3] - bodies[:, 1] >= 2 * rim)
    return bodies[mask & large] + np.array([rim, rim, -rim, -rim], np.int32)
