"""Buttons: an icon with a tooltip, an act that names itself, and one that must be held."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from app.ui.language import say
from app.ui.theme import Theme

HOLD_MS = 1500


class IconButton(QToolButton):
    """A 24 px button with an icon; its text is the tooltip and the accessible name."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        text: str,
        on_click: Callable[[], object] | None = None,
        *,
        token: str = "text.muted",
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._token = theme, icon, token
        said = say(text)
        self.setText(said)
        self.setToolTip(said)
        self.setAccessibleName(said)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_icon(self, icon: str, token: str | None = None) -> None:
        """Change the icon, and the colour it is drawn in."""
        self._icon, self._token = icon, token or self._token
        self._restyle()

    def _restyle(self) -> None:
        side = self._theme.px(16)
        self.setIconSize(QSize(side, side))
        self.setFixedSize(self._theme.px(24), self._theme.px(24))
        self.setIcon(self._theme.icon(self._icon, self._token))


def act_button(text: str, role: str = "", on_click: Callable[[], object] | None = None) -> QPushButton:
    """Return a 28 px button that names its act; `role` is primary, buy, sell, danger, link or nothing."""
    said = say(text)
    button = QPushButton(said)
    button.setProperty("role", role)
    button.setAccessibleName(said)
    button.setAutoDefault(False)
    if on_click is not None:
        button.clicked.connect(lambda: on_click())
    return button


def set_role(widget: QWidget, **properties: object) -> None:
    """Set style properties (`role`, `tone`, `invalid`, …) and have the style sheet read them again."""
    if all(widget.property(name) == value for name, value in properties.items()):
        return
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


class HoldButton(QPushButton):
    """A button whose act happens only when it was held for 1.5 s, by mouse, Space or Enter."""

    held = Signal()

    def __init__(self, theme: Theme, text: str, *, hold_ms: int = HOLD_MS) -> None:
        super().__init__(say(text))
        self._theme = theme
        self._hold_ms = hold_ms
        self._since: float | None = None
        self._frames = QTimer(self)
        self._frames.setInterval(16)
        self._frames.timeout.connect(self._advance)
        self.setProperty("role", "danger")
        self.setAutoDefault(False)
        self.setAccessibleName(self.text())
        self.setToolTip(say(f"Hold for {hold_ms / 1000:g} s"))
        self.pressed.connect(self._begin)
        self.released.connect(self._end)

    @property
    def progress(self) -> float:
        """How far the hold has come, 0–1."""
        if self._since is None:
            return 0.0
        return min(1.0, (time.monotonic() - self._since) * 1000 / self._hold_ms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter hold as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.setDown(True)
            self._begin()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End a hold begun with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.setDown(False)
            self._end()
            return
        super().keyReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Give up the hold when the pointer leaves the button."""
        super().mouseMoveEvent(event)
        if not self.rect().contains(event.position().toPoint()):
            self._end()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button, and over it how far the hold has come."""
        super().paintEvent(event)
        if self._since is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(shape)
        painter.fillRect(QRectF(0, 0, self.width() * self.progress, self.height()), self._theme.colour("danger", 40))

    def _begin(self) -> None:
        if self._since is None:
            self._since = time.monotonic()
            self._frames.start()

    def _end(self) -> None:
        self._since = None
        self._frames.stop()
        self.update()

    def _advance(self) -> None:
        done = self.progress >= 1.0
        if done:
            self._end()
            self.setDown(False)
            self.held.emit()
        self.update()
