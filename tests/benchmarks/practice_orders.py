"""How fast the practice gateway takes orders, and what a thousand resting ones cost.

`python -m tests.benchmarks.practice_orders [--orders N]`: two JSON lines. `placement`: real milliseconds from sending a
limit order to its first status, over loopback, each committed to disk before it is told; one at a time. `resting`:
ticks a second that the exchange matches with N resting orders on the symbol, in process, with and without them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.practice_gateway import Wire, gateway
from tests.benchmarks.practice_ticks import made_ticks
from tests.practice.hearing import Hearing
from tests.practice.server.test_trading import place_fields

SYMBOL = 900_000_101


def first_status(wire: Wire, order_id: int) -> None:
    """Read until a status of this order comes."""
    while int(wire.until(3)[1]) != order_id:
        pass


def placement(count: int) -> dict[str, float]:
    """Return the time from an order to its first status, in milliseconds."""
    took: list[float] = []
    with gateway() as running:
        wire = Wire.started(running.facts["port"])
        for order_id in range(1, count + 51):
            fields = place_fields(order_id, "BUY", 1, "LMT", round(1.0 + order_id % 50 / 100, 2))
            begun = time.perf_counter()
            wire.send(*fields)
            first_status(wire, order_id)
            took.append((time.perf_counter() - begun) * 1000)
            wire.send(4, 1, order_id, "")
            wire.until(4)
    took = sorted(took[50:])
    return {"median_ms": statistics.median(took), "p99_ms": took[int(len(took) * 0.99)], "goal_median_ms": 1.5}


def ticks_per_second(orders: int, ticks: int = 40_000) -> float:
    """Return how many ticks a second are matched and shown with so many resting orders on the symbol."""
    with tempfile.TemporaryDirectory() as directory:
        here = Hearing(Path(directory))
        for order_id in range(1, orders + 1):
            kind, limit, aux = (
                ("LMT", round(5 + order_id % 400 / 100, 2), "") if order_id % 2 else ("STP", "", 500 + order_id % 400)
            )
            here.say(*place_fields(order_id, "BUY", 1, kind, limit, aux, con_id=SYMBOL, tif="GTC"))
        shown = made_ticks([SYMBOL], ticks)
        begun = time.perf_counter()
        for tick in shown:
            here.gateway.dispatch(tick)
        return ticks / (time.perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.practice_orders")
    parser.add_argument("--orders", type=int, default=1_000)
    wanted = parser.parse_args()
    figures = placement(500)
    sys.stdout.write(
        json.dumps({"bench": "practice_placement", "orders": 500, **{k: round(v, 3) for k, v in figures.items()}})
        + "\n"
    )
    line = {
        "bench": "practice_resting",
        "orders": wanted.orders,
        "ticks_per_s": round(ticks_per_second(wanted.orders)),
        "without_orders_per_s": round(ticks_per_second(1)),
        "goal_per_s": 5_000,
    }
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
