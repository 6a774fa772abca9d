"""The line between a panel's header and its table: a choice on the left, words, acts on the right."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.elided import ElidedLabel


class ToolLine(QFrame):
    """One quiet line of controls."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.setSpacing(8)
        self.caption = ElidedLabel()
        set_role(self.caption, role="caption")

    def lay(self, left: list[QWidget], right: list[QWidget]) -> None:
        """Put widgets to the left and right of the words."""
        for widget in left:
            self._row.addWidget(widget)
        self._row.addWidget(self.caption, 1)  # it takes the room that is left, and asks for none of its own
        for widget in right:
            self._row.addWidget(widget)


def compact(widget: QWidget) -> QWidget:
    """Return the widget in the height of a tool line."""
    set_role(widget, size="compact")
    return widget
