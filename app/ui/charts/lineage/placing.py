"""Where facts of the lineage lie on a chart: the bar of a moment, the row of a price, and words beside them."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from app.ui.charts.frame import Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.palette import Inks

FAR = 20_000.0
"""Further off than any screen and near enough for Qt's fixed-point lines."""


def draw_words(
    painter: QPainter, frame: Frame, x: float, y: float, text: str, ink: QColor, inks: Inks, lettering: Lettering
) -> None:
    unit, tall = frame.unit, lettering.height()
    back = QRectF(x - 3 * unit, y - tall / 2, lettering.width(text) + 6 * unit, tall)
    painter.fillRect(back, inks.clear("bg.panel", 0.82))
    lettering.draw(painter, x, y, text, ink)


def point_of(frame: Frame, model: ChartModel, at: float, price: float) -> QPointF:
    return QPointF(column_of(frame, model, at), row_of(frame, price))


def column_of(frame: Frame, model: ChartModel, at: float) -> float:
    """Return the column of the bar that a moment belongs to."""
    assert model.series is not None
    index = model.series.position_of(at)
    return min(max(frame.x_of(index), -FAR), FAR)


def row_of(frame: Frame, price: float) -> float:
    y = frame.panes[0].scale.y_of(price)
    return min(max(y, -FAR), FAR) if math.isfinite(y) else FAR
