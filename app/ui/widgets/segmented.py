"""A choice of few, all in sight: Buy · Sell, Market · Limit · Stop, Observe · Ask · Auto."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton

from app.ui.language import say
from app.ui.widgets.buttons import set_role


class Segmented(QFrame):
    """One of several named values; arrows move, `chosen` tells what the user took."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], *, name: str, tones: dict[str, str] | None = None) -> None:
        """Offer `(value, label)` pairs; `tones` gives a value the colour `up` or `down` while it is chosen."""
        super().__init__()
        self.setProperty("role", "segmented")
        self.setAccessibleName(say(name))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(1)
        for value, label in options:
            row.addWidget(self._button(value, label, f"{say(name)}: {say(label)}", (tones or {}).get(value, "")))
        self.setFocusProxy(next(iter(self._buttons.values())))
        self.set_value(options[0][0])

    def value(self) -> str:
        """Return the chosen value."""
        return next(value for value, button in self._buttons.items() if button.isChecked())

    def set_value(self, value: str) -> None:
        """Choose `value` without telling `chosen`; raise KeyError when it is not offered."""
        button = self._buttons[value]
        button.setChecked(True)
        self._keep_one_tab_stop()

    def rename(self, value: str, label: str) -> None:
        """Write another label on one value."""
        self._buttons[value].setText(say(label))
        self._buttons[value].setAccessibleName(f"{self.accessibleName()}: {say(label)}")

    def set_offered(self, value: str, offered: bool, why: str = "") -> None:
        """Enable or disable one value, saying why as its tooltip."""
        self._buttons[value].setEnabled(offered)
        self._buttons[value].setToolTip(say(why))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice with the arrow keys."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}.get(
            Qt.Key(event.key())
        )
        if step is None:
            super().keyPressEvent(event)
            return
        values = [value for value, button in self._buttons.items() if button.isEnabled()]
        if values:
            here = values.index(self.value()) if self.value() in values else 0
            self._take(values[(here + step) % len(values)])

    def _button(self, value: str, label: str, name: str, tone: str) -> QPushButton:
        button = QPushButton(say(label))
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setAccessibleName(name)
        set_role(button, role="segment", tone=tone)
        button.clicked.connect(lambda: self._take(value))
        self._group.addButton(button)
        self._buttons[value] = button
        return button

    def _take(self, value: str) -> None:
        self.set_value(value)
        self._buttons[value].setFocus(Qt.FocusReason.OtherFocusReason)
        self.chosen.emit(value)

    def _keep_one_tab_stop(self) -> None:
        for button in self._buttons.values():
            policy = Qt.FocusPolicy.StrongFocus if button.isChecked() else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)
        self.setFocusProxy(self._buttons[self.value()])
