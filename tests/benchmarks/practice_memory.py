"""Whether the practice gateway's memory stays flat over a day.

`python -m tests.benchmarks.practice_memory [--hours H] [--speed X] [--orders N]`: one JSON line. N resting orders on
fifty symbols, all of them streaming to a client, for H virtual hours; `growth_mb` is from the first tenth on.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.benchmarks.practice_gateway import Wire, gateway
from tests.benchmarks.practice_load import contract
from tests.practice.server.test_trading import place_fields

SYMBOLS = 50
PARTS = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.practice_memory")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--speed", type=float, default=200.0)
    parser.add_argument("--orders", type=int, default=500)
    wanted = parser.parse_args()
    with gateway("--speed", str(wanted.speed)) as running:
        wire = Wire.started(running.facts["port"])
        for n in range(SYMBOLS):
            wire.send(1, 11, n + 1, *contract(900_000_101 + n), 0, "", 0, 0, "")
        for order_id in range(1, wanted.orders + 1):
            con_id = 900_000_101 + order_id % SYMBOLS
            wire.send(*place_fields(order_id, "BUY", 1, "LMT", 1.0, con_id=con_id, tif="GTC"))
        sizes, messages = [], 0
        for _ in range(PARTS):
            messages += wire.counted(wanted.hours * 3600 / wanted.speed / PARTS)
            sizes.append(running.rss_mb())
        working = sum(order["status"] == "Submitted" for order in running.control(do="book")["orders"])
    line = {
        "bench": "practice_memory",
        **vars(wanted),
        "working_orders": working,
        "messages": messages,
        "rss_mb": [round(size, 1) for size in sizes],
        "growth_mb": round(sizes[-1] - sizes[0], 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
