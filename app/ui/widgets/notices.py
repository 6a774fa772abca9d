"""What happened, for people: toasts that pass, and a bell that keeps the last of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import IconButton, act_button
from app.ui.widgets.format import clock

SHOWN_MS = 6000
MOST_TOASTS = 3
KEPT = 200


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, and at most one thing to do about it."""

    text: str
    level: Level = Level.INFO
    at: datetime | None = None
    action: str = ""
    act: Callable[[], object] | None = None


_LOOK = {
    Level.INFO: ("info", "accent"),
    Level.OK: ("circle-check", "ok"),
    Level.WARN: ("triangle-alert", "warn"),
    Level.ERROR: ("circle-alert", "danger"),
}


class Notices(QObject):
    """Toasts in the lower right corner of a window; errors stay until they are dismissed."""

    counted = Signal(int)
    """How many notices nobody has looked at."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme, self._window = theme, window
        self._kept: deque[Notice] = deque(maxlen=KEPT)
        self._toasts: list[_Toast] = []
        self._unseen = 0
        window.installEventFilter(self)

    def notify(self, notice: Notice) -> None:
        """Show a notice and keep it; the same sentence again only renews the toast."""
        notice = replace(notice, text=say(notice.text))
        same = next((toast for toast in self._toasts if toast.notice.text == notice.text), None)
        if same is not None:
            same.renew()
            return
        self._kept.appendleft(notice)
        self._unseen += 1
        self.counted.emit(self._unseen)
        toast = _Toast(self._theme, self._window, notice)
        toast.gone.connect(self._forget)
        self._toasts.append(toast)
        for old in self._toasts[:-MOST_TOASTS]:
            old.dismiss()
        toast.show()
        self._arrange()

    def kept(self) -> list[Notice]:
        """Return what was said, the latest first."""
        return list(self._kept)

    def pop_up(self, at: QPoint) -> QMenu:
        """Open the list of what was said at a point of the screen; all of it counts as seen."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for notice in list(self._kept)[:12]:
            icon, token = _LOOK[notice.level]
            words = f"{clock(notice.at)}  {notice.text}" if notice.at else notice.text
            entry = menu.addAction(self._theme.icon(icon, token), words)
            if notice.act is not None:
                entry.triggered.connect(notice.act)
        if not self._kept:
            menu.addAction(say("Nothing has happened yet")).setEnabled(False)
        self._unseen = 0
        self.counted.emit(0)
        menu.popup(at - QPoint(menu.sizeHint().width(), 0))
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the toasts in their corner while the window changes size."""
        if event.type() is QEvent.Type.Resize:
            self._arrange()
        return False

    def _forget(self, toast: _Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
        self._arrange()

    def _arrange(self) -> None:
        right, bottom = self._window.width() - 16, self._window.height() - self._theme.px(40)
        for toast in reversed(self._toasts):
            toast.fit()
            bottom -= toast.height()
            toast.move(right - toast.width(), bottom)
            toast.raise_()
            bottom -= 8


class _Toast(QFrame):
    """One notice on the window."""

    gone = Signal(object)

    def __init__(self, theme: Theme, window: QWidget, notice: Notice) -> None:
        super().__init__(window)
        self.notice = notice
        self.setProperty("role", "floating")
        self.setFixedWidth(theme.px(340))
        self.setAccessibleName(notice.text)
        icon, token = _LOOK[notice.level]
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        picture, words = QLabel(), QLabel(notice.text)
        picture.setPixmap(theme.pixmap(icon, token, 16, self.devicePixelRatioF()))
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(words)
        if notice.act is not None:
            column.addWidget(act_button(notice.action, "link", self._do), 0, Qt.AlignmentFlag.AlignLeft)
        picture.setContentsMargins(0, 2, 0, 0)
        words.setContentsMargins(0, 1, 0, 1)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        row.addWidget(IconButton(theme, "x", "Dismiss", self.dismiss), 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.dismiss)
        self.renew()

    def renew(self) -> None:
        """Start the time it is shown again; an error has no end to it."""
        if self.notice.level is not Level.ERROR:
            self._timer.start()

    def fit(self) -> None:
        """Take the height that the words need in this width."""
        layout = self.layout()
        if layout is not None:
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def dismiss(self) -> None:
        """Take it off the window."""
        self._timer.stop()
        self.hide()
        self.gone.emit(self)
        self.deleteLater()

    def _do(self) -> None:
        if self.notice.act is not None:
            self.notice.act()
        self.dismiss()
