"""Orders over the wire: what a client hears, in which order, and what the book then holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ib_async import IB, Contract, LimitOrder, MarketOrder, Order, Trade

from tests.practice.running import RawClient, Running, connected, qualified, running_gateway, until


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as gateway:
        yield gateway


@pytest.fixture
async def ib(running: Running) -> AsyncIterator[IB]:
    async with connected(running.port) as client:
        yield client


@pytest.fixture
async def aapl(ib: IB) -> Contract:
    return await qualified(ib)


def place_fields(order_id: int, action: str, quantity: object, kind: str, limit: object = "", aux: object = "",
                 *, con_id: int = 900000001, tif: str = "DAY", account: str = "", **more: object
                 ) -> list[object]:  # fmt: skip
    """Return the fields of a placeOrder at 178, as a plain client writes them."""
    head = [3, order_id, con_id, "", "", "", "", "", "", more.get("exchange", "SMART"), "", "", "", "", "", ""]
    main = [action, quantity, kind, limit, aux, tif, more.get("oca", ""), account, "", 0, more.get("ref", "")]
    body = [more.get("transmit", 1), more.get("parent", 0), 0, 0, 0, 0, more.get("outside", 0), 0, ""]
    tail = ["", "", "", "", "", "", 0, "", "", "", "", "", "", "", "", 0, 0, 0, 0, "", "", 0, "", ""]
    rest = [0, more.get("after", ""), more.get("till", ""), "", "", "", "", 0, "", -1, more.get("oca_type", 0), "", "",
            0, "", "", 0, 0, "", 0, "", "", "", "", "", 0, "", "", "", "", 0, "", "", more.get("trail", ""),
            "", "", "", "", "", "", "", 0, "", "", 0, 0, "", "", more.get("what_if", 0), "", 0, 0, 0, 0]  # fmt: skip
    return head + main + body + rest + tail


def statuses(trade: Trade) -> list[str]:
    """Return the distinct states a trade went through."""
    found: list[str] = []
    for entry in trade.log:
        if not found or found[-1] != entry.status:
            found.append(entry.status)
    return found


async def test_a_market_order_is_told_in_a_gateways_order(running: Running) -> None:
    client = await RawClient.started(running.port)
    client.seen.clear()
    client.send(*place_fields(1, "BUY", 10, "MKT", ref="abc"))
    await client.until(59)
    assert [fields[0] for fields in client.seen] == ["5", "3", "11", "5", "3", "5", "3", "59"]
    accepted, execution, filled = client.seen[1], client.seen[2], client.seen[4]
    assert accepted[1:5] == ["1", "PreSubmitted", "0", "10"]
    assert filled[1:5] == ["1", "Filled", "10", "0"]
    assert execution[1:3] == ["-1", "1"]
    assert "abc" in execution
    assert client.seen[4] == client.seen[6]
    assert client.seen[3] == client.seen[5]
    assert client.seen[-1][3:6] == ["1.0", "USD", "1.7976931348623157E308"]
    client.close()


async def test_a_market_buy_fills_at_the_ask_and_the_bar_holds_it(running: Running, ib: IB, aapl: Contract) -> None:
    trade = ib.placeOrder(aapl, MarketOrder("BUY", 10, tif="DAY"))
    await until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    price, now = trade.fills[0].execution.price, running.gateway.clock.now()
    minute = running.gateway.market.bars(aapl.conId, "1 min", start=now // 60 * 60 - 60, end=now, now=now)
    assert min(minute.low) <= price <= max(minute.high)
    assert trade.fills[0].execution.time.timestamp() == int(trade.fills[0].execution.time.timestamp())
    assert abs(trade.fills[0].execution.time.timestamp() - now) < 5


async def test_a_bracket_lives_and_the_second_exit_is_cancelled_with_202(
    running: Running, ib: IB, aapl: Contract
) -> None:
    errors: list[tuple[int, int]] = []
    ib.errorEvent += lambda order_id, code, *_: errors.append((order_id, code))
    last = running.last()
    orders = ib.bracketOrder("BUY", 100, round(last * 0.99, 2), round(last * 1.05, 2), round(last * 0.95, 2), tif="DAY")
    entry, target, stop = [ib.placeOrder(aapl, order) for order in orders]
    await until(lambda: stop.order.permId and entry.orderStatus.status == "Submitted")
    assert (target.orderStatus.status, target.orderStatus.whyHeld) == ("PreSubmitted", "child")
    assert (stop.orderStatus.status, stop.orderStatus.whyHeld) == ("PreSubmitted", "child,trigger")
    # Another client, because ib_async keeps the group of an order that it knows already.
    async with connected(running.port, 99) as other:
        open_now = {trade.order.orderType: trade.order for trade in await other.reqAllOpenOrdersAsync()}
    assert open_now["STP"].ocaGroup == str(entry.order.permId)
    assert open_now["STP"].ocaType == 3

    running.move("AAPL", round(last * 0.985, 2))
    await until(lambda: entry.orderStatus.status == "Filled")
    await until(lambda: target.orderStatus.status == "Submitted" and stop.orderStatus.whyHeld == "trigger")
    assert entry.orderStatus.avgFillPrice <= round(last * 0.99, 2)

    running.move("AAPL", round(last * 1.06, 2))
    await until(lambda: target.orderStatus.status == "Filled" and stop.orderStatus.status == "Cancelled")
    assert errors == [(stop.order.orderId, 202)]
    book = running.do({"do": "book"})
    assert book["positions"] == []
    assert [(fill["side"], fill["quantity"]) for fill in book["executions"]] == [("BUY", 100.0), ("SELL", 100.0)]
    assert book["cash"]["DUT000001"]["USD"] == pytest.approx(
        100_000 + 100 * (book["executions"][1]["price"] - book["executions"][0]["price"]) - 2.0
    )


async def test_the_stop_of_a_bracket_closes_at_the_market(running: Running, ib: IB, aapl: Contract) -> None:
    last = running.last()
    orders = ib.bracketOrder("BUY", 50, round(last * 1.01, 2), round(last * 1.05, 2), round(last * 0.95, 2))
    _, target, stop = [ib.placeOrder(aapl, order) for order in orders]
    await until(lambda: stop.orderStatus.whyHeld == "trigger")
    running.move("AAPL", round(last * 0.94, 2))
    await until(lambda: stop.orderStatus.status == "Filled" and target.orderStatus.status == "Cancelled")
    assert stop.orderStatus.avgFillPrice <= round(last * 0.95, 2)
    assert statuses(stop)[-2:] == ["Submitted", "Filled"]


async def test_nothing_is_told_before_the_last_leg_transmits(running: Running) -> None:
    client = await RawClient.started(running.port)
    client.seen.clear()
    client.send(*place_fields(1, "BUY", 10, "LMT", 100.0, transmit=0))
    client.send(*place_fields(2, "SELL", 10, "LMT", 900.0, transmit=0, parent=1))
    client.send(49, 1)
    await client.until(49)
    assert [fields[0] for fields in client.seen] == ["49"]
    client.send(*place_fields(3, "SELL", 10, "STP", "", 50.0, parent=1))
    await client.until(3)
    assert len(running.do({"do": "book"})["orders"]) == 3
    client.close()


async def test_an_unfilled_parent_takes_its_children_with_it(running: Running, ib: IB, aapl: Contract) -> None:
    orders = ib.bracketOrder("BUY", 10, 100.0, 900.0, 50.0)
    trades = [ib.placeOrder(aapl, order) for order in orders]
    await until(lambda: trades[0].orderStatus.status == "Submitted")
    ib.cancelOrder(trades[0].order)
    await until(lambda: all(trade.orderStatus.status == "Cancelled" for trade in trades))


async def test_a_modified_order_keeps_its_identity(running: Running, ib: IB, aapl: Contract) -> None:
    trade = ib.placeOrder(aapl, LimitOrder("BUY", 10, 100.0, tif="GTC", orderRef="mine"))
    await until(lambda: trade.orderStatus.status == "Submitted")
    perm_id = trade.order.permId
    trade.order.lmtPrice, trade.order.totalQuantity = 101.0, 20
    ib.placeOrder(aapl, trade.order)
    await until(lambda: running.do({"do": "book"})["orders"][0]["limit"] == 101.0)
    (order,) = running.do({"do": "book"})["orders"]
    assert (order["perm_id"], order["quantity"], order["ref"]) == (perm_id, 20.0, "mine")
    trade.order.lmtPrice = round(running.last() * 1.02, 2)
    ib.placeOrder(aapl, trade.order)
    await until(lambda: trade.orderStatus.status == "Filled")
    assert trade.fills[0].execution.shares == 20
    assert trade.fills[0].execution.price <= trade.order.lmtPrice


async def test_a_refused_modification_leaves_the_order_as_it_was(running: Running, ib: IB, aapl: Contract) -> None:
    trade = ib.placeOrder(aapl, LimitOrder("BUY", 10, 100.0, tif="GTC"))
    await until(lambda: trade.orderStatus.status == "Submitted")
    codes: list[int] = []
    ib.errorEvent += lambda _, code, *__: codes.append(code)
    trade.order.lmtPrice = 100.001
    ib.placeOrder(aapl, trade.order)
    await until(lambda: 110 in codes)
    (order,) = running.do({"do": "book"})["orders"]
    assert (order["status"], order["limit"]) == ("Submitted", 100.0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (place_fields(1, "BUY", 0, "LMT", 100.0), "434"),
        (place_fields(1, "BUY", -5, "LMT", 100.0), "321"),
        (place_fields(1, "BUY", 10, "LMT", 100.001), "110"),
        (place_fields(1, "BUY", 10, "LMT", ""), "463"),
        (place_fields(1, "BUY", 10, "LMT", -3.0), "463"),
        (place_fields(1, "BUY", 10, "LMT", "nan"), "320"),
        (place_fields(1, "BUY", "nan", "MKT"), "320"),
        (place_fields(1, "BUY", 10, "STP"), "463"),
        (place_fields(1, "BUY", 10, "MAGIC", 100.0), "387"),
        (place_fields(1, "HOLD", 10, "MKT"), "321"),
        (place_fields(1, "BUY", 10, "MKT", con_id=5), "200"),
        (place_fields(1, "BUY", 10, "MKT", account="U999"), "321"),
        (place_fields(1, "BUY", 10, "MKT", parent=77), "135"),
        (place_fields(1, "BUY", 10_000, "MKT"), "201"),
        (place_fields(1, "BUY", "1.5", "MKT"), "10243"),
        (place_fields(1, "BUY", 10, "MKT", tif="EVER"), "321"),
    ],
)
async def test_orders_that_cannot_be_are_refused_and_leave_no_trace(
    running: Running, fields: list[object], code: str
) -> None:
    client = await RawClient.started(running.port)
    client.send(*fields)
    assert (await client.until(4, code))[2] == "1"
    book = running.do({"do": "book"})
    assert (book["orders"], book["executions"]) == ([], [])
    client.close()


async def test_used_ids_are_103_and_filled_orders_104(running: Running) -> None:
    client = await RawClient.started(running.port)
    client.send(*place_fields(5, "BUY", 1, "MKT"))
    await client.until(59)
    client.send(*place_fields(5, "BUY", 2, "MKT"))
    assert (await client.until(4, 104))[2] == "5"
    client.send(*place_fields(4, "BUY", 1, "MKT"))
    assert (await client.until(4, 103))[2] == "4"
    assert len(running.do({"do": "book"})["executions"]) == 1
    client.close()


async def test_cancels_answer_for_unknown_and_finished_orders(running: Running) -> None:
    client = await RawClient.started(running.port)
    client.send(4, 1, 9, "")
    assert (await client.until(4, 10147))[2] == "9"
    client.send(*place_fields(10, "BUY", 1, "MKT"))
    await client.until(59)
    client.send(4, 1, 10, "")
    assert "state: Filled" in (await client.until(4, 10148))[4]
    client.close()


async def test_a_what_if_tells_margin_and_leaves_no_order(running: Running, ib: IB, aapl: Contract) -> None:
    state = await ib.whatIfOrderAsync(aapl, LimitOrder("BUY", 100, 400.0, tif="DAY"))
    assert float(state.initMarginChange) == 20_000.0
    assert float(state.maintMarginChange) == 10_000.0
    assert float(state.equityWithLoanAfter) == 99_999.0
    assert state.commission == 1.0
    assert state.commissionCurrency == "USD"
    assert running.do({"do": "book"})["orders"] == []


async def test_open_orders_are_the_clients_own_or_everybodys(running: Running, ib: IB, aapl: Contract) -> None:
    trade = ib.placeOrder(aapl, LimitOrder("BUY", 10, 100.0, tif="GTC", orderRef="first"))
    await until(lambda: trade.orderStatus.status == "Submitted")
    async with connected(running.port, 18) as other:
        assert await other.reqOpenOrdersAsync() == []
        (seen,) = await other.reqAllOpenOrdersAsync()
        assert (seen.order.permId, seen.order.clientId, seen.order.orderRef) == (trade.order.permId, 17, "first")
        other.reqGlobalCancel()
        await until(lambda: trade.orderStatus.status == "Cancelled")
    (done,) = await ib.reqCompletedOrdersAsync(False)
    assert (done.order.permId, done.orderStatus.status) == (trade.order.permId, "Cancelled")


async def test_executions_come_again_with_their_commissions_and_can_be_filtered(
    running: Running, ib: IB, aapl: Contract
) -> None:
    trade = ib.placeOrder(aapl, MarketOrder("BUY", 10, tif="DAY"))
    await until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    client = await RawClient.started(running.port, 3)
    for number, (side, symbol, since) in enumerate(
        (("", "", ""), ("BUY", "AAPL", "20261122 00:00:00"), ("SELL", "", ""), ("", "IBM", ""),
         ("", "", "20261124-00:00:00"))
    ):  # fmt: skip
        client.seen.clear()
        client.send(7, 3, number, 0, "", since, symbol, "", "", side)
        await client.until(55)
        found = [fields[0] for fields in client.seen]
        assert found == (["11", "59", "55"] if number < 2 else ["55"])
    client.close()


async def test_positions_values_and_profit_follow_a_fill(running: Running, ib: IB, aapl: Contract) -> None:
    pnl, single = ib.reqPnL("DUT000001"), ib.reqPnLSingle("DUT000001", "", aapl.conId)
    trade = ib.placeOrder(aapl, MarketOrder("BUY", 10, tif="DAY"))
    await until(lambda: ib.positions() and ib.portfolio())
    (position,) = ib.positions()
    assert (position.position, position.avgCost) == (10.0, pytest.approx(trade.orderStatus.avgFillPrice + 0.1))
    await until(lambda: single.position == 10)
    cash = {v.tag: v.value for v in await ib.accountSummaryAsync() if v.currency == "USD"}
    assert float(cash["TotalCashValue"]) == pytest.approx(100_000 - 10 * trade.orderStatus.avgFillPrice - 1, abs=0.01)
    close = ib.placeOrder(aapl, MarketOrder("SELL", 10, tif="DAY"))
    await until(lambda: close.fills and close.fills[0].commissionReport.execId)
    expected = 10 * (close.orderStatus.avgFillPrice - trade.orderStatus.avgFillPrice) - 2.0
    assert close.fills[0].commissionReport.realizedPNL == pytest.approx(expected, abs=1e-4)
    await until(lambda: not ib.positions())
    await until(lambda: pnl.realizedPnL == pytest.approx(expected, abs=1e-3))


async def test_the_third_summary_at_once_is_322(running: Running) -> None:
    client = await RawClient.started(running.port)
    for number in (1, 2, 3):
        client.send(62, 1, number, "All", "NetLiquidation,$LEDGER:ALL")
    assert (await client.until(4, 322))[2] == "3"
    client.send(63, 1, 1)
    client.send(62, 1, 4, "All", "NetLiquidation")
    await client.until(64)
    client.close()


async def test_day_orders_expire_at_the_close_and_gtc_orders_stay(running: Running, ib: IB, aapl: Contract) -> None:
    day = ib.placeOrder(aapl, LimitOrder("BUY", 10, 10.0, tif="DAY"))
    gtc = ib.placeOrder(aapl, LimitOrder("BUY", 10, 11.0, tif="GTC"))
    await until(lambda: gtc.orderStatus.status == "Submitted")
    running.do({"do": "fault", "name": "day_end"})
    await until(lambda: day.orderStatus.status == "Cancelled")
    assert gtc.orderStatus.status == "Submitted"


async def test_ioc_orders_fill_or_go(running: Running, ib: IB, aapl: Contract) -> None:
    trade = ib.placeOrder(aapl, LimitOrder("BUY", 10, 10.0, tif="IOC"))
    await until(lambda: trade.orderStatus.status == "Cancelled")
    trade = ib.placeOrder(aapl, LimitOrder("BUY", 10, round(running.last() * 1.01, 2), tif="IOC"))
    await until(lambda: trade.orderStatus.status == "Filled")


@pytest.mark.parametrize(
    ("order", "moves", "is_filled"),
    [
        (Order(action="BUY", orderType="STP LMT", auxPrice=440.0, lmtPrice=445.0), [438.0, 442.0], True),
        (Order(action="BUY", orderType="STP LMT", auxPrice=440.0, lmtPrice=441.0), [438.0, 450.0], False),
        (Order(action="SELL", orderType="MIT", auxPrice=450.0), [445.0, 451.0], True),
        (Order(action="SELL", orderType="LIT", auxPrice=450.0, lmtPrice=455.0), [451.0], False),
        (Order(action="SELL", orderType="LIT", auxPrice=450.0, lmtPrice=455.0), [451.0, 456.0], True),
        (Order(action="SELL", orderType="TRAIL", auxPrice=5.0), [450.0, 446.0], False),
        (Order(action="SELL", orderType="TRAIL", auxPrice=5.0), [450.0, 444.0], True),
        (Order(action="BUY", orderType="TRAIL", trailingPercent=1.0), [400.0, 405.0], True),
    ],
)
async def test_triggered_orders_follow_the_last_price(
    running: Running, ib: IB, aapl: Contract, order: Order, moves: list[float], is_filled: bool
) -> None:
    running.do({"do": "clock", "pause": True})
    running.move("AAPL", 430.0)
    order.totalQuantity, order.tif = 10, "GTC"
    trade = ib.placeOrder(aapl, order)
    await until(lambda: trade.order.permId)
    for price in moves:
        running.move("AAPL", price)
    expected = "Filled" if is_filled else ("PreSubmitted", "Submitted")
    if is_filled:
        await until(lambda: trade.orderStatus.status == expected)
    else:
        assert running.do({"do": "book"})["orders"][0]["status"] in expected
    ib.cancelOrder(order)


async def test_outside_exchange_hours_an_order_is_told_399_and_waits(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, market="hours") as closed, connected(closed.port) as ib:
        contract = await qualified(ib)
        trade = ib.placeOrder(contract, MarketOrder("BUY", 10, tif="DAY"))
        await until(lambda: any(entry.errorCode == 399 for entry in trade.log))
        assert closed.do({"do": "book"})["executions"] == []
        closed.do({"do": "clock", "advance_s": 21 * 3600})
        await until(lambda: trade.fills)


async def test_oca_groups_of_the_client_cancel_each_other(running: Running, ib: IB, aapl: Contract) -> None:
    pair: list[Trade] = []
    for price in (100.0, 101.0):
        order = LimitOrder("BUY", 10, price, tif="GTC", ocaGroup="pair", ocaType=1)
        pair.append(ib.placeOrder(aapl, order))
    await until(lambda: all(trade.orderStatus.status == "Submitted" for trade in pair))
    running.move("AAPL", 100.5)
    await until(lambda: pair[1].orderStatus.status == "Filled" and pair[0].orderStatus.status == "Cancelled")


async def test_a_fill_in_a_group_of_type_3_reduces_the_other(running: Running, ib: IB, aapl: Contract) -> None:
    running.do({"do": "fault", "name": "partial", "sizes": [30]})
    last = running.last()
    orders = ib.bracketOrder("BUY", 100, round(last * 1.01, 2), round(last * 1.05, 2), round(last * 0.95, 2))
    entry, target, stop = [ib.placeOrder(aapl, order) for order in orders]
    await until(lambda: entry.orderStatus.filled == 30)
    assert target.orderStatus.status == stop.orderStatus.status == "PreSubmitted"
    ib.cancelOrder(entry.order)
    await until(lambda: target.orderStatus.status == "Submitted")
    kept: dict[str, Any] = {o["type"]: o for o in running.do({"do": "book"})["orders"] if o["parent_perm_id"]}
    assert {kind: order["quantity"] for kind, order in kept.items()} == {"LMT": 30.0, "STP": 30.0}


@pytest.mark.parametrize(
    ("terms", "advance", "status"),
    [
        ({"order_type": "MOC"}, 0, "PreSubmitted"),
        ({"order_type": "MOC"}, 27 * 3600 + 60, "Filled"),
        ({"order_type": "LOC", "limit": 10.0}, 26 * 3600 + 3600, "Cancelled"),
        ({"order_type": "MOO"}, 20 * 3600 + 2000, "Filled"),
        ({"order_type": "LOO", "limit": 10.0}, 20 * 3600 + 2000, "Cancelled"),
        ({"order_type": "MKT", "after": "20261122 15:00:00 US/Eastern"}, 0, "PreSubmitted"),
        ({"order_type": "MKT", "after": "20261122 15:00:00 US/Eastern"}, 3 * 3600, "Filled"),
        ({"order_type": "LMT", "limit": 10.0, "tif": "GTD", "till": "20261122 15:00:00"}, 0, "Submitted"),
        ({"order_type": "LMT", "limit": 10.0, "tif": "GTD", "till": "20261122 15:00:00"}, 3 * 3600, "Cancelled"),
    ],
)
async def test_auctions_and_times_rule_when_an_order_works(
    running: Running, terms: dict[str, Any], advance: float, status: str
) -> None:
    client = await RawClient.started(running.port)
    kind, limit = terms.pop("order_type"), terms.pop("limit", "")
    client.send(*place_fields(1, "BUY", 10, kind, limit, **terms))
    await client.until(3)
    if advance:
        running.do({"do": "clock", "advance_s": advance})
    (order,) = running.do({"do": "book"})["orders"]
    assert order["status"] == status
    client.close()
