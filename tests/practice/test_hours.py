"""Sessions, windows and trading hours against exchange_calendars and the texts that TWS sends."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from app.practice.hours import Hours, hours_of

MONDAY_10_00 = datetime(2026, 11, 23, 15, 0, tzinfo=UTC).timestamp()
SATURDAY_NOON = datetime(2026, 11, 21, 17, 0, tzinfo=UTC).timestamp()
FRIDAY_CLOSE = datetime(2026, 11, 20, 21, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def hours() -> Hours:
    return hours_of("XNYS")


@pytest.mark.filterwarnings("ignore:Series.values")
def test_the_shipped_table_equals_exchange_calendars(hours: Hours) -> None:
    exchange_calendars = pytest.importorskip("exchange_calendars")
    calendar = exchange_calendars.get_calendar("XNYS", start="2012-01-03", end="2028-12-29")
    nanos = zip(calendar.opens_nanos.tolist(), calendar.closes_nanos.tolist(), strict=True)
    theirs = [(opens / 1e9, closes / 1e9) for opens, closes in nanos]
    ours = [hours.open_close(day) for day in hours.sessions_between(date(2012, 1, 3), date(2028, 12, 29))]
    assert ours == theirs


def test_a_session_lasts_in_both_modes_until_its_close(hours: Hours) -> None:
    assert hours.session_of(SATURDAY_NOON) == date(2026, 11, 23)
    assert hours.session_of(FRIDAY_CLOSE) == date(2026, 11, 23)
    assert hours.session_of(FRIDAY_CLOSE - 1) == date(2026, 11, 20)
    assert hours.last_closed_session(FRIDAY_CLOSE) == date(2026, 11, 20)
    assert hours.last_closed_session(FRIDAY_CLOSE - 1) == date(2026, 11, 19)


def test_the_always_open_window_begins_at_the_last_close(hours: Hours) -> None:
    assert hours.window(date(2026, 11, 23), "always") == (FRIDAY_CLOSE, FRIDAY_CLOSE + 3 * 86_400)
    assert hours.window(date(2026, 11, 23), "hours") == (MONDAY_10_00 - 1800, FRIDAY_CLOSE + 3 * 86_400)


def test_only_the_calendar_market_closes(hours: Hours) -> None:
    assert hours.is_open(SATURDAY_NOON, "always")
    assert not hours.is_open(SATURDAY_NOON, "hours")
    assert hours.is_open(MONDAY_10_00, "hours")


def test_holidays_and_half_days_are_in_the_text(hours: Hours) -> None:
    tuesday = datetime(2026, 11, 24, 15, 0, tzinfo=UTC).timestamp()
    text, liquid = hours.hours_texts(tuesday, "hours")
    assert (
        text
        == liquid
        == (
            "20261124:0930-20261124:1600;20261125:0930-20261125:1600;20261126:CLOSED;"
            "20261127:0930-20261127:1300;20261128:CLOSED;20261129:CLOSED"
        )
    )


def test_the_always_open_text_leaves_no_gap_and_ends_at_closes(hours: Hours) -> None:
    text, _ = hours.hours_texts(SATURDAY_NOON, "always")
    parts = [re.fullmatch(r"(\d{8}:\d{4})-(\d{8}:\d{4})", part) for part in text.split(";")]
    bounds = [match.groups() for match in parts if match]
    assert len(bounds) == len(parts) == 6
    assert bounds[0] == ("20261120:1600", "20261123:1600")
    assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(bounds))
    assert bounds[3] == ("20261125:1600", "20261127:1300")


def test_clocks_changed_in_the_night_do_not_move_the_open(hours: Hours) -> None:
    before, after = (hours.open_close(day)[0] for day in (date(2026, 10, 30), date(2026, 11, 2)))
    assert after - before == 3 * 86_400 + 3600


def test_counting_sessions_goes_both_ways(hours: Hours) -> None:
    day = date(2026, 11, 20)
    assert hours.offset_session(day, -5) == date(2026, 11, 13)
    assert hours.offset_session(hours.offset_session(day, -700), 700) == day
    assert hours.count_between(date(2026, 11, 21), date(2026, 11, 22)) == 0
    assert hours.count_between(date(2026, 11, 23), date(2026, 11, 27)) == 4


def test_beyond_the_table_it_says_so(hours: Hours) -> None:
    with pytest.raises(ValueError, match="calendar"):
        hours.next_session(date(2049, 12, 31))


def test_no_heavy_library_is_loaded_for_the_calendar() -> None:
    code = "import sys, app.practice.market; print({'pandas', 'exchange_calendars'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "set()"


@pytest.mark.filterwarnings("ignore:Series.values")
@pytest.mark.parametrize("name", ["XETR", "XPAR", "XLON", "XTKS"])
def test_the_shipped_tables_of_other_places_equal_exchange_calendars(name: str) -> None:
    exchange_calendars = pytest.importorskip("exchange_calendars")
    calendar = exchange_calendars.get_calendar(name, start="2021-01-05", end="2027-12-29")
    nanos = zip(calendar.opens_nanos.tolist(), calendar.closes_nanos.tolist(), strict=True)
    theirs = [(opens / 1e9, closes / 1e9) for opens, closes in nanos]
    hours = hours_of(name)
    assert [hours.open_close(day) for day in hours.sessions_between(date(2021, 1, 5), date(2027, 12, 29))] == theirs


@pytest.mark.parametrize(
    ("name", "at", "trading", "liquid"),
    [
        ("XTKS", (2026, 11, 23, 1), "20261123:CLOSED;20261124:0900-20261124:1130;20261124:1230-20261124:1530", ""),
        ("XLON", (2026, 12, 24, 9), "20261224:0800-20261224:1230;20261225:CLOSED", ""),
        ("XETR", (2026, 12, 30, 9), "20261230:0900-20261230:1400;20261231:CLOSED;20270101:CLOSED", ""),
        (
            "CMES",
            (2026, 11, 26, 15),
            "20261125:1700-20261126:1200;20261126:1700-20261127:1200",
            "20261126:0830-20261126:1200;20261127:0830-20261127:1200;20261128:CLOSED",
        ),
        ("FOREX", (2026, 12, 24, 15), "20261223:1715-20261224:1700;20261225:CLOSED;20261226:CLOSED", ""),
    ],
)
def test_each_place_words_its_own_days(name: str, at: tuple[int, ...], trading: str, liquid: str) -> None:
    texts = hours_of(name).hours_texts(datetime(*at, tzinfo=UTC).timestamp(), "hours")
    assert texts[0].startswith(trading)
    assert texts[1].startswith(liquid or trading)
