"""Connection: the lamps of the session, what is used of the data budget, and the ladder of the connection doctor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.domain.broker import Endpoint
from app.services.doctor import HANDSHAKE, MOST_SYMBOLS, PRACTICE, Rung
from app.services.session import SessionState, SessionView
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.connection_ladder import Ladder
from app.ui.panels.connection_words import budget_lines, hours_words, lamps
from app.ui.panels.following import attempt, follow
from app.ui.panels.toolline import compact
from app.ui.widgets.badge import Lamp
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.format import UNKNOWN, age
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.plain import keep_plain

KNOCK_MS = 2000
FACTS_MS = 500
RUNGS_OF_A_HANDSHAKE = 6
ASK = "Shake hands"
INVITE = Rung(HANDSHAKE, None, "not asked yet: TWS may ask you to accept the connection", f"Press “{ASK}”.")


class ConnectionPanel(PanelFrame):
    """Ports are knocked at every two seconds while the panel is seen; hands are shaken only when asked to."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "connection", "Connection", scrolls=True)
        self._h = handles
        self.lamps = tuple(Lamp(handles.theme) for _ in range(3))
        self.why, self.progress = QLabel(), ElidedLabel()
        keep_plain(self.why)
        self.values: dict[str, QLabel] = {}
        self.ladder = Ladder(handles.theme)
        self._ports: tuple[Rung, ...] = ()
        self._found: list[Rung] = []
        self._shaking: asyncio.Task[None] | None = None
        self._is_knocking = False
        trigger = handles.window.actions_.trigger
        self.connect_button = act_button("Connect…", "", lambda: trigger("connect"))
        self.disconnect_button = act_button("Disconnect", "", lambda: trigger("disconnect"))
        self.match_button = act_button("Match now", "", handles.session.match_again)
        self.shake_button = act_button(ASK, "primary", self.shake_or_stop)
        self._build()
        self._timers = (self._every(KNOCK_MS, self.knock), self._every(FACTS_MS, self.look))
        follow(self, handles.bus, SessionView, lambda _: self.look())
        self.look()

    def look(self) -> None:
        """Show what is true now."""
        view, session = self._h.session.view, self._h.session
        for lamp, text in zip(self.lamps, lamps(view), strict=True):
            lamp.set(text.text, text.token)
        self.why.setText(view.why)
        is_off = view.state is SessionState.OFFLINE
        self.disconnect_button.setEnabled(not is_off)
        self.match_button.setEnabled(view.state in (SessionState.READY, SessionState.DEGRADED))
        where, next_s = view.endpoint, session.pulse.next_attempt_s
        self._say("Gateway", f"{where.host}:{where.port}" if where else UNKNOWN)
        self._say("Client ids", f"{where.orders_client} orders, {where.data_client} data" if where else UNKNOWN)
        self._say("Account", f"{view.account}, {view.account_class}" if view.account else UNKNOWN)
        self._say("Server version", str(view.server_version or UNKNOWN))
        old = session.pulse.answer_age_s
        self._say("Last answer", UNKNOWN if old is None else f"{age(old)} ago")
        self._say("Next attempt", UNKNOWN if next_s is None else f"in {age(next_s + 1)}")
        differences = self._h.market.hours.differences
        self._say("Trading hours", hours_words(differences))
        self.values["Trading hours"].setToolTip("\n".join(one.told for one in differences))
        for name, value in budget_lines(self._h.market.budget, self._h.market.lines):
            self._say(name, value)

    def knock(self) -> None:
        """Ask every port by bare TCP whether somebody listens; one round at a time."""
        attempt(self._h, self._knock(), "knock at ports")

    def shake_or_stop(self) -> None:
        """Shake hands with the chosen gateway, or give it up while it goes on."""
        if self._shaking is not None:
            self._shaking.cancel()
            return
        chosen = self._chosen()
        if chosen is None:
            self._tell_progress("The practice gateway starts by itself: connect to it first.")
            return
        self._found = []
        self._shaking = self._h.tasks.spawn(self._shake(chosen), name="shake hands")
        self.shake_button.setText(say("Cancel"))

    async def _knock(self) -> None:
        if self._is_knocking:
            return
        self._is_knocking = True
        try:
            name = self._h.settings.current.profile
            self._ports = await self._h.doctor.ports(self._chosen(), PRACTICE if name == "practice" else name)
            if self._ports[-1].ok is False and self._shaking is None:
                self._found.clear()  # what was found on a connection is not so any more
                self._tell_progress(_verdict(self._ports))
            self._show_rungs()
        finally:
            self._is_knocking = False

    async def _shake(self, chosen: Endpoint) -> None:
        view, settings = self._h.session.view, self._h.settings.current
        symbols = settings.watchlists.get(settings.watchlist, ())[:MOST_SYMBOLS]
        is_in = view.state not in (SessionState.OFFLINE, SessionState.CONNECTING)
        ours = frozenset({chosen.orders_client, chosen.data_client}) if is_in else frozenset[int]()
        total = RUNGS_OF_A_HANDSHAKE + len(symbols)

        def tell(rung: Rung) -> None:
            self._found.append(rung)
            self._tell_progress(f"{len(self._found)} of {total}")
            self._show_rungs()

        self._tell_progress(f"0 of {total}")
        try:
            await self._h.doctor.shake_hands(chosen, symbols=symbols, ours=ours, tell=tell)
            self._tell_progress(_verdict((*self._ports, *self._found)))
        except asyncio.CancelledError:
            self._tell_progress(f"Given up after {len(self._found)} of {total}.")
            raise
        finally:
            self._shaking = None
            self.shake_button.setText(ASK)

    def _chosen(self) -> Endpoint | None:
        """Return where the session goes, or would go; None for a practice gateway that does not run."""
        if (where := self._h.session.view.endpoint) is not None:
            return where
        profile = self._h.settings.current.profiles.get(self._h.settings.current.profile)
        return Endpoint(profile.host, profile.port, profile.client_id, profile.client_id + 1) if profile else None

    def _show_rungs(self) -> None:
        self.ladder.show_rungs((*self._ports, *(self._found or (INVITE,))))

    def _tell_progress(self, words: str) -> None:
        self.progress.setText(words)

    def _say(self, name: str, value: str) -> None:
        label = self.values[name]
        if label.text() != value:
            label.setText(value)

    # how it is laid out

    def _build(self) -> None:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(_row(*self.lamps, None, self.connect_button, self.disconnect_button, self.match_button))
        self.why.setWordWrap(True)
        column.addWidget(self.why)
        sides = QHBoxLayout()
        sides.setSpacing(24)
        sides.addLayout(self._facts(), 1)
        sides.addLayout(self._way(), 3)
        column.addLayout(sides, 1)
        self.add(whole, 1)
        self.setFocusProxy(self.shake_button)
        for button in (self.connect_button, self.disconnect_button, self.match_button, self.shake_button):
            compact(button)
        self.add_act("refresh-cw", "Match now", self._h.session.match_again, shortcut="Ctrl+R")
        self.add_act("activity", ASK, self.shake_or_stop, shortcut="Ctrl+H")

    def _facts(self) -> QVBoxLayout:
        names = ("Gateway", "Client ids", "Account", "Server version", "Last answer", "Next attempt", "Trading hours")
        budget = [name for name, _ in budget_lines(self._h.market.budget, 0)]
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(_heading("Session"))
        column.addLayout(self._grid(names))
        column.addWidget(_heading("Data budget"))
        column.addLayout(self._grid(budget))
        column.addStretch()
        return column

    def _grid(self, names: Sequence[str]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(names):
            caption, value = QLabel(name), QLabel(UNKNOWN)
            set_role(caption, role="caption")
            value.setAccessibleName(name)
            self.values[name] = value
            grid.addWidget(caption, row, 0)
            grid.addWidget(value, row, 1)
        return grid

    def _way(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        set_role(self.progress, role="caption")
        line = _row(_heading("The way to the broker"), self.progress, self.shake_button)
        line.setStretchFactor(self.progress, 1)
        column.addLayout(line)
        column.addWidget(self.ladder)
        column.addStretch()
        return column

    # only while it is seen

    def showEvent(self, event: QShowEvent) -> None:
        """Knock and look from time to time."""
        super().showEvent(event)
        self.knock()
        for timer in self._timers:
            timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the ports alone."""
        super().hideEvent(event)
        for timer in self._timers:
            timer.stop()

    def _every(self, milliseconds: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer


def _verdict(rungs: Sequence[Rung]) -> str:
    missing = next((rung for rung in rungs if rung.ok is False), None)
    return f"Missing: {missing.name}" if missing else "Every step holds."


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    set_role(label, role="title")
    return label


def _row(*widgets: QWidget | None) -> QHBoxLayout:
    """Return a line of widgets; None is the space between left and right."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addStretch() if widget is None else row.addWidget(widget)
    return row
