"""Stated hours against the calendar: the gateway's hours win, and where the two differ a person is told once a day."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.events import InstrumentLearned
from app.domain.hours import stated_closes
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.runtime.bus import Bus
from app.services.ports import Calendar
from app.services.sessions import Sessions, SessionsKnown

log = logging.getLogger(__name__)
SAME = timedelta(minutes=1)
MOST_KEPT = 200
_WITH_A_BELL = (InstrumentKind.STOCK, InstrumentKind.ETF)
"""Of these the calendar knows when the session closes as the broker counts it; of others only the days."""


@dataclass(frozen=True, slots=True)
class HoursDiffer:
    """What the gateway states of a day is not what the calendar of the exchange has; published on the bus once."""

    con_id: ConId
    day: date
    told: str


class HoursCheck:
    """Compares whenever an instrument was described, and once its calendar is there."""

    def __init__(self, sessions: Sessions, bus: Bus) -> None:
        self._sessions = sessions
        self._bus = bus
        self._known: dict[tuple[ConId, date], HoursDiffer] = {}
        self._waiting: dict[ConId, Instrument] = {}
        bus.on(InstrumentLearned, lambda fact: self.look(fact.instrument))
        bus.on(SessionsKnown, lambda _: self._look_again())

    @property
    def differences(self) -> tuple[HoursDiffer, ...]:
        """The differences found so far, oldest first."""
        return tuple(self._known.values())

    def look(self, instrument: Instrument) -> None:
        """Compare the days that the stated hours speak of; tell of each difference once."""
        stated = stated_closes(instrument.liquid_hours, instrument.time_zone)
        if not stated:
            return
        calendar = self._sessions.calendar(instrument, min(stated), max(stated))
        if calendar is None:
            self._waiting[instrument.con_id] = instrument
            return
        for day, closes in stated.items():
            if told := _difference(instrument, day, closes, calendar):
                self._tell(HoursDiffer(instrument.con_id, day, told))

    def _look_again(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for instrument in waiting.values():
            self.look(instrument)

    def _tell(self, found: HoursDiffer) -> None:
        key = (found.con_id, found.day)
        if key in self._known:
            return
        self._known[key] = found
        while len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]
        log.warning("%s", found.told)
        self._bus.publish(found)


def _difference(instrument: Instrument, day: date, closes: datetime | None, calendar: Calendar) -> str:
    who, has_session = f"{instrument.symbol} on {day:%d %b %Y}", calendar.is_session(day)
    if closes is None:
        return f"{who}: the gateway states closed, the calendar {calendar.name} a session; closed counts." * has_session
    if not has_session:
        return f"{who}: the gateway states a session, the calendar {calendar.name} none; the session counts."
    expected = calendar.close_of(day)
    if instrument.kind not in _WITH_A_BELL or abs(closes - expected) <= SAME:
        return ""
    there = expected.astimezone(closes.tzinfo)
    return (
        f"{who}: the gateway states a close at {closes:%H:%M}, the calendar {calendar.name} at {there:%H:%M}; "
        f"{closes:%H:%M} counts."
    )
