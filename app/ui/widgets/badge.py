"""Words with a colour and a shape: a badge for a class, a lamp for a state."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.language import say
from app.ui.theme import Theme


class _Painted(QWidget):
    """A one-line label that paints itself from tokens."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self._token = "text.muted"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)

    def text(self) -> str:
        """Return the words shown."""
        return self._text

    def _show(self, text: str, token: str) -> None:
        text = say(text)
        if (text, token) == (self._text, self._token):
            return
        self._text, self._token = text, token
        self.setAccessibleName(text)
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()


class Badge(_Painted):
    """A small filled word: the account class, the data class, a count."""

    def __init__(self, theme: Theme, text: str = "", token: str = "accent", *, outlined: bool = False) -> None:
        super().__init__(theme)
        self._outlined = outlined
        self._show(text, token)

    def set(self, text: str, token: str) -> None:
        """Show `text` on the colour of `token`."""
        self._show(text, token)

    def sizeHint(self) -> QSize:
        """Return the room the word needs."""
        metrics = QFontMetrics(self._theme.font(11, 600))
        return QSize(metrics.horizontalAdvance(self._text) + self._theme.px(12), self._theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the word on its fill, or within its outline."""
        if not self._text:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(11, 600))
        colour = self._theme.colour(self._token)
        painter.setPen(QPen(colour, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush if self._outlined else colour)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setPen(colour if self._outlined else self._theme.colour("on.fill"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


class Lamp(_Painted):
    """A round lamp with words: filled when well, a ring when off, a square when wrong; never colour alone."""

    def __init__(self, theme: Theme, text: str = "", token: str = "text.faint") -> None:
        super().__init__(theme)
        self._show(text, token)

    def set(self, text: str, token: str) -> None:
        """Show `text` with a lamp in the colour of `token` (ok, warn, danger, text.faint, accent)."""
        self._show(text, token)

    def sizeHint(self) -> QSize:
        """Return the room the lamp and its words need."""
        metrics = QFontMetrics(self._theme.font(11))
        return QSize(metrics.horizontalAdvance(self._text) + self._theme.px(20), self._theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lamp, then its words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour, side = self._theme.colour(self._token), self._theme.px(8)
        shape = QRectF(2.5, (self.height() - side) / 2, side, side)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush if self._token == "text.faint" else colour)
        if self._token == "danger":
            painter.drawRect(shape)
        else:
            painter.drawEllipse(shape)
        painter.setFont(self._theme.font(11))
        painter.setPen(self._theme.colour("text"))
        words = self.rect().adjusted(side + 8, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._text)
