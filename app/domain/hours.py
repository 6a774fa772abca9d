"""Trading hours as the broker states them for an instrument: the authority for the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ANY = datetime.min.replace(tzinfo=UTC)
"""A moment of no zone that matters: for questions about days and clocks."""


def is_open(hours: str, zone: str, at: datetime) -> bool | None:
    """Say whether `at` lies within the stated hours; None when they do not speak of that day.

    `hours` reads like `20261123:0930-20261123:1600;20261124:CLOSED`, in `zone`.
    """
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    spans = list(_spans(hours, local))
    if any(start <= local < end for start, end in spans if end is not None):
        return True
    days = {start.date() for start, _ in spans}
    return False if days and min(days) <= local.date() <= max(days) else None


def zone_of(name: str) -> ZoneInfo | None:
    """Return the zone of this name, None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _spans(hours: str, like: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    def moment(text: str) -> datetime:
        return datetime.strptime(text, "%Y%m%d:%H%M").replace(tzinfo=like.tzinfo)

    for part in filter(None, hours.split(";")):
        begin, _, finish = part.partition("-")
        try:
            if begin.endswith(":CLOSED"):
                yield moment(begin.replace("CLOSED", "0000")), None
            else:
                yield moment(begin), moment(finish)
        except ValueError:
            continue


def stated_closes(hours: str, zone: str) -> dict[date, datetime | None]:
    """Return of each day the hours speak of when it closes, None where it is stated as closed; nothing without a zone.

    A session that begins the evening before belongs to the day on which it ends.
    """
    there = zone_of(zone)
    if there is None:
        return {}
    closes: dict[date, datetime | None] = {}
    for start, end in _spans(hours, datetime.min.replace(tzinfo=there)):
        day, known = (end or start).date(), closes.get((end or start).date())
        closes[day] = known if end is None or (known is not None and known > end) else end
    return closes


def closed_days(hours: str) -> frozenset[date]:
    """Return the days that the stated hours call closed and give no hours to."""
    spans = list(_spans(hours, _ANY))
    opened = {start.date() for start, end in spans if end is not None}
    return frozenset(start.date() for start, end in spans if end is None) - opened


def open_minutes(hours: str) -> tuple[tuple[int, int], ...]:
    """Return when the day with the most stated hours is open, as minutes after midnight; nothing where none is stated.

    Sessions that begin the evening before give two spans of one day: the clock's, not the session's.
    """
    days: dict[date, list[tuple[int, int]]] = {}
    for start, end in _spans(hours, _ANY):
        if end is None or end <= start:
            continue
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        if start.date() == end.date():
            days.setdefault(end.date(), []).append((first, last))
        else:
            days.setdefault(end.date(), []).extend([(0, last), (first, 24 * 60)])
    fullest = max(days.values(), key=lambda spans: sum(last - first for first, last in spans), default=[])
    return tuple(sorted(fullest))


def next_change(hours: str, zone: str, at: datetime) -> datetime | None:
    """Return when the stated hours end, or begin again, after `at`; None when they do not say."""
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    spans = sorted((start, end) for start, end in _spans(hours, local) if end is not None)
    inside = next((end for start, end in spans if start <= local < end), None)
    return inside or next((start for start, _ in spans if start > local), None)
