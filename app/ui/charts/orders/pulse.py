"""Orders on their way pulse: their line glows and fades until the broker has it."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.charts.canvas import Canvas
from app.ui.charts.frame import Frame
from app.ui.charts.layers import Layer
from app.ui.charts.lettering import Lettering
from app.ui.charts.marks import ink_of
from app.ui.charts.palette import Inks
from app.ui.charts.values import Mark, MarkState

BEAT_MS, PERIOD_S = 80, 1.2


class Pulse(QObject, Layer):
    """Beats only while there is a sent order to see; paints its rows and nothing else."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._repaint)

    @property
    def is_beating(self) -> bool:
        """Say whether anything pulses."""
        return self._beat.isActive()

    def follow(self) -> None:
        """Take in new marks."""
        if self._sent():
            self._beat.start()
        else:
            self._beat.stop()

    def rects(self, frame: Frame) -> list[QRect]:
        """The rows of the lines that pulse."""
        wide = max(2, round(2 * frame.unit))
        rows = (round(frame.panes[0].scale.y_of(mark.price)) for mark in self._sent())
        return [QRect(0, row - wide, frame.plot, 2 * wide + 1) for row in rows]

    def draw(self, painter: QPainter, frame: Frame, inks: Inks, lettering: Lettering) -> None:
        """Draw the glow at its present strength."""
        strength = 0.5 + 0.5 * math.sin(time.perf_counter() * 2 * math.pi / PERIOD_S)
        for mark in self._sent():
            ink = ink_of(mark, inks)
            glow = QColor(ink)
            glow.setAlphaF(0.15 + 0.75 * strength)
            painter.setPen(QPen(glow, 3 * frame.unit))
            y = round(frame.panes[0].scale.y_of(mark.price))
            words = round(lettering.width(mark.label) + 22 * frame.unit)  # the words stay readable
            painter.drawLine(0, y, frame.plot - words, y)

    def _sent(self) -> list[Mark]:
        return [mark for mark in self._canvas.model.marks if mark.at is None and mark.state is MarkState.SENT]

    def _repaint(self) -> None:
        frame = self._canvas.frame_now
        if frame is not None and self._canvas.isVisible():
            self._canvas.touch(self.rects(frame))
