"""What ib_async's decoder calls on both connections. Method names are IB's; anything else stays in our words.

These are the raw messages: ib_async's own Trade objects, which let an error code end an order, do not exist here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from app.adapters.ib.codes import ID_IN_USE, PACING, PORT_MOVED, Severity, link_report, meaning
from app.adapters.ib.questions import Questions
from app.adapters.ib.socket import GatewaySocket, Refused
from app.domain.broker import FarmReport, LinkReport
from app.domain.errors import Retryable, TapelineError, UserError

log = logging.getLogger(__name__)

TIME = "the time"


class Ears:
    """The messages that both channels understand."""

    defaultTimezone = UTC
    # IB: times without a zone come from gateways below version 174; they are read as UTC.
    ib = SimpleNamespace(TimezoneTWS="UTC")

    def __init__(
        self,
        hear_error: Callable[[int, int, str], None],
        hear_link: Callable[[LinkReport | FarmReport], None],
    ) -> None:
        self.socket = GatewaySocket(self)
        self.questions = Questions(on_silence=self.socket.drop)
        self.accounts: tuple[str, ...] = ()
        self.on_lost: Callable[[], None] = lambda: None
        self._hear_error = hear_error
        self._hear_link = hear_link

    # connection

    def connectAck(self) -> None:
        """Nothing to do: the handshake is the socket's."""

    def setEventsDone(self) -> None:
        """Nothing to do: no ib_async events are handed out."""

    def connectionClosed(self) -> None:
        """Fail what is waited for; the socket is gone."""
        self.questions.refuse_all(self.socket.why_dropped or "the gateway closed it")
        self.on_lost()

    def managedAccounts(self, names: str) -> None:
        """Take the accounts of this login."""
        self.accounts = tuple(name for name in names.split(",") if name)

    def nextValidId(self, request_id: int) -> None:
        """Never give out an order id below this one."""
        self.socket.updateReqId(request_id)

    def currentTime(self, time: int) -> None:
        """Answer the heartbeat."""
        self.questions.end_any(TIME, datetime.fromtimestamp(time, UTC))

    # errors

    def error(self, request_id: int, code: int, text: str, _advice: str) -> None:
        """Fail the question it names, report what it says of the line, and pass it on."""
        text = unescaped(text)
        if code == ID_IN_USE:
            self.socket.refuse(Refused.ID_IN_USE)
        if meaning(code).severity is Severity.ERROR:
            self.questions.refuse(request_id, failure(code, text))
        if report := link_report(code, text):
            self._hear_link(report)
        else:
            self._hear_error(request_id, code, text)
        if code == PORT_MOVED:
            self.socket.drop("the gateway moved to another port")


class PacingRefused(Retryable):
    """The gateway refused a request because too much was asked; ask later."""


def failure(code: int, text: str) -> TapelineError:
    """Return the error that a refused request raises."""
    sentence = meaning(code).explain(text)
    # IB: 162 is said of pacing, of missing data and of cancels alike; only its text tells them apart.
    return PacingRefused(sentence) if code in PACING or "pacing" in text.lower() else UserError(sentence)


def unescaped(text: str) -> str:
    """Return text as it was before the gateway wrote what is not ASCII as \\uXXXX."""
    if "\\u" not in text:
        return text
    try:
        return text.encode("ascii", "backslashreplace").decode("unicode-escape")
    except UnicodeDecodeError:
        return text


def guarded(hear: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return `hear` as a listener that cannot disturb the reading of further messages."""

    def safely(news: Any) -> None:
        try:
            hear(news)
        except Exception:  # a boundary: whatever a listener raises, the next message must be read
            log.exception("a listener failed on %s", type(news).__name__)

    return safely
