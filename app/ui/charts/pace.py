"""At most one paint a frame: requests pile up, one signal goes out when the frame is due."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

FRAME_MS = 16


class Pace(QObject):
    """Turns any number of requests into at most one `due` every 16 ms; the first after a rest goes out at once."""

    due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fire)
        self._last = -1.0

    def request(self) -> None:
        """Ask for a frame."""
        if not self._timer.isActive():
            rest_ms = FRAME_MS - (time.perf_counter() - self._last) * 1000
            self._timer.start(max(0, int(rest_ms + 0.999)))

    def rest(self) -> None:
        """Forget the request: somebody painted by hand."""
        self._timer.stop()
        self._last = time.perf_counter()

    def _fire(self) -> None:
        self._last = time.perf_counter()
        self.due.emit()
