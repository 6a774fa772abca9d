"""Text that somebody else wrote (a broker, a company, a model, a file): shown letter by letter, never as markup."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def keep_plain(*labels: QLabel) -> None:
    """Have labels show tags as the letters they are: no picture is loaded and no link is made."""
    for label in labels:
        label.setTextFormat(Qt.TextFormat.PlainText)


def plain_tip(text: str) -> str:
    """Return a tooltip that reads as `text` does; Qt would take one that looks like HTML for HTML."""
    if "<" not in text:
        return text
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>"
