"""The exchange's sessions: holidays, half days, weeks that close early, and years nobody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.adapters.calendar import ExchangeCalendar, open_calendar
from app.domain.errors import UserError
from app.services.ports import Calendar


@pytest.fixture(scope="module")
def new_york() -> ExchangeCalendar:
    return open_calendar("XNYS", date(2000, 3, 1), date(2026, 12, 31))


def test_it_is_what_the_services_ask_for(new_york: ExchangeCalendar) -> None:
    calendar: Calendar = new_york
    assert (calendar.name, calendar.zone) == ("XNYS", "America/New_York")


@pytest.mark.parametrize(
    ("day", "is_session"),
    [
        (date(2013, 3, 28), True),
        (date(2013, 3, 29), False),  # Good Friday
        (date(2013, 11, 28), False),  # Thanksgiving
        (date(2013, 11, 29), True),
        (date(2001, 9, 12), False),  # closed by events
        (date(2012, 10, 29), False),  # hurricane
        (date(2013, 3, 30), False),  # Saturday
        (date(2026, 11, 23), True),
    ],
)
def test_holidays_and_weekends_are_not_sessions(new_york: ExchangeCalendar, day: date, is_session: bool) -> None:
    assert new_york.is_session(day) is is_session


def test_the_last_session_of_a_week_is_before_its_holidays(new_york: ExchangeCalendar) -> None:
    weeks = {
        date(2013, 3, 25): date(2013, 3, 28),  # Good Friday
        date(2013, 11, 25): date(2013, 11, 29),  # Thanksgiving, half day on Friday
        date(2015, 6, 29): date(2015, 7, 2),  # Independence Day observed on Friday
        date(2001, 9, 10): date(2001, 9, 10),  # one session only
    }
    for monday, last in weeks.items():
        for offset in range(7):
            day = monday + timedelta(days=offset)
            assert new_york.last_sessions_of_weeks(day, day) == {last}


def test_many_weeks_and_months_have_one_last_session_each(new_york: ExchangeCalendar) -> None:
    weeks = new_york.last_sessions_of_weeks(date(2013, 1, 1), date(2013, 12, 31))
    assert len(weeks) == 53
    assert {(day + timedelta(days=7 - day.weekday())).weekday() for day in weeks} == {0}
    months = new_york.last_sessions_of_months(date(2013, 1, 15), date(2013, 12, 1))
    assert len(months) == 12
    assert date(2013, 3, 28) in months
    assert max(months) == date(2013, 12, 31)


def test_sessions_include_both_ends(new_york: ExchangeCalendar) -> None:
    assert new_york.sessions(date(2013, 3, 27), date(2013, 4, 1)) == (
        date(2013, 3, 27),
        date(2013, 3, 28),
        date(2013, 4, 1),
    )
    assert new_york.sessions(date(2013, 3, 30), date(2013, 3, 31)) == ()


def test_d5_closes_know_half_days_and_daylight_saving(new_york: ExchangeCalendar) -> None:
    assert new_york.close_of(date(2013, 1, 2)) == datetime(2013, 1, 2, 21, tzinfo=UTC)
    assert new_york.close_of(date(2013, 7, 2)) == datetime(2013, 7, 2, 20, tzinfo=UTC)
    assert new_york.close_of(date(2013, 11, 29)) == datetime(2013, 11, 29, 18, tzinfo=UTC)
    with pytest.raises(UserError, match="2013-03-29 is not a session of XNYS"):
        new_york.close_of(date(2013, 3, 29))


def test_a_moment_belongs_to_the_running_session_or_the_next(new_york: ExchangeCalendar) -> None:
    close = datetime(2013, 3, 28, 20, tzinfo=UTC)
    assert new_york.session_of(close - timedelta(seconds=1)) == date(2013, 3, 28)
    assert new_york.session_of(close) == date(2013, 4, 1)
    assert new_york.session_of(datetime(2013, 3, 30, 12, tzinfo=UTC)) == date(2013, 4, 1)
    assert new_york.next_session(date(2013, 3, 28)) == date(2013, 4, 1)
    assert new_york.next_session(date(2013, 3, 29)) == date(2013, 4, 1)


def test_years_that_were_not_opened_are_opened_when_asked_for() -> None:
    calendar = open_calendar("XNYS", date(2013, 3, 1), date(2013, 3, 1))
    assert not calendar.is_session(date(2020, 12, 25))
    assert not calendar.is_session(date(1999, 12, 24))
    assert calendar.is_session(date(2013, 3, 1))
    assert calendar.last_sessions_of_weeks(date(2020, 12, 24), date(2020, 12, 24)) == {date(2020, 12, 24)}


def test_the_last_day_that_was_opened_has_a_session_after_it() -> None:
    thursday = date(2013, 3, 28)
    calendar = open_calendar("XNYS", thursday, thursday)
    assert calendar.session_of(calendar.close_of(thursday)) == date(2013, 4, 1)
    assert open_calendar("XNYS", thursday, thursday).next_session(thursday) == date(2013, 4, 1)
    assert open_calendar("XNYS", thursday, thursday).sessions(thursday, thursday) == (thursday,)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("XNYS", date(1, 1, 1), date(1, 3, 1)),
        ("XNYS", date(9999, 1, 1), date(9999, 12, 31)),
        ("XNYS", date(1600, 1, 1), date(2300, 1, 1)),
        ("XHKG", date(1950, 1, 1), date(1955, 1, 1)),
        ("XHKG", date(1955, 1, 1), date(2000, 1, 1)),
        ("XTKS", date(1990, 1, 1), date(1999, 1, 1)),
        ("XSHG", date(2026, 1, 1), date(2033, 1, 1)),
        ("24/7", date(2020, 1, 1), date(2020, 2, 1)),
    ],
)
def test_dates_outside_what_is_known_never_fail(name: str, first: date, last: date) -> None:
    calendar = open_calendar(name, first, last)
    sessions = calendar.sessions(first, last)
    assert len(sessions) > 0.6 * (last - first).days
    assert list(sessions) == sorted(set(sessions))
    assert calendar.last_sessions_of_weeks(first, last)
    assert calendar.close_of(sessions[0]).tzinfo is UTC


def test_beyond_its_years_every_weekday_is_a_session() -> None:
    calendar = open_calendar("XTKS", date(1990, 1, 1), date(1999, 1, 1))
    assert calendar.is_session(date(1990, 1, 1))  # a holiday, but nobody knows
    assert not calendar.is_session(date(1990, 1, 6))
    assert not calendar.is_session(date(1998, 1, 1))
    assert calendar.close_of(date(1990, 1, 2)) == datetime(1990, 1, 2, 6, tzinfo=UTC)


def test_usual_names_are_understood_and_unknown_ones_refused() -> None:
    assert open_calendar("NASDAQ", date(2020, 1, 1), date(2020, 1, 1)).name == "XNYS"
    assert open_calendar("xlon", date(2020, 1, 1), date(2020, 1, 1)).name == "XLON"
    with pytest.raises(UserError, match="There is no calendar 'MOON'"):
        open_calendar("MOON", date(2020, 1, 1), date(2020, 1, 1))


HOLIDAYS = {
    2024: "0101 0115 0219 0329 0527 0619 0704 0902 1128 1225",
    2025: "0101 0109 0120 0217 0418 0526 0619 0704 0901 1127 1225",
    2026: "0101 0119 0216 0403 0525 0619 0703 0907 1126 1225",
    2027: "0101 0118 0215 0326 0531 0618 0705 0906 1125 1224",
}
HALF_DAYS = {2024: "0703 1129 1224", 2025: "0703 1128 1224", 2026: "1127 1224", 2027: "1126"}
"""As New York's exchange published them."""


@pytest.mark.parametrize("year", HOLIDAYS)
def test_d5_holidays_and_half_days_are_those_the_exchange_published(year: int) -> None:
    calendar = open_calendar("XNYS", date(2024, 1, 1), date(2027, 12, 31))
    days = [day for n in range(366) if (day := date(year, 1, 1) + timedelta(days=n)).year == year and day.weekday() < 5]
    open_days = [day for day in days if calendar.is_session(day)]
    early = [day for day in open_days if calendar.close_of(day).astimezone(ZoneInfo("America/New_York")).hour == 13]
    assert " ".join(f"{day:%m%d}" for day in days if day not in open_days) == HOLIDAYS[year]
    assert " ".join(f"{day:%m%d}" for day in early) == HALF_DAYS[year]
