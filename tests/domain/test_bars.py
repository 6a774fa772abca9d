"""Merging bars and building weeks and months, against plain Python on a dict of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import (
    Bars,
    Coverage,
    Timeframe,
    empty_bars,
    epoch,
    from_columns,
    merge,
    monday_of,
    monthly,
    weekly,
)

Row = tuple[int, float]


def bars_of(rows: list[Row], closed: int | None = None) -> Bars:
    """Return bars whose prices all follow from one number."""
    time = np.array([start for start, _ in rows], np.int64)
    price = np.array([value for _, value in rows], float)
    columns = {"time": time, "open": price, "high": price + 1, "low": price - 1, "close": price + 0.5, "volume": price}
    return from_columns(columns, len(rows) if closed is None else closed)


def rows_of(bars: Bars) -> list[Row]:
    """Return what `bars_of` was given."""
    return list(zip(bars.time.tolist(), bars.open.tolist(), strict=True))


rows = st.lists(st.tuples(st.integers(0, 30), st.floats(1, 1000)), max_size=20)


@given(rows, rows)
def test_c10_merged_bars_are_in_order_unique_and_the_later_revision_wins(older: list[Row], newer: list[Row]) -> None:
    merged = merge(bars_of(older), bars_of(newer))
    assert rows_of(merged) == sorted({**dict(older), **dict(newer)}.items())
    assert merged.closed == len(merged)
    assert np.array_equal(merged.close, merged.open + 0.5)


@given(rows, rows, rows)
def test_merging_is_associative(first: list[Row], second: list[Row], third: list[Row]) -> None:
    a, b, c = bars_of(first), bars_of(second), bars_of(third)
    assert rows_of(merge(merge(a, b), c)) == rows_of(merge(a, merge(b, c)))


def test_a_forming_bar_stays_forming_when_older_bars_are_put_before_it() -> None:
    merged = merge(bars_of([(5, 1.0), (6, 2.0)], closed=1), bars_of([(1, 9.0), (2, 9.0)]))
    assert (len(merged), merged.closed) == (4, 3)


def test_a_forming_bar_is_replaced_by_its_closed_revision() -> None:
    merged = merge(bars_of([(5, 1.0), (6, 2.0)], closed=1), bars_of([(6, 3.0), (7, 4.0)], closed=1))
    assert (rows_of(merged), merged.closed) == ([(5, 1.0), (6, 3.0), (7, 4.0)], 2)


def test_a_forming_bar_that_nobody_closed_is_dropped_once_others_follow() -> None:
    merged = merge(bars_of([(5, 1.0), (6, 2.0)], closed=1), bars_of([(7, 4.0)]))
    assert (rows_of(merged), merged.closed) == ([(5, 1.0), (7, 4.0)], 2)


def test_a_late_forming_bar_does_not_replace_a_closed_one() -> None:
    merged = merge(bars_of([(5, 1.0), (6, 2.0)]), bars_of([(6, 9.0)], closed=0))
    assert (rows_of(merged), merged.closed) == ([(5, 1.0), (6, 2.0)], 2)


def test_parts_know_how_many_of_their_bars_are_closed() -> None:
    bars = bars_of([(start, float(start + 1)) for start in range(10)], closed=9)
    assert (len(bars.last(3)), bars.last(3).closed) == (3, 2)
    assert (len(bars.part(2, 5)), bars.part(2, 5).closed) == (3, 3)
    assert len(bars.closed_only) == 9
    assert len(bars.last(99)) == 10
    assert len(empty_bars().last(3)) == 0


days = st.lists(st.dates(date(1960, 1, 1), date(2030, 12, 31)), min_size=1, max_size=60, unique=True).map(sorted)


def daily(days: list[date]) -> Bars:
    """Return one bar a day whose price is its place."""
    return bars_of([(epoch(day), float(place + 2)) for place, day in enumerate(days)])


@given(days)
def test_weeks_are_the_iso_weeks_of_their_days(days: list[date]) -> None:
    groups: dict[date, list[int]] = {}
    for place, day in enumerate(days):
        year, week, _ = day.isocalendar()
        groups.setdefault(date.fromisocalendar(year, week, 1), []).append(place)
    check_groups(weekly(daily(days), []), groups)


@given(days)
def test_months_are_the_calendar_months_of_their_days(days: list[date]) -> None:
    groups: dict[date, list[int]] = {}
    for place, day in enumerate(days):
        groups.setdefault(day.replace(day=1), []).append(place)
    check_groups(monthly(daily(days), []), groups)


def check_groups(built: Bars, groups: dict[date, list[int]]) -> None:
    """Compare built bars with days grouped by their label."""
    assert built.time.tolist() == [epoch(label) for label in groups]
    assert built.open.tolist() == [places[0] + 2.0 for places in groups.values()]
    assert built.high.tolist() == [places[-1] + 3.0 for places in groups.values()]
    assert built.low.tolist() == [places[0] + 1.0 for places in groups.values()]
    assert built.close.tolist() == [places[-1] + 2.5 for places in groups.values()]
    assert built.volume.tolist() == [sum(place + 2.0 for place in places) for places in groups.values()]
    assert built.closed == len(built) - 1


@pytest.mark.parametrize("build", [weekly, monthly])
def test_the_last_group_is_closed_once_its_last_session_is_there(build: type) -> None:
    days = [date(2026, 11, day) for day in (25, 27, 30)]
    assert build(daily(days[:2]), [date(2026, 11, 27)]).closed == 1
    assert build(daily(days[:1]), [date(2026, 11, 27)]).closed == 0
    open_month = build(daily(days), [date(2026, 11, 27)])
    assert open_month.closed == 1


@pytest.mark.parametrize("build", [weekly, monthly])
def test_a_forming_day_makes_its_group_a_forming_one(build: type) -> None:
    days = [date(2026, 11, 26), date(2026, 11, 27)]
    bars = bars_of([(epoch(day), 5.0) for day in days], closed=1)
    built = build(bars, [date(2026, 11, 27)])
    assert (len(built), built.closed, built.volume.tolist()) == (1, 0, [10.0])


@pytest.mark.parametrize("build", [weekly, monthly])
def test_a_forming_day_of_a_new_group_leaves_the_former_one_closed(build: type) -> None:
    days = [date(2026, 11, 27), date(2026, 11, 30) if build is weekly else date(2026, 12, 1)]
    built = build(bars_of([(epoch(day), 5.0) for day in days], closed=1), [])
    assert (len(built), built.closed, built.volume.tolist()) == (2, 1, [5.0, 5.0])


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_dates_survive_the_way_through_epoch_seconds(day: date) -> None:
    assert daily([day]).date_at(0) == day
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch(day)) == datetime(
        day.year, day.month, day.day, tzinfo=UTC
    )
    assert monday_of(day).isocalendar() == (*day.isocalendar()[:2], 1)


def test_dated_timeframes_are_the_three_that_have_no_time_of_day() -> None:
    assert [frame.value for frame in Timeframe if frame.is_dated] == ["1d", "1w", "1mo"]
    assert [frame.seconds for frame in Timeframe] == sorted(frame.seconds for frame in Timeframe)


spans = st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()).map(
    lambda drawn: Coverage(min(drawn[:2]), max(drawn[:2]), drawn[2])
)


@given(spans, spans)
def test_joined_coverage_never_spans_what_nobody_asked_for(one: Coverage, other: Coverage) -> None:
    joined = one.joined(other)
    asked = set(range(one.start, one.stop + 1)) | set(range(other.start, other.stop + 1))
    assert set(range(joined.start, joined.stop + 1)) <= asked
    assert joined.stop == max(one.stop, other.stop)
    assert joined == other.joined(one)
