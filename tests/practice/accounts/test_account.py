"""Commissions, average cost, profit and margin against formulas written another way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.practice.accounts.account import Account
from app.practice.accounts.commissions import fill_commission, order_commission
from app.practice.accounts.holding import Holding
from app.practice.accounts.values import tagged
from app.practice.contracts import Contract
from app.practice.exchange.order import Order
from app.practice.wire.terms import OrderTerms

STOCK = Contract(1, "X", "STK", "NYSE", "USD", "X Inc")


@pytest.mark.parametrize(
    ("shares", "price", "expected"),
    [(100, "25", "1.00"), (1_000, "25", "5.00"), (1_000, "0.25", "2.50"), (10, "0.50", "0.05"), (199, "10", "1.00")],
)
def test_the_published_examples_of_the_fixed_schedule(shares: int, price: str, expected: str) -> None:
    assert order_commission(Decimal(shares), shares * Decimal(price)) == Decimal(expected)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.decimals("0.10", "900", places=2))
def test_the_fills_of_an_order_cost_together_what_the_order_costs(sizes: list[int], price: Decimal) -> None:
    total, done = Decimal(0), Decimal(0)
    for size in sizes:
        done += size
        total += fill_commission(Decimal(size), price, done, price)
    assert abs(total - order_commission(done, done * price)) < Decimal("0.00001")


TRADES = st.lists(
    st.tuples(st.integers(-50, 50).filter(bool), st.decimals("1", "500", places=2), st.decimals("0", "5", places=2)),
    max_size=25,
)


@given(TRADES)
def test_profit_taken_and_open_together_are_what_the_cash_says(trades: list[tuple[int, Decimal, Decimal]]) -> None:
    holding, cash, taken = Holding(STOCK), Decimal(0), Decimal(0)
    for signed, price, commission in trades:
        cash -= signed * price + commission
        taken += holding.take(Decimal(signed), price, commission) or Decimal(0)
    last = Decimal("77.77")
    assert holding.quantity == sum(signed for signed, _, _ in trades)
    assert abs(taken + holding.unrealized(last) - (cash + holding.quantity * last)) < Decimal("0.000001")
    assert abs(holding.daily(last) - (cash + holding.quantity * last)) < Decimal("0.000001")


def test_a_trade_that_only_opens_takes_no_profit() -> None:
    holding = Holding(STOCK)
    assert holding.take(Decimal(10), Decimal(5), Decimal(1)) is None
    assert holding.average == Decimal("5.1")
    assert holding.take(Decimal(-4), Decimal(6), Decimal(1)) == 4 * Decimal("0.9") - 1
    assert holding.average == Decimal("5.1")


def test_through_zero_closes_and_opens_the_rest_at_the_fill_price() -> None:
    holding = Holding(STOCK)
    holding.take(Decimal(10), Decimal(5), Decimal(0))
    assert holding.take(Decimal(-15), Decimal(7), Decimal(3)) == 20 - 2
    assert (holding.quantity, holding.average) == (Decimal(-5), Decimal(7) - Decimal(1) / 5)


def order(action: str, quantity: int) -> Order:
    return Order(1, 1, 1, STOCK, OrderTerms(action=action, quantity=Decimal(quantity), order_type="MKT"), 0.0)


def test_what_needs_more_margin_than_there_is_is_refused_and_reducing_is_not() -> None:
    account = Account("A", lambda _: Decimal(100))
    assert account.refusal(order("BUY", 1_999), Decimal(100)) is None
    refusal = account.refusal(order("BUY", 2_001), Decimal(100))
    assert refusal is not None
    assert refusal.code == 201
    assert "EQUITY WITH LOAN" in refusal.text
    account.holdings[1] = Holding(STOCK, Decimal(5_000), Decimal(100))
    account.cash = Decimal(-450_000)
    assert account.refusal(order("SELL", 5_000), Decimal(100)) is None
    assert account.refusal(order("BUY", 1), Decimal(100)) is not None


def test_short_positions_need_thirty_percent_to_stay() -> None:
    account = Account("A", lambda _: Decimal(100))
    account.holdings[1] = Holding(STOCK, Decimal(-100), Decimal(100))
    assert account.margin().maintenance == Decimal(3_000)
    assert account.margin().initial == Decimal(5_000)


def test_the_day_starts_again_at_the_close() -> None:
    account = Account("A", lambda _: Decimal(110))
    account.holdings[1] = Holding(STOCK, Decimal(10), Decimal(100), realized=Decimal(7))
    account.start_day(lambda _: Decimal(105))
    assert account.realized() == 0
    assert account.daily() == 50
    assert account.holdings[1].daily(Decimal(110)) == 50


def test_a_summary_holds_the_tags_and_ledgers_that_were_asked_for() -> None:
    account = Account("A", lambda _: Decimal(1))
    assert [(v.key, v.value, v.currency) for v in tagged(account, ["NetLiquidation", "Nonsense"])] == [
        ("NetLiquidation", "100000.00", "USD")
    ]
    assert {v.currency for v in tagged(account, ["$LEDGER:ALL"])} == {"BASE", "USD"}
    assert {v.currency for v in tagged(account, ["$LEDGER"])} == {"BASE"}
