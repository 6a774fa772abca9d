"""What a chart says when it has nothing to draw: empty, loading or failed, in one sentence with the act that helps."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.charts.palette import Inks, Palette
from app.ui.charts.values import Action, Phase

CANCEL_AFTER_MS = 1000
WIDEST = 460
SKELETON = (3, 5, 4, 7, 9, 8, 6, 7, 10, 12, 11, 9, 8, 10, 13, 12, 14, 12, 11, 13, 15, 14, 12, 13, 16, 15, 17, 16)


class Notice(QWidget):
    """Covers the chart while it is empty, loading or failed; hidden otherwise."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = palette
        self.phase = Phase.READY
        self._action: Action | None = None
        self._words = QLabel(self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self._button = QPushButton(self)
        self._button.clicked.connect(self._act)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._button.show)
        self._lay_out()
        self.restyle()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show."""
        return self._words.text()

    def restyle(self) -> None:
        """Take in the colours of the theme as it is now."""
        self._inks = Inks(self._palette)
        self._words.setFont(self._palette.font(13))
        self._button.setFont(self._palette.font(13))
        ink = self._inks["danger" if self.phase is Phase.FAILED else "text.muted"].name()
        self._words.setStyleSheet(f"color: {ink}; background: transparent;")
        self.update()

    def show_state(self, phase: Phase, text: str, action: Action | None) -> None:
        """Show a state over the chart, or step aside when it is none of ours. Loading offers its act after a second."""
        self.phase, self._action = phase, action
        self._words.setText(text)
        self.setAccessibleName(text)
        self._button.setText(action.label if action else "")
        self._button.setVisible(action is not None and phase is not Phase.LOADING)
        self._patience.stop()
        if phase is Phase.LOADING and action is not None:
            self._patience.start(CANCEL_AFTER_MS)
        self.restyle()
        self._fit()
        self.setVisible(phase in (Phase.EMPTY, Phase.LOADING, Phase.FAILED))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the panel, with a skeleton of bars while loading."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._inks["bg.panel"])
        if self.phase is Phase.LOADING:
            self._paint_skeleton(painter)
        elif self.phase is Phase.EMPTY:
            self._paint_glyph(painter)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the sentence the width there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """A wrapped label does not tell its layout how large it is: it is told."""
        room = QRect(0, 0, max(80, min(WIDEST, self.width() - 48)), 2000)
        flags = Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value
        box = self._words.fontMetrics().boundingRect(room, flags, self._words.text())
        self._words.setFixedSize(box.width() + 8, box.height() + 4)

    def _paint_skeleton(self, painter: QPainter) -> None:
        ink, step = self._inks.faded("bg.raised", 0.8), self.width() / (len(SKELETON) + 2)
        for place, height in enumerate(SKELETON):
            tall = self.height() * 0.028 * (3 + place % 4)
            top = self.height() * (0.9 - height * 0.035) - tall
            painter.fillRect(QRectF(step * (place + 1), top, step * 0.6, tall), ink)
        box = QRectF(self._words.geometry()).adjusted(-16, -12, 16, 12)
        painter.fillRect(box, self._inks["bg.panel"])

    def _paint_glyph(self, painter: QPainter) -> None:
        """Draw three small candles above the sentence."""
        painter.setPen(QPen(self._inks["line.strong"], 1.5))
        base = QPointF(self.width() / 2 - 22, self._words.geometry().top() - 34)
        for place, (top, tall) in enumerate(((8, 14), (0, 18), (-8, 16))):
            x = base.x() + place * 18
            painter.drawLine(QPointF(x + 4, base.y() + top - 5), QPointF(x + 4, base.y() + top + tall + 5))
            painter.fillRect(QRectF(x, base.y() + top, 8, tall), self._inks["bg.panel"])
            painter.drawRect(QRectF(x, base.y() + top, 8, tall))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def _act(self) -> None:
        if self._action is not None:
            self._action.run()
