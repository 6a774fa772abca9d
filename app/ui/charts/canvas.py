"""The surface a chart is painted on: a pyqtgraph GraphicsView whose bars go around the scene graph.

Still things live in one pixmap, rebuilt when bars, view or theme change. The forming bar, the last price, the readout
and the crosshair are painted over it, and only their own rectangles are repainted. The scene between the two layers is
pyqtgraph's and carries what a hand can take hold of (see `dividers`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QRegion, QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from app.ui.charts.frame import Frame, frame_of
from app.ui.charts.layers import Layer
from app.ui.charts.legend import readout_rect, value_rects
from app.ui.charts.lettering import BODY, Lettering
from app.ui.charts.marks import holding_rows
from app.ui.charts.model import ChartModel
from app.ui.charts.overlay import Cross, last_touched, level_rects, live_reach, tick_rect, upright_rects
from app.ui.charts.pace import Pace
from app.ui.charts.painting import paint_moving, paint_still
from app.ui.charts.palette import Inks, Palette
from app.ui.charts.timerange import TimeRange


class Canvas(pg.GraphicsView):
    """Paints one chart model over one time range, at most once a frame."""

    crossed = Signal()
    framed = Signal()

    def __init__(self, model: ChartModel, times: TimeRange, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=None)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setCentralItem(None)
        self.model, self.times, self.palette_ = model, times, palette
        self.frame_now: Frame | None = None
        self.cross: Cross | None = None
        self.layers: list[Layer] = []
        self.stills_painted = 0
        self._still = QPixmap()
        self._is_current = False
        self._dirty = QRegion()
        self._exposed = QRegion()
        self._pace = Pace(self)
        self._pace.due.connect(self._repaint)
        self.restyle()
        times.changed.connect(self.invalidate)

    @property
    def dots(self) -> float:
        """How many device pixels make one pixel of the window."""
        return float(self.devicePixelRatioF())

    def restyle(self) -> None:
        """Take in the colours and fonts of the theme as it is now."""
        self.inks = Inks(self.palette_)
        self._fit_to_dots()
        self.invalidate()

    def invalidate(self) -> None:
        """Have everything worked out and painted again with the next frame."""
        self._is_current = False
        self._pace.request()

    def touch(self, rects: Iterable[QRect]) -> None:
        """Have these device rectangles repainted from the still picture with the next frame."""
        dots = self.dots
        for rect in rects:
            if not rect.isEmpty():
                self._dirty += _in_window(rect, dots)
        self._pace.request()

    def move_cross(self, cross: Cross | None) -> None:
        """Put the crosshair somewhere else, or take it away."""
        if cross == self.cross:
            return
        frame = self.frame_now
        if frame is not None:
            self.touch(level_rects(frame, self.cross) + level_rects(frame, cross))
            if self.cross is None or cross is None or self.cross.index != cross.index:
                self.touch(upright_rects(frame, self.cross) + upright_rects(frame, cross))
                self.touch(value_rects(frame, self.model, self.lettering))
        self.cross = cross
        self.crossed.emit()

    def touch_live(self, before: float | None, *, whole: bool = False) -> None:
        """Repaint what a tick moves: forming bar, last price, readout; the `whole` column when its volume moved too."""
        frame = self.frame_now
        if frame is None or not self._is_current or self._outgrown(frame):
            self.invalidate()
            return
        rows = last_touched(frame, self.model, before)
        readout = readout_rect(frame, self.model, self.lettering)
        bar = live_reach(frame) if whole else tick_rect(frame, self.model, before)
        self.touch([bar, *rows, readout, holding_rows(frame, self.model)])

    def flush(self) -> None:
        """Hand what is due to Qt now, without waiting for the frame: for pictures of the window and for measuring."""
        self._pace.rest()
        self._repaint()

    def current_frame(self) -> Frame | None:
        """Return the geometry of the picture, worked out now if it is not up to date."""
        if not self._is_current:
            self._paint_still()
        return self.frame_now

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the still picture."""
        if self._dots != self.dots:
            self._fit_to_dots()
            self._is_current = False
        if not self._is_current:
            self._paint_still()
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(0, 0, self._still)
        painter.restore()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint what moves."""
        if self.frame_now is None:
            return
        painter.save()
        painter.resetTransform()
        painter.scale(1 / self.dots, 1 / self.dots)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        paint_moving(painter, self.frame_now, self.model, self.cross, self.inks, self.lettering, self._exposed)
        for layer in self.layers:
            if any(self._exposed.intersects(rect) for rect in layer.rects(self.frame_now)):
                layer.draw(painter, self.frame_now, self.inks, self.lettering)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Remember what is exposed: what moves is worked out for that alone."""
        dots = self.dots
        self._exposed = event.region() if dots == 1 else QTransform.fromScale(dots, dots).map(event.region())
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Work the picture out for the new size."""
        super().resizeEvent(event)
        if event is not None:
            self.invalidate()

    def _repaint(self) -> None:
        if not self._is_current:
            self.viewport().update()
        else:
            self.viewport().update(self._dirty)
        self._dirty = QRegion()

    def _paint_still(self) -> None:
        dots, view = self.dots, self.viewport()
        width, height = max(1, round(view.width() * dots)), max(1, round(view.height() * dots))
        if (self._still.width(), self._still.height()) != (width, height):
            self._still = QPixmap(width, height)  # kept while the size lasts: fresh memory costs as much as the bars
        self._still.setDevicePixelRatio(1.0)
        times = self.times
        self.frame_now = frame_of(self.model, times.left, times.right, width, height, self.lettering, self.unit)
        if self.frame_now is None:
            self._still.fill(self.inks["bg.panel"])
        else:
            painter = QPainter(self._still)
            try:
                paint_still(painter, self.frame_now, self.model, self.inks, self.lettering)
            finally:
                painter.end()  # a painter left open takes the process down with the pixmap
        self._still.setDevicePixelRatio(dots)
        self._is_current = True
        self.stills_painted += 1
        self.framed.emit()

    def _fit_to_dots(self) -> None:
        self._dots = self.dots
        self.lettering = Lettering(self.palette_, self.dots)
        self.unit = self.dots * self.palette_.font(BODY).pixelSize() / BODY

    def _outgrown(self, frame: Frame) -> bool:
        """Say whether the forming bar left the range that follows the bars."""
        series, scale = self.model.series, frame.panes[0].scale
        live = series.live if series is not None else None
        if live is None or frame.panes[0].key in self.model.ranges or frame.live is None:
            return False
        taller = live.volume > 1.15 * frame.tallest
        return live.high > scale.high or live.low < scale.low or (taller and self.model.shows_volume)


def _in_window(rect: QRect, dots: float) -> QRect:
    left, top = math.floor(rect.left() / dots), math.floor(rect.top() / dots)
    right, bottom = math.ceil((rect.right() + 1) / dots), math.ceil((rect.bottom() + 1) / dots)
    return QRect(left, top, right - left, bottom - top)
