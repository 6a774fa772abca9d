"""What stops guard, what a day made, and what thirty contracts are worth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.holdings import day_result, stop_cover
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.ledger import Position, rebuild
from app.domain.orders import Order, OrderRef, OrderState, Role, Side
from tests.domain.examples import ACCOUNT, APPLE, NOON, fill

HELD = Position(ACCOUNT, APPLE, "AAPL", Decimal(100), Decimal(50))
SHORT = replace(HELD, quantity=Decimal(-100))


def stop(price: str, quantity: str, side: Side = Side.SELL, state: OrderState = OrderState.ACCEPTED) -> Order:
    return Order(
        OrderRef(f"stop{price}"), None, ACCOUNT, APPLE, "AAPL", Role.STOP, side, Decimal(quantity), "STP", None,
        Decimal(price), "GTC", state, NOON, NOON,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("position", "orders", "nearest", "bare", "money"),
    [
        (HELD, [], None, 100, 0),
        (HELD, [stop("45", "100")], 45, 0, 1000),
        (HELD, [stop("45", "100"), stop("52", "40")], 52, 0, 40 * 3 + 60 * 10),
        (HELD, [stop("45", "30")], 45, 70, 300),
        (HELD, [stop("45", "100", state=OrderState.CANCELLED)], None, 100, 0),
        (HELD, [stop("45", "100", Side.BUY)], None, 100, 0),
        (HELD, [stop("60", "100")], 60, 0, 0),
        (SHORT, [stop("58", "100", Side.BUY), stop("70", "50", Side.BUY)], 58, 0, 300),
    ],
)
def test_stops_guard_the_nearest_first_and_no_more_than_is_held(
    position: Position, orders: list[Order], nearest: int | None, bare: int, money: int
) -> None:
    cover = stop_cover(position, orders, Decimal(55))
    assert (cover.nearest, cover.bare, cover.money) == (nearest, bare, money)
    assert cover.guarded == 100 - bare
    assert stop_cover(position, orders, None).money is None


def test_a_day_counts_the_night_from_the_close_and_trades_from_their_price() -> None:
    today = [fill("b.01", "50", "54", seconds=1, commission="1"), fill("c.01", "20", "56", Side.SELL, seconds=2)]
    position = rebuild(Position(ACCOUNT, APPLE, "AAPL"), [fill("a.01", "70", "50"), *today])
    made = day_result(position, today, Decimal(55), Decimal(52))
    assert made == 70 * 3 + 50 * 1 + 20 * 1 - 1
    worth_before, worth_now = 70 * 52, 100 * 55
    assert made == worth_now - worth_before - 50 * 54 + 20 * 56 - 1


def test_a_day_is_unknown_without_the_last_price_or_the_close_of_what_was_held() -> None:
    assert day_result(HELD, [], None, Decimal(52)) is None
    assert day_result(HELD, [], Decimal(55), None) is None
    bought = [fill("a.01", "100", "50")]
    assert day_result(HELD, bought, Decimal(55), None) == 500


CONTRACTS = [
    # kind, currency, multiplier, magnifier, price, quantity, worth of the lot in the contract's currency
    ("AAPL", "stock", "USD", "1", 1, "187.20", "100", "18720"),
    ("BRK A", "stock", "USD", "1", 1, "612345", "2", "1224690"),
    ("penny", "stock", "USD", "1", 1, "0.0123", "100000", "1230"),
    ("fraction", "stock", "USD", "1", 1, "500", "0.031", "15.5"),
    ("short", "stock", "USD", "1", 1, "50", "-40", "-2000"),
    ("VOD", "stock", "GBP", "1", 100, "74.52", "1000", "745.2"),
    ("AZN", "stock", "GBP", "1", 100, "11250", "10", "1125"),
    ("LLOY", "stock", "GBP", "1", 100, "54.5", "20000", "10900"),
    ("SAP", "stock", "EUR", "1", 1, "182.46", "50", "9123"),
    ("7203", "stock", "JPY", "1", 1, "2875", "100", "287500"),
    ("BP half penny", "stock", "GBP", "1", 100, "480.65", "3", "14.4195"),
    ("SPY", "etf", "USD", "1", 1, "512.33", "7", "3586.31"),
    ("ES", "future", "USD", "50", 1, "5000.25", "2", "500025"),
    ("MES", "future", "USD", "5", 1, "5000.25", "3", "75003.75"),
    ("NQ", "future", "USD", "20", 1, "17654.75", "1", "353095"),
    ("CL", "future", "USD", "1000", 1, "78.43", "-1", "-78430"),
    ("CL below zero", "future", "USD", "1000", 1, "-37.63", "1", "-37630"),
    ("GC", "future", "USD", "100", 1, "2034.5", "1", "203450"),
    ("ZC cents", "future", "USD", "5000", 100, "442.25", "2", "44225"),
    ("ZS cents", "future", "USD", "5000", 100, "1187.5", "1", "59375"),
    ("LE cents", "future", "USD", "40000", 100, "181.925", "1", "72770"),
    ("ZN", "future", "USD", "1000", 1, "110.515625", "1", "110515.625"),
    ("6E", "future", "USD", "125000", 1, "1.08755", "1", "135943.75"),
    ("FDAX", "future", "EUR", "25", 1, "17600.5", "1", "440012.5"),
    ("AAPL call", "option", "USD", "100", 1, "3.45", "5", "1725"),
    ("AAPL put short", "option", "USD", "100", 1, "0.05", "-10", "-50"),
    ("mini option", "option", "USD", "10", 1, "3.45", "1", "34.5"),
    ("UK option", "option", "GBP", "1000", 100, "12.5", "2", "250"),
    ("EUR.USD", "fx", "USD", "1", 1, "1.08755", "20000", "21751"),
    ("USD.JPY", "fx", "JPY", "1", 1, "149.725", "25000", "3743125"),
]


@pytest.mark.parametrize(
    ("name", "kind", "currency", "multiplier", "magnifier", "price", "quantity", "worth"), CONTRACTS
)
def test_c5_the_worth_of_thirty_contracts_is_known(
    name: str, kind: str, currency: str, multiplier: str, magnifier: int, price: str, quantity: str, worth: str
) -> None:
    contract = Instrument(
        ConId(1), name, InstrumentKind(kind), "SMART", "X", currency, multiplier=Decimal(multiplier),
        price_magnifier=magnifier,
    )  # fmt: skip
    assert contract.value(Decimal(price), Decimal(quantity)) == Decimal(worth)
    held = Position(ACCOUNT, ConId(1), name, Decimal(quantity), Decimal(0), multiplier=Decimal(multiplier),
                    price_magnifier=magnifier)  # fmt: skip
    assert held.unrealized(Decimal(price)) == Decimal(worth)


def test_c5_there_are_thirty_of_them() -> None:
    assert len(CONTRACTS) == 30
