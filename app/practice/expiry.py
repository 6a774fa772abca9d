"""When contracts that end are traded for the last time."""

from __future__ import annotations

from datetime import date, timedelta
from math import inf

from app.practice.contracts import Contract
from app.practice.hours import Hours, hours_of

FRIDAY = 4


def expiry_date(contract: Contract) -> date:
    """Return the last day of a contract that has one."""
    return date.fromisoformat(contract.expiry)


def expiry_moment(contract: Contract) -> float:
    """Return when a contract stops trading in epoch seconds, infinite when it never does."""
    return hours_of(contract.calendar).open_close(expiry_date(contract))[1] if contract.expiry else inf


def third_friday(year: int, month: int) -> date:
    """Return the third Friday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)


def middle_of_month(year: int, month: int) -> date:
    """Return the day before the fifteenth, on which grain futures end."""
    return date(year, month, 14)


def session_on_or_before(hours: Hours, day: date) -> date:
    """Return the day, or the last session before it when the exchange is closed then."""
    return day if hours.is_session(day) else hours.previous_session(day)
