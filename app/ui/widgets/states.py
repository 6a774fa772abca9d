"""The four designed states of a panel or table: empty, loading, failed, stale; and how each looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.format import number
from app.ui.widgets.plain import keep_plain

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ready:
    """There is something to see."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing yet: one sentence, and the action that fills it."""

    text: str
    action: str = ""
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Loading:
    """Under way: what, how much of how much when that is known, and how to stop it."""

    text: str
    done: int = 0
    total: int = 0
    cancel: Act | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work: what, why, what to do, and a way to try again."""

    what: str
    why: str = ""
    remedy: str = ""
    retry: Act | None = None


@dataclass(frozen=True, slots=True)
class Stale:
    """What is shown is old: `age` as people read it (`2 m`)."""

    age: str
    why: str = ""


State = Ready | Empty | Loading | Failed | Stale

_PATIENCE_MS = 1000


class StateOverlay(QFrame):
    """Covers a widget to show its state; leaves it in sight, greyed, when it is only stale."""

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self._theme = theme
        self._state: State = Ready()
        self._act: Act | None = None
        self._icon, self._title, self._text = QLabel(), _words("title"), _words("muted")
        self._progress = QProgressBar()
        self._button: QPushButton = act_button("", on_click=self._press)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._show_progress)
        self._build()
        over.installEventFilter(self)
        theme.changed.connect(self._restyle)
        self.hide()

    @property
    def state(self) -> State:
        """The state shown."""
        return self._state

    def show_state(self, state: State) -> None:
        """Show `state`; `Ready` uncovers the widget."""
        was_loading = isinstance(self._state, Loading)
        self._state = state
        match state:
            case Ready():
                self._lay("", "", "", "", None)
            case Empty(text, action, act):
                self._lay("", "", text, action, act)
            case Loading(text, _, _, cancel):
                self._lay("", "", text, "Cancel" if cancel else "", cancel)
            case Failed(what, why, remedy, retry):
                self._lay(
                    "circle-alert",
                    what,
                    " ".join(say(each) for each in (why, remedy) if each),
                    "Try again" if retry else "",
                    retry,
                )
            case Stale(age, why):
                self._lay("", "", "", "", None)
                self.setAccessibleName(say(f"{age} old. {why}"))
            case _:
                assert_never(state)
        self._pace(was_loading)
        self.setVisible(not isinstance(state, Ready))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, isinstance(state, Stale))
        self._cover()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep covering the widget while it changes size."""
        if event.type() is QEvent.Type.Resize:
            self._cover()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cover: solid, with skeleton bars while loading, a veil with the age when stale."""
        painter = QPainter(self)
        if isinstance(self._state, Stale):
            self._paint_stale(painter, self._state)
            return
        painter.fillRect(self.rect(), self._theme.colour("bg.panel"))
        if isinstance(self._state, Loading) and self._progress.isHidden():
            self._paint_skeleton(painter)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addStretch()
        column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title)
        column.addWidget(self._text)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._progress)
        row.addWidget(self._button)
        row.addStretch()
        column.addLayout(row)
        column.addStretch()
        self._progress.setFixedWidth(160)
        self._progress.setTextVisible(False)

    def _lay(self, icon: str, title: str, text: str, action: str, act: Act | None) -> None:
        self._act = act
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.setPixmap(self._theme.pixmap(icon, "danger", 20, self.devicePixelRatioF()))
        title, text, action = say(title), say(text), say(action)
        for label, words in ((self._title, title), (self._text, text)):
            label.setText(words)
            label.setVisible(bool(words))
        self._button.setText(action)
        self._button.setAccessibleName(action)
        self._button.setVisible(bool(action) and act is not None)
        self.setAccessibleName(" ".join(filter(None, (title, text))))

    def _pace(self, was_loading: bool) -> None:
        """Show bars of a skeleton first; after one second say how far it is and offer to cancel."""
        if not isinstance(self._state, Loading):
            self._patience.stop()
            self._progress.hide()
            return
        if not was_loading:
            self._patience.start()
        self._show_progress() if was_loading and not self._patience.isActive() else self._hide_progress()

    def _hide_progress(self) -> None:
        for widget in (self._progress, self._button, self._text):
            widget.hide()

    def _show_progress(self) -> None:
        if not isinstance(self._state, Loading):
            return
        state = self._state
        count = f" {say(f'{number(state.done)} of {number(state.total)}')}" if state.total else ""
        self._text.setText(say(state.text) + count)
        self._progress.setRange(0, state.total)
        self._progress.setValue(state.done)
        self._text.show()
        self._progress.show()
        self._button.setVisible(state.cancel is not None)
        self.update()

    def _paint_skeleton(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("bg.raised"))
        row = self._theme.px(24)
        for place, share in enumerate((0.7, 0.5, 0.8, 0.6, 0.45, 0.75)):
            top = 8 + place * row
            if top + row > self.height():
                return
            painter.drawRoundedRect(QRectF(8, top + row * 0.25, self.width() * share - 16, row * 0.5), 3, 3)

    def _paint_stale(self, painter: QPainter, state: Stale) -> None:
        painter.fillRect(self.rect(), self._theme.colour("bg.panel", 55))
        painter.setFont(self._theme.font(11, 600))
        text = say(f"{state.age} old") + (f" · {say(state.why)}" if state.why else "")
        metrics = painter.fontMetrics()
        width, height = min(self.width() - 16, metrics.horizontalAdvance(text) + 16), self._theme.px(20)
        spot = QRectF(self.width() - width - 8, 4, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.colour("warn"))
        painter.setBrush(self._theme.colour("bg.panel"))
        painter.drawRoundedRect(spot, 3, 3)
        words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width) - 8)
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, words)

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()

    def _press(self) -> None:
        if self._act is not None:
            self._act()

    def _restyle(self) -> None:
        if isinstance(self._state, Failed):
            self._icon.setPixmap(self._theme.pixmap("circle-alert", "danger", 20, self.devicePixelRatioF()))
        self.update()


def _words(role: str) -> QLabel:
    label = QLabel()
    keep_plain(label)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    set_role(label, role=role)
    return label
