"""Schedules over clock changes and odd expressions, against a reading of cron's rules made minute by minute."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.adapters.cron import CronTable
from app.domain.errors import UserError

ZONES = ("America/New_York", "Europe/London", "Europe/Berlin", "Australia/Sydney", "America/Sao_Paulo", "Asia/Tokyo")
JOBS = ("30 0 * * *", "30 1 * * *", "30 2 * * *", "0 3 * * *", "45 15 * * *")
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = {"JAN": 1, "JUN": 6, "AUG": 8}
DAYS = {"SUN": 0, "MON": 1, "FRI": 5}
EXPRESSIONS = (
    "* * * * *", "*/5 * * * *", "0 * * * *", "30 * * * *", "0,30 * * * *", "15-45/10 * * * *", "59 23 * * *",
    "0 0 * * *", "45 15 * * 1-5", "45 15 * * MON-FRI", "0 9 * * 1", "0 9 * * 0", "0 9 * * 7", "0 9 * * SUN",
    "0 9 * * 6", "0 9 * * 6,0", "0 9 1 * *", "0 9 31 * *", "0 9 29 2 *", "0 9 15 * 5", "0 9 1,15 * MON",
    "30 9-16 * * 1-5", "*/15 9-15 * * 1-5", "5 4 * * 0", "0 22 * * 1-5", "23 0-20/2 * * *", "0 0 1 1 *",
    "0 0 1 JAN *", "0 12 * JUN-AUG *", "0 12 1-7 * *", "0 12 */10 * *", "0 0,12 1 */2 *", "10 10 10 10 *",
    "0 8 * * 1,3,5", "0 8 * * 2-4", "0 8 * * 1-5/2", "50 23 30 * *", "1 2 3 4 *", "0 6 1 * 1", "0 16 25-31 12 *",
)  # fmt: skip


def field(text: str, low: int, high: int) -> set[int]:
    """Return the numbers that one field of an expression means."""
    found: set[int] = set()
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        ends = [low, high] if span == "*" else [number(first), number(last or (str(high) if step else first))]
        found |= set(range(ends[0], ends[1] + 1, int(step or 1)))
    return found


def number(text: str) -> int:
    return MONTHS.get(text, DAYS.get(text, -1)) if text.isalpha() else int(text)


def firings(expression: str, after: datetime, count: int) -> list[datetime]:
    """Return the next firings by looking at every day and minute: day of month or day of week, when both are named."""
    texts = expression.split()
    minutes, hours, days, months, weekdays = (field(text, *b) for text, b in zip(texts, BOUNDS, strict=True))
    weekdays = {day % 7 for day in weekdays}
    found: list[datetime] = []
    day = after.date()
    while len(found) < count:
        in_month, in_week = day.day in days, day.isoweekday() % 7 in weekdays
        both_named = not texts[2].startswith("*") and not texts[4].startswith("*")
        if day.month in months and ((in_month or in_week) if both_named else (in_month and in_week)):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            times = [midnight.replace(hour=hour, minute=minute) for hour in sorted(hours) for minute in sorted(minutes)]
            found += [moment for moment in times if moment > after]
        day += timedelta(days=1)
    return found[:count]


def test_d2_there_are_forty_expressions() -> None:
    assert len(set(EXPRESSIONS)) == 40


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_d2_an_expression_fires_when_cron_says(expression: str) -> None:
    moment = datetime(2026, 11, 20, 15, 44, 30, tzinfo=UTC)
    wanted, found = firings(expression, moment, 5), list[datetime]()
    for _ in wanted:
        moment = CronTable().next_after(expression, "UTC", moment)
        found.append(moment)
    assert found == wanted


def test_d2_monday_to_friday_is_not_tuesday_to_saturday() -> None:
    moment, days = datetime(2026, 11, 21, tzinfo=UTC), list[int]()
    for _ in range(5):
        moment = CronTable().next_after("45 15 * * 1-5", "America/New_York", moment)
        days.append(moment.weekday())
    assert days == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "x * * * *"],
)
def test_d2_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(UserError, match="not a cron schedule"):
        CronTable().next_after(expression, "UTC", datetime(2026, 11, 20, tzinfo=UTC))


def changes(zone: str) -> list[date]:
    """Return the days from 2025 to 2030 on which a zone's clocks change."""
    at, found = ZoneInfo(zone), list[date]()
    day = datetime(2025, 1, 1, 12, tzinfo=UTC)
    while day.year <= 2030:
        after = day + timedelta(days=1)
        if day.astimezone(at).utcoffset() != after.astimezone(at).utcoffset():
            found.append(after.astimezone(at).date())
        day = after
    return found


def test_d1_the_zones_change_their_clocks_as_often_as_they_do() -> None:
    assert [len(changes(zone)) for zone in ZONES] == [12, 12, 12, 12, 0, 0]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("job", JOBS)
def test_d1_a_local_job_fires_once_on_each_day_around_a_clock_change(zone: str, job: str) -> None:
    for change in changes(zone) or [date(2026, 3, 29), date(2026, 10, 25)]:
        first, last = change - timedelta(days=4), change + timedelta(days=4)
        moment, fired = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)), Counter[date]()
        moment = (moment - timedelta(seconds=1)).astimezone(UTC)
        while (moment := CronTable().next_after(job, zone, moment)).astimezone(ZoneInfo(zone)).date() <= last:
            fired[moment.astimezone(ZoneInfo(zone)).date()] += 1
        assert dict(fired) == {first + timedelta(days=n): 1 for n in range(9)}
