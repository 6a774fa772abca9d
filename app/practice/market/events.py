"""What was done to an instrument from outside its generated path: stored by the gateway, replayed at the next start."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from app.practice.market.actions import Actions


class EventKind(StrEnum):
    """What was done.

    move: prices go on from there; print: a trade of the practice exchange; halt, resume: trading stops, goes on;
    split: one share becomes `ratio` shares from `at` on.
    """

    MOVE = "move"
    PRINT = "print"
    HALT = "halt"
    RESUME = "resume"
    SPLIT = "split"


class MarketEvent(NamedTuple):
    """One thing done at market time `at`; `units` is a price in whole price units, `ratio` the move's factor so far."""

    con_id: int
    at: float
    kind: str
    units: int = 0
    size: int = 0
    ratio: float = 1.0


class Timeline:
    """An instrument's events in time order, with the level and the halt in force at any moment.

    The level is the product of the last move's ratio and of the corporate actions so far.
    """

    def __init__(self, actions: Actions | None = None) -> None:
        self.actions = actions or Actions()
        self._events: list[MarketEvent] = []
        self._levels: list[MarketEvent] = []
        self._halts: list[MarketEvent] = []

    def add(self, event: MarketEvent) -> None:
        """Add an event; raises ValueError if it is older than the newest of its kind that must stay in order."""
        for kinds, events in (((EventKind.MOVE,), self._levels), ((EventKind.HALT, EventKind.RESUME), self._halts)):
            if event.kind in kinds:
                if events and events[-1].at > event.at:
                    raise ValueError(f"the market's past stays as it is: {event.kind} at {event.at} comes too late")
                events.append(event)
        self._events.insert(bisect_right(self._events, event.at, key=_AT), event)

    def level_at(self, at: float) -> float:
        """Return the factor on generated prices for a trade at that moment; a move counts for trades after it."""
        index = bisect_left(self._levels, at, key=_AT)
        return (self._levels[index - 1].ratio if index else 1.0) * self.actions.factor_at(at)

    def level_after(self, at: float) -> float:
        """Return the factor on generated prices right after that moment."""
        return self.moved_after(at) * self.actions.factor_at(at)

    def moved_after(self, at: float) -> float:
        """Return the part of level_after() that moves made."""
        index = bisect_right(self._levels, at, key=_AT)
        return self._levels[index - 1].ratio if index else 1.0

    def is_halted(self, at: float) -> bool:
        """Return whether trading is halted at that moment."""
        index = bisect_right(self._halts, at, key=_AT)
        return index > 0 and self._halts[index - 1].kind == EventKind.HALT

    def between(self, start: float, end: float) -> list[MarketEvent]:
        """Return the events with start <= at < end."""
        return self._events[bisect_left(self._events, start, key=_AT) : bisect_left(self._events, end, key=_AT)]

    def latest_trade(self, at: float) -> MarketEvent | None:
        """Return the newest move or print not later than `at`."""
        for event in reversed(self._events[: bisect_right(self._events, at, key=_AT)]):
            if event.kind in (EventKind.MOVE, EventKind.PRINT):
                return event
        return None


_AT = attrgetter("at")
