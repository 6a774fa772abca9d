"""Typing over a chart: letters ask for a symbol, a number for a timeframe or a date; Enter takes it, Escape forgets."""

from __future__ import annotations

from datetime import UTC
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.domain.bars import Timeframe
from app.ui.charts.dates import moment_of
from app.ui.language import say

MINUTES = {"1": "1m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "240": "4h"}


def timeframe_of(text: str) -> Timeframe | None:
    """Return the timeframe a person means: minutes as a plain number, or the name itself ("15", "1h", "1D", "1M")."""
    text = "1mo" if text == "1M" else text.strip().lower()
    text = MINUTES.get(text, text)
    return Timeframe(text) if text in set(Timeframe) else None


class Wanted(StrEnum):
    """What the field asks for when it was not typed into being."""

    ANYTHING = "anything"
    DATE = "date"
    COMPARISON = "comparison"


HINTS = {
    Wanted.ANYTHING: "Symbol, timeframe such as 15 or 1d, or date",
    Wanted.DATE: "Date, such as 2009-03-02 or 2 Mar 2009",
    Wanted.COMPARISON: "Symbol to compare with, in percent",
}


class TypingField(QLineEdit):
    """A small field that appears over the chart with the first character typed."""

    symbol_typed = Signal(str)
    timeframe_typed = Signal(Timeframe)
    date_typed = Signal(str)
    compare_typed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._chart = parent
        self._wanted = Wanted.ANYTHING
        self.setFixedWidth(260)
        self.setAccessibleName(say("Symbol or timeframe"))
        self.hide()
        self.returnPressed.connect(self._take)
        self.textEdited.connect(lambda text: self.setText(text.upper()) if text[:1].isalpha() else None)

    def begin(self, text: str) -> None:
        """Appear with the first character; one that still reaches the chart is the next."""
        begun = self.text() if self.isVisible() and self._wanted is Wanted.ANYTHING else ""
        self._appear((begun + text).upper(), Wanted.ANYTHING)

    def ask(self, wanted: Wanted) -> None:
        """Appear empty and take this alone."""
        self._appear("", wanted)

    def _appear(self, text: str, wanted: Wanted) -> None:
        parent, self._wanted = self._chart, wanted
        self.setText(text)
        self.setPlaceholderText(HINTS[wanted])
        self.setToolTip("")
        self.adjustSize()
        self.move((parent.width() - self.width()) // 2, max(8, parent.height() // 5))
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.end(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Forget on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget when the hand goes elsewhere."""
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.hide()

    def _take(self) -> None:
        text = self.text().strip()
        if not text:
            self._leave()
            return
        if self._wanted is Wanted.COMPARISON:
            self._leave()
            self.compare_typed.emit(text.upper())
        elif self._wanted is Wanted.DATE or moment_of(text, UTC, is_dated=True) is not None:
            self._leave()
            self.date_typed.emit(text)
        elif not text[0].isdigit():
            self._leave()
            self.symbol_typed.emit(text.upper())
        else:
            self._take_timeframe(text)

    def _take_timeframe(self, text: str) -> None:
        timeframe = timeframe_of(text)
        if timeframe is None:
            known = ", ".join(Timeframe)
            self.setPlaceholderText(say(f"{text} is no timeframe and no date; timeframes are {known}"))
            self.clear()
            return
        self._leave()
        self.timeframe_typed.emit(timeframe)

    def _leave(self) -> None:
        self.hide()
        self._chart.setFocus(Qt.FocusReason.OtherFocusReason)
