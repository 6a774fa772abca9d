"""A sentence over the foot of a chart that goes away by itself: what was refused, abandoned or reached."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.charts.palette import Inks, Palette

LASTS_MS, WIDEST, FOOT = 5000, 520, 40


class Saying(QLabel):
    """Says one thing at a time, for five seconds; a click ends it."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette, self._parent = palette, parent
        self.setObjectName("chart.saying")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._done = QTimer(self)
        self._done.setSingleShot(True)
        self._done.timeout.connect(self.hide)
        self.hide()
        self.restyle()

    def restyle(self) -> None:
        """Take in the colours of the theme as it is now."""
        inks = Inks(self._palette)
        self.setFont(self._palette.font(12))
        self.setStyleSheet(
            f"background: {inks['bg.raised'].name()}; color: {inks['text'].name()};"
            f"border: 1px solid {inks['line.strong'].name()}; border-radius: 4px; padding: 5px 10px;"
        )

    def say(self, text: str, *, lasts_ms: int = LASTS_MS) -> None:
        """Show a sentence; an empty one ends what is being said."""
        self._done.stop()
        if not text:
            self.hide()
            return
        self.setText(text)
        self.setAccessibleName(text)
        self.fit()
        self.show()
        self.raise_()
        self._done.start(lasts_ms)

    def fit(self) -> None:
        """Stand at the foot of the chart, in the middle."""
        wide = max(80, min(WIDEST, self._parent.width() - 48))
        needed = self.fontMetrics().horizontalAdvance(self.text()) + 26
        self.setFixedWidth(min(wide, needed))
        self.setFixedHeight(max(28, self.heightForWidth(self.width())))
        self.move((self._parent.width() - self.width()) // 2, self._parent.height() - self.height() - FOOT)

    def mousePressEvent(self, event: object) -> None:
        """End it."""
        self.hide()
