"""The banner under the header: one thing that is wrong for as long as it is wrong, with the act that helps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role


class Banner(QFrame):
    """It cannot be dismissed: it goes when what it says is no longer so."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._token = "warn"
        self._act: Callable[[], object] = lambda: None
        self.setProperty("role", "banner")
        self._picture, self._words = QLabel(), QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.button = act_button("", "", lambda: self._act())
        set_role(self.button, size="compact")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addWidget(self._words, 1)
        row.addWidget(self.button)
        theme.changed.connect(self._restyle)
        self.hide()

    def text(self) -> str:
        """Return what it says, nothing while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def show_words(self, text: str, token: str, action: str, act: Callable[[], object]) -> None:
        """Say what is wrong, in the colour of a state, and offer one act."""
        self._token, self._act = token, act
        self._words.setText(say(text))
        self.setAccessibleName(self._words.text())
        self.button.setText(say(action))
        self.button.setAccessibleName(self.button.text())
        self._restyle()
        self.show()

    def _restyle(self) -> None:
        self._picture.setPixmap(self._theme.pixmap("triangle-alert", self._token, 16, self.devicePixelRatioF()))
