"""Paint the lines of studies: smooth from near, as bands between extremes from afar."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen

from app.domain.bars import FloatArray
from app.ui.charts.batch import dashes, fill, pixels, polyline
from app.ui.charts.columns import ENVELOPED, Sample
from app.ui.charts.frame import Frame, Pane
from app.ui.charts.palette import Inks
from app.ui.charts.values import PRICE, LineStyle

PENS = {LineStyle.DASHED: Qt.PenStyle.DashLine, LineStyle.DOTTED: Qt.PenStyle.DotLine}


def draw_studies(painter: QPainter, frame: Frame, pane: Pane, inks: Inks) -> None:
    """Draw the studies of one pane, over their fixed levels."""
    for fitted, samples in pane.fitted:
        for level in fitted.study.levels:
            _level(painter, frame, pane, level, inks)
        for sample in samples:
            _sample(painter, frame, pane, sample, inks)


def _level(painter: QPainter, frame: Frame, pane: Pane, level: float, inks: Inks) -> None:
    dashes(painter, round(pane.scale.y_of(level)), frame.plot, frame.unit, inks["line.strong"])


def _sample(painter: QPainter, frame: Frame, pane: Pane, sample: Sample, inks: Inks) -> None:
    x = frame.x(_positions(frame, len(sample.value)))
    match sample.line.style:
        case LineStyle.HISTOGRAM:
            _histogram(painter, frame, pane, x, sample, inks)
        case LineStyle.TREND:
            _trend(painter, frame, pane, x, sample, inks)
        case LineStyle.MARKS:
            _marks(painter, frame, pane, x, sample, inks)
        case _ if frame.groups.size >= ENVELOPED:
            _band(painter, frame, pane, x, sample, inks)
        case style:
            pen = QPen(inks[sample.line.colour], _thickness(frame, pane), PENS.get(style, Qt.PenStyle.SolidLine))
            polyline(painter, x, pane.scale.y(sample.value), pen)


def _marks(painter: QPainter, frame: Frame, pane: Pane, x: FloatArray, sample: Sample, inks: Inks) -> None:
    """Draw a small arrow head below or above each bar that the study marks."""
    groups, count = frame.groups, min(len(x), len(frame.groups))
    value, x = sample.value[:count], x[:count]
    if pane.key != PRICE:
        return
    for mask, ends, token, way in (
        (value > 0, groups.low, "up", 1), (value < 0, groups.high, "down", -1),
    ):  # fmt: skip
        centre = pixels(x[mask])
        tip = pixels(pane.scale.y(ends[:count][mask]) + way * 4 * frame.unit)
        for row in range(max(2, round(5 * frame.unit))):
            y = tip + way * row
            fill(painter, centre - row, y, centre + row, y, inks[token])


def _positions(frame: Frame, count: int) -> FloatArray:
    """Return the bar positions of samples: those of the closed groups and, after them, of the forming one."""
    at = frame.groups.at
    return np.append(at, frame.live.at) if frame.live is not None and count > len(at) else at[:count]


def _thickness(frame: Frame, pane: Pane) -> float:
    """Overlays stand out from the bars; elsewhere a line is a pixel, which Qt smooths at a third of the price."""
    is_roomy = frame.per_bar * frame.groups.size > 2.5 * frame.unit
    return (1.35 if pane.key == PRICE and is_roomy else 1.0) * frame.unit


def _trend(painter: QPainter, frame: Frame, pane: Pane, x: FloatArray, sample: Sample, inks: Inks) -> None:
    """Draw a line in the colour of its direction, broken where the direction flips."""
    way = sample.direction if sample.direction is not None else np.ones(len(x))
    y = pane.scale.y(sample.value)
    for sign, token in ((1, "up"), (-1, "down")):
        mine = np.sign(way) == sign
        polyline(painter, x, y, QPen(inks[token], 1.5 * frame.unit), mine[:-1] & mine[1:])


def _band(painter: QPainter, frame: Frame, pane: Pane, x: FloatArray, sample: Sample, inks: Inks) -> None:
    """Draw what a line covered within each group, joined to where the group before ended."""
    before = np.append(sample.low[:1], sample.value[:-1])
    good = np.isfinite(sample.low) & np.isfinite(sample.high)
    low, high = np.fmin(sample.low, before)[good], np.fmax(sample.high, before)[good]
    left, thin = pixels(x[good]), max(0, int(frame.unit) - 1)
    right = np.maximum(np.append(left[1:], left[-1:] + 1) - 1, left)
    top, bottom = pixels(pane.scale.y(high)), pixels(pane.scale.y(low)) + thin
    fill(painter, left, top, np.minimum(right, left + thin + 1), bottom, inks[sample.line.colour])


def _histogram(painter: QPainter, frame: Frame, pane: Pane, x: FloatArray, sample: Sample, inks: Inks) -> None:
    """Draw columns from zero, strong while they grow and faded while they shrink."""
    far = np.where(np.fabs(sample.high) >= np.fabs(sample.low), sample.high, sample.low)
    slot = frame.per_bar * frame.groups.size
    half = max(0, int(slot * 0.3))
    zero = pixels(pane.scale.y(np.zeros(1)))[0]
    grows = np.fabs(far) >= np.fabs(np.append(far[:1], far[:-1]))
    for rising, token in ((True, "up"), (False, "down")):
        side = (far >= 0) if rising else (far < 0)
        for mask, share in ((side & grows, 0.85), (side & ~grows, 0.45)):
            centre, end = pixels(x[mask]), pixels(pane.scale.y(far[mask]))
            fill(painter, centre - half, np.minimum(end, zero), centre + half, np.maximum(end, zero),
                 inks.faded(token, share))  # fmt: skip
