"""How fast the order desk is over real sockets, each figure with its goal.

`python -m tests.benchmarks.session [--only NAME] [--times N]`: a JSON line for each of
`reconnect`: seconds from the gateway's return to READY, with 200 orders and 2,000 executions to match;
`kill_switch`: milliseconds until 40 cancels are on the wire; `click`: milliseconds from a click to the order on the
wire while 100 symbols stream.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np

from app.adapters.ib.socket import GatewaySocket
from app.domain.orders import Limit, OrderState, Side
from app.services.desk import fresh_decision
from tests.support.core import WIDE_LIMITS, Trader, is_down, trading
from tests.support.gateway import PracticeGateway

ORDERS, EXECUTIONS, SYMBOLS = 200, 2000, 100
PLACE, CANCEL = "3\0", "4\0"
Figures = dict[str, float]


@asynccontextmanager
async def desk(*options: str) -> AsyncIterator[Trader]:
    """Yield a trader at a gateway of its own."""
    with tempfile.TemporaryDirectory() as folder:
        gateway = PracticeGateway(Path(folder) / "gateway", options)
        gateway.start()
        try:
            async with trading(Path(folder) / "app", gateway, limits=WIDE_LIMITS) as trader:
                yield trader
        finally:
            gateway.stop()


class Wire:
    """Notes when messages of a kind are written to a socket."""

    def __init__(self, kind: str) -> None:
        self.at: list[float] = []
        self._write, self._kind = GatewaySocket.sendMsg, kind

    def __enter__(self) -> Wire:
        write, kind, at = self._write, self._kind, self.at

        def noted(socket: GatewaySocket, message: str) -> None:
            write(socket, message)
            if message.startswith(kind):
                at.append(time.perf_counter())

        GatewaySocket.sendMsg = noted  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        GatewaySocket.sendMsg = self._write  # type: ignore[method-assign]


async def rest(trader: Trader, count: int) -> None:
    """Have so many orders work far from the market."""
    aapl = await trader.instrument()
    for number in range(count):
        proposal = trader.proposal(aapl, Limit(trader.near(aapl, -20 - number / 20)), 1)
        await trader.core.desk.submit(await trader.core.desk.review(proposal))
    working = lambda state: sum(o.state is OrderState.ACCEPTED for o in state.orders.values())  # noqa: E731
    await trader.until(lambda state: working(state) >= count, 60)


async def fill(trader: Trader, executions: int) -> None:
    """Have so many executions, a hundred to an order."""
    msft = await trader.instrument("MSFT")
    for number in range(executions // 100):
        await trader.gateway.fault("partial", sizes=[1] * 100)
        side = Side.SELL if number % 2 else Side.BUY
        limit = Limit(trader.near(msft, 2.0 * side.sign))
        proposal = trader.proposal(msft, limit, 100, side)
        await trader.core.desk.submit(await trader.core.desk.review(proposal))
        await trader.until(lambda state, wanted=number: len(state.fills) >= (wanted + 1) * 100, 60)


async def reconnect(times: int) -> Figures:
    """Measure from the moment the gateway listens again."""
    took: list[float] = []
    async with desk() as trader:
        await fill(trader, EXECUTIONS)
        await rest(trader, ORDERS)
        for _ in range(times):
            trader.gateway.kill()
            await trader.until_view(is_down, 30)
            await asyncio.to_thread(trader.gateway.restart)
            began = time.perf_counter()
            await trader.until_view(lambda view: view.is_ready, 60)
            took.append(time.perf_counter() - began)
        working = sum(order.state.is_working for order in trader.state.orders.values())
        return {
            "times": times,
            "working": working,
            "executions": len(trader.state.fills),
            "p50_s": round(float(np.percentile(took, 50)), 2),
            "p95_s": round(float(np.percentile(took, 95)), 2),
            "goal_p95_s": 5,
        }


async def kill_switch(times: int) -> Figures:
    """Measure from the switch to the last of 40 cancels."""
    took: list[float] = []
    async with desk() as trader:
        for _ in range(times):
            await rest(trader, 40)
            with Wire(CANCEL) as wire:
                began = time.perf_counter()
                trader.core.desk.halt("benchmark")
                await trader.until(lambda state: not any(o.state.is_working for o in state.orders.values()), 30)
            took.append((wire.at[39] - began) * 1000)
            await trader.core.desk.resume()
        return {"times": times, "orders": 40, "worst_ms": round(max(took), 1), "goal_ms": 1000}


async def click(times: int) -> Figures:
    """Measure from the click on a reviewed order to its write, while everything streams."""
    took: list[float] = []
    async with desk("--speed", "5", "--no-limits") as trader:
        aapl, symbols = await trader.instrument(), await every_symbol(trader)
        for _ in range(times):
            side = Side.SELL if len(took) % 2 else Side.BUY
            proposal = trader.proposal(aapl, Limit(trader.near(aapl, -20 * side.sign)), 1, side)
            review = await trader.core.desk.review(proposal)
            with Wire(PLACE) as wire:
                began = time.perf_counter()
                intent = await trader.core.desk.submit(review)
            took.append((wire.at[0] - began) * 1000)
            await trader.until_state(intent.entry.ref, OrderState.ACCEPTED)
            await trader.core.desk.cancel(intent.entry.ref, fresh_decision())
        return {
            "times": times,
            "symbols": symbols,
            "p50_ms": round(float(np.percentile(took, 50)), 1),
            "p99_ms": round(float(np.percentile(took, 99)), 1),
            "goal_p99_ms": 50,
        }


async def every_symbol(trader: Trader) -> int:
    """Watch a hundred instruments of the practice market."""
    found = {
        one.con_id: one for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for one in await trader.core.market.search(letter)
    }
    for instrument in list(found.values())[:SYMBOLS]:
        await trader.core.market.watch(instrument)
    return min(SYMBOLS, len(found))


BENCHES: dict[str, tuple[Callable[[int], Coroutine[Any, Any, Figures]], int]] = {
    "reconnect": (reconnect, 20),
    "kill_switch": (kill_switch, 5),
    "click": (click, 300),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.session")
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--times", type=int)
    wanted = parser.parse_args()
    for name, (bench, times) in BENCHES.items():
        if wanted.only in (None, name):
            figures = asyncio.run(bench(wanted.times or times))
            sys.stdout.write(json.dumps({"bench": name, **figures}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
