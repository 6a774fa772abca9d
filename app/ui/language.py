"""The language in use in the window: asks for a text go here, and `changed` says when to ask again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QTranslator, Signal

from app.runtime.language import FIRST, Words

Say = Callable[[str], str]
"""Says an English phrase in the language of the window; `str` leaves it as it is."""


def say(english: str) -> str:
    """Return words that are written out in English as the window says them now; what nobody translated stays."""
    return QCoreApplication.translate("", english)


class Language(QObject):
    """The words of the language that was chosen; switched while the window is open.

    Widgets ask by `say`, which goes the way of all words in Qt: through the translator that is installed here.
    """

    changed = Signal()

    def __init__(self, name: str = FIRST) -> None:
        super().__init__()
        self.words = Words(name)
        self._translator = _Translator(self)
        self._install()

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
            self._install()
            self.changed.emit()

    def _install(self) -> None:
        QCoreApplication.removeTranslator(self._translator)
        self._translator.words = self.words
        if self.name != FIRST:
            QCoreApplication.installTranslator(self._translator)


class _Translator(QTranslator):
    """Answers Qt with the phrases and sentences of `resources/i18n`, whichever widget asks."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.words = Words()

    def isEmpty(self) -> bool:
        """Say that there are texts."""
        return False

    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: N803
        """Return a text in this language, as it is where there is none."""
        return self.words.sentence(sourceText)
