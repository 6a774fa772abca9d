"""A practice gateway on a free port inside the test's own loop, and two ways to talk to it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ib_async import IB, Contract, Stock

from app.practice.clock import Clock
from app.practice.control.port import Control
from app.practice.server.gateway import Gateway
from app.practice.server.listener import HOST, Listener, bind
from app.practice.server.options import Options
from app.practice.state.store import Store
from app.practice.tasks import Tasks

# A Sunday: in the always open market its ticks belong to Monday's session.
SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC).timestamp()
AAPL = Stock("AAPL", "SMART", "USD")
PATIENCE = 5.0


@dataclass(slots=True)
class Running:
    """A gateway that listens."""

    gateway: Gateway
    port: int
    control: Control

    def move(self, symbol: str, price: float) -> None:
        """Move the market there."""
        self.do({"do": "price", "symbol": symbol, "last": price})

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do a control command that must succeed."""
        import json

        answer = self.control.do(json.dumps(command).encode())
        assert answer["ok"], answer
        return answer

    def last(self, symbol: str = "AAPL") -> float:
        """Return the last price."""
        con_id = next(c.con_id for c in self.gateway.book.all() if c.symbol == symbol)
        return self.gateway.market.quote(con_id, self.gateway.clock.now()).last


@asynccontextmanager
async def running_gateway(directory: Path, *, start: float = SUNDAY, **options: Any) -> AsyncIterator[Running]:
    """Run a gateway until the block ends."""
    store = Store(directory)
    left_at = store.get("clock")
    clock = Clock(start=start if left_at is None else max(start, left_at))
    gateway = Gateway(Options(**options), clock, store)
    listener = Listener(gateway, bind(0))
    await listener.open()
    tasks = Tasks()
    beat = tasks.spawn(_beat(gateway), name="beat")
    gateway.faults.restart = lambda seconds: _restart(listener, tasks, seconds)
    try:
        yield Running(gateway, listener.port, Control(gateway, lambda: None))
        assert not beat.done(), beat
    finally:
        listener.close()
        await tasks.close()
        gateway.close()
        await asyncio.sleep(0)


async def _beat(gateway: Gateway) -> None:
    while True:
        gateway.beat()
        await asyncio.sleep(0.01)


def _restart(listener: Listener, tasks: Tasks, seconds: float) -> None:
    async def come_back() -> None:
        await asyncio.sleep(seconds)
        await listener.reopen()

    listener.close()
    tasks.spawn(come_back(), name="restart")


@asynccontextmanager
async def connected(port: int, client_id: int = 17, *, version: int = 178) -> AsyncIterator[IB]:
    """Connect ib_async, as a client of this server version."""
    ib = IB()
    ib.RequestTimeout = PATIENCE
    ib.client.MaxClientVersion = version
    await ib.connectAsync(HOST, port, clientId=client_id, timeout=PATIENCE)
    try:
        yield ib
    finally:
        ib.disconnect()
        await asyncio.sleep(0)


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition, at most a few seconds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - there is no event behind what a client library knows
            await asyncio.sleep(0.005)


async def qualified(ib: IB, contract: Contract = AAPL) -> Contract:
    """Return the contract with its id."""
    (found,) = await ib.qualifyContractsAsync(Stock(contract.symbol, contract.exchange, contract.currency))
    assert found is not None
    return found


class RawClient:
    """A client that knows nothing but frames and fields."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.seen: list[list[str]] = []

    @classmethod
    async def connect(cls, port: int, greeting: bytes = b"v157..178") -> RawClient:
        """Open a connection and send the greeting."""
        client = cls(*await asyncio.open_connection(HOST, port))
        client.writer.write(b"API\0" + struct.pack(">I", len(greeting)) + greeting)
        return client

    @classmethod
    async def started(cls, port: int, client_id: int = 5, *, version: int = 178) -> RawClient:
        """Connect, negotiate a version and start the API."""
        client = await cls.connect(port, f"v157..{version}".encode())
        assert (await client.fields())[0] == str(version)
        client.send(71, 2, client_id, "")
        await client.until(4, 2158)
        return client

    def send(self, *fields: object) -> None:
        """Send one message."""
        self.send_payload("".join(f"{field}\0" for field in fields).encode())

    def send_payload(self, payload: bytes) -> None:
        """Send one frame."""
        self.writer.write(struct.pack(">I", len(payload)) + payload)

    async def fields(self) -> list[str]:
        """Return the next message's fields; raises IncompleteReadError at the end."""
        async with asyncio.timeout(PATIENCE):
            (size,) = struct.unpack(">I", await self.reader.readexactly(4))
            payload = await self.reader.readexactly(size)
        assert payload.endswith(b"\0"), payload
        fields = payload.decode("ascii").split("\0")[:-1]
        self.seen.append(fields)
        return fields

    async def until(self, number: int, about: object = None) -> list[str]:
        """Return the next message of this number (and, for errors, of this code)."""
        while True:
            fields = await self.fields()
            if fields[0] == str(number) and (about is None or fields[3] == str(about)):
                return fields

    async def ended(self) -> bool:
        """Return whether the server closes the connection."""
        async with asyncio.timeout(PATIENCE):
            while await self.reader.read(4096):
                pass
        return True

    def close(self) -> None:
        """Close."""
        self.writer.close()
