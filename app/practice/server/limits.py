"""IB's limits on a connection, each switchable: messages, data lines, historical pacing, summaries, order books."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from app.practice.server.session import NO_REQUEST, Session
from app.practice.wire.codes import (
    HISTORY_ERROR,
    MAX_TICKERS,
    RATE_EXCEEDED,
    TICK_BY_TICK_LIMIT,
    TOO_MANY_BOOKS,
    TOO_MANY_SUMMARIES,
    Complaint,
)

MESSAGES_PER_SECOND = 50
TICKER_LINES = 100
TICK_BY_TICK = 5
BOOKS = 3
SUMMARIES = 2
IDENTICAL_WITHIN = 15.0
BURST, BURST_WITHIN = 6, 2.0
MOST, MOST_WITHIN = 60, 600.0
OPEN_AT_ONCE = 50
PACING = HISTORY_ERROR.about("Historical data request pacing violation")


class Limit(StrEnum):
    """One of IB's limits."""

    MESSAGES = "messages"
    LINES = "lines"
    HISTORY = "history"
    SUMMARIES = "summaries"
    BOOKS = "books"


# What is enforced unless the command line says otherwise: what every client meets at once.
DEFAULT_LIMITS = frozenset({Limit.SUMMARIES, Limit.BOOKS})
ALL_LIMITS = frozenset(Limit)


class Limits:
    """Counts per session what IB counts; only the limits in force refuse anything.

    History is paced in market time (`market_now`), messages in real seconds (`real_now`): a client that sends fifty
    messages a second does so on any clock.
    """

    def __init__(
        self,
        in_force: frozenset[Limit],
        market_now: Callable[[], float],
        real_now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.in_force = in_force
        self._market_now = market_now
        self._real_now = real_now
        self._messages: dict[Session, deque[float]] = {}
        self._history: dict[Session, deque[tuple[float, object, object]]] = {}

    def allows_message(self, session: Session) -> bool:
        """Count one message; the first above fifty a second is told 100 and ends the connection."""
        if Limit.MESSAGES not in self.in_force:
            return True
        now, recent = self._real_now(), self._messages.setdefault(session, deque())
        recent.append(now)
        while now - recent[0] >= 1.0:
            recent.popleft()
        if len(recent) <= MESSAGES_PER_SECOND:
            return True
        session.complain(NO_REQUEST, RATE_EXCEEDED.about(len(recent)))
        session.close(f"more than {MESSAGES_PER_SECOND} messages within a second")
        return False

    def line_refusal(self, open_lines: int) -> Complaint | None:
        """Return the refusal of one more market data line."""
        return MAX_TICKERS if Limit.LINES in self.in_force and open_lines >= TICKER_LINES else None

    def tick_by_tick_refusal(self, open_lines: int) -> Complaint | None:
        """Return the refusal of one more tick-by-tick subscription; a hundred lines allow five."""
        return TICK_BY_TICK_LIMIT if Limit.LINES in self.in_force and open_lines >= TICK_BY_TICK else None

    def book_refusal(self, open_books: int) -> Complaint | None:
        """Return the refusal of one more order book; a hundred lines allow three."""
        if Limit.BOOKS not in self.in_force or open_books < BOOKS:
            return None
        return TOO_MANY_BOOKS.about(BOOKS)

    def summary_refusal(self, open_summaries: int) -> Complaint | None:
        """Return the refusal of one more account summary."""
        return TOO_MANY_SUMMARIES if Limit.SUMMARIES in self.in_force and open_summaries >= SUMMARIES else None

    def history_refusal(
        self, session: Session, request: object, instrument: object, *, weight: int = 1, is_small: bool = True
    ) -> Complaint | None:
        """Count one historical request; return the pacing refusal if it is too much.

        `request` is what makes it identical to another one, `instrument` its contract, exchange and type; only bars of
        30 seconds or less (`is_small`) are paced.
        """
        if Limit.HISTORY not in self.in_force or not is_small:
            return None
        now, past = self._market_now(), self._history.setdefault(session, deque())
        while past and now - past[0][0] >= MOST_WITHIN:
            past.popleft()
        identical = any(kind == request and now - at < IDENTICAL_WITHIN for at, kind, _ in past)
        burst = sum(1 for at, _, what in past if what == instrument and now - at < BURST_WITHIN)
        if identical or burst + weight >= BURST or len(past) + weight > MOST:
            return PACING
        past.extend((now, request, instrument) for _ in range(weight))
        return None

    def open_refusal(self, open_queries: int) -> Complaint | None:
        """Return the refusal of one more historical query while so many are open."""
        return PACING if Limit.HISTORY in self.in_force and open_queries >= OPEN_AT_ONCE else None

    def forget(self, session: Session) -> None:
        """Drop the counts of a session that ended."""
        self._messages.pop(session, None)
        self._history.pop(session, None)
