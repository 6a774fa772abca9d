"""Frames that no gateway would send, over a socket: what cannot be read is left out, and the line goes on or is cut."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

import pytest

from app.domain.broker import Commission, Endpoint, OrderReport
from app.domain.errors import TapelineError
from app.domain.instruments import Instrument
from app.domain.orders import Limit, Market
from tests.adapters.ib.conftest import DataDesk, OrderDesk, single
from tests.support.gateway import PracticeGateway

FRAMES = int(os.environ.get("TAPELINE_FRAMES", "5000"))
EACH = 100
WEDGED_S = 15.0
WORDS = (b"", b"x", b"-1", b"1e999", b"nan", b"99999999999999999999", b"\xff\xfe", b"20261122  10:00:00", b"a;b,c")


@dataclass
class Between:
    """Stands between a client and a gateway: keeps the frames it passes on, and says what it is told to."""

    frames: list[bytes] = field(default_factory=list)
    clients: list[asyncio.StreamWriter] = field(default_factory=list)
    port: int = 0

    async def say(self, raw: bytes, chance: Random) -> None:
        """Write bytes to the client in pieces of any size."""
        client = self.clients[-1]
        cut = chance.randrange(len(raw) + 1)
        for piece in (raw[:cut], raw[cut:]):
            client.write(piece)
            with contextlib.suppress(ConnectionError):
                await client.drain()


@asynccontextmanager
async def between(gateway: PracticeGateway) -> AsyncIterator[Between]:
    """Yield one that listens in front of a gateway."""
    here = Between()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(4)
                body = await reader.readexactly(struct.unpack(">I", head)[0])
                here.frames.append(body)
                writer.write(head + body)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(gateway.endpoint.host, gateway.endpoint.port)
        here.clients.append(writer)
        await asyncio.gather(pump(reader, there[1]), back(there[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()


def spoilt(frame: bytes, chance: Random) -> bytes:
    """Return a frame with a field or byte changed, taken away, doubled, or with all that follows cut off."""
    fields = frame.split(b"\0")
    at = chance.randrange(len(fields))
    match chance.randrange(6):
        case 0:
            fields[at] = chance.choice(WORDS)
        case 1:
            del fields[at]
        case 2:
            fields.insert(at, chance.choice(WORDS))
        case 3:
            fields = [*fields[:at], b""]
        case 4:
            fields[0] = str(chance.randrange(-5, 200)).encode()
        case _:
            changed = bytearray(frame or b"\0")
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            return bytes(changed)
    return b"\0".join(fields)


def as_sent(body: bytes, chance: Random) -> bytes:
    """Return a frame as bytes; now and then its length is a lie."""
    length = len(body) if chance.random() < 0.995 else chance.choice((0, len(body) + 1, 0x7FFFFFFF))
    return struct.pack(">I", length) + body


@pytest.mark.timeout(120 + FRAMES / 50)
@pytest.mark.parametrize("count", [400, pytest.param(FRAMES, id="many", marks=pytest.mark.slow)])
async def test_a10_spoilt_frames_neither_crash_nor_wedge_the_line(
    practice_gateway: PracticeGateway, orders: OrderDesk, data: DataDesk, count: int
) -> None:
    chance = Random(20_261_122)
    async with between(practice_gateway) as here:
        endpoint = replace(practice_gateway.endpoint, port=here.port)
        await opened(orders, endpoint)
        await data.channel.open(practice_gateway.endpoint)
        (msft,) = await data.channel.describe("MSFT")
        await data.channel.close()
        await something_to_tell(practice_gateway, orders, msft)
        real = list(here.frames)
        for number in range(count):
            with contextlib.suppress(ConnectionError):
                await here.say(as_sent(spoilt(chance.choice(real), chance), chance), chance)
            if number % EACH == EACH - 1:
                await within_time(orders, endpoint)
        await orders.channel.close()
    await opened(orders, practice_gateway.endpoint)
    assert await orders.channel.open_orders(), "the order still works, and is read as ever"


async def opened(orders: OrderDesk, endpoint: Endpoint) -> None:
    """Open the channel; the gateway may need a moment to let the last connection go."""
    for _ in range(50):
        with contextlib.suppress(TapelineError):
            await orders.channel.open(endpoint)
            return
        await asyncio.sleep(0.1)
    await orders.channel.open(endpoint)


async def something_to_tell(gateway: PracticeGateway, orders: OrderDesk, instrument: Instrument) -> None:
    """Have an order rest and one fill, and ask all there is to ask, so that frames of many kinds pass."""
    for type_ in (Limit(Decimal(1)), Market()):
        intent = single(gateway.account, instrument, type_)
        await orders.channel.place(intent, instrument)
        await orders.heard.one(OrderReport, intent.entry.ref)
    await orders.heard.until(lambda: orders.heard.all(Commission))
    await orders.channel.follow_account(gateway.account)
    await orders.channel.open_orders()
    await orders.channel.completed_orders()
    await orders.channel.executions()
    await orders.channel.holdings()


async def within_time(orders: OrderDesk, endpoint: Endpoint) -> None:
    """Return once the gateway answers again, over this line or a new one."""
    async with asyncio.timeout(WEDGED_S):
        while True:
            with contextlib.suppress(TapelineError):
                await orders.channel.heartbeat()
                return
            await orders.channel.close()
            await opened(orders, endpoint)
