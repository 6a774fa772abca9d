"""The control port: the true book, time, prices, reset, and one sentence for what it cannot do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ib_async import LimitOrder, MarketOrder

from tests.practice.running import Running, connected, qualified, running_gateway, until


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as gateway:
        yield gateway


async def test_the_book_has_the_fields_scripts_rely_on(running: Running) -> None:
    async with connected(running.port) as ib:
        trade = ib.placeOrder(await qualified(ib), MarketOrder("BUY", 10, tif="DAY", orderRef="r"))
        await until(lambda: trade.fills)
    book = running.do({"do": "book"})
    (order,), (execution,), (position,) = book["orders"], book["executions"], book["positions"]
    assert list(order) == [
        "perm_id", "order_id", "client_id", "ref", "account", "symbol", "side", "type", "quantity", "filled", "limit",
        "aux", "tif", "status", "parent_perm_id", "oca_group",
    ]  # fmt: skip
    assert list(execution) == [
        "exec_id", "perm_id", "ref", "account", "symbol", "side", "quantity", "price", "commission", "currency", "at",
    ]  # fmt: skip
    assert list(position) == ["account", "con_id", "symbol", "quantity", "average"]
    assert (order["ref"], order["side"], order["limit"], order["parent_perm_id"]) == ("r", "BUY", None, None)
    assert execution["at"].endswith("Z")
    assert list(book["cash"]) == ["DUT000001"]


async def test_reset_cancels_everything_and_gives_the_cash_back(running: Running) -> None:
    async with connected(running.port) as ib:
        contract = await qualified(ib)
        filled = ib.placeOrder(contract, MarketOrder("BUY", 10, tif="DAY"))
        resting = ib.placeOrder(contract, LimitOrder("BUY", 10, 10.0, tif="GTC"))
        await until(lambda: filled.fills and resting.orderStatus.status == "Submitted" and ib.positions())
        running.do({"do": "reset"})
        await until(lambda: resting.orderStatus.status == "Cancelled" and not ib.positions())
    book = running.do({"do": "book"})
    assert (book["positions"], book["cash"]) == ([], {"DUT000001": {"USD": 100_000.0}})
    assert (book["orders"], book["executions"]) == ([], [])
    assert list(running.gateway.store.load_executions(running.gateway.book)) == []
    assert running.gateway.trading.next_order_id(17) > resting.order.orderId


async def test_the_clock_is_sped_up_moved_and_stopped(running: Running) -> None:
    answer = running.do({"do": "clock", "pause": True})
    assert answer["paused"] is True
    later = running.do({"do": "clock", "advance_s": 3600})
    assert later["now"] == pytest.approx(answer["now"] + 3600)
    assert running.do({"do": "clock", "speed": 50, "pause": False})["speed"] == 50


async def test_the_price_goes_where_it_is_told(running: Running) -> None:
    running.do({"do": "clock", "pause": True})
    running.move("MSFT", 123.45)
    assert running.last("MSFT") == 123.45


@pytest.mark.parametrize(
    "line",
    [b"hello", b"[]", b"{}", b'{"do":"dance"}', b'{"do":"clock"}', b'{"do":"clock","speed":0}',
     b'{"do":"clock","speed":"x"}', b'{"do":"clock","advance_s":-5}', b'{"do":"price","symbol":"AAPL","last":-1}',
     b'{"do":"price","symbol":"ZZZZ","last":5}', b'{"do":"price","symbol":"AAPL"}', b"\xff\xfe"],
)  # fmt: skip
async def test_what_it_cannot_do_is_one_sentence(running: Running, line: bytes) -> None:
    answer = running.control.do(line)
    assert answer["ok"] is False
    assert answer["error"]
    assert "\n" not in answer["error"]
    json.dumps(answer)
