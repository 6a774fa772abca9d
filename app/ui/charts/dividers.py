"""The edges between panes as things to take hold of: pyqtgraph items that a drag moves and a double click resets."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsSceneMouseEvent, QStyleOptionGraphicsItem, QWidget

from app.ui.charts.canvas import Canvas

GRIP_PX, LEAST_PX = 9, 48


class Divider(pg.GraphicsObject):
    """One edge between two panes; `pulled` says by how many window pixels a hand moved it."""

    pulled = Signal(float)
    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._width = 1.0
        self.setCursor(Qt.CursorShape.SplitVCursor)

    def place(self, y: float, width: float) -> None:
        """Lie along a row of the window."""
        if (y, width) != (self.pos().y(), self._width):
            self.prepareGeometryChange()
            self._width = width
            self.setPos(0.0, y)

    def boundingRect(self) -> QRectF:
        """A strip that a hand can hit."""
        return QRectF(0, -GRIP_PX / 2, self._width, GRIP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing: the hairline is part of the still picture."""

    def mouseDragEvent(self, event: Any) -> None:
        """Tell how far the edge is pulled."""
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.pulled.emit(float(event.scenePos().y() - event.lastScenePos().y()))

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Ask for the usual heights."""
        event.accept()
        self.reset.emit()


class Dividers(QObject):
    """Keeps one divider below every pane but the last and turns pulls into pane weights."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._items: list[Divider] = []
        canvas.framed.connect(self._sync)

    def _sync(self) -> None:
        frame = self._canvas.frame_now
        edges = [pane.bottom for pane in frame.panes[:-1]] if frame is not None else []
        while len(self._items) < len(edges):
            self._add(len(self._items))
        for place, item in enumerate(self._items):
            item.setVisible(place < len(edges))
            if frame is not None and place < len(edges):
                item.place(edges[place] / self._canvas.dots, frame.width / self._canvas.dots)

    def _add(self, place: int) -> None:
        item = Divider()
        item.pulled.connect(lambda pixels: self._pull(place, pixels))
        item.reset.connect(self._reset)
        self._canvas.scene().addItem(item)
        self._items.append(item)

    def _pull(self, place: int, pixels: float) -> None:
        """Give to one pane what the other loses; neither gets too small to read."""
        frame, model = self._canvas.current_frame(), self._canvas.model
        if frame is None or place + 1 >= len(frame.panes):
            return
        heights = {pane.key: float(pane.scale.height) for pane in frame.panes}
        upper, lower = frame.panes[place].key, frame.panes[place + 1].key
        least, step = LEAST_PX * frame.unit, pixels * self._canvas.dots
        step = min(max(step, least - heights[upper]), heights[lower] - least)
        heights[upper] += step
        heights[lower] -= step
        model.weights.update(heights)
        self._canvas.invalidate()

    def _reset(self) -> None:
        self._canvas.model.weights.clear()
        self._canvas.invalidate()
