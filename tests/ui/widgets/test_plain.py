"""What others wrote is shown letter by letter: no markup is laid out, no picture is loaded."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.ui.panels.ticket_head import TicketHead
from app.ui.theme import Theme
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.plain import keep_plain, plain_tip
from tests.domain.examples import instrument

HOSTILE = "<img src=file:///etc/passwd> <b>Buy</b> <a href='http://127.0.0.1:1/x'>now</a> & more"


def read(tip: str) -> str:
    """Return what a tooltip says once it is laid out."""
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


def test_f12_a_tooltip_says_tags_as_letters(qtbot: QtBot) -> None:
    assert read(plain_tip(HOSTILE)) == HOSTILE
    assert read(plain_tip(f"{HOSTILE}\nsecond line")) == f"{HOSTILE}\nsecond line"
    assert plain_tip("NASDAQ · USD & more") == "NASDAQ · USD & more"


def test_f12_labels_of_foreign_words_are_plain(qtbot: QtBot, theme: Theme) -> None:
    label, elided = QLabel(HOSTILE), ElidedLabel()
    keep_plain(label)
    elided.setText(HOSTILE)
    head = TicketHead(theme)
    for widget in (label, elided, head):
        qtbot.addWidget(widget)
    head.show_instrument(replace(instrument(), name=HOSTILE))
    assert {one.textFormat() for one in (label, elided, head.name, head.symbol)} == {Qt.TextFormat.PlainText}
    assert read(elided.toolTip()) == HOSTILE
    assert HOSTILE in read(head.symbol.toolTip())
