"""Coming in, being turned away, and losing the gateway: the same for both channels, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.adapters.ib import link
from app.adapters.ib.orders import IbOrderChannel
from app.domain.broker import Endpoint, Farm, FarmReport, LinkReport, LinkState
from app.domain.errors import Retryable, UserError
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.orders import Market
from app.runtime.tasks import Tasks
from tests.adapters.ib.conftest import DataDesk, OrderDesk, single
from tests.support.gateway import PracticeGateway, running_gateway

IBM = Instrument(ConId(8314), "IBM", InstrumentKind.STOCK, "SMART", "NYSE", "USD")
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def something_at(serve: Serve) -> AsyncIterator[Endpoint]:
    """Run a server that is no gateway."""
    over = asyncio.Event()

    async def until_over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await serve(reader, writer)
            await over.wait()
        writer.close()

    server = await asyncio.start_server(until_over, "127.0.0.1", 0)
    try:
        yield Endpoint(port=server.sockets[0].getsockname()[1])
    finally:
        over.set()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


async def refusal(orders: OrderDesk, endpoint: Endpoint) -> str:
    """Return why the channel did not open, which must take less than five seconds."""
    began = time.monotonic()
    with pytest.raises(UserError) as refused:
        await orders.channel.open(endpoint)
    assert time.monotonic() - began < 5.0
    assert not orders.channel.is_open
    return str(refused.value)


async def test_the_greeting_tells_version_accounts_and_time(shared_gateway: PracticeGateway, orders: OrderDesk) -> None:
    greeting = await orders.channel.open(shared_gateway.endpoint)
    assert greeting.server_version == 178
    assert greeting.accounts == (shared_gateway.account,)
    assert greeting.server_time.utcoffset() is not None
    assert orders.channel.is_open
    await orders.heard.one(LinkReport, state=LinkState.UP)


async def test_a1_nobody_at_the_port_is_said_at_once(orders: OrderDesk) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert f"Nobody answers at 127.0.0.1:{port}" in await refusal(orders, Endpoint(port=port))


async def test_an_unknown_host_is_named(orders: OrderDesk) -> None:
    assert "no-such-host.invalid" in await refusal(orders, Endpoint(host="no-such-host.invalid"))


async def test_a_web_server_is_no_gateway(orders: OrderDesk) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    async with something_at(answer) as endpoint:
        assert "Something else than a TWS gateway" in await refusal(orders, endpoint)


async def test_a_port_that_says_nothing_is_given_up(orders: OrderDesk) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)

    async with something_at(say_nothing) as endpoint:
        assert "greeted us" in await refusal(orders, endpoint)


async def test_a_port_that_hangs_up_is_said(orders: OrderDesk) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.close()

    async with something_at(hang_up) as endpoint:
        assert "hung up" in await refusal(orders, endpoint)


async def test_a_gateway_that_is_too_old_is_said(orders: OrderDesk) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        told = b"100\x0020200101 10:00:00 EST\x00"
        writer.write(len(told).to_bytes(4, "big") + told)

    async with something_at(greet) as endpoint:
        assert "too old" in await refusal(orders, endpoint)


async def test_a_gateway_without_an_account_is_not_ready_yet(
    orders: OrderDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "OPEN_S", 0.3)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        told = b"178\x0020260101 10:00:00 EST\x00"
        writer.write(len(told).to_bytes(4, "big") + told)

    async with something_at(greet) as endpoint:
        with pytest.raises(Retryable, match="not ready"):
            await orders.channel.open(endpoint)


async def test_a8_a_client_id_in_use_is_named_at_once(
    shared_gateway: PracticeGateway, orders: OrderDesk, tasks: Tasks
) -> None:
    await orders.channel.open(shared_gateway.endpoint)
    second, began = IbOrderChannel(tasks), time.monotonic()
    with pytest.raises(UserError, match=r"Another program uses client id 17 on 127\.0\.0\.1"):
        await second.open(shared_gateway.endpoint)
    assert time.monotonic() - began < 1.0
    assert orders.channel.is_open


async def test_an_older_gateway_is_talked_to_in_its_version(tmp_path: Path, orders: OrderDesk) -> None:
    for gateway in running_gateway(tmp_path / "old", "--server-version", "157"):
        assert (await orders.channel.open(gateway.endpoint)).server_version == 157
        assert await orders.channel.open_orders() == ()
        await orders.channel.close()


async def test_a_killed_gateway_fails_what_waits_and_is_reported(
    practice_gateway: PracticeGateway, orders: OrderDesk
) -> None:
    await orders.channel.open(practice_gateway.endpoint)
    await practice_gateway.fault("delay", ms=60_000)
    began = time.monotonic()
    asyncio.get_running_loop().call_later(0.05, practice_gateway.kill)
    with pytest.raises(Retryable, match="lost"):
        await orders.channel.open_orders()
    await orders.heard.one(LinkReport, state=LinkState.DOWN)
    assert time.monotonic() - began < 3.0
    assert not orders.channel.is_open
    with pytest.raises(Retryable):
        await orders.channel.executions()


async def test_a_restarted_gateway_is_opened_again_with_the_same_channel(
    practice_gateway: PracticeGateway, orders: OrderDesk
) -> None:
    await orders.channel.open(practice_gateway.endpoint)
    practice_gateway.kill()
    await orders.heard.one(LinkReport, state=LinkState.DOWN)
    practice_gateway.restart()
    await orders.channel.open(practice_gateway.endpoint)
    assert await orders.channel.open_orders() == ()


async def test_closing_ourselves_is_no_news(shared_gateway: PracticeGateway, orders: OrderDesk) -> None:
    await orders.channel.open(shared_gateway.endpoint)
    await orders.channel.close()
    await orders.channel.close()
    assert not [report for report in orders.heard.all(LinkReport) if report.state is LinkState.DOWN]


async def test_a9_a_black_hole_is_found_by_the_second_heartbeat(
    practice_gateway: PracticeGateway, orders: OrderDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 2 * link.HEARTBEAT_S <= 12.0
    monkeypatch.setattr(link, "HEARTBEAT_S", 1.0)
    await orders.channel.open(practice_gateway.endpoint)
    await practice_gateway.fault("half_open")
    began = time.monotonic()
    with pytest.raises(Retryable, match="did not tell the time"):
        await orders.channel.heartbeat()
    assert time.monotonic() - began < 1.5
    assert orders.channel.is_open
    with pytest.raises(Retryable):
        await orders.channel.heartbeat()
    await orders.heard.one(LinkReport, state=LinkState.DOWN)
    assert time.monotonic() - began < 3.0


async def test_a10_an_impossible_length_cuts_the_line(practice_gateway: PracticeGateway, orders: OrderDesk) -> None:
    await orders.channel.open(practice_gateway.endpoint)
    await practice_gateway.fault("huge_length")
    report = await orders.heard.one(LinkReport, state=LinkState.DOWN)
    assert "impossible length" in report.why


async def test_a5_a6_what_the_gateway_says_of_its_own_line_is_reported(
    practice_gateway: PracticeGateway, orders: OrderDesk
) -> None:
    await orders.channel.open(practice_gateway.endpoint)
    for fault, parameters, state in (
        ("lost", {}, LinkState.BROKER_LOST),
        ("restored", {"data_lost": False}, LinkState.BROKER_BACK),
        ("lost", {}, LinkState.BROKER_LOST),
        ("restored", {"data_lost": True}, LinkState.BROKER_BACK_DATA_LOST),
    ):
        await practice_gateway.fault(fault, **parameters)
        await orders.heard.one(LinkReport, state=state)
    assert orders.channel.is_open


async def test_a7_flapping_farms_close_no_socket(practice_gateway: PracticeGateway, data: DataDesk) -> None:
    await data.channel.open(practice_gateway.endpoint)
    for _ in range(20):
        await practice_gateway.fault("farm", which="data", up=False)
        await practice_gateway.fault("farm", which="data", up=True)
        await practice_gateway.fault("farm", which="history", up=False)
    await data.news.one(FarmReport, farm=Farm.MARKET, is_up=False)
    await data.news.one(FarmReport, farm=Farm.HISTORY, is_up=False)
    await data.channel.heartbeat()
    assert data.channel.is_open
    assert not [report for report in data.news.all(LinkReport) if report.state is LinkState.DOWN]


async def test_b4_an_order_is_not_sent_to_a_gateway_that_takes_nothing(
    orders: OrderDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frame(text: bytes) -> bytes:
        return len(text).to_bytes(4, "big") + text

    async def greet_and_stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.write(
            frame(b"178\x0020260101 10:00:00 EST\x00") + frame(b"15\x001\x00DUT1\x00") + frame(b"9\x001\x001\x00")
        )
        writer.write(frame(b"49\x001\x001767279600\x00"))
        writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def answered(_: link.Link) -> object:
        return object()

    monkeypatch.setattr(link.Link, "heartbeat", answered)
    async with something_at(greet_and_stall) as endpoint:
        await orders.channel.open(endpoint)
        wire = orders.channel._link.socket  # type: ignore[union-attr]
        while wire.is_writable:
            wire.sendMsg("x" * 1_000_000)
        with pytest.raises(UserError, match="not sent"):
            await orders.channel.place(single("DUT1", IBM, Market()), IBM)
        wire.drop("the test is over")
