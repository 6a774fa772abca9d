"""How many ticks a second one ib_async client takes from the practice gateway over loopback.

`python -m tests.benchmarks.practice_ticks [--seconds N] [--symbols N] [--rate R]`: one JSON line. The gateway runs in a
process of its own and encodes every message when it sends it; each market tick brings bid, ask, last and volume. They
are offered at R messages a second in bursts of 200: a client that falls behind reads larger pieces, and ib_async copies
the rest of a piece for each message in it. `ticks_per_s` is its connection and decoder alone, `whole_ib_ticks_per_s`
with tickers and events; `client_alone` and `whole_ib_alone` are the same from memory: the client's ceilings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from ib_async import IB, Contract
from ib_async.client import Client
from ib_async.decoder import Decoder

from app.practice.clock import Clock
from app.practice.market import Tick
from app.practice.server.gateway import Gateway
from app.practice.server.listener import HOST, Listener, bind
from app.practice.server.options import Options
from app.practice.state.store import Store

FIRST = 900_000_101
TICK_NAMES = ("priceSizeTick", "tickSize", "tickString")
BURST = 50
MESSAGES_PER_TICK = 4
HIGH_WATER = 64 * 1024


class Counting:
    """Stands where a program's wrapper stands and counts the ticks it is told."""

    def __init__(self) -> None:
        self.ticks = 0

    def priceSizeTick(self, *_: Any) -> None:
        self.ticks += 1

    def tickSize(self, *_: Any) -> None:
        self.ticks += 1

    def tickString(self, *_: Any) -> None:
        self.ticks += 1

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def made_ticks(con_ids: list[int], count: int) -> list[Tick]:
    """Return trades that each move bid, ask and last of an instrument."""

    def one(n: int) -> Tick:
        price = 100.0 + n % 89 / 100
        return Tick(
            con_ids[n % len(con_ids)],
            1.8e9 + n // 1000,
            price,
            100,
            price - 0.01,
            price + 0.01,
            100 + n % 7,
            200 + n % 5,
        )

    return [one(n) for n in range(count)]


async def flood(gateway: Gateway, con_ids: list[int], rate: float) -> None:
    """Show ticks at an offered rate of messages, in small bursts, while the client takes them."""
    ticks, begun, offered = cycle(made_ticks(con_ids, 50_000)), 0.0, 0
    while True:
        sessions = list(gateway.sessions.values())
        if sessions and gateway.quotes.count(sessions[0]) == len(con_ids):
            begun = begun or time.perf_counter()
            waiting = sum(s._transport.get_write_buffer_size() for s in sessions if s._transport is not None)
            if waiting < HIGH_WATER and offered < (time.perf_counter() - begun) * rate:
                for tick in islice(ticks, BURST):
                    gateway.show(tick)
                offered += BURST * MESSAGES_PER_TICK
                for session in sessions:
                    session.flush()
        await asyncio.sleep(0)


def serve(port_pipe: Any, symbols: int, rate: float) -> None:
    """Run a gateway whose market is a flood."""

    async def run() -> None:
        with tempfile.TemporaryDirectory() as directory:
            gateway = Gateway(Options(), Clock(), Store(Path(directory)))
            listener = Listener(gateway, bind(0))
            await listener.open()
            port_pipe.send(listener.port)
            await flood(gateway, [FIRST + n for n in range(symbols)], rate)

    asyncio.run(run())


@dataclass(frozen=True, slots=True)
class Rates:
    """Ticks a second."""

    over_loopback: float
    messages: int


async def received(port: int, symbols: int, seconds: float, wrapper: Any, start: Any) -> Rates:
    """Connect, subscribe and count for a while."""
    await start(port)
    counted = wrapper.ticks
    await asyncio.sleep(1.0)  # let the flood begin
    counted, begun = wrapper.ticks, time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - begun
    return Rates((wrapper.ticks - counted) / took, wrapper.ticks - counted)


async def with_bare_client(port: int, symbols: int, seconds: float) -> Rates:
    """Count with ib_async's connection and decoder, without what its state keeping costs."""
    wrapper = Counting()
    client = Client(wrapper)  # type: ignore[arg-type]

    async def start(port: int) -> None:
        await client.connectAsync(HOST, port, clientId=1, timeout=10)
        _subscribe(client, symbols)

    rates = await received(port, symbols, seconds, wrapper, start)
    client.disconnect()
    return rates


async def with_whole_ib(port: int, symbols: int, seconds: float) -> Rates:
    """Count with a whole IB object: tickers, events and all."""
    ib = IB()
    counter = Counting()
    for name in TICK_NAMES:
        _count_calls(ib.wrapper, name, counter)

    async def start(port: int) -> None:
        await ib.connectAsync(HOST, port, clientId=2, timeout=10)
        for con_id in range(FIRST, FIRST + symbols):
            ib.reqMktData(Contract(conId=con_id, exchange="SMART"))

    rates = await received(port, symbols, seconds, counter, start)
    ib.disconnect()
    return rates


def _count_calls(wrapper: Any, name: str, counter: Counting) -> None:
    original = getattr(wrapper, name)

    def counted(*facts: Any) -> None:
        counter.ticks += 1
        original(*facts)

    setattr(wrapper, name, counted)


def _subscribe(client: Client, symbols: int) -> None:
    for n in range(symbols):
        client.reqMktData(n + 1, Contract(conId=FIRST + n, exchange="SMART"), "", False, False, [])


def client_alone(decoder: Decoder, count: int = 100_000) -> float:
    """Return how many tick messages a second ib_async takes from memory."""
    fields = [["1", "6", "7", str((1, 2, 4)[n % 3]), f"{100 + n / 100}", str(300 + n % 7), "0"] for n in range(1_000)]
    begun = time.perf_counter()
    for n in range(count):
        decoder.interpret(fields[n % 1_000])
    return count / (time.perf_counter() - begun)


def whole_decoder() -> Decoder:
    """Return the decoder of a whole IB object that follows one ticker."""
    ib = IB()
    ib.wrapper.startTicker(7, Contract(conId=FIRST, exchange="SMART"), "mktData")
    ib.wrapper.lastTime = datetime.now(UTC)
    return Decoder(ib.wrapper, 178)


def measured(symbols: int, seconds: float, rate: float, how: Any) -> Rates:
    """Run the gateway beside one client."""
    ours, theirs = multiprocessing.Pipe()
    gateway = multiprocessing.Process(target=serve, args=(theirs, symbols, rate), daemon=True)
    gateway.start()
    try:
        return asyncio.run(how(ours.recv(), symbols, seconds))
    finally:
        gateway.terminate()
        gateway.join()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.practice_ticks")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--symbols", type=int, default=20)
    parser.add_argument("--rate", type=float, default=155_000.0)
    wanted = parser.parse_args()
    bare = measured(wanted.symbols, wanted.seconds, wanted.rate, with_bare_client)
    whole = measured(wanted.symbols, wanted.seconds, wanted.rate, with_whole_ib)
    line = {
        "bench": "practice_ticks",
        "symbols": wanted.symbols,
        "seconds": wanted.seconds,
        "offered_per_s": wanted.rate,
        "ticks_per_s": round(bare.over_loopback),
        "whole_ib_ticks_per_s": round(whole.over_loopback),
        "client_alone_per_s": round(client_alone(Decoder(Counting(), 178))),  # type: ignore[arg-type]
        "whole_ib_alone_per_s": round(client_alone(whole_decoder())),
        "goal_per_s": 150_000,
    }
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
