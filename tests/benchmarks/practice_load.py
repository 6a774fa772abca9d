"""What streaming and history cost the practice gateway.

`python -m tests.benchmarks.practice_load [--symbols N] [--seconds S]`: two JSON lines. `streaming`: the share of one
core that N symbols at about 20 trades a second each take, the clock sped up until they come that fast.
`year_of_minutes`: real milliseconds from asking for a year of minutes to the last byte, the first time and again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from tests.benchmarks.practice_gateway import Gateway, Wire, gateway

TRADES_PER_SYMBOL = 20.0
LAST = b"4"


def contract(con_id: int) -> list[object]:
    """Return the twelve fields that name a contract."""
    return [con_id, "", "", "", "", "", "", "SMART", "", "", "", ""]


def trades_per_second(wire: Wire, seconds: float) -> float:
    """Return how many last prices come a second."""
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        fields = wire.message()
        count += fields[0] == b"1" and fields[3] == LAST
    return count / (time.perf_counter() - begun)


def find_speed(running: Gateway, wire: Wire, symbols: int) -> float:
    """Speed the clock up until the symbols trade as often as wanted; return the speed."""
    speed = 1.0
    for _ in range(4):
        running.control(do="clock", speed=speed)
        rate = trades_per_second(wire, 2.0)
        speed = min(1000.0, speed * TRADES_PER_SYMBOL * symbols / max(rate, 1.0))
    running.control(do="clock", speed=speed)
    return speed


def streaming(symbols: int, seconds: float) -> dict[str, float]:
    """Return the load of streaming symbols."""
    with gateway() as running:
        wire = Wire.started(running.facts["port"])
        for n in range(symbols):
            wire.send(1, 11, n + 1, *contract(900_000_101 + n), 0, "", 0, 0, "")
        speed = find_speed(running, wire, symbols)
        used, begun = running.cpu_seconds(), time.perf_counter()
        messages = wire.counted(seconds)
        took = time.perf_counter() - begun
        load = (running.cpu_seconds() - used) / took
        rate = trades_per_second(wire, 2.0)
    return {
        "speed": round(speed, 1),
        "trades_per_s": round(rate),
        "messages_per_s": round(messages / took),
        "core_percent": round(load * 100, 1),
        "goal_core_percent": 25,
    }


def year_of_minutes() -> dict[str, float]:
    """Return the time of a year of minutes."""
    took = []
    with gateway() as running:
        wire = Wire.started(running.facts["port"])
        for req_id in (1, 2):
            begun = time.perf_counter()
            wire.send(20, req_id, *contract(900_000_001), 0, "", "1 min", "1 Y", 1, "TRADES", 2, 0, "")
            reply = wire.until(17)
            took.append((time.perf_counter() - begun) * 1000)
    return {"bars": int(reply[4]), "first_ms": round(took[0]), "again_ms": round(took[1])}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.practice_load")
    parser.add_argument("--symbols", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    wanted = parser.parse_args()
    load = streaming(wanted.symbols, wanted.seconds)
    sys.stdout.write(json.dumps({"bench": "practice_streaming", **vars(wanted), **load}) + "\n")
    sys.stdout.write(json.dumps({"bench": "practice_year_of_minutes", **year_of_minutes()}) + "\n")


if __name__ == "__main__":
    main()
