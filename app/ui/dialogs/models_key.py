"""A provider's key: typed once and handed to where it is kept; what is kept is never shown again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from app.services.keys import KeyPlace
from app.ui.language import say
from app.ui.widgets.buttons import act_button, set_role

_PLACES = (
    (KeyPlace.KEYRING, "in the system's keyring"),
    (KeyPlace.SESSION, "for this session only"),
    (KeyPlace.ENVIRONMENT, "in an environment variable"),
)
_HINTS = {
    KeyPlace.KEYRING: "paste the key",
    KeyPlace.SESSION: "paste the key; it is forgotten when Tapeline ends",
    KeyPlace.ENVIRONMENT: "the variable's name, such as OPENAI_API_KEY",
}


class KeyRow(QFrame):
    """Where a key is kept, the field for it, and what is known of it."""

    def __init__(self, keep: Callable[[KeyPlace, str], None]) -> None:
        super().__init__()
        self._keep = keep
        self.place = QComboBox()
        self.field = QLineEdit()
        self.said = QLabel()
        self.keep_button = act_button("Keep the key", "", self._kept)
        self._lay()
        self._place_changed()

    @property
    def chosen(self) -> KeyPlace:
        """The place that is chosen."""
        return KeyPlace(self.place.currentData())

    def show_variable(self, variable: str) -> None:
        """Show where a provider's key is looked for, with an empty field for another."""
        place = KeyPlace.ENVIRONMENT if variable else KeyPlace.KEYRING
        self.place.setCurrentIndex(self.place.findData(place.value))
        self.field.setText(variable)

    def say(self, sentence: str, *, is_error: bool = False) -> None:
        """Say what is known of the key."""
        self.said.setText(say(sentence))
        self.said.setVisible(bool(sentence))
        set_role(self.said, role="error" if is_error else "caption")

    def _lay(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        caption = QLabel(say("Key"))
        set_role(caption, role="caption")
        row = QHBoxLayout()
        row.setSpacing(8)
        for place, words in _PLACES:
            self.place.addItem(say(words), place.value)
        self.place.setAccessibleName(say("Where the key is kept"))
        self.field.setAccessibleName(say("Key"))
        self.said.setWordWrap(True)
        row.addWidget(self.field, 1)
        row.addWidget(self.place)
        row.addWidget(self.keep_button)
        column.addWidget(caption)
        column.addLayout(row)
        column.addWidget(self.said)
        column.addStretch()
        self.place.currentIndexChanged.connect(lambda _: self._place_changed())
        self.field.returnPressed.connect(self._kept)

    def _place_changed(self) -> None:
        is_name = self.chosen is KeyPlace.ENVIRONMENT
        self.field.clear()
        self.field.setEchoMode(QLineEdit.EchoMode.Normal if is_name else QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(say(_HINTS[self.chosen]))
        self.keep_button.setText(say("Use the variable" if is_name else "Keep the key"))

    def _kept(self) -> None:
        typed = self.field.text()
        if self.chosen is not KeyPlace.ENVIRONMENT:
            self.field.clear()  # at once: it is nobody's to look at or to copy any more
        self._keep(self.chosen, typed)
