"""The matching engine under any stream of orders and prices: nothing is filled that must not be, nothing twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from app.practice.accounts.account import START_CASH, Account
from app.practice.contracts import Contract
from app.practice.exchange.exchange import Exchange
from app.practice.exchange.order import Execution, Order, Status
from app.practice.exchange.queues import PriceQueue
from app.practice.wire.codes import Complaint
from app.practice.wire.terms import OrderTerms

STOCK = Contract(1, "X", "STK", "NYSE", "USD", "X Inc")


class FakeTick(NamedTuple):
    con_id: int
    at: float
    price: float
    bid: float
    ask: float
    last: float
    halted: bool = False


def tick(price: float, at: float) -> FakeTick:
    return FakeTick(1, at, price, price, round(price + 0.01, 2), price)


@dataclass
class FakeFloor:
    """A market that shows what it is told, and an ear for everything the exchange says."""

    shown: FakeTick
    told: list[tuple[str, Order]] = field(default_factory=list)
    kept: list[Execution] = field(default_factory=list)
    prints: list[float] = field(default_factory=list)
    watched: int = 0
    depth: int = 10**9
    numbers: Any = field(default_factory=lambda: count(1))

    def quote(self, con_id: int, now: float) -> FakeTick:
        return self.shown

    def watch(self, con_id: int) -> None:
        self.watched += 1

    def unwatch(self, con_id: int) -> None:
        self.watched -= 1

    def ladder(self, con_id: int, is_buy: bool, price: Any, at: float) -> list[tuple[float, int]]:
        return [(price.ask if is_buy else price.bid, self.depth)]

    def record_trade(self, con_id: int, price: float, size: int, at: float) -> None:
        self.prints.append(price)

    def accepted(self, order: Order) -> None:
        self.told.append(("accepted", order))

    def changed(self, order: Order) -> None:
        self.told.append(("changed", order))

    def filled(self, order: Order, execution: Execution) -> None:
        self.told.append(("filled", order))

    def cancelled(self, order: Order, reason: str) -> None:
        self.told.append(("cancelled", order))

    def refused(self, client_id: int, order_id: int, complaint: Complaint) -> None:
        raise AssertionError(complaint)

    def keep_order(self, order: Order) -> None:
        pass

    def keep_execution(self, execution: Execution) -> None:
        self.kept.append(execution)

    def next_perm_id(self) -> int:
        return next(self.numbers)

    def next_exec_id(self) -> str:
        return f"e{next(self.numbers)}.01"


@dataclass
class Bench:
    floor: FakeFloor
    account: Account
    exchange: Exchange

    def place(self, parent: Order | None = None, **terms: Any) -> Order:
        wanted = {"action": "BUY", "quantity": Decimal(10), "order_type": "LMT", "account": "A", "tif": "GTC"} | terms
        number = self.floor.next_perm_id()
        order = Order(number, number, 1, STOCK, OrderTerms(**wanted), 0.0, parent=parent)
        if parent is not None:
            parent.children.append(order)
        self.exchange.accept(order)
        self.exchange.activate(order, self.floor.shown.at)
        return order

    def show(self, price: float) -> None:
        self.floor.shown = tick(price, self.floor.shown.at + 1.0)
        self.exchange.on_tick(self.floor.shown)


def bench(price: float = 100.0) -> Bench:
    floor = FakeFloor(tick(price, 0.0))
    account = Account("A", lambda _: Decimal(str(floor.shown.price)))
    return Bench(floor, account, Exchange(floor, account, floor, floor, is_open=lambda *_: True, read_moment=float))


PRICES = st.integers(9_000, 11_000).map(lambda cents: cents / 100)
ORDERS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["BUY", "SELL"]),
        "order_type": st.sampled_from(["MKT", "LMT", "STP", "STP LMT", "MIT", "LIT", "TRAIL"]),
        "quantity": st.integers(1, 500).map(Decimal),
        "limit_price": PRICES,
        "aux_price": PRICES,
        "oca_group": st.sampled_from(["", "", "g", "h"]),
        "oca_type": st.sampled_from([1, 2, 3]),
    }
)
STEPS = st.lists(st.one_of(PRICES, ORDERS, st.integers(0, 5).map(lambda n: ("cancel", n))), max_size=40)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_cash_and_positions_are_conserved_and_no_limit_or_group_is_broken(steps: list[Any]) -> None:
    b = bench()
    orders: list[Order] = []
    for step in steps:
        if isinstance(step, dict):
            orders.append(b.place(**step))
        elif isinstance(step, tuple):
            if step[1] < len(orders):
                b.exchange.cancel(orders[step[1]], b.floor.shown.at, "")
        else:
            b.show(step)
    executions = b.floor.kept
    spent = sum((e.signed_shares * e.price + e.commission for e in executions), Decimal(0))
    assert b.account.cash == START_CASH - spent
    held = b.account.holdings[1].quantity if 1 in b.account.holdings else 0
    assert held == sum(e.signed_shares for e in executions)
    assert b.floor.prints == [float(e.price) for e in executions]
    by_order: dict[int, Decimal] = defaultdict(Decimal)
    for execution in executions:
        by_order[execution.perm_id] += execution.shares
    for order in orders:
        assert order.filled == by_order[order.perm_id] <= order.terms.quantity
        assert (order.status is Status.FILLED) == (order.filled == order.terms.quantity)
        limits = order.terms.order_type in {"LMT", "STP LMT", "LIT"}
        for execution in executions:
            if execution.perm_id == order.perm_id and limits:
                better = float(execution.price) - (order.terms.limit_price or 0.0)
                assert better <= 1e-9 if order.is_buy else better >= -1e-9
    assert b.floor.watched == (1 if b.exchange.working() and any(not o.is_finished for o in orders) else 0)


@settings(max_examples=150, deadline=None)
@given(st.lists(ORDERS, min_size=2, max_size=6), st.lists(PRICES, max_size=30))
def test_a_group_that_works_together_is_filled_once(wanted: list[dict[str, Any]], prices: list[float]) -> None:
    b = bench()
    orders = []
    for terms in wanted:
        number = b.floor.next_perm_id()
        oca = {"oca_group": "g", "account": "A", "tif": "GTC"}
        order = Order(number, number, 1, STOCK, OrderTerms(**terms | oca), 0.0)
        b.exchange.accept(order)
        orders.append(order)
    for order in orders:
        b.exchange.activate(order, 0.0)
    for price in prices:
        b.show(price)
    assert sum(order.status is Status.FILLED for order in orders) <= 1
    if any(order.status is Status.FILLED for order in orders):
        assert all(order.is_finished for order in orders)


@given(st.lists(PRICES, min_size=1, max_size=30), st.lists(PRICES, max_size=30))
def test_a_resting_limit_fills_exactly_when_the_offer_reaches_it(limits: list[float], prices: list[float]) -> None:
    b = bench(200.0)
    orders = [b.place(limit_price=limit) for limit in limits]
    lowest_offer = 200.01
    for price in prices:
        b.show(price)
        lowest_offer = min(lowest_offer, round(price + 0.01, 2))
        for order in orders:
            assert (order.status is Status.FILLED) == (lowest_offer <= order.terms.limit_price + 1e-9)


@given(st.lists(st.tuples(PRICES, st.booleans()), max_size=40), PRICES)
def test_a_queue_gives_up_what_is_reached_best_first_and_nothing_else(
    entries: list[tuple[float, bool]], price: float
) -> None:
    queue, alive = PriceQueue(rising=True), []
    for number, (level, is_current) in enumerate(entries):
        order = Order(number, number, 1, STOCK, OrderTerms(), 0.0)
        queue.add(level, order)
        order.revision += 0 if is_current else 1
        if is_current and level <= price:
            alive.append(level)
    reached = [entries[order.perm_id][0] for order in queue.reached(price)]
    assert reached == sorted(alive)


def test_a_tick_touches_only_the_orders_it_can_trigger() -> None:
    b = bench()
    for cents in range(1_000):
        b.place(limit_price=50.0 + cents / 100)
    entries = len(b.exchange._queues[1]._bids)
    b.show(99.0)
    assert len(b.exchange._queues[1]._bids) == entries == 1_000


def test_children_wait_for_the_fill_of_their_parent() -> None:
    b = bench()
    parent = b.place(limit_price=90.0)
    child = b.place(parent, action="SELL", limit_price=95.0)
    b.show(96.0)
    assert child.status is Status.PRE_SUBMITTED
    assert child.why_held == "child"
    b.show(89.0)
    assert parent.status is Status.FILLED
    assert child.status is Status.SUBMITTED
    b.show(95.0)
    assert child.status is Status.FILLED
    assert b.account.holdings[1].quantity == 0


def test_orders_expire_in_time_order() -> None:
    b = bench()
    orders = []
    for number, at in enumerate((30.0, 10.0, 20.0)):
        order = Order(100 + number, number, 1, STOCK, OrderTerms(action="BUY", quantity=Decimal(1), order_type="LMT",
                      limit_price=1.0, account="A"), 0.0, expires_at=at)  # fmt: skip
        b.exchange.accept(order)
        orders.append(order)
    assert b.exchange.next_event() == 10.0
    b.exchange.pass_time(20.0)
    assert [order.is_finished for order in orders] == [False, True, True]
