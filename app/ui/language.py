"""The language in use in the window: asks for a text go here, and `changed` says when to ask again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.runtime.language import FIRST, Words

Say = Callable[[str], str]
"""Says an English phrase in the language of the window; `str` leaves it as it is."""


class Language(QObject):
    """The words of the language that was chosen; switched while the window is open."""

    changed = Signal()

    def __init__(self, name: str = FIRST) -> None:
        super().__init__()
        self.words = Words(name)

    @property
    def name(self) -> str:
        """The language's code: en or zh."""
        return self.words.language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text of `resources/i18n` with its blanks filled."""
        return self.words(key, **values)

    def say(self, english: str) -> str:
        """Return a sentence or phrase that is written out in English, in this language."""
        return self.words.sentence(english)

    def set(self, name: str) -> None:
        """Say everything in another language from now on."""
        if name != self.name:
            self.words = Words(name)
            self.changed.emit()
