"""Weeks that close, sessions that are missing, and what a strategy run shares with the command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from app.adapters.calendar import open_calendar
from app.domain.bars import Bars, Timeframe, epoch
from app.domain.errors import UserError
from app.domain.signals import Relation
from app.quant.indicators.kinds import NotEnoughBars
from app.services.analysis import Question, answer, confirmation_bars, gap_notes
from app.services.ports import Calendar
from tests.support.analysing import wide_calendar
from tests.support.walks import walk


def dated(days: list[date]) -> Bars:
    """Return bars of a rising price on the given days."""
    close = np.arange(len(days)) + 10.0
    time = np.array([epoch(day) for day in days], np.int64)
    return Bars(time, close, close + 1, close - 1, close, np.ones(len(days)), closed=len(days))


def up_to(last: date, count: int = 60, *, skip: tuple[date, ...] = ()) -> Bars:
    """Return `count` bars on the sessions up to a date."""
    days = [day for day in wide_calendar("XNYS").sessions(last - timedelta(days=2 * count), last) if day not in skip]
    return dated(days[-count:])


@pytest.mark.parametrize(
    ("last", "is_closed"),
    [
        (date(2013, 3, 28), True),  # Thursday before Good Friday
        (date(2013, 3, 27), False),
        (date(2013, 11, 29), True),  # the half day after Thanksgiving
        (date(2013, 11, 27), False),  # the day before it
        (date(2013, 3, 1), True),  # a plain Friday
        (date(2013, 2, 28), False),
        (date(2015, 7, 2), True),  # Thursday before a Friday holiday
        (date(2001, 9, 10), True),  # the only session of its week
    ],
)
def test_the_last_week_is_closed_once_its_last_session_is_there(last: date, is_closed: bool) -> None:
    bars = up_to(last)
    weeks = confirmation_bars(Timeframe.D1, bars, Timeframe.W1, wide_calendar("XNYS"))
    assert weeks is not None
    monday = last - timedelta(days=last.weekday())
    assert (weeks.date_at(len(weeks) - 1) == monday) is is_closed
    assert weeks.closed == len(weeks)


def test_c10_nothing_that_comes_later_changes_what_was_said_of_a_day() -> None:
    calendar = wide_calendar("XNYS")
    days, walked = up_to(date(2013, 11, 29), 420), walk(3, 420)
    bars = replace(walked, time=days.time)
    weeks = confirmation_bars(Timeframe.D1, bars, Timeframe.W1, calendar)
    assert weeks is not None
    for count in range(380, 420):
        known = bars.part(0, count)
        on = known.date_at(count - 1)
        wild = replace(bars.part(0, min(count + 1, 420)), closed=count)  # the next day trades and has not closed
        then = confirmation_bars(Timeframe.D1, wild, Timeframe.W1, calendar)
        assert then is not None
        ended = [
            index
            for index in range(len(weeks))
            if weeks.date_at(index) + timedelta(days=6) < on or closes_with(calendar, on, weeks.date_at(index))
        ]
        assert then.time.tolist() == weeks.time[ended].tolist()
        assert then.close.tolist() == weeks.close[ended].tolist()
        assert answer(asked(wild), lambda *_: calendar) == answer(asked(known), lambda *_: calendar)


def closes_with(calendar: Calendar, on: date, monday: date) -> bool:
    """Say whether a session is the last one of the week that began on a Monday."""
    return calendar.sessions(monday, monday + timedelta(days=6))[-1] == on


def asked(bars: Bars) -> Question:
    return Question("TEST", Timeframe.D1, bars, lambda price: Decimal("0.01"))


def test_a_bar_on_a_weekend_does_not_hide_that_the_week_is_closed() -> None:
    friday = date(2013, 3, 1)
    calendar = wide_calendar("XNYS")
    days = [*calendar.sessions(date(2013, 1, 2), friday), date(2013, 3, 2)]
    weeks = confirmation_bars(Timeframe.D1, dated(days), Timeframe.W1, calendar)
    assert weeks is not None
    assert weeks.date_at(len(weeks) - 1) == date(2013, 2, 25)
    assert weeks.close[-1] == dated(days).close[-1]
    without_friday = confirmation_bars(Timeframe.D1, dated([*days[:-2], days[-1]]), Timeframe.W1, calendar)
    assert without_friday is not None
    assert without_friday.date_at(len(without_friday) - 1) == date(2013, 2, 18)


def test_earlier_weeks_are_closed_even_when_their_last_session_is_missing() -> None:
    bars = up_to(date(2013, 3, 1), skip=(date(2013, 2, 22), date(2013, 2, 15)))
    weeks = confirmation_bars(Timeframe.D1, bars, Timeframe.W1, wide_calendar("XNYS"))
    assert weeks is not None
    assert [weeks.date_at(len(weeks) - back).isoformat() for back in (1, 2, 3)] == [
        "2013-02-25",
        "2013-02-18",
        "2013-02-11",
    ]


def test_an_open_week_is_not_looked_at() -> None:
    """Whatever Thursday brings, the weekly confirmation is that of the week before."""
    calendar = wide_calendar("XNYS")
    thursday = up_to(date(2013, 2, 28), 300)
    crash = Bars(
        thursday.time,
        *(
            np.r_[column[:-1], column[-1] / 2]
            for column in (thursday.open, thursday.high, thursday.low, thursday.close)
        ),
        thursday.volume,
        closed=300,
    )
    for bars in (thursday, crash):
        weeks = confirmation_bars(Timeframe.D1, bars, Timeframe.W1, calendar)
        assert weeks is not None
        assert weeks.date_at(len(weeks) - 1) == date(2013, 2, 18)


def test_months_close_the_same_way() -> None:
    calendar = wide_calendar("XNYS")
    closed = confirmation_bars(Timeframe.D1, up_to(date(2013, 3, 28)), Timeframe.MO1, calendar)
    still_open = confirmation_bars(Timeframe.D1, up_to(date(2013, 3, 27)), Timeframe.MO1, calendar)
    assert closed is not None
    assert still_open is not None
    assert closed.date_at(len(closed) - 1) == date(2013, 3, 1)
    assert still_open.date_at(len(still_open) - 1) == date(2013, 2, 1)


def test_another_primary_timeframe_or_none_has_nothing_to_confirm_with() -> None:
    calendar = wide_calendar("XNYS")
    bars = up_to(date(2013, 3, 1))
    assert confirmation_bars(Timeframe.H1, bars, Timeframe.W1, calendar) is None
    assert confirmation_bars(Timeframe.D1, bars, None, calendar) is None


def question(bars: Bars, **changes: object) -> Question:
    return Question("ABC", Timeframe.D1, bars, lambda price: Decimal("0.01"), **changes)  # type: ignore[arg-type]


def test_the_calendar_is_opened_from_the_first_to_the_last_bar() -> None:
    opened: list[tuple[str, date, date]] = []

    def open_it(name: str, first: date, last: date) -> Calendar:
        opened.append((name, first, last))
        return open_calendar(name, first, last)

    bars = up_to(date(2013, 3, 1), 40)
    analysis = answer(question(bars, exchange="NYSE"), open_it)
    assert opened == [("NYSE", bars.date_at(0), date(2013, 3, 1))]
    assert analysis.relation is Relation.UNAVAILABLE  # 8 weeks are too few
    assert analysis.reasons == ()


def test_few_weeks_confirm_as_soon_as_three_checks_can_be_judged() -> None:
    for weeks, checks in ((14, 0), (15, 1), (20, 2), (35, 3)):
        bars = up_to(date(2013, 3, 1), 5 * weeks - 3)
        analysis = answer(question(bars), lambda name, *_: wide_calendar(name))
        assert analysis.confirmation is not None
        assert analysis.confirmation.available >= checks


def test_too_few_bars_are_refused_before_any_calendar_is_opened() -> None:
    def never(name: str, first: date, last: date) -> Calendar:
        raise AssertionError("opened")

    for count in (0, 1, 33):
        with pytest.raises(NotEnoughBars, match=f"ABC needs 34 closed bars and there are {count};"):
            answer(question(walk(1, count)), never)
    with pytest.raises(UserError, match="no calendar"):
        answer(question(walk(1, 40), exchange="MOON"), open_calendar)


def test_gaps_and_days_without_a_session_are_named() -> None:
    calendar = wide_calendar("XNYS")
    gone = (date(2013, 2, 20), date(2013, 2, 21))
    assert gap_notes(Timeframe.D1, up_to(date(2013, 3, 1)), calendar) == ()
    assert gap_notes(Timeframe.D1, up_to(date(2013, 3, 1), skip=gone[:1]), calendar) == (
        "1 XNYS session is missing: 2013-02-20.",
    )
    days = [day for day in calendar.sessions(date(2013, 1, 2), date(2013, 3, 1)) if day not in gone]
    assert gap_notes(Timeframe.D1, dated(sorted([*days, date(2013, 2, 18)])), calendar) == (
        "2 XNYS sessions are missing: 2013-02-20, 2013-02-21.",
        "1 date is not a session of XNYS: 2013-02-18.",
    )
    assert gap_notes(Timeframe.D1, dated([date(2013, 1, 2), date(2013, 3, 1)]), calendar) == (
        "39 XNYS sessions are missing: from 2013-01-03 to 2013-02-28.",
    )


def test_bars_of_moments_are_put_against_sessions_in_the_exchange_s_zone() -> None:
    calendar = wide_calendar("XNYS")
    moments = [
        datetime(2013, 1, day, hour, 30, tzinfo=UTC) for day in (2, 4, 7) for hour in (14, 15, 16, 18, 19, 20, 23)
    ]
    moments.insert(14, datetime(2013, 1, 5, 0, 30, tzinfo=UTC))  # Saturday in London, still Friday in New York
    close = np.full(len(moments), 10.0)
    time = np.array([int(moment.timestamp()) for moment in moments], np.int64)
    bars = Bars(time, close, close, close, close, close, closed=len(moments))
    assert gap_notes(Timeframe.H1, bars, calendar) == (
        "1 XNYS session is missing: 2013-01-03.",
        "Bars are missing inside sessions in 6 places.",
    )


def test_weekly_and_monthly_bars_note_their_own_gaps() -> None:
    mondays = [date(2013, 1, 7) + timedelta(weeks=week) for week in (0, 1, 2, 5, 6, 9)]
    assert gap_notes(Timeframe.W1, dated(mondays), wide_calendar("XNYS")) == (
        "Between the bars weeks are missing in 2 places.",
    )
    months = [date(2013, month, 1) for month in (1, 2, 3, 5, 6)]
    assert gap_notes(Timeframe.MO1, dated(months), wide_calendar("XNYS")) == (
        "Between the bars months are missing in 1 place.",
    )
