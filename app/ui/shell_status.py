"""The status bar: session, account, data, ages, clock and background work, as plain values handed to it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.badge import Badge, Lamp
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import UNKNOWN


@dataclass(frozen=True, slots=True)
class StatusText:
    """What the status bar says: words as people read them, tokens for the lamps."""

    session: str = "Offline"
    session_token: str = "text.faint"
    account: str = ""
    account_class: str = ""
    farms: tuple[tuple[str, str], ...] = ()
    data: str = "No data"
    data_token: str = "text.faint"
    tick_age: str = UNKNOWN
    budget: str = ""
    clock: str = ""
    work: str = ""
    work_done: int = 0
    work_total: int = 0


ACCOUNT_WORDS = {"practice": "PRACTICE", "paper": "PAPER", "live": "LIVE"}


class StatusBar(QWidget):
    """One line at the foot of the window."""

    session_clicked = Signal()
    zone_clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("status")
        self._theme = theme
        self._shown = StatusText()
        self.session = Lamp(theme, "Offline")
        self.farms = (Lamp(theme), Lamp(theme))
        self.badge = Badge(theme)
        self.account = _caption()
        self.data = Lamp(theme, "No data")
        self.tick = _caption()
        self.budget = _caption()
        self.work = _caption()
        self.progress = QProgressBar()
        self.clock = QPushButton("")
        self._build()
        self.translate()
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_text(self, text: StatusText) -> None:
        """Show these values; what has not changed is not touched."""
        old, self._shown = self._shown, text
        self.session.set(text.session, text.session_token)
        self.data.set(text.data, text.data_token)
        for lamp, (words, token) in zip(self.farms, text.farms, strict=False):
            lamp.set(words, token)
            lamp.show()
        if old.account_class != text.account_class:
            self.badge.set(ACCOUNT_WORDS.get(text.account_class, ""), _account_token(text.account_class))
            self.badge.setVisible(bool(text.account_class))
        self._say(self.account, text.account)
        self._say(self.tick, say(f"Last tick {text.tick_age}"))
        self._say(self.budget, say(text.budget))
        self._say(self.work, say(text.work))
        self.progress.setVisible(bool(text.work) and text.work_total > 0)
        self.progress.setRange(0, max(1, text.work_total))
        self.progress.setValue(text.work_done)
        if self.clock.text() != text.clock:
            self.clock.setText(text.clock)

    def translate(self) -> None:
        """Say what does not change by itself in the language in use."""
        self.clock.setToolTip(say("Change the time zone that is shown"))
        self.clock.setAccessibleName(say("Clock"))
        self.budget.setToolTip(say("History requests asked in ten minutes, of those the gateway takes"))
        names = ("Account", "Age of the last tick", "Data budget", "Background work")
        for label, name in zip((self.account, self.tick, self.budget, self.work), names, strict=True):
            label.setAccessibleName(say(name))

    def _say(self, label: QLabel, words: str) -> None:
        if label.text() != words:
            label.setText(words)
            label.setVisible(bool(words))

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 4, 0)
        row.setSpacing(8)
        left: tuple[QWidget, ...] = (
            self.session,
            *self.farms,
            _divider(),
            self.badge,
            self.account,
            _divider(),
            self.data,
            self.tick,
            self.budget,
        )
        for widget in left:
            row.addWidget(widget)
        row.addStretch()
        right: tuple[QWidget, ...] = (self.work, self.progress, self.clock)
        for widget in right:
            row.addWidget(widget)
        self.progress.setFixedWidth(80)
        self.progress.setTextVisible(False)
        set_role(self.clock, role="status")
        self.clock.clicked.connect(self.zone_clicked)
        absent: tuple[QWidget, ...] = (*self.farms, self.badge, self.account, self.budget, self.work, self.progress)
        for widget in absent:
            widget.hide()
        self.tick.setText(f"Last tick {UNKNOWN}")

    def _restyle(self) -> None:
        self.setFixedHeight(self._theme.px(26))


def _account_token(account_class: str) -> str:
    return f"account.{account_class}" if account_class in ACCOUNT_WORDS else "text.faint"


def _caption() -> QLabel:
    label = QLabel()
    set_role(label, role="caption")
    return label


def _divider() -> QFrame:
    line = QFrame()
    line.setFixedSize(1, 12)
    set_role(line, role="line")
    return line
