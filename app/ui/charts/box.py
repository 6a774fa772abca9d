"""Zoom into a box: Shift and drag, and what was inside fills the chart."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen

from app.ui.charts.canvas import Canvas
from app.ui.charts.frame import Frame, Pane
from app.ui.charts.layers import Layer, grown
from app.ui.charts.lettering import Lettering
from app.ui.charts.palette import Inks
from app.ui.charts.places import Place, place_of
from app.ui.charts.takers import Taker

LEAST_PX, FLAT_PX = 8, 12


@dataclass(slots=True)
class _Box:
    pane: Pane
    start: QPointF
    end: QPointF

    def rect(self) -> QRect:
        """The box within its pane."""
        top, bottom = sorted((self.start.y(), self.end.y()))
        left, right = sorted((self.start.x(), self.end.x()))
        top, bottom = max(top, self.pane.top), min(bottom, self.pane.bottom - 1)
        return QRect(round(left), round(top), round(right - left), round(bottom - top))


class BoxZoom(Taker, Layer):
    """Holds a box while Shift is dragged; Escape drops it, a flat one zooms in time alone."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._box: _Box | None = None

    def press(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> bool:
        """Begin a box where Shift is held over the plot."""
        pane = frame.pane_at(at.y())
        if not keys & Qt.KeyboardModifier.ShiftModifier or place_of(frame, at) is not Place.PLOT or pane is None:
            return False
        self._box = _Box(pane, at, at)
        return True

    def move(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Stretch the box to the hand."""
        if self._box is not None:
            self._canvas.touch(self.rects(frame))
            self._box.end = QPointF(min(max(at.x(), 0.0), frame.plot), at.y())
            self._canvas.touch(self.rects(frame))

    def release(self, frame: Frame, at: QPointF) -> None:
        """Show what is in the box."""
        box = self._box
        self._drop(frame)
        if box is None or box.rect().width() < LEAST_PX * frame.unit:
            return
        rect, scale = box.rect(), box.pane.scale
        if rect.height() >= FLAT_PX * frame.unit:
            top, foot = scale.price_at(rect.top()), scale.price_at(rect.top() + rect.height())
            self._canvas.model.ranges[box.pane.key] = (foot, top)
        self._canvas.times.show(frame.position_at(rect.left()), frame.position_at(rect.left() + rect.width()))
        self._canvas.invalidate()

    def hover(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Show a cross while Shift is held."""
        is_here = keys & Qt.KeyboardModifier.ShiftModifier and place_of(frame, at) is Place.PLOT
        return Qt.CursorShape.CrossCursor if is_here else None

    def key(self, frame: Frame, event: QKeyEvent) -> bool:
        """Drop the box on Escape."""
        if event.key() != Qt.Key.Key_Escape or self._box is None:
            return False
        self._drop(frame)
        return True

    def rects(self, frame: Frame) -> list[QRect]:
        """The box with its edge."""
        return grown([self._box.rect()], 2) if self._box is not None else []

    def draw(self, painter: QPainter, frame: Frame, inks: Inks, lettering: Lettering) -> None:
        """Draw the box as a tinted pane with an edge."""
        if self._box is None:
            return
        tint = inks.clear("accent", 0.16)
        painter.setPen(QPen(inks["accent"], max(1, int(frame.unit))))
        painter.setBrush(tint)
        painter.drawRect(self._box.rect())

    def _drop(self, frame: Frame) -> None:
        self._canvas.touch(self.rects(frame))
        self._box = None
