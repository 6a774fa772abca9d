"""What a hand points at on a chart: the mark or bar it clicked, the bar under the crosshair, the price it holds."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal

from app.ui.charts.canvas import Canvas
from app.ui.charts.marks import mark_at
from app.ui.charts.words import bar_words


class Picks(QObject):
    """Turns clicks and crosshair moves of one canvas into what they mean."""

    mark_picked = Signal(str)
    bar_picked = Signal(int)
    bar_hovered = Signal(object)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        canvas.crossed.connect(self._crossed)

    def click(self, at: QPointF) -> None:
        """Pick the mark under a device pixel, else the bar."""
        frame, series = self._canvas.current_frame(), self._canvas.model.series
        if frame is None or series is None or at.x() >= frame.plot or at.y() >= frame.bottom:
            return
        mark = mark_at(frame, self._canvas.model, at.x(), at.y())
        if mark is not None:
            self.mark_picked.emit(mark.key)
            return
        index = round(frame.position_at(at.x()))
        if 0 <= index < len(series):
            self.bar_picked.emit(int(series.bars.time[index]))

    def price(self) -> float | None:
        """Return the price under the crosshair in the price pane, or the last price."""
        frame, cross = self._canvas.frame_now, self._canvas.cross
        if frame is not None and cross is not None and cross.y is not None and frame.pane_at(cross.y) is frame.panes[0]:
            return frame.panes[0].scale.price_at(cross.y)
        return self._canvas.model.last_price

    def _crossed(self) -> None:
        cross, series = self._canvas.cross, self._canvas.model.series
        if cross is None or series is None or not 0 <= cross.index < len(series):
            self.bar_hovered.emit(None)
            return
        self.bar_hovered.emit(series.at(cross.index))
        if cross.y is None:
            self._canvas.setAccessibleDescription(bar_words(self._canvas.model, cross.index))
