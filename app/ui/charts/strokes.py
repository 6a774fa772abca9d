"""Paint the lines of studies: smooth from near, as bands between extremes from afar."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen

from app.domain.bars import FloatArray
from app.ui.charts.batch import corners, dashes, fill, fill_corners, pixels, polyline
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
    x = frame.middles[: len(sample.value)]
    match sample.line.style:
        case LineStyle.HISTOGRAM:
            _histogram(painter, frame, pane, sample, inks)
        case LineStyle.TREND:
            _trend(painter, frame, pane, x, sample, inks)
        case LineStyle.MARKS:
            _marks(painter, frame, pane, sample, inks)
        case _ if frame.groups.size >= ENVELOPED:
            _band(painter, frame, pane, sample, inks)
        case style:
            wide = _thickness(frame, 1.35 if pane.key == PRICE else 1.0)
            pen = QPen(inks[sample.line.colour], wide, PENS.get(style, Qt.PenStyle.SolidLine))
            polyline(painter, x, pane.scale.y(sample.value), pen)


def _marks(painter: QPainter, frame: Frame, pane: Pane, sample: Sample, inks: Inks) -> None:
    """Draw a small arrow head below or above each bar that the study marks."""
    groups, count = frame.groups, min(len(sample.value), len(frame.groups))
    value, stems = sample.value[:count], frame.stems[:count] + frame.wick // 2
    if pane.key != PRICE:
        return
    for mask, ends, token, way in (
        (value > 0, groups.low, "up", 1), (value < 0, groups.high, "down", -1),
    ):  # fmt: skip
        centre = stems[mask]
        tip = pixels(pane.scale.y(ends[:count][mask]) + way * 4 * frame.unit)
        for row in range(max(2, round(5 * frame.unit))):
            y = tip + way * row
            fill(painter, centre - row, y, centre + row, y, inks[token])


def _thickness(frame: Frame, wide: float) -> float:
    """Overlays stand out from bars; where these crowd a line is one pixel, which Qt smooths at a third of the price."""
    is_roomy = frame.per_bar * frame.groups.size > 2.5 * frame.unit
    return (wide if is_roomy else 1.0) * frame.unit


def _trend(painter: QPainter, frame: Frame, pane: Pane, x: FloatArray, sample: Sample, inks: Inks) -> None:
    """Draw a line in the colour of its direction, broken where the direction flips."""
    way = sample.direction if sample.direction is not None else np.ones(len(x))
    y = pane.scale.y(sample.value)
    for sign, token in ((1, "up"), (-1, "down")):
        mine = np.sign(way) == sign
        polyline(painter, x, y, QPen(inks[token], _thickness(frame, 1.5)), mine[:-1] & mine[1:])


def _band(painter: QPainter, frame: Frame, pane: Pane, sample: Sample, inks: Inks) -> None:
    """Draw what a line covered within each group, joined to where the group before ended."""
    before = np.append(sample.low[:1], sample.value[:-1])
    top = pixels(pane.scale.y(np.fmax(sample.high, before)))
    foot = pixels(pane.scale.y(np.fmin(sample.low, before))) + (frame.wick - 1)
    left = frame.stems[: len(top)]
    right = np.append(left[1:], left[-1:] + 1) - 1
    found = corners(left, top, np.minimum(np.maximum(right, left), left + frame.wick), foot)
    good = np.isfinite(sample.high)
    fill_corners(painter, found if good.all() else found[good], inks[sample.line.colour])


def _histogram(painter: QPainter, frame: Frame, pane: Pane, sample: Sample, inks: Inks) -> None:
    """Draw columns from zero, strong while they grow and faded while they shrink."""
    far = np.where(np.fabs(sample.high) >= np.fabs(sample.low), sample.high, sample.low)
    half = max(0, int(frame.per_bar * frame.groups.size * 0.3))
    zero = round(pane.scale.y_of(0.0))
    end, left = pixels(pane.scale.y(far)), frame.stems[: len(far)]
    found = corners(left - half, np.minimum(end, zero), left + (frame.wick - 1 + half), np.maximum(end, zero))
    grows = np.fabs(far) >= np.fabs(np.append(far[:1], far[:-1]))
    for side, token in ((far >= 0, "up"), (far < 0, "down")):
        for mask, share in ((side & grows, 0.85), (side & ~grows, 0.45)):
            fill_corners(painter, found[mask], inks.faded(token, share))
