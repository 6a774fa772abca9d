"""When orders begin and end: time in force, auctions, good-after times, on the exchange's calendar."""

from __future__ import annotations

from app.practice.contracts import Contract
from app.practice.exchange.desk import Times
from app.practice.exchange.kinds import Auction, kind_named
from app.practice.hours import Hours, hours_of
from app.practice.server.times import read_moment
from app.practice.wire.terms import OrderTerms

ENDS_WITH_SESSION = frozenset({"DAY", "IOC", "FOK"})
# The closing auction is the last moment of the session; what the opening auction leaves lives a minute.
BEFORE_CLOSE = 1.0
OPENING_LASTS = 60.0


def order_times(contract: Contract, terms: OrderTerms, at: float) -> Times:
    """Return when an order placed at `at` begins to work and when it ends."""
    hours = hours_of(contract.calendar)
    kind = kind_named(terms.order_type)
    if kind is not None and kind.auction is Auction.CLOSE:
        closes = hours.open_close(hours.session_of(at + BEFORE_CLOSE))[1]
        return Times(closes - BEFORE_CLOSE, closes)
    if terms.tif == "OPG" or (kind is not None and kind.auction is Auction.OPEN):
        opens = next_open(hours, at)
        return Times(opens, opens + OPENING_LASTS)
    wakes_at = read_moment(terms.good_after) if terms.good_after else None
    return Times(wakes_at, _end(hours, terms, max(at, wakes_at or at)))


def next_open(hours: Hours, at: float) -> float:
    """Return the next regular opening after a moment."""
    session = hours.session_of(at)
    opens = hours.open_close(session)[0]
    return opens if opens > at else hours.open_close(hours.next_session(session))[0]


def _end(hours: Hours, terms: OrderTerms, at: float) -> float | None:
    if terms.tif in ENDS_WITH_SESSION:
        return hours.open_close(hours.session_of(at))[1]
    return read_moment(terms.good_till) if terms.tif == "GTD" else None
