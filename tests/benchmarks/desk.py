"""The kill switch over a real socket: how soon nothing new can leave, and how soon 40 cancels are on the wire.

`python -m tests.benchmarks.desk --orders 40` prints one JSON object; exit 1 above MOST_BLOCK_MS or MOST_WIRE_MS. The
gateway is the practice gateway in a process of its own; the core is the product's, with its database on disk.
`refused_ms` ends when a reviewed order is refused, `wire_ms` when the last cancel was given to the socket,
`cancelled_ms` when the broker has confirmed all of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.orders import Intent, IntentId, Limit, OrderRef, OrderState
from tests.support.core import WIDE_LIMITS, Trader, trading
from tests.support.gateway import PracticeGateway

MOST_BLOCK_MS = 200.0
MOST_WIRE_MS = 1000.0
CANCEL = "4\0"


def like(intent: Intent, price: Decimal) -> Intent:
    """Return an intent like another one, at another price."""
    id_ = IntentId(ev.new_id())
    return replace(
        intent, id=id_, decision=f"hand:{id_}", legs=(replace(intent.entry, ref=OrderRef(id_), type=Limit(price)),)
    )


async def resting(trader: Trader, count: int) -> None:
    """Place so many buys below the market and return once all of them work."""
    aapl = await trader.instrument()
    first, top = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1)), trader.near(aapl, -3)
    for number in range(1, count):
        intent = like(first, top - number * Decimal("0.01"))
        await trader.core.facts.enter(ev.OrderIntended(at=trader.core.clock.now(), intent=intent))
        await trader.core.desk._channel.place(intent, aapl)
    await trader.until(lambda state: all(o.state is OrderState.ACCEPTED for o in state.orders.values()), 60)


async def measured(trader: Trader, count: int) -> dict[str, float]:
    """Pull the switch with so many orders at the broker and return the figures in milliseconds."""
    await resting(trader, count)
    aapl = await trader.instrument()
    review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -1)), 1))
    await asyncio.sleep(1.1)  # as in life: the orders were placed a while ago and use up none of the message rate
    wire = trader.core.desk._channel._link.socket  # type: ignore[attr-defined]
    cancels, send = list[float](), wire.sendMsg

    def noted(message: str) -> None:
        send(message)
        if message.startswith(CANCEL):
            cancels.append(time.perf_counter())

    wire.sendMsg = noted
    began = time.perf_counter()
    trader.core.desk.halt("Measured.")
    try:
        await trader.core.desk.submit(review)
    except UserError:
        refused = time.perf_counter()
    await trader.until(lambda state: all(o.state is OrderState.CANCELLED for o in state.orders.values()), 60)
    done = time.perf_counter()
    ends = {"refused_ms": refused, "wire_ms": max(cancels), "cancelled_ms": done}
    return {"cancels": len(cancels)} | {name: round((end - began) * 1000, 1) for name, end in ends.items()}


async def run(count: int) -> dict[str, float]:
    """Return the figures of one practice gateway."""
    with TemporaryDirectory() as directory:
        gateway = PracticeGateway(Path(directory) / "gateway")
        gateway.start()
        try:
            async with trading(Path(directory) / "app", gateway, limits=WIDE_LIMITS) as trader:
                return await measured(trader, count)
        finally:
            gateway.stop()


def main() -> int:
    """Measure and judge."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=40)
    found = asyncio.run(run(parser.parse_args().orders))
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if found["refused_ms"] <= MOST_BLOCK_MS and found["wire_ms"] <= MOST_WIRE_MS else 1


if __name__ == "__main__":
    sys.exit(main())
