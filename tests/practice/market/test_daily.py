"""Generated sessions: one after the other, whoever asks first."""

from __future__ import annotations

from datetime import date

import pytest

from app.practice.contracts import Listing
from app.practice.hours import hours_of
from app.practice.market.daily import DailySeries

LAST = date(2026, 6, 8)


def series(listing: Listing, key: int = 5) -> DailySeries:
    return DailySeries(listing, hours_of("XNYS"), key=key, units_per_price=100, last_history_session=LAST)


def test_a_far_session_is_the_same_whether_or_not_nearer_ones_were_asked_for() -> None:
    days = hours_of("XNYS").sessions_between(date(2026, 6, 9), date(2027, 6, 9))
    one, two = series(Listing("IBM.csv.gz")), series(Listing("IBM.csv.gz"))
    far = one.bar(days[-1])
    near = [two.bar(day) for day in days]
    assert near[-1] == far
    assert [one.bar(day) for day in days] == near


def test_history_has_as_many_sessions_as_its_listing_says() -> None:
    made = series(Listing(price=50.0, sessions=300))
    assert hours_of("XNYS").count_between(made.first, LAST) == 300
    assert 30 * 100 < made.bar(made.first)[0] < 75 * 100
    with pytest.raises(KeyError):
        made.bar(hours_of("XNYS").previous_session(made.first))


@pytest.mark.parametrize(
    "listing", [Listing(price=0.3, volatility=0.06, volume=10), Listing(price=900, volatility=0.08)]
)
def test_even_wild_instruments_keep_sound_bars(listing: Listing) -> None:
    made = series(listing)
    for day in hours_of("XNYS").sessions_between(made.first, date(2028, 6, 9)):
        opens, high, low, closes, volume = made.bar(day)
        assert 0 < low < min(opens, closes)
        assert high > max(opens, closes)
        assert volume >= 50_000
