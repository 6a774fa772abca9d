"""Draw many things with one call: numpy columns in, one pointer to Qt out, all in device pixels."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar, cast

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.bars import FloatArray

Pixels = NDArray[np.int32]
Edge = Pixels | int
Shape = TypeVar("Shape")
FAR = 30_000.0
"""Qt's rasteriser works in 16-bit spans: what lies further out is cut off here."""


def pixels(values: FloatArray) -> Pixels:
    """Round to whole device pixels, cut off far outside of any screen; what is no number goes there too."""
    # Two ufuncs: np.clip costs four times as much on the few hundred values of a screen.
    return np.rint(np.fmin(np.fmax(values, -FAR), FAR)).astype(np.int32)


def corners(left: Edge, top: Edge, right: Edge, bottom: Edge) -> Pixels:
    """Return rectangles whose four edges are inside them, shape (count, 4): the memory of QRect."""
    edges = (left, top, right, bottom)
    found = np.empty((next(len(edge) for edge in edges if not isinstance(edge, int)), 4), np.int32)
    for place, edge in enumerate(edges):
        found[:, place] = edge
    return found


def fill(painter: QPainter, left: Edge, top: Edge, right: Edge, bottom: Edge, colour: QColor) -> None:
    """Fill rectangles; all four edges are inside them."""
    fill_corners(painter, corners(left, top, right, bottom), colour)


def fill_corners(painter: QPainter, found: Pixels, colour: QColor) -> None:
    """Fill rectangles given by their `corners`."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    _draw_rects(painter, found)


def dashes(painter: QPainter, y: int, width: int, unit: float, ink: QColor) -> None:
    """Draw a level dashed line over the width; as rectangles, for Qt's dashing costs more than a hundred bars."""
    left, right = _dashed(width, round(7 * unit), round(4 * unit))
    fill(painter, left, y, right, y + max(1, int(unit)) - 1, ink)


def dots(painter: QPainter, line: QRect, shown: QRect, ink: QColor) -> None:
    """Draw a level dotted line over a rectangle as thick as it, as far as it is shown."""
    thick = line.height()
    left, right = _dashed(line.width(), 3 * thick, thick)
    visible = slice(max(0, shown.left() // (3 * thick)), shown.right() // (3 * thick) + 1)
    fill(painter, left[visible], line.top(), right[visible], line.bottom(), ink)


def upright_dashes(painter: QPainter, x: int, height: int, unit: float, ink: QColor) -> None:
    """Draw an upright dashed line over the height."""
    top, bottom = _dashed(height, round(7 * unit), round(4 * unit))
    fill(painter, x, top, x + max(1, int(unit)) - 1, bottom, ink)


@lru_cache(maxsize=16)
def _dashed(length: int, period: int, dash: int) -> tuple[Pixels, Pixels]:
    """Return the first and last pixel of each dash."""
    begin = np.arange(0, length, max(2, period), dtype=np.int32)
    return begin, (np.minimum(begin + max(1, dash), length) - 1).astype(np.int32)


def _draw_rects(painter: QPainter, found: Pixels) -> None:
    if len(found):
        painter.drawRects(_at(found, QRect), len(found))


def polyline(painter: QPainter, x: FloatArray, y: FloatArray, pen: QPen, keep: NDArray[np.bool_] | None = None) -> None:
    """Draw the segments between neighbours, smooth; a segment with a NaN end, or one not kept, is left out."""
    if len(x) < 2:
        return
    y = np.minimum(np.maximum(y, -FAR), FAR)
    drawn = np.isfinite(y[:-1]) & np.isfinite(y[1:])
    if keep is not None:
        drawn &= keep
    ends = np.empty((len(x) - 1, 4))
    ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3] = x[:-1], y[:-1], x[1:], y[1:]
    if not drawn.all():
        ends = np.ascontiguousarray(ends[drawn])
    if not len(ends):
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(pen)
    # Segments in one call: an antialiased QPainter.drawPolyline wider than a pixel costs seven times more.
    painter.drawLines(_at(ends, QLineF), len(ends))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _at(memory: NDArray[Any], kind: type[Shape]) -> Shape:
    """Return the first of the Qt values that lie in `memory`, which must outlive the call it is given to."""
    return cast(Shape, shiboken6.wrapInstance(memory.ctypes.data, kind))
