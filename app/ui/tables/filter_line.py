"""The line above a table: what to look for, and how many of how many match."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import IconButton, set_role
from app.ui.widgets.format import number


class FilterLine(QFrame):
    """A filter field with “n of m” and a way out; hidden until it is asked for."""

    closed = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(4)
        self.line = _EscapableLine()
        self.line.setPlaceholderText(say(f"Filter {name.lower()}"))
        self.line.setAccessibleName(say(f"Filter {name.lower()}"))
        self.line.setProperty("role", "filter")
        self.line.escaped.connect(self.close_line)
        self._counts = QLabel()
        set_role(self._counts, role="caption")
        row.addWidget(self.line, 1)
        row.addWidget(self._counts)
        row.addWidget(IconButton(theme, "x", "Close the filter (Esc)", self.close_line))
        self.hide()

    def open(self) -> None:
        """Show the line and put the cursor into it."""
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def close_line(self) -> None:
        """Clear the filter and hide the line."""
        self.line.clear()
        self.hide()
        self.closed.emit()

    def count(self, shown: int, total: int) -> None:
        """Say how many of how many match."""
        self._counts.setText(say(f"{number(shown)} of {number(total)}"))
        if self.line.text() and self.isHidden():
            self.show()


class _EscapableLine(QLineEdit):
    """A line edit that tells when Escape was pressed in it."""

    escaped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell about Escape; the rest is Qt's."""
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            return
        super().keyPressEvent(event)
