"""The card that answers why a bar was a signal, or why not: four checks with their numbers, beside the bar."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.ui.charts.lineage.values import Why
from app.ui.charts.palette import Inks, Palette

SIGNS = {"bullish": "▲", "bearish": "▼"}
TOKENS = {"bullish": "up", "bearish": "down"}
HEADS = ("", "value", "against", "distance")


class WhyCard(QFrame):
    """A small table over the chart that takes no clicks away from it."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette, self._room = palette, parent
        self.setObjectName("chart.why")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 10)
        self._column.setSpacing(4)
        self._body: QWidget | None = None
        self.why: Why | None = None
        self.hide()

    def tell(self, why: Why, when: str, beside: QPoint) -> None:
        """Show the answer for one bar beside a point, wherever there is room."""
        self.why = why
        inks = Inks(self._palette)
        self.setStyleSheet(
            f"WhyCard {{ background: {inks['bg.raised'].name()};"
            f"border: 1px solid {inks['line.strong'].name()}; border-radius: 4px; }} QLabel {{ border: none; }}"
        )
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.deleteLater()
        self._body = self._table(why, when, inks)
        self._column.addWidget(self._body)
        self.setAccessibleName(spoken(why, when))
        self.adjustSize()
        self._stand(beside)
        self.show()
        self.raise_()

    def _table(self, why: Why, when: str, inks: Inks) -> QWidget:
        body = QWidget(self)
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(3)
        grid.addWidget(self._label(why.conclusion, "text", inks, 13, 600), 0, 0, 1, 3)
        grid.addWidget(self._label(when, "text.muted", inks), 0, 3, Qt.AlignmentFlag.AlignRight)
        for column, head in enumerate(HEADS):
            grid.addWidget(self._label(head, "text.faint", inks), 1, column, _side(column))
        for place, row in enumerate(why.rows, 2):
            token = TOKENS.get(row.verdict, "text.muted")
            texts = (f"{SIGNS.get(row.verdict, '–')} {row.name}", row.value, row.threshold, row.distance)
            for column, text in enumerate(texts):
                grid.addWidget(self._label(text, token if column == 0 else "text", inks), place, column, _side(column))
        for place, note in enumerate(why.notes, 2 + len(why.rows)):
            grid.addWidget(self._label(note, "text.muted", inks), place, 0, 1, 4)
        return body

    def _label(self, text: str, token: str, inks: Inks, size: int = 12, weight: int = 400) -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(self._palette.font(size, weight))
        label.setStyleSheet(f"color: {inks[token].name()}; background: transparent;")
        return label

    def _stand(self, beside: QPoint) -> None:
        room = self._room
        left = beside.x() + 18
        if left + self.width() > room.width() - 8:
            left = beside.x() - 18 - self.width()
        top = min(max(beside.y() - self.height() // 2, 8), max(8, room.height() - self.height() - 8))
        self.move(max(8, left), top)


def spoken(why: Why, when: str) -> str:
    """Return the card as one text, for a screen reader."""
    rows = [
        f"{row.name} {row.verdict}: {row.value} against {row.threshold}, distance {row.distance}." for row in why.rows
    ]
    return " ".join([f"{when}: {why.conclusion}.", *rows, *why.notes])


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
