"""Bar sizes and durations in the broker's words."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from app.practice.market.minutes import MINUTE

HOUR, DAY = 3600, 86_400

BAR_SECONDS = {
    "1 secs": 1, "5 secs": 5, "10 secs": 10, "15 secs": 15, "30 secs": 30,
    "1 min": 60, "2 mins": 120, "3 mins": 180, "5 mins": 300, "10 mins": 600, "15 mins": 900, "20 mins": 1200,
    "30 mins": 1800, "1 hour": HOUR, "2 hours": 2 * HOUR, "3 hours": 3 * HOUR, "4 hours": 4 * HOUR,
    "8 hours": 8 * HOUR, "1 day": DAY,
}  # fmt: skip
WEEK, MONTH = "1 week", "1 month"
_ALIASES = {
    "1 sec": "1 secs", "1 secs": "1 secs", "1 mins": "1 min", "1 hours": "1 hour", "1 days": "1 day", "1d": "1 day",
    "1 d": "1 day", "1w": WEEK, "1 w": WEEK, "1 weeks": WEEK, "1m": MONTH, "1 m": MONTH, "1 months": MONTH,
}  # fmt: skip
_DURATION = re.compile(r"(\d{1,7})\s*([SDWMY])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of history: `count` seconds, sessions, weeks, months or years (S, D, W, M, Y)."""

    count: int
    unit: str

    def first_day_after(self, end: date) -> date:
        """Return the day that the span begins after, counted back from `end`; for weeks, months and years."""
        if self.unit == "W":
            return end - timedelta(weeks=self.count)
        months = self.count * (12 if self.unit == "Y" else 1)
        year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
        return date(year, month + 1, min(end.day, monthrange(year, month + 1)[1]))


def bar_size(words: str) -> str:
    """Return the usual spelling of a bar size; raises ValueError for one that is not offered."""
    size = " ".join(words.strip().lower().split())
    size = _ALIASES.get(size, size)
    if size not in BAR_SECONDS and size not in (WEEK, MONTH):
        raise ValueError(f"bar size {words!r} is not one of {', '.join([*BAR_SECONDS, WEEK, MONTH])}")
    return size


def duration(words: str) -> Duration:
    """Return a duration; raises ValueError unless it is a whole number and one of S, D, W, M, Y."""
    match = _DURATION.fullmatch(words.strip())
    if match is None or not int(match[1]):
        raise ValueError(f"duration {words!r} should be a whole number and one of S, D, W, M, Y, as in '10 D'")
    count, unit = int(match[1]), match[2].upper()
    limit = {"S": 86_400 * 30, "D": 8000, "W": 2000, "M": 500, "Y": 68}[unit]
    return Duration(min(count, limit), unit)


def is_intraday(size: str) -> bool:
    """Return whether bars of that size are shorter than a session."""
    return BAR_SECONDS.get(size, DAY) < DAY


def is_from_ticks(size: str) -> bool:
    """Return whether bars of that size are shorter than a minute."""
    return BAR_SECONDS.get(size, DAY) < MINUTE
