"""What hands do to a chart: wheel, drag, pinch and double click become moves of its ranges and crosshair.

What can be held instead of the plot (an order line, a drawing, the corner of a box) are takers, asked first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent

from app.ui.charts.canvas import Canvas
from app.ui.charts.frame import Frame, Pane
from app.ui.charts.keys import ZOOM_STEP, moved_by_key
from app.ui.charts.overlay import Cross
from app.ui.charts.places import Place, place_of, usual_bars
from app.ui.charts.takers import Taker

NOTCH, STILL_PX, UPRIGHT_PX = 120, 4, 18


@dataclass(slots=True)
class Grip:
    """A drag as it began."""

    place: Place
    pane: Pane | None
    start: QPointF
    frame: Frame
    has_moved: bool = False
    is_upright: bool = False
    """It has gone far enough up or down to take the prices along."""


class Hands(QObject):
    """Moves one canvas's time range, price ranges and crosshair; what it does not know is passed on."""

    clicked = Signal(QPointF)
    """A click that was no drag, in device pixels."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.takers: list[Taker] = []
        self.claims: Callable[[QKeyEvent], bool] = lambda event: False
        """Which keys the window must leave to the chart."""
        self._held: Taker | None = None
        self._grip: Grip | None = None
        self._pointer: QPointF | None = None
        self._is_over_item = False
        self._shape: Qt.CursorShape | None = None
        canvas.times.changed.connect(self._follow)
        canvas.installEventFilter(self)
        canvas.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the gestures that mean something to a chart, let everything else through."""
        match event:
            case QKeyEvent() if event.type() == QEvent.Type.ShortcutOverride and watched is self._canvas:
                event.setAccepted(self.claims(event))
                return event.isAccepted()
            case QKeyEvent() if event.type() == QEvent.Type.KeyPress and watched is self._canvas:
                event.setAccepted(self._key(event))
                return True
            case _ if watched is self._canvas:
                return False
            case QWheelEvent():
                self._wheel(event)
                return True
            case QMouseEvent():
                return not self._is_the_scenes(event) and self._mouse(event)
            case QNativeGestureEvent() if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._pinch(event.value(), event.position())
                return True
            case _ if event.type() == QEvent.Type.Leave:
                self._leave()
        return False

    def step_cross(self, bars: int) -> None:
        """Move the crosshair by bars, from the newest when there is none, and keep it in view."""
        canvas, times = self._canvas, self._canvas.times
        start = canvas.cross.index if canvas.cross is not None else canvas.model.newest + (1 if bars < 0 else 0)
        index = min(max(start + bars, 0), canvas.model.newest)
        self._pointer = None
        if not times.left + 0.5 <= index <= times.right - 0.5:
            times.pan(index - (times.left + 1) if index < times.left + 1 else index - (times.right - 1))
        canvas.move_cross(Cross(index, None))

    def release_price(self, pane: Pane | None = None) -> None:
        """Let a pane's price range follow the bars again; every pane when none is named."""
        ranges = self._canvas.model.ranges
        if pane is None:
            ranges.clear()
        else:
            ranges.pop(pane.key, None)
        self._canvas.invalidate()

    def _is_the_scenes(self, event: QMouseEvent) -> bool:
        """Say whether the scene should have an event: over something to take hold of, while holding it, just off it."""
        was_over = self._is_over_item
        if event.buttons() == Qt.MouseButton.NoButton or event.type() != QEvent.Type.MouseMove:
            is_free = self._grip is None and self._held is None
            is_over = is_free and self._canvas.itemAt(event.position().toPoint()) is not None
            self._is_over_item = is_over or (was_over and event.type() == QEvent.Type.MouseButtonRelease)
        if self._is_over_item:
            self._leave()
        return self._is_over_item or (was_over and self._grip is None)

    def _mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._press(event)
            case QEvent.Type.MouseMove:
                self._move(event)
            case QEvent.Type.MouseButtonRelease if event.button() is Qt.MouseButton.LeftButton:
                at = self._device(event.position())
                if self._release(at):
                    self.clicked.emit(at)
            case QEvent.Type.MouseButtonDblClick:
                self._double_click(event)
            case _:
                return False
        return event.button() is not Qt.MouseButton.RightButton

    def _press(self, event: QMouseEvent) -> None:
        """Take hold of what a taker offers there, else of the plot or an axis."""
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        frame = self._canvas.current_frame()
        if frame is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        at = self._device(event.position())
        self._held = next((one for one in self.takers if one.press(frame, at, event.modifiers())), None)
        if self._held is None:
            self._grip = Grip(place_of(frame, at), frame.pane_at(at.y()), at, frame)

    def _move(self, event: QMouseEvent) -> None:
        """Drag what is held, and let the crosshair follow."""
        at = self._device(event.position())
        frame = self._canvas.frame_now
        if self._held is not None and frame is not None:
            self._held.move(frame, at, event.modifiers())
        elif self._grip is not None:
            self._drag(self._grip, at)
        elif frame is not None:
            self._show_shape(frame, at, event.modifiers())
        self._point(at)

    def _release(self, at: QPointF) -> bool:
        """Let go; True when it was a click on the plot and not a drag."""
        held, self._held = self._held, None
        if held is not None:
            if self._canvas.frame_now is not None:
                held.release(self._canvas.frame_now, at)
            return False
        grip, self._grip = self._grip, None
        if grip is not None and grip.has_moved:
            self._canvas.viewport().unsetCursor()
        return grip is not None and not grip.has_moved

    def _show_shape(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Let the pointer say what a press would take hold of."""
        found = (one.hover(frame, at, keys) for one in self.takers)
        shape = next((one for one in found if one is not None), None)
        if shape == self._shape:
            return
        self._shape = shape
        if shape is None:
            self._canvas.viewport().unsetCursor()
        else:
            self._canvas.viewport().setCursor(shape)

    def _double_click(self, event: QMouseEvent) -> bool:
        """Return an axis to automatic; False where there is no axis."""
        frame = self._canvas.current_frame()
        if frame is None:
            return False
        at = self._device(event.position())
        if any(one.double_click(frame, at) for one in self.takers):
            return True
        match place_of(frame, at):
            case Place.PRICE_AXIS:
                self.release_price(frame.pane_at(at.y()))
            case Place.TIME_AXIS:
                self._canvas.times.show_last(usual_bars(frame))
            case Place.PLOT:
                return False
        return True

    def _wheel(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; sideways or with Shift pan; over the price axis stretch it."""
        frame = self._canvas.current_frame()
        if frame is None:
            return
        at, turn = self._device(event.position()), event.angleDelta()
        sideways = turn.x() or (turn.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            self._canvas.times.pan(-sideways / NOTCH * 40 * frame.unit / frame.per_bar)
        elif place_of(frame, at) is Place.PRICE_AXIS:
            self._stretch(frame.pane_at(at.y()), ZOOM_STEP ** (-turn.y() / NOTCH))
        else:
            self._canvas.times.zoom(ZOOM_STEP ** (-turn.y() / NOTCH), frame.position_at(min(at.x(), frame.plot)))
        self._point(at)

    def _pinch(self, amount: float, position: QPointF) -> None:
        """Zoom with two fingers."""
        frame = self._canvas.current_frame()
        if frame is not None:
            self._canvas.times.zoom(1 / max(0.2, 1 + amount), frame.position_at(self._device(position).x()))

    def _key(self, event: QKeyEvent) -> bool:
        """Move by keyboard; False for keys that mean nothing here."""
        frame = self._canvas.current_frame()
        if frame is None:
            return False
        if any(one.key(frame, event) for one in self.takers):
            return True
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if shift and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            step = frame.groups.size * (20 if ctrl else 1)
            self.step_cross(-step if event.key() == Qt.Key.Key_Left else step)
            return True
        cross = self._canvas.cross
        return moved_by_key(self._canvas.times, frame, event, frame.right if cross is None else cross.index)

    def _point(self, at: QPointF) -> None:
        """Put the crosshair under a device pixel; over the axes there is none."""
        frame, times = self._canvas.frame_now, self._canvas.times
        if frame is None or place_of(frame, at) is not Place.PLOT or at.x() < 0 or at.y() < 0:
            self._leave()
            return
        self._pointer = at
        # From the range and not from the frame: between two paints the frame is older than the range.
        self._canvas.move_cross(Cross(round(times.left + at.x() / frame.plot * times.span), at.y()))

    def _leave(self) -> None:
        self._pointer = None
        self._canvas.move_cross(None)

    def _follow(self) -> None:
        """Keep the crosshair under a resting pointer while the bars move beneath it."""
        if self._pointer is not None and self._canvas.cross is not None:
            self._point(self._pointer)

    def _drag(self, grip: Grip, at: QPointF) -> None:
        moved = at - grip.start
        if not grip.has_moved and max(abs(moved.x()), abs(moved.y())) < STILL_PX * self._canvas.dots:
            return
        if not grip.has_moved:
            grip.has_moved = True
            self._canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        match grip.place:
            case Place.PLOT:
                self._drag_plot(grip, moved)
            case Place.PRICE_AXIS:
                self._stretch(grip.pane, 1.006 ** (moved.y() / self._canvas.dots))
            case Place.TIME_AXIS:
                frame = grip.frame
                factor = 1.006 ** (-moved.x() / self._canvas.dots)
                self._canvas.times.show(frame.right - (frame.right - frame.left) * factor, frame.right)

    def _drag_plot(self, grip: Grip, moved: QPointF) -> None:
        """Pan in time always; in price where a hand has set the range before, or once the drag goes up or down."""
        frame, pane, model = grip.frame, grip.pane, self._canvas.model
        bars = moved.x() / frame.per_bar
        rise = abs(moved.y())
        grip.is_upright |= rise > UPRIGHT_PX * self._canvas.dots and rise > abs(moved.x()) / 2
        if pane is not None and (pane.key in model.ranges or grip.is_upright):
            model.ranges[pane.key] = pane.scale.moved(moved.y())
            self._canvas.invalidate()
        self._canvas.times.show(frame.left - bars, frame.right - bars)

    def _stretch(self, pane: Pane | None, factor: float) -> None:
        if pane is None:
            return
        scale = pane.scale
        low, high = scale.stretched(factor, scale.price_at(scale.top + scale.height / 2))
        if high > low:
            self._canvas.model.ranges[pane.key] = (low, high)
            self._canvas.invalidate()

    def _device(self, position: QPointF) -> QPointF:
        return position * self._canvas.dots
