"""Orders against a book of limited size, and orders that wait for conditions or for their shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.practice.accounts.account import Account
from app.practice.exchange.conditions import Condition, all_hold
from app.practice.exchange.exchange import Exchange
from app.practice.exchange.order import Order, Status
from app.practice.wire.codes import Complaint
from app.practice.wire.terms import OrderCondition
from tests.practice.exchange.test_matching import Bench, FakeFloor, tick


@dataclass
class Book(FakeFloor):
    """A floor whose book has levels: (price, shares) from the best one on, above and below the shown price."""

    sizes: tuple[int, ...] = (100, 200, 300)
    refused_codes: list[int] = field(default_factory=list)

    def ladder(self, con_id: int, is_buy: bool, price: Any, at: float) -> list[tuple[float, int]]:
        best, step = (price.ask, 0.01) if is_buy else (price.bid, -0.01)
        return [(round(best + step * n, 2), size) for n, size in enumerate(self.sizes)]

    def refused(self, client_id: int, order_id: int, complaint: Complaint) -> None:
        self.refused_codes.append(complaint.code)


def bench(price: float = 100.0, *, sizes: tuple[int, ...] = (100, 200, 300)) -> Bench:
    floor = Book(tick(price, 0.0), sizes=sizes)
    account = Account("A", lambda _: Decimal(str(floor.shown.price)))
    return Bench(floor, account, Exchange(floor, account, floor, floor, is_open=lambda *_: True, read_moment=float))


def fills(b: Bench) -> list[tuple[int, float]]:
    return [(int(e.shares), float(e.price)) for e in b.floor.kept]


def test_a_market_order_walks_the_book_and_the_rest_waits_for_the_next_trade() -> None:
    b = bench()
    order = b.place(order_type="MKT", quantity=Decimal(700))
    assert fills(b) == [(100, 100.01), (200, 100.02), (300, 100.03)]
    assert (order.status, order.remaining) == (Status.SUBMITTED, 100)
    b.show(100.5)
    assert fills(b)[3:] == [(100, 100.51)]
    assert order.status is Status.FILLED


def test_a_limit_takes_what_its_price_allows_and_rests_with_the_remainder() -> None:
    b = bench()
    order = b.place(quantity=Decimal(500), limit_price=100.02)
    assert fills(b) == [(100, 100.01), (200, 100.02)]
    assert (order.status, order.remaining, order.average_price.quantize(Decimal("0.0001"))) == (
        Status.SUBMITTED, 200, Decimal("100.0167"))  # fmt: skip


def test_two_orders_do_not_get_the_same_shares_until_the_book_changes() -> None:
    b = bench(sizes=(100,))
    first, second = b.place(quantity=Decimal(100), limit_price=101.0), b.place(quantity=Decimal(50), limit_price=101.0)
    assert (first.filled, second.filled) == (100, 0)
    b.show(100.2)
    assert second.status is Status.FILLED


def test_a_better_offer_is_taken_at_its_own_price() -> None:
    b = bench()
    b.place(quantity=Decimal(10), limit_price=105.0)
    assert fills(b) == [(10, 100.01)]


@pytest.mark.parametrize(
    ("terms", "filled", "status"),
    [
        ({"tif": "FOK", "quantity": Decimal(601)}, 0, Status.CANCELLED),
        ({"tif": "FOK", "quantity": Decimal(600)}, 600, Status.FILLED),
        ({"tif": "IOC", "quantity": Decimal(700)}, 600, Status.CANCELLED),
        ({"all_or_none": True, "quantity": Decimal(700)}, 0, Status.SUBMITTED),
        ({"all_or_none": True, "quantity": Decimal(600)}, 600, Status.FILLED),
        ({"min_quantity": 650, "quantity": Decimal(700)}, 0, Status.SUBMITTED),
        ({"min_quantity": 600, "quantity": Decimal(700)}, 600, Status.SUBMITTED),
    ],
    ids=["fok-too-big", "fok", "ioc", "aon-too-big", "aon", "min-too-big", "min"],
)
def test_orders_that_want_all_or_at_least_some(terms: dict[str, Any], filled: int, status: Status) -> None:
    b = bench()
    order = b.place(limit_price=101.0, **terms)
    assert (order.filled, order.status) == (filled, status)


def test_an_all_or_none_order_is_filled_when_the_book_is_deep_enough() -> None:
    b = bench(sizes=(100,))
    order = b.place(limit_price=101.0, quantity=Decimal(150), all_or_none=True)
    b.floor.sizes = (100, 50)
    b.show(100.1)
    assert fills(b) == [(100, 100.11), (50, 100.12)]
    assert order.status is Status.FILLED


def test_an_iceberg_gives_only_what_it_shows_to_each_trade() -> None:
    b = bench(sizes=(1_000,))
    order = b.place(limit_price=99.0, quantity=Decimal(250), display_size=100)
    for price in (98.9, 98.8, 98.7):
        b.show(price)
    assert [shares for shares, _ in fills(b)] == [100, 100, 50]
    assert order.status is Status.FILLED


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 900), st.integers(9_900, 10_100)), min_size=1, max_size=12),
    st.lists(st.integers(9_900, 10_100), max_size=10),
)
def test_nobody_gets_more_than_the_book_shows(orders: list[tuple[bool, int, int]], prices: list[int]) -> None:
    b = bench()
    placed = [
        b.place(action="BUY" if buys else "SELL", quantity=Decimal(n), limit_price=cents / 100)
        for buys, n, cents in orders
    ]
    for is_buy in (True, False):
        taken = sum(int(e.shares) for e in b.floor.kept if e.is_buy is is_buy)
        assert taken <= sum(b.floor.sizes)
    for cents in prices:
        b.show(cents / 100)
    for order in placed:
        assert order.filled <= order.terms.quantity
    assert all(b.floor.kept[n].cumulative <= 900 for n in range(len(b.floor.kept)))


def above(price: float, *, con_id: int = 1, tied: str = "a") -> OrderCondition:
    return OrderCondition(kind=1, texts=(tied, "1", str(price), str(con_id), "SMART", "0"))


def after(moment: float, *, tied: str = "a") -> OrderCondition:
    return OrderCondition(kind=3, texts=(tied, "1", str(moment)))


def test_an_order_works_from_the_moment_its_price_condition_holds() -> None:
    b = bench()
    order = b.place(order_type="MKT", conditions=(above(101.0),))
    b.show(100.9)
    assert (order.status, order.filled) == (Status.PRE_SUBMITTED, 0)
    b.show(101.0)
    assert order.status is Status.FILLED
    assert b.floor.watched == 0


def test_an_order_works_from_its_time_on() -> None:
    b = bench()
    order = b.place(order_type="MKT", conditions=(after(50.0),))
    assert b.exchange.next_event() == 50.0
    b.exchange.pass_time(49.0)
    assert order.filled == 0
    b.exchange.pass_time(50.0)
    assert order.status is Status.FILLED


def test_a_condition_may_end_an_order_that_works_meanwhile() -> None:
    b = bench()
    order = b.place(limit_price=99.0, conditions=(above(101.0),), conditions_cancel_order=True)
    assert order.status is Status.SUBMITTED
    b.show(101.5)
    assert order.status is Status.CANCELLED
    assert b.floor.watched == 0


def test_a_modification_may_bring_other_conditions() -> None:
    b = bench()
    order = b.place(order_type="MKT", conditions=(above(200.0),))
    from dataclasses import replace

    b.exchange.modify(order, replace(order.terms, conditions=(above(99.0),)), 1.0)
    assert order.status is Status.FILLED


@pytest.mark.parametrize(
    ("spec", "holds"),
    [("", True), ("1a", True), ("0a", False), ("1a0a", False), ("1o0a", True), ("0o1a", True), ("0o1a0a", False),
     ("1a1o0a", True), ("0a1o1a1a", True), ("0o0o", False), ("0o1o", True)],
)  # fmt: skip
def test_and_binds_before_or(spec: str, holds: bool) -> None:
    conditions = [
        Condition(spec[n + 1] == "a", True, 0.0 if spec[n] == "1" else 9.0, 1) for n in range(0, len(spec), 2)
    ]
    assert all_hold(conditions, lambda *_: 5.0, 0.0) is holds


def test_a_short_sale_waits_until_its_shares_are_found() -> None:
    b = bench()
    b.exchange.waiting.locate = lambda order, at: at + 30.0
    order = b.place(action="SELL", order_type="MKT")
    assert (order.why_held, order.status, b.floor.refused_codes) == ("locate", Status.PRE_SUBMITTED, [404])
    b.exchange.pass_time(30.0)
    assert (order.status, order.why_held) == (Status.FILLED, "")


def test_a_short_sale_whose_shares_are_never_found_waits_until_it_is_cancelled() -> None:
    b = bench()
    b.exchange.waiting.locate = lambda order, at: float("inf")
    order = b.place(action="SELL", order_type="MKT")
    b.exchange.pass_time(1e12)
    b.show(101.0)
    assert (order.filled, order.why_held) == (0, "locate")
    b.exchange.cancel(order, 1e12, "")
    assert order.status is Status.CANCELLED


def test_the_limit_of_a_trailing_order_follows_its_stop() -> None:
    b = bench()
    order = b.place(action="SELL", order_type="TRAIL LIMIT", aux_price=1.0, limit_offset=0.5, limit_price=None)
    b.show(102.0)
    assert order.stop_level == 101.0
    b.show(100.4)  # beyond the limit of 100.50
    assert (order.is_triggered, order.filled) == (True, 0)
    b.show(100.6)
    assert order.status is Status.FILLED


@given(st.lists(st.integers(9_500, 10_500), max_size=60), st.booleans(), st.integers(1, 300))
def test_guards_never_change_what_trailing_orders_do(cents: list[int], buys: bool, distance: int) -> None:
    b = bench()
    order = b.place(action="BUY" if buys else "SELL", order_type="TRAIL", aux_price=distance / 100, quantity=Decimal(1))
    level, reached = (100 + distance / 100 if buys else 100 - distance / 100), False
    for price in (c / 100 for c in cents):
        if not reached:
            reached = price >= level - 1e-12 if buys else price <= level + 1e-12
            level = min(level, price + distance / 100) if buys else max(level, price - distance / 100)
        b.show(price)
        assert order.is_triggered is reached


def test_modifications_reach_every_term() -> None:
    from dataclasses import replace

    b = bench()
    order: Order = b.place(order_type="STP", aux_price=105.0, limit_price=None)
    b.exchange.modify(order, replace(order.terms, order_type="LMT", limit_price=99.0, aux_price=None), 1.0)
    assert order.status is Status.SUBMITTED
    b.exchange.modify(order, replace(order.terms, quantity=Decimal(20), tif="GTC", limit_price=98.0), 1.0)
    b.show(97.0)
    assert order.filled == 20
