"""Exchange sessions, from `exchange_calendars`, held as plain numpy arrays.

The library costs half a second to import and a tenth to open, so both happen when a calendar is opened
(in a thread where a loop runs) and never in a question. Where its knowledge ends, and it differs by exchange, every
weekday counts as a session that closes at the usual time: a file from 1950 is still a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from app.domain.bars import TimeArray
from app.domain.errors import UserError

EXCHANGE = "XNYS"
"""The exchange whose sessions hold where none is named."""

_DAY = 86400
_EPOCH = date(1970, 1, 1).toordinal()
_MARGIN = 200  # days opened on either side, so that the next or last session is always among them
_LIBRARY_FIRST, _LIBRARY_LAST = (  # what pandas can hold in nanoseconds
    date(1679, 1, 1).toordinal() - _EPOCH,
    date(2261, 12, 31).toordinal() - _EPOCH,
)
_FIRST_DAY, _LAST_DAY = date.min.toordinal() - _EPOCH, date.max.toordinal() - _EPOCH


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Sessions of the days `first` to `last`, as days and closes since the epoch."""

    first: int
    last: int
    days: TimeArray
    closes: TimeArray


@dataclass(frozen=True, slots=True)
class _Loaded:
    zone: str
    sessions: _Sessions


class ExchangeCalendar:
    """The sessions of one exchange; it opens more years by itself when it is asked about them."""

    def __init__(self, name: str, zone: str, sessions: _Sessions) -> None:
        self._name = name
        self._zone = zone
        self._known = sessions

    @property
    def name(self) -> str:
        """The exchange's market identifier, such as XNYS."""
        return self._name

    @property
    def zone(self) -> str:
        """The exchange's time zone, by its IANA name."""
        return self._zone

    def sessions(self, start: date, end: date) -> tuple[date, ...]:
        """Return the sessions from one date to another, both included."""
        return tuple(_date(day) for day in self._between(_day(start), _day(end)))

    def is_session(self, day: date) -> bool:
        """Say whether the exchange trades that day."""
        return len(self._between(_day(day), _day(day))) > 0

    def session_of(self, moment: datetime) -> date:
        """Return the session a moment belongs to: the running one, or the next to open."""
        second = int(moment.timestamp())
        known = self._reach(second // _DAY, second // _DAY)
        return _date(known.days[np.searchsorted(known.closes, second, side="right")])

    def last_closed(self, moment: datetime) -> date:
        """Return the newest session that has closed by a moment."""
        second = int(moment.timestamp())
        known = self._reach(second // _DAY, second // _DAY)
        return _date(known.days[np.searchsorted(known.closes, second, side="right") - 1])

    def close_of(self, session: date) -> datetime:
        """Return when a session closes, UTC; raise UserError for a day without one."""
        day = _day(session)
        known = self._reach(day, day)
        index = int(np.searchsorted(known.days, day))
        if index == len(known.days) or known.days[index] != day:
            raise UserError(f"{session} is not a session of {self._name}; ask for a day on which it trades.")
        return datetime.fromtimestamp(int(known.closes[index]), UTC)

    def next_session(self, session: date) -> date:
        """Return the session after this one."""
        day = _day(session)
        known = self._reach(day, day)
        return _date(known.days[np.searchsorted(known.days, day, side="right")])

    def last_sessions_of_weeks(self, start: date, end: date) -> frozenset[date]:
        """Return the last session of each ISO week that has a day between two dates."""
        first, last = _day(start), _day(end)
        monday, sunday = first - (first + 3) % 7, last + 6 - (last + 3) % 7  # the epoch began on a Thursday
        days = self._between(monday, sunday)
        return _last_of_each(days, (days + 3) // 7)

    def last_sessions_of_months(self, start: date, end: date) -> frozenset[date]:
        """Return the last session of each month that has a day between two dates."""
        begin = np.datetime64(start, "M")
        after = np.datetime64(end, "M") + 1
        days = self._between(
            int(begin.astype("M8[D]").astype(np.int64)), int(after.astype("M8[D]").astype(np.int64)) - 1
        )
        return _last_of_each(days, days.astype("M8[D]").astype("M8[M]").astype(np.int64))

    def _between(self, first: int, last: int) -> TimeArray:
        known = self._reach(first, last)
        return known.days[np.searchsorted(known.days, first) : np.searchsorted(known.days, last, side="right")]

    def _reach(self, first: int, last: int) -> _Sessions:
        """Return the known sessions, which hold the days asked for and a margin, opening more where needed."""
        if _before(first) < self._known.first or _after(last) > self._known.last:
            first, last = min(first, self._known.first), max(last, self._known.last)
            self._known = _load(self._name, _before(first), _after(last)).sessions
        return self._known


def open_calendar(name: str, first: date, last: date) -> ExchangeCalendar:
    """Open the calendar of an exchange (a market identifier or a usual name such as NYSE) for some dates.

    Raises UserError when there is no such calendar.
    """
    import exchange_calendars

    known = exchange_calendars.get_calendar_names(include_aliases=True)
    found = next((spelling for spelling in (name, name.upper()) if spelling in known), None)
    if found is None:
        raise UserError(
            f"There is no calendar {name!r}; name the exchange by its market identifier, such as XNYS or XLON."
        )
    name = exchange_calendars.resolve_alias(found)
    loaded = _load(name, _before(_day(first)), _after(_day(last)))
    return ExchangeCalendar(name, loaded.zone, loaded.sessions)


def _load(name: str, first: int, last: int) -> _Loaded:
    """Return an exchange's zone and its sessions from one day to another, weekdays where the library ends."""
    calendar, known_first, known_last = _covering(name, first, last)
    days = calendar.sessions.to_numpy().astype("M8[D]").astype(np.int64)
    closes = calendar.closes.dt.tz_convert(None).to_numpy().astype("M8[s]").astype(np.int64)
    inside = (days >= known_first) & (days <= known_last)
    early = _weekdays(first, min(known_first, last + 1))
    late = _weekdays(max(known_last + 1, first), last + 1)
    times = closes - days * _DAY
    sessions = _Sessions(
        first,
        last,
        np.concatenate([early, days[inside], late]),
        np.concatenate([early * _DAY + times[0], closes[inside], late * _DAY + times[-1]]),
    )
    return _Loaded(str(calendar.tz), sessions)


def _covering(name: str, first: int, last: int) -> tuple[Any, int, int]:
    """Return the library's calendar and the days of those asked for that it covers (none: an empty range)."""
    from exchange_calendars import get_calendar
    from exchange_calendars.errors import NoSessionsError

    first, last = max(first, _LIBRARY_FIRST), min(last, _LIBRARY_LAST)
    whole = None
    try:
        return get_calendar(name, start=_text(first), end=_text(last)), first, last
    except ValueError:  # some exchanges are known between two dates only
        whole = get_calendar(name)
        low, high = whole.bound_min(), whole.bound_max()
        first = first if low is None else max(first, _day(low.date()))
        last = last if high is None else min(last, _day(high.date()))
    try:
        return get_calendar(name, start=_text(first), end=_text(last)), first, last
    except (ValueError, NoSessionsError):  # nothing of what is asked for is known
        return whole, last + 1, last


def _weekdays(start: int, stop: int) -> TimeArray:
    """Return the Mondays to Fridays from `start` up to, not including, `stop`."""
    days = np.arange(start, stop, dtype=np.int64)
    return days[(days + 3) % 7 < 5]


def _last_of_each(days: TimeArray, groups: TimeArray) -> frozenset[date]:
    is_last = np.r_[groups[1:] != groups[:-1], True] if len(days) else np.empty(0, np.bool_)
    return frozenset(_date(day) for day in days[is_last])


def _before(day: int) -> int:
    return max(day - _MARGIN, _FIRST_DAY)


def _after(day: int) -> int:
    return min(day + _MARGIN, _LAST_DAY)


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH


def _date(day: int | np.int64) -> date:
    return date.fromordinal(int(day) + _EPOCH)


def _text(day: int) -> str:
    return _date(day).isoformat()
