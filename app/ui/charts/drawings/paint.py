"""Paint drawings: quiet fills below, smooth lines above, words on a veil, handles on what is held."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app.ui.charts.drawings.shapes import Label, Segment, Shape, shape_of
from app.ui.charts.drawings.values import Dash, Drawing, Tool
from app.ui.charts.frame import Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.palette import Inks

DASHES = {Dash.DASHED: Qt.PenStyle.DashLine, Dash.DOTTED: Qt.PenStyle.DotLine}
HANDLE = 4


def draw_drawings(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Draw everything but what is held, which moves above the rest."""
    for drawing in shown(model):
        if drawing.key != model.held_drawing:
            draw_one(painter, frame, drawing, shape_of(frame, model, drawing, model.risk), inks, lettering)


def shown(model: ChartModel) -> Iterable[Drawing]:
    """Return the drawings that belong on this timeframe."""
    if not model.shows_drawings or model.series is None or not len(model.series):
        return ()
    return (one for one in model.drawings if one.is_everywhere or one.timeframe is model.timeframe)


def draw_one(painter: QPainter, frame: Frame, drawing: Drawing, shape: Shape, inks: Inks, lettering: Lettering) -> None:
    """Draw one shape in its drawing's style, within the price pane unless it spans all."""
    painter.save()
    pane = frame.panes[0]
    tall = frame.bottom if drawing.tool is Tool.VERTICAL else pane.scale.height
    painter.setClipRect(QRect(0, pane.top, frame.plot, tall), Qt.ClipOperation.IntersectClip)
    ink = inks[drawing.style.colour]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks.clear(drawing.style.colour, 0.10))
    for polygon in shape.fills:
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in polygon]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    width = drawing.style.width * frame.unit
    painter.setPen(QPen(ink, max(1.0, frame.unit * 0.75), Qt.PenStyle.DotLine))
    painter.drawLines([QLineF(*segment) for segment in shape.faint])
    painter.setPen(QPen(ink, width, DASHES.get(drawing.style.dash, Qt.PenStyle.SolidLine)))
    painter.drawLines([_crisp(segment) for segment in shape.segments])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for label in shape.labels:
        _label(painter, frame, drawing, label, inks, lettering)
    painter.restore()


def draw_handles(painter: QPainter, frame: Frame, shape: Shape, inks: Inks) -> None:
    """Draw a small square at each anchor."""
    side = HANDLE * frame.unit
    painter.setPen(QPen(inks["accent"], max(1.0, frame.unit)))
    painter.setBrush(inks["bg.panel"])
    for x, y in shape.handles:
        painter.drawRect(QRectF(round(x - side), round(y - side), 2 * side, 2 * side))


def _crisp(segment: Segment) -> QLineF:
    """Return a segment; one that is level or upright in the middle of a pixel, where smoothing leaves it alone."""
    x1, y1, x2, y2 = segment
    if y1 == y2:
        y1 = y2 = math.floor(y1) + 0.5
    if x1 == x2:
        x1 = x2 = math.floor(x1) + 0.5
    return QLineF(x1, y1, x2, y2)


def _label(painter: QPainter, frame: Frame, drawing: Drawing, label: Label, inks: Inks, lettering: Lettering) -> None:
    if not label.text:
        return
    unit, wide = frame.unit, lettering.width(label.text)
    x = label.x - wide / 2 if label.is_centred else label.x
    x = min(max(x, 4 * unit), max(4 * unit, frame.plot - wide - 4 * unit)) if label.is_centred else x
    tall = lettering.height() + 2 * unit
    painter.fillRect(QRectF(x - 3 * unit, label.y - tall / 2, wide + 6 * unit, tall), inks.clear("bg.panel", 0.82))
    token = "text" if drawing.tool in (Tool.TEXT, Tool.MEASURE) else drawing.style.colour
    lettering.draw(painter, x, label.y, label.text, inks[token])
