"""A choice of several in a drop-down list: told when the user takes one, and what is not offered says why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy

from app.ui.widgets.buttons import set_role


class DropChoice(QComboBox):
    """One of several named values; the wheel changes it only while it has the focus."""

    chosen = Signal(str)
    """The value that the user took."""

    def __init__(self, options: Sequence[tuple[str, str]], *, name: str, role: str = "") -> None:
        """Offer `(value, label)` pairs."""
        super().__init__()
        for value, label in options:
            self.addItem(label, value)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        set_role(self, role=role)
        self.activated.connect(lambda _: self.chosen.emit(self.value()))

    def value(self) -> str:
        """Return the chosen value."""
        return str(self.currentData())

    def set_value(self, value: str) -> None:
        """Choose `value` without telling `chosen`; raise KeyError when it is not offered at all."""
        place = self.findData(value)
        if place < 0:
            raise KeyError(value)
        self.setCurrentIndex(place)

    def take(self, value: str) -> None:
        """Choose `value` as if by hand."""
        if value != self.value():
            self.set_value(value)
            self.chosen.emit(value)

    def set_offered(self, value: str, offered: bool, why: str = "") -> None:
        """Enable or disable one value, saying why as its tooltip."""
        model, place = self.model(), self.findData(value)
        if isinstance(model, QStandardItemModel) and place >= 0:
            model.item(place).setEnabled(offered)
            model.item(place).setToolTip(why)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what scrolls, unless this has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def showPopup(self) -> None:
        """Open the list wide enough for its longest line."""
        view = self.view()
        view.setMinimumWidth(max(self.width(), view.sizeHintForColumn(0) + 24))
        view.setTextElideMode(Qt.TextElideMode.ElideNone)
        super().showPopup()
