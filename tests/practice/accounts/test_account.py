"""Commissions, average cost, profit and margin against formulas written another way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.practice.accounts.account import Account
from app.practice.accounts.commissions import Schedule, fill_commission, order_commission
from app.practice.accounts.holding import Holding
from app.practice.accounts.margin import need_of
from app.practice.accounts.values import tagged
from app.practice.contracts import Contract
from app.practice.exchange.order import Execution, Order
from app.practice.wire.terms import OrderTerms

STOCK = Contract(1, "X", "STK", "NYSE", "USD", "X Inc")


@pytest.mark.parametrize(
    ("shares", "price", "expected"),
    [(100, "25", "1.00"), (1_000, "25", "5.00"), (1_000, "0.25", "2.50"), (10, "0.50", "0.05"), (199, "10", "1.00")],
)
def test_the_published_examples_of_the_fixed_schedule(shares: int, price: str, expected: str) -> None:
    assert commission(STOCK, shares, price) == Decimal(expected)


@pytest.mark.parametrize(
    ("shares", "price", "month", "expected"),
    [
        (1_000, "25", 0, "3.50"),
        (10, "25", 0, "0.35"),
        (1_000, "0.10", 0, "1.00"),
        (400_000, "25", 0, "1250"),
        (1_000, "25", 299_500, "2.75"),
        (1_000, "25", 200_000_000, "0.50"),
    ],
    ids=["first-step", "least", "most", "two-steps", "across-a-step", "last-step"],
)
def test_the_tiered_schedule_goes_by_the_shares_of_the_month(
    shares: int, price: str, month: int, expected: str
) -> None:
    assert commission(STOCK, shares, price, Schedule.TIERED, month) == Decimal(expected)


@pytest.mark.parametrize(
    ("kind", "units", "price", "schedule", "expected"),
    [
        ({"currency": "EUR"}, 100, "50", Schedule.FIXED, "3.00"),
        ({"currency": "EUR"}, 1_000, "50", Schedule.FIXED, "25.00"),
        ({"currency": "EUR"}, 2_000, "50", Schedule.TIERED, "29.00"),
        ({"currency": "GBP", "price_magnifier": 100}, 1_000, "2500", Schedule.FIXED, "12.50"),
        ({"currency": "JPY"}, 100, "2000", Schedule.FIXED, "160"),
        ({"sec_type": "OPT", "multiplier": "100"}, 10, "3.20", Schedule.FIXED, "6.50"),
        ({"sec_type": "OPT", "multiplier": "100"}, 10, "0.04", Schedule.TIERED, "2.50"),
        ({"sec_type": "OPT", "multiplier": "100"}, 1, "3.20", Schedule.FIXED, "1.00"),
        ({"sec_type": "FUT", "multiplier": "50"}, 3, "4500", Schedule.FIXED, "2.55"),
        ({"sec_type": "CASH", "symbol": "EUR"}, 500_000, "1.10", Schedule.FIXED, "11.00"),
        ({"sec_type": "CASH", "symbol": "EUR"}, 20_000, "1.10", Schedule.FIXED, "2.00"),
    ],
)
def test_other_instruments_have_their_own_tariffs(
    kind: dict[str, Any], units: int, price: str, schedule: Schedule, expected: str
) -> None:
    assert commission(replace(STOCK, **kind), units, price, schedule) == Decimal(expected)


def commission(
    contract: Contract, units: int, price: str, schedule: Schedule = Schedule.FIXED, month: int = 0
) -> Decimal:
    return order_commission(contract, Decimal(units), Decimal(price), contract.value_factor, schedule, Decimal(month))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.decimals("0.10", "900", places=2))
def test_the_fills_of_an_order_cost_together_what_the_order_costs(sizes: list[int], price: Decimal) -> None:
    total, done = Decimal(0), Decimal(0)
    for size in sizes:
        done += size
        total += fill_commission(STOCK, Decimal(size), price, done, price, Decimal(1), Schedule.FIXED)
    assert abs(total - commission(STOCK, int(done), str(price))) < Decimal("0.00001")


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
    account.balances["USD"] = Decimal(-450_000)
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


@pytest.mark.parametrize(
    ("kind", "quantity", "price", "initial", "maintenance"),
    [
        ({}, 100, "50", "2500", "1250"),
        ({}, -100, "50", "2500", "1500"),
        ({}, -100, "6", "500", "500"),
        ({}, -100, "4", "400", "400"),
        ({}, -100, "1", "250", "250"),
        ({"currency": "GBP", "price_magnifier": 100}, 100, "5000", "2500", "1250"),
        ({"sec_type": "FUT", "multiplier": "50"}, -2, "4000", "24000", "21600"),
        ({"sec_type": "OPT", "multiplier": "100", "strike": 100.0, "right": "C"}, 2, "3", "600", "600"),
        ({"sec_type": "OPT", "multiplier": "100", "strike": 100.0, "right": "C"}, -2, "3", "4600", "4600"),
        ({"sec_type": "OPT", "multiplier": "100", "strike": 80.0, "right": "P"}, -1, "1", "900", "900"),
        ({"sec_type": "CASH", "symbol": "EUR"}, 100_000, "1.1", "0", "0"),
    ],
)  # fmt: skip
def test_positions_want_margin_by_reg_t(
    kind: dict[str, Any], quantity: int, price: str, initial: str, maintenance: str
) -> None:
    need = need_of(replace(STOCK, **kind), Decimal(quantity), Decimal(price), lambda _: Decimal(100))
    assert (need.initial, need.maintenance) == (Decimal(initial), Decimal(maintenance))


NUMBERS = count(1)
EURO = replace(STOCK, con_id=2, currency="EUR", symbol="SAP")
PENCE = replace(STOCK, con_id=3, currency="GBP", price_magnifier=100)
FUTURE = replace(STOCK, con_id=4, sec_type="FUT", multiplier="50")
OPTION = replace(STOCK, con_id=5, sec_type="OPT", multiplier="100", strike=100.0, right="C", under_con_id=1)
PAIR = replace(STOCK, con_id=6, sec_type="CASH", symbol="EUR", currency="USD")
RATES = {"EUR": Decimal("1.10"), "GBP": Decimal("1.30")}


def fill(contract: Contract, signed: int, price: Decimal) -> Execution:
    shares = Decimal(abs(signed))
    return Execution(
        exec_id=f"e{next(NUMBERS)}", perm_id=next(NUMBERS), order_id=1, client_id=1, account="A", contract=contract,
        is_buy=signed > 0, shares=shares, price=price, at=1e9, cumulative=shares, average_price=price, order_ref="",
    )  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.sampled_from([STOCK, EURO, PENCE, FUTURE, OPTION, PAIR]),
            st.integers(-40, 40).filter(bool),
            st.decimals("0.5", "200", places=2),
        ),
        max_size=20,
    )
)
def test_value_changes_by_commissions_and_prices_alone_in_every_currency(
    trades: list[tuple[Contract, int, Decimal]],
) -> None:
    prices = {1: Decimal(100), 2: Decimal(80), 3: Decimal(900), 4: Decimal(120), 5: Decimal(3), 6: RATES["EUR"]}
    account = Account("A", prices.__getitem__, rate_of=RATES.__getitem__)
    worth = Decimal(100_000)
    quantities: dict[int, int] = {}
    for contract, signed, price in trades:
        booked = account.book(fill(contract, signed, price))
        rate = RATES.get(contract.currency, Decimal(1))
        gain = (prices[contract.con_id] - price) * signed * contract.value_factor
        worth += (gain - booked.commission) * rate
        quantities[contract.con_id] = quantities.get(contract.con_id, 0) + signed
    assert abs(account.net_liquidation() - worth) < Decimal("0.0001")
    assert {c: h.quantity for c, h in account.holdings.items()} == quantities
    futures = sum((h.unrealized(account.unit(h)) for h in account.held() if h.contract.sec_type == "FUT"), Decimal(0))
    assert abs(futures) < 10**9
    ledger = {(v.key, v.currency): Decimal(v.value) for v in tagged(account, ["$LEDGER:ALL"]) if v.key != "Currency"}
    assert abs(ledger["NetLiquidationByCurrency", "BASE"] - worth) < Decimal("0.01")


def test_a_future_costs_its_commission_and_brings_its_profit_but_not_its_price() -> None:
    account = Account("A", lambda _: Decimal(110))
    account.book(fill(FUTURE, 2, Decimal(100)))
    assert account.cash_in("USD") == Decimal(100_000) - Decimal("1.70")
    account.book(fill(FUTURE, -2, Decimal(110)))
    assert account.cash_in("USD") == 100_000 + 2 * 50 * 10 - Decimal("3.40")


def test_a_currency_pair_moves_cash_between_currencies() -> None:
    account = Account("A", lambda _: RATES["EUR"], rate_of=RATES.__getitem__)
    account.book(fill(PAIR, 1_000, Decimal("1.10")))
    assert account.cash_in("EUR") == 1_000
    assert account.cash_in("USD") == 100_000 - 1_100 - 2
    assert account.net_liquidation() == 99_998
    assert account.market_value() == 0
