"""Dates as people type them, read as the start of the day, month or year they name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from app.ui.charts.moments import MONTHS

_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[ T]+(\d{1,2}):(\d{2}))?$")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:[ T]+(\d{1,2}):(\d{2}))?$")
_NAMED = re.compile(
    r"(?:(\d{1,2})\.? +)?([a-z]{3})[a-z]*\.?,? +(?:(\d{1,2}),? +)?(\d{4})(?:[ T]+(\d{1,2}):(\d{2}))?$", re.I
)


def moment_of(text: str, zone: tzinfo, *, is_dated: bool) -> float | None:
    """Return the epoch second a person means ("2009-03-02 14:30", "2 Mar 2009", "2009"), None when it is no date.

    Dated bars are read in UTC, where their dates lie; the first and third number of 2.3.2009 are day and year.
    """
    parts = _parts(text.strip())
    if parts is None:
        return None
    try:
        return datetime(*parts, tzinfo=UTC if is_dated else zone).timestamp()
    except (ValueError, OverflowError):
        return None


def _parts(text: str) -> tuple[int, int, int, int, int] | None:
    if found := _ISO.match(text):
        year, month, day, hour, minute = (int(part) if part else 0 for part in found.groups())
        return year, month or 1, day or 1, hour, minute
    if found := _DAY_FIRST.match(text):
        day, month, year, hour, minute = (int(part) if part else 0 for part in found.groups())
        return year, month, day, hour, minute
    if found := _NAMED.match(text):
        before, name, after, *rest = found.groups()
        names = [each.lower() for each in MONTHS]
        if name.lower() not in names or (before and after):
            return None
        year, hour, minute = (int(part) if part else 0 for part in rest)
        return year, names.index(name.lower()) + 1, int(before or after or 1), hour, minute
    return None
