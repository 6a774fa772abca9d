"""The time axis labels the first bar of what begins, in the zone that is printed."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from app.domain.bars import Timeframe
from app.ui.charts.moments import CLOCK, DATE, MONTH, YEAR, bar_text, moments, zone_of

NEW_YORK = zone_of("US/Eastern")


def sessions(first: str, days: int, step: int = 900) -> np.ndarray:
    """Return bar starts of regular New York sessions on weekdays."""
    dates = np.busday_offset(first, np.arange(days), roll="forward")
    starts = [datetime.fromisoformat(f"{day}T09:30").replace(tzinfo=NEW_YORK).timestamp() for day in dates.astype(str)]
    return (np.array(starts)[:, None] + np.arange(0, 23400, step)).ravel().astype(np.int64)


def test_a_year_of_days_is_labelled_by_months_and_the_year() -> None:
    days = np.busday_offset("2025-07-01", np.arange(260), roll="forward").astype("datetime64[s]").astype(np.int64)
    found = moments(days, 0, 260, Timeframe.D1, UTC, room=20, gap=10)
    assert [moment.label for moment in found][:7] == ["Aug", "Sep", "Oct", "Nov", "Dec", "2026", "Feb"]
    new_year = next(moment for moment in found if moment.rank == YEAR)
    assert datetime.fromtimestamp(int(days[new_year.index]), UTC).date().isoformat() == "2026-01-01"


def test_sessions_are_labelled_by_days_with_no_room_for_the_night() -> None:
    times = sessions("2026-03-02", 10)
    found = moments(times, 0, len(times), Timeframe.M15, NEW_YORK, room=26, gap=14)
    days = [moment for moment in found if moment.rank >= DATE]
    assert [moment.index for moment in days] == [26 * k for k in range(1, 10)]


def test_a_single_session_is_labelled_by_the_clock_of_the_zone() -> None:
    times = sessions("2026-03-02", 2, 300)
    found = moments(times, 80, 150, Timeframe.M5, NEW_YORK, room=12, gap=6)
    assert {moment.rank for moment in found} == {CLOCK}
    assert [moment.label for moment in found] == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]


def test_the_clock_stays_right_over_a_change_to_summer_time() -> None:
    times = sessions("2026-03-06", 4, 1800)  # summer time began on Sunday 8 March
    found = moments(times, 0, len(times), Timeframe.M30, NEW_YORK, room=4, gap=2)
    noons = [times[moment.index] for moment in found if moment.label == "12:00"]
    assert [datetime.fromtimestamp(int(t), UTC).hour for t in noons] == [17, 16, 16, 16]


def test_labels_keep_their_distance_and_panning_keeps_labels() -> None:
    days = np.busday_offset("2001-01-01", np.arange(3000), roll="forward").astype("datetime64[s]").astype(np.int64)
    one = moments(days, 500, 1500, Timeframe.D1, UTC, room=90, gap=50)
    other = moments(days, 510, 1510, Timeframe.D1, UTC, room=90, gap=50)
    assert np.diff([moment.index for moment in one]).min() >= 50
    assert {m for m in one if 600 < m.index < 1400} == {m for m in other if 600 < m.index < 1400}


def test_one_second_and_forty_years_are_labelled_too() -> None:
    years = np.arange(0, 40 * 365, 7, dtype=np.int64) * 86400
    assert {m.rank for m in moments(years, 0, len(years), Timeframe.W1, UTC, room=200, gap=100)} == {YEAR}
    second = np.array([1_700_000_000], np.int64)
    assert moments(second, 0, 1, Timeframe.M1, UTC, room=10, gap=5) == ()
    assert moments(second, 0, 0, Timeframe.M1, UTC, room=10, gap=5) == ()


@pytest.mark.parametrize(
    ("timeframe", "zone", "words"),
    [
        (Timeframe.D1, "US/Eastern", "Sat 14 Mar 2026"),
        (Timeframe.W1, "US/Eastern", "week of 14 Mar 2026"),
        (Timeframe.MO1, "US/Eastern", "Mar 2026"),
        (Timeframe.M15, "US/Eastern", "Fri 13 Mar 2026  20:00 EDT"),
        (Timeframe.M15, "Asia/Tokyo", "Sat 14 Mar 2026  09:00 JST"),
        (Timeframe.M15, "America/Sao_Paulo", "Fri 13 Mar 2026  21:00 UTC−03"),
        (Timeframe.M15, "no/where", "Sat 14 Mar 2026  00:00 UTC"),
    ],
)
def test_a_bar_says_when_it_began(timeframe: Timeframe, zone: str, words: str) -> None:
    assert bar_text(1773446400, timeframe, zone_of(zone)) == words


def test_months_rank_between_years_and_days() -> None:
    assert YEAR > MONTH > DATE > CLOCK
