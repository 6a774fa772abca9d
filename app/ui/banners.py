"""What the banner says: there is no connection, another login has the market data, or live bars have stopped."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.domain.broker import DATA_TAKEN, BarsReport, Message
from app.domain.instruments import ConId
from app.domain.quotes import DataClass, Quote
from app.services.session import SessionState, SessionView
from app.ui.handles import Handles
from app.ui.panels.following import attempt, follow, once

PATIENCE_MS = 3000
"""A connection that is back within this is not worth a banner."""
TAKEN = (
    "Market data is taken by another login of the same user (phone, web or TWS). What is shown is delayed, or stands "
    "still; close that login, or take the data back."
)
STILL = (
    "Live bars have stopped: the gateway lost its own line for them (IB 10182). They are asked for again; until they "
    "come the last bar stands still."
)
_UP = (SessionState.SYNCING, SessionState.READY, SessionState.DEGRADED)
_LATE = (DataClass.DELAYED, DataClass.DELAYED_FROZEN)


class Banners(QObject):
    """Watches session and market data; no connection goes before data that is taken."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.window)
        self._h = handles
        self._why = ""
        self._state = handles.session.view.state
        self._is_away = False
        self._taken: set[ConId] = set()
        self._still: set[ConId] = set()
        self._patience = once(self, PATIENCE_MS, self._lose_patience)
        follow(self, handles.bus, SessionView, self._session_moved)
        follow(self, handles.bus, Message, self._broker_said)
        follow(self, handles.bus, Quote, self._quoted)
        follow(self, handles.bus, BarsReport, self._bars_moved)

    def retake(self) -> None:
        """Ask for the market data again; where it stays taken the broker says so once more."""
        self._taken.clear()
        self._show()
        attempt(self._h, self._h.market.retake(), "take market data back")

    def _session_moved(self, view: SessionView) -> None:
        is_hint = view.state is self._state  # a new reason in the same state: nobody has greeted us yet
        self._state = view.state
        if view.state in _UP or not view.is_wanted:
            self._patience.stop()
            self._is_away = False
        elif view.endpoint is not None and not self._is_away and not self._patience.isActive():
            self._patience.start()
        if view.state is SessionState.OFFLINE or is_hint:
            self._why = view.why
        if view.state not in _UP:
            self._taken.clear()
            self._still.clear()
        self._show()

    def _lose_patience(self) -> None:
        self._is_away = True
        self._show()

    def _broker_said(self, message: Message) -> None:
        if message.code == DATA_TAKEN and message.con_id is not None:
            self._taken.add(message.con_id)
            self._show()

    def _bars_moved(self, report: BarsReport) -> None:
        (self._still.discard if report.is_live else self._still.add)(report.con_id)
        self._show()

    def _quoted(self, quote: Quote) -> None:
        if quote.con_id in self._taken and quote.data_class not in _LATE:
            self._taken.clear()
            self._show()

    def _show(self) -> None:
        banner = self._h.window.banner
        if self._is_away:
            trigger = self._h.window.actions_.trigger
            words = self._why or self._h.session.view.why
            banner.show_words(f"Not connected. {words}", "danger", "Check the connection", lambda: trigger("doctor"))
        elif self._taken:
            banner.show_words(TAKEN, "warn", "Take it back", self.retake)
        elif self._still:
            trigger = self._h.window.actions_.trigger
            banner.show_words(STILL, "warn", "Check the connection", lambda: trigger("doctor"))
        else:
            banner.hide()
