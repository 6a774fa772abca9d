"""At most one paint a frame: requests pile up, one signal goes out when the frame is due."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

FRAME_S = 1 / 60


class Pace(QObject):
    """Turns any number of requests into at most sixty `due` a second; the first after a rest goes out at once."""

    due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fire)
        self._next = 0.0

    def request(self) -> None:
        """Ask for a frame."""
        if not self._timer.isActive():
            self._timer.start(max(0, math.ceil((self._next - time.perf_counter()) * 1000)))

    def rest(self) -> None:
        """Forget the request: somebody painted by hand."""
        self._timer.stop()
        self._next = time.perf_counter() + FRAME_S

    def _fire(self) -> None:
        # From when the frame was due and not from now, so that timers a little late do not add up to fewer frames.
        now = time.perf_counter()
        self._next = max(self._next, now - FRAME_S / 2) + FRAME_S
        self.due.emit()
