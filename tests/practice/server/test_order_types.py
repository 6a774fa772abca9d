"""Every order type a desk places, by plain ib_async: told back as it was sent, triggered and filled by its own rule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ib_async import IB, Contract, Order

from tests.practice.running import Running, connected, qualified, running_gateway, until


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as gateway:
        gateway.do({"do": "clock", "pause": True})
        gateway.move("AAPL", 430.0)
        yield gateway


@pytest.fixture
async def ib(running: Running) -> AsyncIterator[IB]:
    async with connected(running.port) as client:
        yield client


@pytest.fixture
async def aapl(ib: IB) -> Contract:
    return await qualified(ib)


def order(action: str, kind: str, **terms: Any) -> Order:
    return Order(action=action, orderType=kind, totalQuantity=10, tif=terms.pop("tif", "GTC"), **terms)


async def test_the_stop_of_a_trailing_order_is_told_as_it_moves_and_never_steps_back(
    running: Running, ib: IB, aapl: Contract
) -> None:
    told: list[float] = []
    wrapped = ib.wrapper.openOrder

    def hear(order_id: int, contract: Contract, heard: Order, state: Any) -> None:
        told.append(heard.trailStopPrice)
        wrapped(order_id, contract, heard, state)

    ib.wrapper.openOrder = hear  # type: ignore[method-assign]
    trail = order("SELL", "TRAIL", auxPrice=5.0, trailStopPrice=420.0)
    trade = ib.placeOrder(aapl, trail)
    await until(lambda: trade.order.permId)
    assert told[-1] == 420.0
    running.move("AAPL", 440.0)
    running.do({"do": "clock", "advance_s": 30})
    await until(lambda: told[-1] > 420.0)
    level = told[-1]
    trail.totalQuantity, trail.trailStopPrice = 7, 420.0
    ib.placeOrder(aapl, trail)
    await until(lambda: trade.order.totalQuantity == 7 and len(told) > 2)
    await ib.reqAllOpenOrdersAsync()
    assert told[-1] >= level


@pytest.mark.parametrize(
    ("sent", "moves", "status"),
    [
        (order("SELL", "TRAIL LIMIT", auxPrice=5.0, trailStopPrice=425.0, lmtPriceOffset=1.0), [426.0], "PreSubmitted"),
        (order("SELL", "TRAIL LIMIT", auxPrice=5.0, trailStopPrice=425.0, lmtPriceOffset=1.0), [424.9], "Filled"),
        (order("SELL", "TRAIL LIMIT", auxPrice=5.0, trailStopPrice=425.0, lmtPriceOffset=0.0), [420.0], "Submitted"),
        (order("BUY", "TRAIL", trailingPercent=1.0, trailStopPrice=434.0), [433.0], "PreSubmitted"),
        (order("BUY", "TRAIL", trailingPercent=1.0, trailStopPrice=434.0), [410.0, 414.5], "Filled"),
    ],
)
async def test_trailing_orders_follow_and_fire(
    running: Running, ib: IB, aapl: Contract, sent: Order, moves: list[float], status: str
) -> None:
    trade = ib.placeOrder(aapl, sent)
    await until(lambda: trade.order.permId)
    for price in moves:
        running.move("AAPL", price)
    await until(lambda: trade.orderStatus.status == status)


@pytest.mark.parametrize(
    ("sent", "hours", "status"),
    [
        (order("BUY", "LOC", lmtPrice=900.0, tif="DAY"), 27.1, "Filled"),
        (order("BUY", "MKT", tif="OPG"), 20.6, "Filled"),
        (order("BUY", "LMT", lmtPrice=900.0, tif="OPG"), 20.6, "Filled"),
        (order("BUY", "LMT", lmtPrice=10.0, tif="OPG"), 20.6, "Cancelled"),
        (order("BUY", "LMT", lmtPrice=10.0, tif="GTD", goodTillDate="20261122-20:00:00"), 1.0, "Submitted"),
        (order("BUY", "LMT", lmtPrice=10.0, tif="GTD", goodTillDate="20261122-20:00:00"), 2.1, "Cancelled"),
        (order("BUY", "STP", auxPrice=900.0, tif="GTD", goodTillDate="20261122-20:00:00"), 2.1, "Cancelled"),
    ],
)
async def test_auctions_and_ends_come_at_their_time(
    running: Running, ib: IB, aapl: Contract, sent: Order, hours: float, status: str
) -> None:
    trade = ib.placeOrder(aapl, sent)
    await until(lambda: trade.order.permId)
    running.do({"do": "clock", "advance_s": hours * 3600})
    await until(lambda: trade.orderStatus.status == status)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (order("BUY", "MOC", tif="GTC"), 113),
        (order("BUY", "LOC", lmtPrice=1.0, tif="IOC"), 113),
        (order("BUY", "STP", auxPrice=500.0, tif="OPG"), 111),
        (order("SELL", "TRAIL", tif="GTC"), 463),
        (order("SELL", "TRAIL", trailingPercent=100.0, tif="GTC"), 463),
        (order("SELL", "TRAIL LIMIT", auxPrice=5.0, trailStopPrice=425.001, lmtPriceOffset=1.0), 110),
        (order("BUY", "STP LMT", auxPrice=500.0), 463),
        (order("BUY", "LMT", lmtPrice=10.0, tif="GTD", goodTillDate="20261122-10:00:00"), 334),
        (order("BUY", "LMT", lmtPrice=10.0, tif="GTD"), 334),
    ],
)
async def test_what_a_gateway_refuses_is_refused_with_its_code(
    running: Running, ib: IB, aapl: Contract, sent: Order, code: int
) -> None:
    trade = ib.placeOrder(aapl, sent)
    await until(lambda: any(entry.errorCode == code for entry in trade.log))
    assert running.do({"do": "book"})["orders"] == []


async def test_an_immediate_order_takes_what_is_there_and_the_rest_goes(
    running: Running, ib: IB, aapl: Contract
) -> None:
    running.do({"do": "fault", "name": "partial", "sizes": [4]})
    trade = ib.placeOrder(aapl, order("BUY", "LMT", lmtPrice=450.0, tif="IOC"))
    await until(lambda: trade.orderStatus.status == "Cancelled")
    (kept,) = running.do({"do": "book"})["orders"]
    assert (kept["filled"], kept["status"]) == (4.0, "Cancelled")
