"""One desktop's day told through ib_async, at every server version where a layout changes, and by three at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from ib_async import IB, ExecutionFilter, LimitOrder, MarketOrder, Stock

from tests.practice.running import Running, connected, qualified, running_gateway, until

CHANGES = (157, 158, 160, 162, 163, 164, 166, 169, 170, 174, 176, 177, 178)


@pytest.mark.parametrize("version", CHANGES)
async def test_a_desktops_day_goes_well(tmp_path: Path, version: int) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port, version=version) as ib:
        errors: list[int] = []
        ib.errorEvent += lambda _, code, *__: errors.append(code)
        await asks_everything(ib)
        await trades(running, ib)
        assert set(errors) <= {202}
        assert ib.client.serverVersion() == version


async def test_three_desktops_of_different_versions_trade_at_once(tmp_path: Path) -> None:
    async with (
        running_gateway(tmp_path) as running,
        connected(running.port, 1, version=157) as old,
        connected(running.port, 2, version=170) as middle,
        connected(running.port, 3, version=178) as new,
    ):
        await asyncio.gather(*(trades(running, ib) for ib in (old, middle, new)))
        book = running.do({"do": "book"})
        assert {order["client_id"] for order in book["orders"]} == {1, 2, 3}
        for ib in (old, middle, new):
            fills = await ib.reqExecutionsAsync(ExecutionFilter())
            assert sorted(f.execution.execId for f in fills) == sorted(e["exec_id"] for e in book["executions"])
            assert len(await ib.reqAllOpenOrdersAsync()) == 3


async def asks_everything(ib: IB) -> None:
    """Ask what a desktop asks, and look at one figure of each answer."""
    aapl = await qualified(ib)
    (details,) = await ib.reqContractDetailsAsync(aapl)
    assert details.longName
    assert details.minTick == 0.01
    assert (await ib.reqMatchingSymbolsAsync("AAP"))[0].contract.symbol == "AAPL"
    assert (await ib.reqMarketRuleAsync(26))[0].increment == 0.01
    assert await ib.reqHeadTimeStampAsync(aapl, "TRADES", True, 1)
    assert len(await ib.reqHistoricalDataAsync(aapl, "", "1 D", "5 mins", "TRADES", True)) > 5
    assert len(await ib.reqHistoricalTicksAsync(aapl, "", "20261122 23:00:00 UTC", 5, "TRADES", True)) == 5
    schedule = await ib.reqHistoricalScheduleAsync(aapl, 3)
    assert schedule.sessions
    assert (await ib.reqSecDefOptParamsAsync("AAPL", "", "STK", aapl.conId))[0].strikes
    assert await ib.reqSmartComponentsAsync("9c0001")
    assert await ib.reqMktDepthExchangesAsync()
    assert await ib.accountSummaryAsync()
    assert await ib.reqCurrentTimeAsync()
    ticker, deep = ib.reqMktData(aapl), ib.reqMktDepth(aapl)
    await until(lambda: ticker.bid == ticker.bid and deep.domBids and deep.domAsks)
    assert deep.domBids[0].price < deep.domAsks[0].price
    ib.cancelMktDepth(aapl)
    ib.cancelMktData(aapl)
    pnl = ib.reqPnL(ib.managedAccounts()[0])
    await until(lambda: pnl.dailyPnL == pnl.dailyPnL)


async def trades(running: Running, ib: IB) -> None:
    """Trade a little: market, limit, bracket, modification, cancel, what-if, reports."""
    aapl = await qualified(ib, Stock("AAPL", "SMART", "USD"))
    last = running.last()
    bought = ib.placeOrder(aapl, MarketOrder("BUY", 10, tif="DAY", orderRef="first"))
    await until(lambda: bought.orderStatus.status == "Filled" and bought.fills[-1].commissionReport.execId)
    resting = ib.placeOrder(aapl, LimitOrder("BUY", 5, round(last * 0.5, 2), tif="GTC"))
    await until(lambda: resting.orderStatus.status == "Submitted")
    perm_id = resting.order.permId
    resting.order.lmtPrice = round(last * 0.4, 2)
    ib.placeOrder(aapl, resting.order)
    await until(lambda: limit_of(running, perm_id) == resting.order.lmtPrice)
    prices = (round(last * 0.6, 2), round(last * 1.5, 2), round(last * 0.5, 2))
    legs = [ib.placeOrder(aapl, o) for o in ib.bracketOrder("BUY", 3, *prices, tif="GTC")]
    await until(lambda: all(leg.order.permId for leg in legs))
    state = await ib.whatIfOrderAsync(aapl, LimitOrder("BUY", 10, round(last, 2), tif="DAY"))
    assert float(state.initMarginChange) > 0
    ib.cancelOrder(legs[0].order)
    await until(lambda: all(leg.orderStatus.status == "Cancelled" for leg in legs))
    done = await ib.reqCompletedOrdersAsync(False)
    assert {trade.order.permId for trade in done} >= {leg.order.permId for leg in legs}
    ours = await ib.reqExecutionsAsync(ExecutionFilter(clientId=ib.client.clientId))
    assert {fill.execution.orderRef for fill in ours} == {"first"}
    assert [p.contract.symbol for p in await ib.reqPositionsAsync()] == ["AAPL"]


def limit_of(running: Running, perm_id: int) -> float:
    """Return the limit that the true book holds for an order."""
    return next(order["limit"] for order in running.do({"do": "book"})["orders"] if order["perm_id"] == perm_id)
