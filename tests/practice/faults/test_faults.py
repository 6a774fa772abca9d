"""Every fault of the catalogue over a real socket: what is ordered is what a client meets."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ib_async import LimitOrder, MarketOrder, StopOrder

from app.practice.faults.catalogue import CATALOGUE, FaultError, checked, listing
from app.practice.wire import codes
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


def order(running: Running, name: str, **parameters: object) -> None:
    running.do({"do": "fault", "name": name, **parameters})


async def alive(client: RawClient) -> None:
    client.send(49, 1)
    await client.until(49)


async def silent(client: RawClient) -> None:
    client.send(49, 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.15):
            await client.reader.readexactly(1)


async def test_reset_cuts_one_client_and_not_the_other(running: Running, client: RawClient) -> None:
    other = await RawClient.started(running.port, 6)
    order(running, "reset", client_id=6)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await other.fields()
    await alive(client)


async def test_half_open_hears_and_says_nothing(running: Running, client: RawClient) -> None:
    order(running, "half_open")
    await silent(client)
    assert not client.reader.at_eof()


async def test_a_blackhole_ends(running: Running, client: RawClient) -> None:
    order(running, "blackhole", ms=100)
    await silent(client)
    await until(lambda: not next(iter(running.gateway.connections)).is_silent)
    await alive(client)


async def test_delay_holds_one_kind_of_message_back(running: Running, client: RawClient) -> None:
    order(running, "delay", ms=120, message="orderStatus")
    client.seen.clear()
    client.send(*place_fields(1, "BUY", 1, "LMT", 10.0))
    await client.until(3)
    assert [fields[0] for fields in client.seen[:2]] == ["5", "5"]
    order(running, "delay", ms=0)


async def test_duplicates_come_as_often_as_ordered(running: Running, client: RawClient) -> None:
    order(running, "duplicate", message="execDetails", times=3)
    client.seen.clear()
    client.send(*place_fields(1, "BUY", 1, "MKT"))
    await client.until(59)
    assert [fields[0] for fields in client.seen].count("11") == 3
    assert len(running.do({"do": "book"})["executions"]) == 1


async def test_garbage_is_a_frame_of_noise(running: Running, client: RawClient) -> None:
    order(running, "garbage", bytes=32)
    (size,) = struct.unpack(">I", await client.reader.readexactly(4))
    assert size == 32
    await client.reader.readexactly(32)
    await alive(client)


async def test_a_huge_length_is_sent(running: Running, client: RawClient) -> None:
    order(running, "huge_length")
    assert await client.reader.readexactly(4) == b"\x7f\xff\xff\xff"


async def test_restart_comes_back_with_orders_and_rolled_ids(running: Running, client: RawClient) -> None:
    client.send(*place_fields(10, "BUY", 1, "LMT", 10.0))
    await client.until(3)
    order(running, "restart", after_ms=50, next_id=-4)
    assert await client.ended()

    async def back() -> RawClient:
        while True:
            try:
                return await RawClient.connect(running.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)

    again = await asyncio.wait_for(back(), 5)
    await again.fields()
    again.send(71, 2, 5, "")
    assert (await again.until(9))[2] == "7"
    again.send(5, 1)
    await again.until(53)
    assert "5" in [fields[0] for fields in again.seen]
    again.close()


async def test_errors_are_about_what_was_ordered(running: Running, client: RawClient) -> None:
    order(running, "error", code=10349, order=3, text="Order TIF was set to DAY")
    assert await client.until(4, 10349) == ["4", "2", "3", "10349", "Order TIF was set to DAY", ""]
    order(running, "error", code=1300)
    assert (await client.until(4, 1300))[2] == "-1"


async def test_data_that_is_not_subscribed_is_354_or_comes_late_with_10167(running: Running, client: RawClient) -> None:
    ask = [1, 11, 3, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "", 0, 0, ""]
    order(running, "not_subscribed")
    client.send(*ask)
    assert (await client.until(4, 354))[2] == "3"
    order(running, "not_subscribed", delayed=True)
    client.send(*ask)
    assert (await client.until(4, 10167))[2] == "3"
    await client.until(1)
    order(running, "not_subscribed", on=False)


async def test_live_updates_fail_with_10182_and_end(running: Running, client: RawClient) -> None:
    client.send(20, 5, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "", "1 min", "600 S", 1, "TRADES", 2, 1, "")
    await client.until(17)
    order(running, "updates_failed")
    assert (await client.until(4, 10182))[2] == "5"
    client.send(25, 1, 5)
    assert (await client.until(4, 366))[2] == "5"


async def test_any_code_can_be_told(running: Running, client: RawClient) -> None:
    known = sorted({value.code for value in vars(codes).values() if isinstance(value, codes.Complaint)})
    for code in known:
        order(running, "error", code=code, text="As ordered.")
    for code in known:
        assert (await client.until(4, code))[4] == "As ordered."
    await alive(client)


async def test_farms_and_links_are_told(running: Running, client: RawClient) -> None:
    for which, up, code in (
        ("data", False, 2103),
        ("data", True, 2104),
        ("history", False, 2105),
        ("link", False, 2110),
    ):
        order(running, "farm", which=which, up=up)
        await client.until(4, code)
    order(running, "lost")
    await client.until(4, 1100)
    order(running, "restored")
    await client.until(4, 1102)


async def test_after_1101_every_subscription_is_gone(running: Running, client: RawClient) -> None:
    client.send(1, 11, 9, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "", 0, 0, "")
    await client.until(58)
    order(running, "lost")
    order(running, "restored", data_lost=True)
    await client.until(4, 1101)
    assert running.gateway.quotes.count(next(iter(running.gateway.sessions.values()))) == 0


async def test_an_accepted_order_is_refused_late(running: Running) -> None:
    async with connected(running.port) as ib:
        contract = await qualified(ib)
        codes: list[int] = []
        ib.errorEvent += lambda _, code, *__: codes.append(code)
        order(running, "reject_after_accept", code=201)
        trade = ib.placeOrder(contract, LimitOrder("BUY", 10, 10.0, tif="DAY"))
        await until(lambda: 201 in codes and trade.orderStatus.status == "Inactive")
        assert running.do({"do": "book"})["orders"][0]["status"] == "Inactive"
        order(running, "inactive")
        trade = ib.placeOrder(contract, LimitOrder("BUY", 10, 10.0, tif="DAY"))
        await until(lambda: trade.orderStatus.status == "Inactive")


async def test_a_commission_is_charged_in_another_currency(running: Running) -> None:
    async with connected(running.port) as ib:
        contract = await qualified(ib)
        order(running, "foreign_fee", currency="EUR")
        trade = ib.placeOrder(contract, MarketOrder("BUY", 10, tif="DAY"))
        await until(lambda: bool(trade.fills) and bool(trade.fills[0].commissionReport.currency))
        fee = trade.fills[0].commissionReport
        book = running.do({"do": "book"})
        assert (fee.currency, book["executions"][0]["currency"]) == ("EUR", "EUR")
        assert book["cash"][book["executions"][0]["account"]]["EUR"] == -fee.commission


async def test_both_orders_of_a_group_fill(running: Running) -> None:
    async with connected(running.port) as ib:
        contract = await qualified(ib)
        order(running, "both_fill")
        pair = [LimitOrder("BUY", 10, price, tif="GTC", ocaGroup="pair", ocaType=1) for price in (90.0, 91.0)]
        trades = [ib.placeOrder(contract, one) for one in pair]
        await until(lambda: all(trade.orderStatus.status == "Submitted" for trade in trades))
        running.do({"do": "price", "symbol": contract.symbol, "last": 90.5})
        await until(lambda: trades[1].orderStatus.status == "Filled")
        assert trades[0].orderStatus.status == "Submitted"
        running.do({"do": "price", "symbol": contract.symbol, "last": 89.5})
        await until(lambda: trades[0].orderStatus.status == "Filled")


async def test_only_an_order_of_the_named_type_is_refused_late(running: Running) -> None:
    async with connected(running.port) as ib:
        contract = await qualified(ib)
        order(running, "reject_after_accept", type="STP")
        limit = ib.placeOrder(contract, LimitOrder("BUY", 10, 10.0, tif="DAY"))
        stop = ib.placeOrder(contract, StopOrder("SELL", 10, 5.0, tif="DAY"))
        await until(lambda: stop.orderStatus.status == "Inactive")
        assert limit.orderStatus.status == "Submitted"


async def test_a_partial_fill_comes_in_the_ordered_sizes_and_the_rest_rests(running: Running) -> None:
    async with connected(running.port) as ib:
        contract = await qualified(ib)
        order(running, "partial", sizes=[30, 20])
        trade = ib.placeOrder(contract, MarketOrder("BUY", 100, tif="DAY"))
        await until(lambda: trade.orderStatus.filled == 50)
        assert [fill.execution.shares for fill in trade.fills] == [30.0, 20.0]
        assert sum(fill.commissionReport.commission for fill in trade.fills) == 1.0
        ib.cancelOrder(trade.order)
        await until(lambda: trade.orderStatus.status == "Cancelled")
        assert trade.orderStatus.filled == 50
        assert running.do({"do": "book"})["positions"][0]["quantity"] == 50.0


async def test_the_messages_of_a_fill_come_in_the_ordered_order(running: Running, client: RawClient) -> None:
    order(running, "permute", order=["commissionReport", "orderStatus", "openOrder", "execDetails"])
    client.seen.clear()
    client.send(*place_fields(1, "BUY", 1, "MKT"))
    await client.until(11)
    assert [fields[0] for fields in client.seen] == ["5", "3", "59", "3", "3", "5", "5", "11"]


async def test_an_error_comes_among_the_messages_of_a_fill_and_each_of_them_twice(
    running: Running, client: RawClient
) -> None:
    names = ["error", "commissionReport", "execDetails", "orderStatus", "openOrder"]
    order(running, "permute", order=names, code=10349, times=2)
    client.seen.clear()
    client.send(*place_fields(1, "BUY", 1, "MKT"))
    client.send(49, 1)
    await client.until(49)
    fill = client.seen[2:-1]
    assert [fields[0] for fields in fill] == ["4", "4", "59", "59", "11", "11", *["3"] * 4, *["5"] * 4]
    assert fill[0][2:4] == ["1", "10349"]


async def test_a_commission_is_late_or_never_comes(running: Running, client: RawClient) -> None:
    order(running, "commission", late_ms=80)
    client.send(*place_fields(1, "BUY", 1, "MKT"))
    await client.until(59)
    order(running, "commission", never=True)
    client.seen.clear()
    client.send(*place_fields(2, "BUY", 1, "MKT"))
    client.send(49, 1)
    await client.until(49)
    assert "59" not in [fields[0] for fields in client.seen]
    client.send(7, 3, 1, 0, "", "", "", "", "", "")
    await client.until(55)
    assert [fields[0] for fields in client.seen].count("59") == 2


async def test_a_correction_replaces_and_a_bust_undoes(running: Running, client: RawClient) -> None:
    client.send(*place_fields(1, "BUY", 10, "MKT"))
    await client.until(59)
    (before,) = running.do({"do": "book"})["executions"]
    client.seen.clear()
    order(running, "correct", price=400.0)
    corrected = await client.until(11)
    assert any(field.endswith(".01.02") for field in corrected)
    book = running.do({"do": "book"})
    assert [(e["exec_id"], e["price"]) for e in book["executions"]] == [(before["exec_id"][:-1] + "2", 400.0)]
    assert book["cash"]["DUT000001"]["USD"] == pytest.approx(100_000 - 4_000 - 1)
    order(running, "bust")
    book = running.do({"do": "book"})
    assert (book["executions"], book["positions"]) == ([], [])
    assert book["cash"]["DUT000001"]["USD"] == pytest.approx(100_000)


async def test_a_what_if_is_not_answered(running: Running, client: RawClient) -> None:
    order(running, "whatif_silence")
    client.seen.clear()
    client.send(*place_fields(1, "BUY", 1, "MKT", what_if=1))
    client.send(49, 1)
    await client.until(49)
    assert [fields[0] for fields in client.seen] == ["49"]
    client.send(*place_fields(1, "BUY", 1, "MKT", what_if=1))
    await client.until(5)


async def test_a_halted_instrument_fills_nothing(running: Running, client: RawClient) -> None:
    order(running, "halt", symbol="AAPL")
    client.send(*place_fields(1, "BUY", 1, "MKT"))
    await client.until(3)
    assert running.do({"do": "book"})["executions"] == []
    order(running, "halt", symbol="AAPL", on=False)
    running.do({"do": "clock", "advance_s": 300})
    await client.until(59)


async def test_an_instrument_is_described_with_the_hours_that_were_ordered(running: Running, client: RawClient) -> None:
    order(running, "hours", symbol="AAPL", liquid="20991127:0930-20991127:1300")
    client.send(9, 8, 1, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "", "", "")
    assert "20991127:0930-20991127:1300" in await client.until(10)


async def test_read_only_pacing_competition_and_clock(running: Running, client: RawClient) -> None:
    order(running, "read_only")
    client.send(*place_fields(1, "BUY", 1, "MKT"))
    await client.until(4, 321)
    order(running, "read_only", on=False)
    history = [20, 4, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "", "1 day", "2 D", 1, "TRADES", 1, 0, ""]
    order(running, "pacing")
    client.send(*history)
    assert "pacing" in (await client.until(4, 162))[4]
    client.send(*history)
    await client.until(17)
    order(running, "competing_session")
    client.send(1, 11, 9, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "", 0, 0, "")
    await client.until(4, 10197)
    order(running, "competing_session", on=False)
    order(running, "clock_offset", s=-3600)
    client.send(49, 1)
    assert int((await client.until(49))[2]) < running.gateway.clock.now() - 3500


async def test_a_modification_leaves_two_live_orders(running: Running, client: RawClient) -> None:
    client.send(*place_fields(1, "BUY", 10, "LMT", 10.0, ref="one", tif="GTC"))
    await client.until(3)
    order(running, "two_live_after_modify")
    client.send(*place_fields(1, "BUY", 10, "LMT", 11.0, ref="one", tif="GTC"))
    await until(lambda: len(running.do({"do": "book"})["orders"]) == 2)
    first, second = running.do({"do": "book"})["orders"]
    assert (first["order_id"], first["ref"], first["limit"]) == (1, "one", 10.0)
    assert (second["order_id"], second["ref"], second["limit"]) == (1, "one", 11.0)
    assert first["perm_id"] != second["perm_id"]


async def test_orders_by_hand_and_by_the_broker_belong_to_no_client(running: Running, client: RawClient) -> None:
    client.send(61, 1)
    await client.until(62)
    order(running, "manual_order", symbol="AAPL", action="BUY", quantity=20)
    assert (await client.until(61))[14] == "20"
    order(running, "liquidate", symbol="AAPL", quantity=15)
    assert (await client.until(61))[14] == "5"
    book = running.do({"do": "book"})
    assert [(o["order_id"], o["client_id"], o["side"]) for o in book["orders"]] == [(0, 0, "BUY"), (-1, 0, "SELL")]
    client.send(7, 3, 1, 0, "", "", "", "", "", "")
    await client.until(55)
    assert [fields[2] for fields in client.seen if fields[0] == "11"] == ["0", "-1"]


async def test_texts_come_in_another_language_and_codes_stay(running: Running, client: RawClient) -> None:
    order(running, "language", code="de")
    client.send(9, 8, 3, 0, "NOSUCH", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, "", "", "")
    assert "F\\u00fcr" in (await client.until(4, 200))[4]


async def test_a_script_strikes_at_its_market_second(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running:
        client = await RawClient.started(running.port)
        running.gateway.faults.load_script([{"at_s": 100, "name": "error", "code": 2110}])
        running.do({"do": "clock", "advance_s": 99})
        await alive(client)
        assert "2110" not in [fields[3] for fields in client.seen if fields[0] == "4"]
        running.do({"do": "clock", "advance_s": 1.5})
        await client.until(4, 2110)
        client.close()


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "nonsense"},
        {"name": "blackhole"},
        {"name": "reset", "surprise": 1},
        {},
    ],
)
def test_a_fault_that_is_not_well_formed_is_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(FaultError):
        checked(wanted)


def test_an_order_by_hand_may_be_told_by_its_side() -> None:
    assert checked({"name": "manual_order", "symbol": "AAPL", "side": "BUY", "quantity": 1})[1]["action"] == "BUY"


async def test_a_farm_may_be_called_as_its_notices_call_it(running: Running, client: RawClient) -> None:
    order(running, "farm", which="ushmds", up=False)
    await client.until(4, 2105)
    order(running, "farm", which="usfarm", up=False)
    await client.until(4, 2103)


async def test_bad_parameters_are_refused_and_nothing_happens(running: Running) -> None:
    for wanted in (
        {"name": "blackhole", "ms": "long"},
        {"name": "partial", "sizes": [0]},
        {"name": "farm", "which": "cow", "up": True},
        {"name": "delay", "ms": 5, "message": "hello"},
        {"name": "commission"},
        {"name": "halt", "symbol": "NOSUCH"},
        {"name": "correct", "price": 1},
    ):
        with pytest.raises(AssertionError, match="error"):
            running.do({"do": "fault", **wanted})


def test_every_fault_is_described() -> None:
    text = listing()
    assert all(f"{name}: " in text for name in CATALOGUE)
    assert all(entry.text for entry in CATALOGUE.values())
