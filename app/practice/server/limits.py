"""IB's limits on a connection, off unless asked for: messages a second, market data lines, historical pacing."""

from __future__ import annotations

import time
from collections import deque

from app.practice.server.session import NO_REQUEST, Session
from app.practice.wire.codes import HISTORY_ERROR, RATE_EXCEEDED, Complaint

MESSAGES_PER_SECOND = 50
DISCONNECT_AT = 100
TICKER_LINES = 100
SUMMARIES = 2
IDENTICAL_WITHIN = 15.0
BURST, BURST_WITHIN = 6, 2.0
MOST, MOST_WITHIN = 60, 600.0
PACING = HISTORY_ERROR.about("Historical data request pacing violation")


class Limits:
    """Counts per session; `enabled` switches all of them."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self._messages: dict[Session, deque[float]] = {}
        self._history: deque[tuple[float, object, object]] = deque()

    def allows_message(self, session: Session) -> bool:
        """Count one message; complain above 50 a second and disconnect at 100."""
        if not self.enabled:
            return True
        now = time.monotonic()
        recent = self._messages.setdefault(session, deque())
        recent.append(now)
        while now - recent[0] > 1.0:
            recent.popleft()
        if len(recent) <= MESSAGES_PER_SECOND:
            return True
        session.complain(NO_REQUEST, RATE_EXCEEDED.about(len(recent)))
        if len(recent) >= DISCONNECT_AT:
            session.close("more than 100 messages within a second")
        return False

    def forget(self, session: Session) -> None:
        """Drop the counts of a session that ended."""
        self._messages.pop(session, None)

    def history_refusal(self, request: object, instrument: object, *, weight: int = 1) -> Complaint | None:
        """Count one historical request for bars of 30 seconds or less; return the pacing refusal if it is too much."""
        if not self.enabled:
            return None
        now = time.monotonic()
        while self._history and now - self._history[0][0] > MOST_WITHIN:
            self._history.popleft()
        identical = any(kind == request and now - at < IDENTICAL_WITHIN for at, kind, _ in self._history)
        burst = sum(1 for at, _, what in self._history if what == instrument and now - at < BURST_WITHIN)
        if identical or burst + weight > BURST or len(self._history) + weight > MOST:
            return PACING
        self._history.extend((now, request, instrument) for _ in range(weight))
        return None
