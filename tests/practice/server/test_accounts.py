"""Accounts over the wire: currencies, margin, liquidation, short sales, several accounts, read-only, splits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from ib_async import LimitOrder, MarketOrder

from app.practice.accounts.commissions import Schedule
from app.practice.contracts import ContractQuery
from app.practice.server.locating import shares_to_borrow
from tests.practice.running import RawClient, Running, connected, qualified, running_gateway, until
from tests.practice.server.test_trading import place_fields


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as gateway:
        yield gateway


@pytest.fixture
async def client(running: Running) -> AsyncIterator[RawClient]:
    started = await RawClient.started(running.port)
    yield started
    started.close()


def con_id_of(running: Running, **wanted: object) -> int:
    return next(
        c.con_id for c in running.gateway.book.all() if all(getattr(c, name) == value for name, value in wanted.items())
    )


async def test_a_share_in_euros_is_paid_in_euros(running: Running, client: RawClient) -> None:
    con_id = con_id_of(running, sec_type="STK", currency="EUR")
    client.send(*place_fields(1, "BUY", 10, "MKT", con_id=con_id))
    report = await client.until(59)
    assert report[4] == "EUR"
    book = running.do({"do": "book"})
    spent = sum(fill["quantity"] * fill["price"] + fill["commission"] for fill in book["executions"])
    assert book["cash"]["DUT000001"] == {"USD": 100_000, "EUR": pytest.approx(-spent)}
    client.send(62, 1, 5, "All", "$LEDGER:ALL")
    told = {}
    while (line := (await client.fields()))[0] != "64":
        if line[0] == "63":
            told[line[4], line[6]] = line[5]
    assert float(told["ExchangeRate", "EUR"]) == pytest.approx(running.gateway.rate("EUR"), rel=1e-3)
    assert float(told["CashBalance", "EUR"]) == pytest.approx(-spent, abs=0.01)
    assert float(told["CashBalance", "BASE"]) == pytest.approx(100_000 - spent * running.gateway.rate("EUR"), rel=1e-4)


async def test_pence_are_paid_in_pounds(running: Running, client: RawClient) -> None:
    con_id = con_id_of(running, sec_type="STK", currency="GBP")
    client.send(*place_fields(1, "BUY", 10, "MKT", con_id=con_id))
    await client.until(59)
    book = running.do({"do": "book"})
    spent = sum(fill["quantity"] * fill["price"] / 100 + fill["commission"] for fill in book["executions"])
    assert book["cash"]["DUT000001"]["GBP"] == pytest.approx(-spent)


async def test_a_lot_is_a_lot(running: Running, client: RawClient) -> None:
    con_id = con_id_of(running, sec_type="STK", currency="JPY")
    client.send(*place_fields(1, "BUY", 150, "MKT", con_id=con_id))
    assert "market rule" in (await client.until(4, 321))[4]
    client.send(*place_fields(2, "BUY", 100, "MKT", con_id=con_id))
    assert (await client.until(59))[4] == "JPY"


async def test_an_index_cannot_be_bought(running: Running, client: RawClient) -> None:
    client.send(*place_fields(1, "BUY", 1, "MKT", con_id=con_id_of(running, sec_type="IND"), exchange=""))
    await client.until(4, 412)


async def test_a_breach_of_maintenance_is_liquidated_by_the_broker(running: Running) -> None:
    async with connected(running.port, 0) as ib:
        aapl = await qualified(ib)
        last = running.last()
        quantity = int(190_000 / last)
        trade = ib.placeOrder(aapl, MarketOrder("BUY", quantity, tif="DAY"))
        await until(lambda: trade.orderStatus.status == "Filled")
        running.move("AAPL", round(last * 0.62, 2))
        await until(lambda: any(fill.execution.orderId == -1 for fill in ib.fills()))
        account = running.gateway.trading.accounts["DUT000001"]
        await until(lambda: account.margin().equity >= account.margin().maintenance)
        sold = [fill.execution for fill in ib.fills() if fill.execution.orderId == -1]
        assert {fill.side for fill in sold} == {"SLD"}
        assert {fill.liquidation for fill in sold} == {1}
        await until(lambda: ib.positions() and ib.positions()[0].position == quantity - sum(f.shares for f in sold))
        held = running.do({"do": "book"})["positions"][0]["quantity"]
        assert 0 < held < quantity


async def test_a_short_sale_of_a_scarce_share_is_held_with_404_until_it_is_found(
    running: Running, client: RawClient
) -> None:
    scarce = next(c for c in running.gateway.book.all() if c.sec_type == "STK" and not shares_to_borrow(c))
    client.send(*place_fields(1, "SELL", 10, "MKT", con_id=scarce.con_id))
    assert (await client.until(4, 404))[2] == "1"
    held = [f for f in client.seen if f[0] == "3"][-1]
    assert (held[2], held[10]) == ("PreSubmitted", "locate")
    running.do({"do": "clock", "advance_s": 31})
    assert (await client.until(11))[2] == "1"
    assert running.do({"do": "book"})["positions"][0]["quantity"] == -10


async def test_the_fault_locate_holds_any_short_sale_and_never_a_sale_of_what_is_held(
    running: Running, client: RawClient
) -> None:
    running.do({"do": "fault", "name": "locate", "never": True, "symbol": "AAPL"})
    client.send(*place_fields(1, "BUY", 10, "MKT"))
    await client.until(59)
    client.send(*place_fields(2, "SELL", 10, "MKT"))
    await client.until(59)
    client.send(*place_fields(3, "SELL", 10, "MKT"))
    assert (await client.until(4, 404))[2] == "3"
    running.do({"do": "clock", "advance_s": 4_000})
    client.send(4, 1, 3, "")
    assert (await client.until(4, 202))[2] == "3"


async def test_two_accounts_have_two_books_and_every_order_names_its_own(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, accounts=("DU1", "U2")) as running:
        client = await RawClient.started(running.port)
        assert next(f for f in client.seen if f[0] == "15")[2] == "DU1,U2"
        client.send(*place_fields(1, "BUY", 10, "MKT"))
        await client.until(4, 435)
        client.send(*place_fields(2, "BUY", 10, "MKT", account="U2"))
        await client.until(59)
        client.send(*place_fields(3, "BUY", 5, "MKT", account="DU1"))
        await client.until(59)
        client.send(*place_fields(4, "BUY", 5, "MKT", account="DU3"))
        assert "Invalid account code 'DU3'" in (await client.until(4, 321))[4]
        book = running.do({"do": "book"})
        assert {(p["account"], p["quantity"]) for p in book["positions"]} == {("DU1", 5.0), ("U2", 10.0)}
        client.send(6, 2, 1, "")
        await client.until(4, 321)
        client.send(6, 2, 1, "DU1")
        assert (await client.until(54))[2] == "DU1"
        client.send(6, 2, 1, "U2")
        await client.until(4, 2100)
        assert (await client.until(54))[2] == "U2"
        other = await RawClient.started(running.port, 9)
        other.send(6, 2, 1, "DU1")
        await other.until(4, 2101)
        for one in (client, other):
            one.close()


async def test_read_only_refuses_orders_and_cancels_with_321(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, is_read_only=True) as running:
        client = await RawClient.started(running.port)
        for message, about in (
            (place_fields(1, "BUY", 10, "MKT"), "1"),
            (place_fields(2, "BUY", 10, "MKT", what_if=1), "2"),
            ([4, 1, 3, ""], "3"),
            ([58, 1], "-1"),
            ([5, 1], "-1"),
            ([16, 1], "-1"),
            ([99, 0], "-1"),
        ):
            client.send(*message)
            refused = await client.until(4, 321)
            assert (refused[2], "Read-Only" in refused[4]) == (about, True)
        assert running.do({"do": "book"})["orders"] == []
        client.close()


async def test_the_tiered_schedule_is_charged_where_it_is_chosen(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, commission=Schedule.TIERED) as running:
        client = await RawClient.started(running.port)
        client.send(*place_fields(1, "BUY", 10, "MKT"))
        assert (await client.until(59))[3] == "0.35"
        client.close()


async def test_what_needs_too_much_margin_is_201_also_as_a_modification(running: Running) -> None:
    async with connected(running.port) as ib:
        aapl, errors = await qualified(ib), []
        ib.errorEvent += lambda order_id, code, *_: errors.append(code)
        trade = ib.placeOrder(aapl, LimitOrder("BUY", 10, 10.0, tif="GTC"))
        await until(lambda: trade.orderStatus.status == "Submitted")
        trade.order.totalQuantity = 9_000_000
        ib.placeOrder(aapl, trade.order)
        await until(lambda: 201 in errors)
        (order,) = running.do({"do": "book"})["orders"]
        assert (order["quantity"], order["status"]) == (10.0, "Submitted")


async def test_a_split_multiplies_shares_divides_their_cost_and_ends_the_orders(
    running: Running, client: RawClient
) -> None:
    last = running.last()
    client.send(*place_fields(1, "BUY", 15, "MKT"))
    await client.until(59)
    client.send(*place_fields(2, "SELL", 15, "LMT", round(last * 2, 2), tif="GTC"))
    await client.until(3)
    before = running.do({"do": "book"})["positions"][0]
    running.do({"do": "fault", "name": "split", "symbol": "AAPL", "ratio": 2})
    running.do({"do": "fault", "name": "day_end"})
    running.do({"do": "clock", "advance_s": 86_400})
    assert (await client.until(4, 202))[2] == "2"
    (after,) = running.do({"do": "book"})["positions"]
    assert (after["quantity"], after["average"]) == (30.0, pytest.approx(before["average"] / 2))
    assert running.last() == pytest.approx(last / 2, rel=0.15)


async def test_a_future_that_ends_is_settled_for_cash(running: Running, client: RawClient) -> None:
    gateway = running.gateway
    future = gateway.book.find(ContractQuery(symbol="ES", sec_type="FUT"))[0]
    client.send(*place_fields(1, "BUY", 1, "MKT", con_id=future.con_id, exchange=""))
    await client.until(59)
    ends_at = gateway.market.expiry_of(future.con_id)
    assert ends_at is not None
    running.do({"do": "clock", "advance_s": ends_at - gateway.clock.now() + 10})
    book = running.do({"do": "book"})
    assert book["positions"] == []
    bought, settled = book["executions"]
    assert settled["price"] == pytest.approx(gateway.market.settlement(future.con_id))
    gain = (settled["price"] - bought["price"]) * float(future.value_factor)
    cash = Decimal(str(book["cash"]["DUT000001"]["USD"]))
    assert float(cash) == pytest.approx(100_000 + gain - bought["commission"], abs=0.01)
