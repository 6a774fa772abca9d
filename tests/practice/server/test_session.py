"""Connections: greeting, versions, bad bytes, client ids, what happens before startApi."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ib_async import IB

from app.practice.server.limits import ALL_LIMITS
from app.practice.server.listener import HOST, PortInUse, bind
from tests.practice.running import RawClient, Running, connected, qualified, running_gateway, until


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as gateway:
        yield gateway


async def test_the_greeting_is_version_and_time_and_nothing_more_until_the_api_starts(running: Running) -> None:
    client = await RawClient.connect(running.port)
    assert await client.fields() == ["178", client.seen[0][1]]
    assert client.seen[0][1].startswith("20261122 13:00:")
    assert client.seen[0][1].endswith(" EST")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.reader.read(1)
    client.send(71, 2, 5, "")
    numbers = [(await client.fields())[0] for _ in range(5)]
    assert numbers == ["15", "9", "4", "4", "4"]
    assert [fields[3] for fields in client.seen[-3:]] == ["2104", "2106", "2158"]
    client.close()


@pytest.mark.parametrize("version", [157, 158, 160, 163, 164, 169, 170, 174, 176, 177, 178])
async def test_ib_async_works_at_every_version_where_a_layout_changes(running: Running, version: int) -> None:
    async with connected(running.port, version=version) as ib:
        assert ib.client.serverVersion() == version
        contract = await qualified(ib)
        bars = await ib.reqHistoricalDataAsync(contract, "", "2 D", "1 day", "TRADES", True)
        assert len(bars) == 2
        assert ib.managedAccounts() == ["DUT000001"]
        assert ib.accountValues()


async def test_clients_of_three_versions_trade_at_the_same_time(running: Running) -> None:
    old, mid, new = [await RawClient.started(running.port, n, version=v) for n, v in ((1, 157), (2, 169), (3, 178))]
    for client in (old, mid, new):
        client.send(9, 8, 3, 0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, "", "", "")
    lengths = [len(await client.until(10)) for client in (old, mid, new)]
    # Below 164 a version field and a multiplier, at 164 three sizes more.
    assert lengths[1] == lengths[2] == lengths[0] - 2 + 3
    for client in (old, mid, new):
        client.close()


@pytest.mark.parametrize("bad", [b"GET / HTTP/1.1\r\n\r\n", b"API\0\x7f\xff\xff\xff", b"API\0\0\0\0\x05hello"])
async def test_bytes_that_are_no_greeting_end_only_their_own_connection(running: Running, bad: bytes) -> None:
    good = await RawClient.started(running.port)
    reader, writer = await asyncio.open_connection(HOST, running.port)
    writer.write(bad)
    assert await reader.read() == b""
    writer.close()
    good.send(49, 1)
    await good.until(49)
    good.close()


async def test_a_huge_length_after_the_greeting_ends_only_its_own_connection(running: Running) -> None:
    good, bad = await RawClient.started(running.port, 1), await RawClient.started(running.port, 2)
    bad.writer.write(struct.pack(">I", 0x7FFFFFFF) + b"x" * 100)
    assert await bad.ended()
    good.send(49, 1)
    await good.until(49)
    good.close()


@pytest.mark.parametrize("early", [(49, 1), (999,), (71, 2, "me", ""), (20, 4)])
async def test_anything_before_the_start_ends_the_connection(running: Running, early: tuple[object, ...]) -> None:
    client = await RawClient.connect(running.port)
    await client.fields()
    client.send(*early)
    assert await client.ended()


async def test_a_used_client_id_is_told_326_and_the_first_client_stays(running: Running) -> None:
    first = await RawClient.started(running.port, 17)
    second = await RawClient.connect(running.port)
    await second.fields()
    second.send(71, 2, 17, "")
    assert (await second.until(4))[2:4] == ["-1", "326"]
    assert await second.ended()
    first.send(49, 1)
    await first.until(49)
    first.close()
    await until(lambda: not running.gateway.sessions)
    third = await RawClient.started(running.port, 17)
    third.close()


async def test_ib_async_hears_326_at_once(running: Running) -> None:
    async with connected(running.port, 17):
        second, codes = IB(), []
        second.errorEvent += lambda _, code, *__: codes.append(code)
        with pytest.raises((ConnectionError, TimeoutError, asyncio.CancelledError)):
            await second.connectAsync(HOST, running.port, clientId=17, timeout=0.3)
        assert 326 in codes


@pytest.mark.parametrize(
    ("message", "about", "code"),
    [
        (("999",), "-1", "320"),
        (("x",), "-1", "320"),
        (("20", "7"), "7", "320"),
        (("8", "1", "many"), "-1", "320"),
        (("22", "9", "x"), "9", "162"),
        (("18", "1", "1"), "-1", "321"),
        (("84", "6", "x"), "6", "10276"),
        (("10", "5", "3", "0", "SPX", "IND", "", "", "", "", "CBOE", "", "USD", "", "", "5", "0", ""), "3", "10092"),
    ],
)
async def test_what_cannot_be_read_or_served_is_answered_and_the_session_lives(
    running: Running, message: tuple[str, ...], about: str, code: str
) -> None:
    client = await RawClient.started(running.port)
    client.send(*message)
    assert (await client.until(4, code))[2] == about
    client.send(49, 1)
    await client.until(49)
    client.close()


async def test_ids_grow_with_what_the_client_used(running: Running) -> None:
    client = await RawClient.started(running.port)
    client.send(8, 1, 1)
    assert (await client.until(9))[2] == "1"
    client.close()


async def test_a_free_port_is_never_one_of_tws_and_a_used_one_is_named(running: Running) -> None:
    with pytest.raises(PortInUse, match=f"Port {running.port} .* in use"):
        bind(running.port)


async def test_with_limits_the_51st_message_of_a_second_is_100_and_ends_the_connection(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, limits=ALL_LIMITS) as limited:
        client, other = await RawClient.started(limited.port), await RawClient.started(limited.port, 6)
        for _ in range(60):
            client.send(49, 1)
        assert "max=50 rec=51" in (await client.until(4, 100))[4]
        assert await client.ended()
        other.send(49, 1)
        await other.until(49)
        other.close()
