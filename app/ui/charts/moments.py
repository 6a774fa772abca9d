"""The time axis as arithmetic: which bars deserve a label and what it says, in the zone of the screen.

Positions are bars, so closed sessions leave no gap; labels fall on the first bar of a year, month, day or clock step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from app.domain.bars import TimeArray, Timeframe
from app.ui.widgets.format import MINUS

DAY = 86400
CLOCK_STEPS = (60, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200)
DAY_STEPS = (1, 3, 7, 14)
WEEKEND = 1.45
"""Calendar days a session takes up, so that a day a session is not too many in a week of five."""
MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
YEAR, MONTH, DATE, CLOCK = 4, 3, 2, 1


@dataclass(frozen=True, slots=True)
class Moment:
    """One labelled bar: `rank` says what begins there (4 year, 3 month, 2 day, 1 clock step)."""

    index: int
    label: str
    rank: int


class Step(NamedTuple):
    """So many seconds of the clock, days or months, by the rank of what begins with each."""

    rank: int
    length: int


def zone_of(name: str) -> tzinfo:
    """Return a zone by its name, UTC where the name means nothing here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def offsets(times: TimeArray, zone: tzinfo) -> TimeArray:
    """Return the zone's offset from UTC in seconds at each of ascending times, looked up once a day, at noon."""
    days = times // DAY
    begins = np.diff(days, prepend=days[:1] - 1) != 0
    found = []
    for day in days[begins]:
        noon = datetime.fromtimestamp(int(day) * DAY + DAY // 2, UTC).astimezone(zone)
        shift = noon.utcoffset()
        found.append(int(shift.total_seconds()) if shift is not None else 0)
    place: TimeArray = np.cumsum(begins) - 1
    return np.array(found, np.int64)[place]


def local(epoch: int, timeframe: Timeframe, zone: tzinfo) -> datetime:
    """Return a bar's start as the screen shows it; a dated bar keeps its date in every zone."""
    return datetime.fromtimestamp(int(epoch), UTC if timeframe.is_dated else zone)


def bar_text(epoch: int, timeframe: Timeframe, zone: tzinfo) -> str:
    """Write when a bar starts: a date for dated bars, otherwise the minute with its zone."""
    when = local(epoch, timeframe, zone)
    day = f"{WEEKDAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when.year}"
    if timeframe is Timeframe.MO1:
        return f"{MONTHS[when.month - 1]} {when.year}"
    if timeframe is Timeframe.W1:
        return f"week of {day[4:]}"
    return day if timeframe.is_dated else f"{day}  {when:%H:%M} {zone_text(when)}"


def zone_text(when: datetime) -> str:
    """Write the zone of a moment, as an offset where it has no letters of its own."""
    name = when.tzname() or "UTC"
    return f"UTC{name.replace('-', MINUS)}" if name[:1] in "+-" else name


def moments(
    times: TimeArray, first: int, stop: int, timeframe: Timeframe, zone: tzinfo, room: float, gap: float
) -> tuple[Moment, ...]:
    """Return labels for the bars `first` to `stop`: about one each `room` bars, never closer than `gap` bars."""
    if stop <= first:
        return ()
    begin, end = (local(times[index], timeframe, zone).date() for index in (first, stop - 1))
    seconds = float(times[stop - 1] - times[first]) * room / max(stop - first, 1)
    step = _step(seconds, timeframe)
    if step.rank != CLOCK:  # whole months, so that panning rarely asks for others than are kept
        begin, end = begin.replace(day=1), end.replace(day=1) + timedelta(days=31)
    epochs = _epochs(begin, end, step, UTC if timeframe.is_dated else zone)
    found = np.searchsorted(times, epochs)
    inside = found[(found >= first) & (found < stop) & (found > 0)]
    candidates = [_moment(times, index, timeframe, zone) for index in dict.fromkeys(inside.tolist())]
    return tuple(sorted(_apart(candidates, gap), key=lambda moment: moment.index))


def _apart(candidates: list[Moment], gap: float) -> list[Moment]:
    kept: list[Moment] = []
    for moment in sorted(candidates, key=lambda candidate: (-candidate.rank, candidate.index)):
        if all(abs(moment.index - other.index) >= gap for other in kept):
            kept.append(moment)
    return kept


def _moment(times: TimeArray, index: int, timeframe: Timeframe, zone: tzinfo) -> Moment:
    return Moment(index, *_label(int(times[index - 1]), int(times[index]), timeframe, zone))


@lru_cache(maxsize=4096)
def _label(former: int, epoch: int, timeframe: Timeframe, zone: tzinfo) -> tuple[str, int]:
    """Return what a bar's label says after the bar before it, and its rank; kept, for panning asks for it again."""
    before, here = local(former, timeframe, zone), local(epoch, timeframe, zone)
    if here.year != before.year:
        return str(here.year), YEAR
    if here.month != before.month:
        return MONTHS[here.month - 1], MONTH
    if here.date() != before.date():
        return str(here.day), DATE
    return f"{here:%H:%M}", CLOCK


def _step(seconds: float, timeframe: Timeframe) -> Step:
    """Return the finest calendar step that is at least so many seconds."""
    clock = next((step for step in CLOCK_STEPS if step >= seconds), 0)
    if clock and not timeframe.is_dated:
        return Step(CLOCK, clock)
    days = next((step for step in DAY_STEPS if step * WEEKEND * DAY >= seconds), 0)
    if days:
        return Step(DATE, days)
    return Step(MONTH, next((step for step in MONTH_STEPS if step * 30 * DAY >= seconds), 240))


@lru_cache(maxsize=256)
def _epochs(first: date, last: date, step: Step, zone: tzinfo) -> TimeArray:
    """Return when the calendar steps of these days begin, ascending; kept, for panning asks for them again."""
    begin = datetime(first.year, first.month, first.day, tzinfo=zone)
    end = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
    starts = {CLOCK: _clock_starts, DATE: _day_starts, MONTH: _month_starts}[step.rank](begin, end, step.length)
    return np.array(sorted(int(start.timestamp()) for start in starts), np.int64)


def _clock_starts(begin: datetime, end: datetime, step: int) -> list[datetime]:
    found: list[datetime] = []
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= end and len(found) < 2000:
        found += [day + timedelta(seconds=offset) for offset in range(0, DAY, step)]
        day += timedelta(days=1)
    return found


def _day_starts(begin: datetime, end: datetime, step: int) -> list[datetime]:
    """Return every day, Mondays and Thursdays, every or every other Monday; anchored, so panning keeps labels."""
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[datetime] = []
    while day <= end and len(found) < 2000:
        place = (day.toordinal() - 1) % 14  # ordinal 1 was a Monday
        if step == 1 or place == 0 or (place == 7 and step < 14) or (place % 7 == 3 and step == 3):
            found.append(day)
        day += timedelta(days=1)
    return found + _month_starts(begin, end, 1)


def _month_starts(begin: datetime, end: datetime, step: int) -> list[datetime]:
    first = begin.year * 12 + begin.month - 1
    first -= first % step
    last = end.year * 12 + end.month - 1
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    return [midnight.replace(year=m // 12, month=m % 12 + 1, day=1) for m in range(max(first, 12), last + 1, step)]
