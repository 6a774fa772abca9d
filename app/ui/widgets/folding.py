"""A segmented choice that folds into one button with a menu where there is no room for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from app.ui.widgets.segmented import Segmented


class FoldingChoice(QWidget):
    """Shows every value while they fit its width, else the chosen one and a menu; `chosen` tells what was taken."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], *, name: str) -> None:
        super().__init__()
        self.row = Segmented(options, name=name)
        self.button = QToolButton()
        self._name = name
        self._options = tuple(options)
        self._build()
        self.set_value(options[0][0])

    @property
    def is_folded(self) -> bool:
        """Say whether only the chosen value is in sight."""
        return self.row.isHidden()

    def value(self) -> str:
        """Return the chosen value."""
        return self.row.value()

    def set_value(self, value: str) -> None:
        """Choose `value` without telling `chosen`; raise KeyError when it is not offered."""
        self.row.set_value(value)
        label = dict(self._options)[value]
        self.button.setText(label)
        self.button.setAccessibleName(f"{self._name}: {label}")
        for action in self.button.menu().actions():
            action.setChecked(action.data() == value)

    def take(self, value: str) -> None:
        """Choose as a hand does."""
        self.set_value(value)
        self.chosen.emit(value)

    def minimumSizeHint(self) -> QSize:
        """Return the room of the folded form: the wide one never pushes a panel open."""
        return self.button.sizeHint()

    def sizeHint(self) -> QSize:
        """Return the room that shows everything."""
        return self.row.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold for the width there is."""
        super().resizeEvent(event)
        self.fold(event.size().width() < self.row.sizeHint().width())

    def fold(self, on: bool) -> None:
        """Show the chosen value with a menu, or all values."""
        had_focus = self.focusWidget() is not None and self.isAncestorOf(self.focusWidget())
        self.row.setHidden(on)
        self.button.setHidden(not on)
        self.setFocusProxy(self.button if on else self.row)
        if had_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.row)
        row.addWidget(self.button)
        row.addStretch()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        menu = QMenu(self.button)
        for value, label in self._options:
            action = menu.addAction(label, partial(self.take, value))
            action.setCheckable(True)
            action.setData(value)
        self.button.setMenu(menu)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setToolTip(self._name)
        self.row.chosen.connect(self.take)
        self.fold(False)
