"""Keys that move a chart through time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.ui.charts.frame import Frame
from app.ui.charts.timerange import TimeRange

ZOOM_STEP = 1.18


def moved_by_key(times: TimeRange, frame: Frame, event: QKeyEvent, anchor: float) -> bool:
    """Pan or zoom by a key, zooming around the position `anchor`; False for keys that mean nothing here."""
    is_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    if event.modifiers() & Qt.KeyboardModifier.AltModifier:
        return False
    step = frame.groups.size * (20 if is_ctrl else 1)
    match event.key():
        case Qt.Key.Key_Left:
            times.pan(-step)
        case Qt.Key.Key_Right:
            times.pan(step)
        case Qt.Key.Key_PageUp:
            times.pan(-times.span * 0.8)
        case Qt.Key.Key_PageDown:
            times.pan(times.span * 0.8)
        case Qt.Key.Key_Home:
            times.show(-0.5, times.span - 0.5)
        case Qt.Key.Key_End:
            times.show_last(times.span * 0.94)
        case Qt.Key.Key_Plus | Qt.Key.Key_Equal | Qt.Key.Key_Up:
            times.zoom(1 / ZOOM_STEP, anchor)
        case Qt.Key.Key_Minus | Qt.Key.Key_Down:
            times.zoom(ZOOM_STEP, anchor)
        case Qt.Key.Key_0 if is_ctrl:
            times.show_all()
        case _:
            return False
    return True
