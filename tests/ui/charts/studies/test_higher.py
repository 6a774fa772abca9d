"""A higher timeframe's values never appear before its bar is closed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import Bars, Timeframe, epoch, weekly
from app.ui.charts.studies.higher import built, known_at, spread

NEW_YORK = ZoneInfo("US/Eastern")


def bars_at(times: list[int], closed: int | None = None) -> Bars:
    time = np.array(times, np.int64)
    price = np.arange(1.0, len(time) + 1)
    return Bars(time, price, price, price, price, price, len(time) if closed is None else closed)


def weekdays(start: date, count: int) -> list[int]:
    days = [start + timedelta(days=step) for step in range(count * 2)]
    return [epoch(day) for day in days if day.weekday() < 5][:count]


def test_a_week_shows_its_value_from_fridays_bar_on() -> None:
    daily = bars_at(weekdays(date(2024, 1, 1), 10))
    week = weekly(daily, [date(2024, 1, 12)])
    index = known_at(daily, Timeframe.D1, week, Timeframe.W1, NEW_YORK)
    assert index.tolist() == [-1, -1, -1, -1, 0, 0, 0, 0, 0, 1]


def test_the_running_week_waits_for_its_last_session() -> None:
    daily = bars_at(weekdays(date(2024, 1, 1), 10))
    week = weekly(daily, ())  # its last session is not known to be there
    index = known_at(daily, Timeframe.D1, week, Timeframe.W1, NEW_YORK)
    assert index[-1] == 0


def test_a_forming_friday_does_not_close_its_week() -> None:
    times = weekdays(date(2024, 1, 1), 10)
    daily = bars_at(times, closed=9)
    week = bars_at([epoch(date(2024, 1, 1)), epoch(date(2024, 1, 8))], closed=1)
    assert known_at(daily, Timeframe.D1, week, Timeframe.W1, NEW_YORK)[-1] == 0


def test_a_day_shows_on_clock_bars_from_the_last_bar_of_its_session() -> None:
    first = int(datetime(2024, 1, 2, 9, 30, tzinfo=NEW_YORK).timestamp())
    hours = [first + 3600 * step for step in range(7)] + [first + 86400 + 3600 * step for step in range(7)]
    day = bars_at([epoch(date(2024, 1, 2)), epoch(date(2024, 1, 3))])
    index = known_at(bars_at(hours), Timeframe.H1, day, Timeframe.D1, NEW_YORK)
    assert index.tolist() == [-1] * 6 + [0] * 7 + [1]


def test_an_evening_session_is_dated_by_the_exchange_not_by_utc() -> None:
    late = int(datetime(2024, 1, 2, 20, 30, tzinfo=NEW_YORK).timestamp())  # already 3 January in UTC
    day = bars_at([epoch(date(2024, 1, 2)), epoch(date(2024, 1, 3))])
    assert known_at(bars_at([late, late + 3600 * 12]), Timeframe.H1, day, Timeframe.D1, NEW_YORK)[0] == 0


def test_an_hour_with_its_last_minutes_missing_shows_only_after_it() -> None:
    hour = bars_at([0, 3600])
    minutes = bars_at([0, 300, 2400, 3600, 3900])  # nothing traded from 00:45 on
    index = known_at(minutes, Timeframe.M5, hour, Timeframe.H1, ZoneInfo("UTC"))
    assert index.tolist() == [-1, -1, -1, 0, 0]


@given(st.integers(30, 120), st.integers(1, 60))
def test_what_is_shown_never_changes_when_the_future_comes(count: int, more: int) -> None:
    times = weekdays(date(2024, 1, 3), count + more)
    whole, part = bars_at(times), bars_at(times[:count])
    shown = []
    for bars in (part, whole):
        week = built(bars, Timeframe.D1, Timeframe.W1)
        assert week is not None
        index = known_at(bars, Timeframe.D1, week, Timeframe.W1, NEW_YORK)
        shown.append(spread(week.close, index)[: count - 1])
    np.testing.assert_array_equal(shown[0], shown[1])


def test_nothing_is_known_without_bars() -> None:
    none = bars_at([])
    assert len(known_at(none, Timeframe.D1, none, Timeframe.W1, NEW_YORK)) == 0
    assert known_at(bars_at([0]), Timeframe.D1, none, Timeframe.W1, NEW_YORK).tolist() == [-1]
    assert np.isnan(spread(np.empty(0), np.array([-1]))).all()


@pytest.mark.parametrize("above", [Timeframe.H4, Timeframe.D1])
def test_only_weeks_and_months_are_built_from_days(above: Timeframe) -> None:
    assert built(bars_at(weekdays(date(2024, 1, 1), 5)), Timeframe.D1, above) is None


def test_utc_is_a_zone_like_any_other() -> None:
    day = bars_at([epoch(date(2024, 1, 2)), epoch(date(2024, 1, 3))])
    hours = bars_at(
        [int(datetime(2024, 1, 2, 23, tzinfo=UTC).timestamp()), int(datetime(2024, 1, 3, 0, tzinfo=UTC).timestamp())]
    )
    assert known_at(hours, Timeframe.H1, day, Timeframe.D1, UTC).tolist() == [0, 1]
