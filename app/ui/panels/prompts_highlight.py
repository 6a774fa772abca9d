"""Colours of a template: its marks, the variables that are known and those that are not, filters and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.ui.theme import Theme

_MARKED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_NOTE = re.compile(r"\{#.*?#\}")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_FILTER = re.compile(r"\|\s*\w+")
_WORD = re.compile(r"(?<![\w.'\"|])[A-Za-z_]\w*")
_WORDS = """
    if elif else endif for endfor in not and or is none set endset macro endmacro defined loop true false recursive
    namespace range filter endfilter
"""
_KEYWORDS = frozenset(_WORDS.split())


class TemplateHighlighter(QSyntaxHighlighter):
    """Marks a line at a time."""

    def __init__(self, document: QTextDocument, theme: Theme, known: Iterable[str] = ()) -> None:
        super().__init__(document)
        self._theme = theme
        self._known = frozenset(known)
        theme.changed.connect(self.rehighlight)

    def set_known(self, known: Iterable[str]) -> None:
        """Take these names for variables."""
        self._known = frozenset(known)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        for found in _MARKED.finditer(text):
            start, end = found.span()
            self._paint(start, end, "text.muted")
            self._inside(text, start, end)
        for found in _NOTE.finditer(text):
            self._paint(*found.span(), "text.faint", italic=True)

    def _inside(self, text: str, start: int, end: int) -> None:
        for found in _WORD.finditer(text, start, end):
            word = found.group()
            if word in _KEYWORDS:
                self._paint(*found.span(), "link.6")
            elif word in self._known:
                self._paint(*found.span(), "accent", weight=QFont.Weight.DemiBold)
        for found in _FILTER.finditer(text, start, end):
            self._paint(found.start() + 1, found.end(), "link.4")
        for found in _TEXT.finditer(text, start, end):
            self._paint(*found.span(), "ok")

    def _paint(
        self, start: int, end: int, token: str, *, weight: QFont.Weight | None = None, italic: bool = False
    ) -> None:
        look = QTextCharFormat()
        look.setForeground(self._theme.colour(token))
        if weight is not None:
            look.setFontWeight(weight)
        look.setFontItalic(italic)
        self.setFormat(start, end - start, look)
