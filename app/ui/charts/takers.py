"""What a hand can take hold of on a chart besides the plot itself: the one shape they all have."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.ui.charts.frame import Frame


class Taker:
    """Asked before the plot at every press, in order; who answers True is moved and released. Points are device pixels.

    All answers are no until a taker says otherwise.
    """

    def press(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> bool:
        """Take hold at a point, or decline."""
        return False

    def move(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Follow the hand that holds."""

    def release(self, frame: Frame, at: QPointF) -> None:
        """Let go."""

    def hover(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Return the pointer's shape where a press would be taken, None elsewhere."""
        return None

    def double_click(self, frame: Frame, at: QPointF) -> bool:
        """Take a double click, or decline."""
        return False

    def key(self, frame: Frame, event: QKeyEvent) -> bool:
        """Take a key, or decline."""
        return False
