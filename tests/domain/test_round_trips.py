"""Ways from entries to exits: each closing order by itself, and together what the ledger realised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill
from app.domain.orders import OrderRef, Side
from app.domain.round_trips import round_trips
from tests.domain.lots import lots_of

BEGIN = datetime(2026, 11, 20, 15, tzinfo=UTC)


def fill(place: int, signed: int, price: str, ref: str = "", commission: str | None = "1") -> Fill:
    return Fill(
        ExecId(f"e{place}.01"), "DUT1", ConId(1), "AAPL", Side.BUY if signed > 0 else Side.SELL,
        Decimal(abs(signed)), Decimal(price), BEGIN + timedelta(minutes=place), OrderRef(ref or f"o{place}"),
        commission=None if commission is None else Decimal(commission),
    )  # fmt: skip


def test_a_closing_order_is_one_way_from_the_average_with_the_costs_of_both_ends() -> None:
    entered = [fill(0, 100, "10"), fill(1, 100, "12")]
    (trip,) = round_trips([*entered, fill(2, -150, "14", "x"), fill(3, -50, "18", "x")])
    assert (trip.side, trip.quantity, trip.entry, trip.exit) == (Side.BUY, 200, Decimal(11), Decimal(15))
    assert (trip.entered, trip.exited) == (BEGIN, BEGIN + timedelta(minutes=3))
    assert trip.result == Decimal(800 - 4)
    assert trip.entry_ref == "o0"


def test_what_is_still_held_is_an_open_way() -> None:
    closed, held = round_trips([fill(0, 100, "10"), fill(1, -40, "11")])
    assert (closed.quantity, closed.result) == (40, Decimal(40) - Decimal("0.4") - 1)
    assert (held.quantity, held.exit, held.result) == (60, None, None)


def test_through_zero_one_way_ends_and_the_opposite_one_begins_there() -> None:
    first, second = round_trips([fill(0, 100, "10"), fill(1, -150, "12"), fill(2, 50, "11")])
    assert (first.side, first.quantity, first.exit) == (Side.BUY, 100, Decimal(12))
    assert (second.side, second.quantity, second.entry, second.exit) == (Side.SELL, 50, Decimal(12), Decimal(11))
    assert second.entered == BEGIN + timedelta(minutes=1)


def test_a_commission_that_is_not_known_yet_counts_nothing() -> None:
    (trip,) = round_trips([fill(0, 10, "10", commission=None), fill(1, -10, "9", commission=None)])
    assert trip.result == Decimal(-10)


@given(st.lists(st.tuples(st.integers(-5, 5).filter(bool), st.integers(1, 50)), max_size=30))
def test_all_ways_together_bring_what_the_lots_realise(trades: list[tuple[int, int]]) -> None:
    fills = [fill(place, signed, str(price)) for place, (signed, price) in enumerate(trades)]
    trips, lots = round_trips(fills), lots_of(fills)
    held = trips[-1] if trips and trips[-1].exit is None else None
    gross = sum(
        (Fraction(t.exit - t.entry) * Fraction(t.quantity) * t.side.sign for t in trips if t.exit is not None),
        Fraction(0),
    )
    assert abs(gross - lots.realized) < Fraction(1, 10**12)
    assert (Fraction(held.quantity) * held.side.sign if held else 0) == lots.quantity
