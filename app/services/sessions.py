"""The sessions of each instrument's own exchange: calendars are opened beside the window when they are first wanted."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.errors import UserError
from app.domain.hours import closed_days
from app.domain.instruments import Instrument
from app.domain.venues import calendar_of
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.ports import Calendar, OpenCalendar

log = logging.getLogger(__name__)
AROUND = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SessionsKnown:
    """The calendar of an exchange has been opened: what asked for its sessions may ask again."""

    calendar: str


class Sessions:
    """Answers from the calendars that are open; another one is opened in a thread and told of on the bus."""

    def __init__(self, home: Calendar, open_calendar: OpenCalendar, bus: Bus, tasks: Tasks) -> None:
        self._open_calendar, self._bus, self._tasks = open_calendar, bus, tasks
        self._open: dict[str, Calendar | None] = {home.name: home}

    def of(self, instrument: Instrument, first: date, last: date) -> tuple[date, ...] | None:
        """Return the sessions from one date to another, None where the calendar is not known, or not yet.

        A day that the gateway states as closed is none: it is the authority for the days it speaks of.
        """
        calendar = self.calendar(instrument, first, last)
        if calendar is None:
            return None
        closed = closed_days(instrument.liquid_hours)
        return tuple(day for day in calendar.sessions(first, last) if day not in closed)

    def calendar(self, instrument: Instrument, first: date, last: date) -> Calendar | None:
        """Return the calendar of an instrument's exchange, None where there is none, or not yet."""
        name = calendar_of(instrument)
        calendar = self._open.get(name) if name else None
        if calendar is None and name:
            self._want(name, first, last)
        return calendar

    def _want(self, name: str, first: date, last: date) -> None:
        if name not in self._open:
            self._open[name] = None
            self._tasks.spawn(self._load(name, first - AROUND, last + AROUND), name=f"calendar {name}")

    async def _load(self, name: str, first: date, last: date) -> None:
        try:
            self._open[name] = await asyncio.to_thread(self._open_calendar, name, first, last)
        except UserError as error:
            log.warning("no sessions of %s: %s", name, error)
            return
        self._bus.publish(SessionsKnown(name))
