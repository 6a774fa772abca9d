"""The longest time the event loop was blocked during the self-test.

`python -m tests.benchmarks.loop [--seed N]`: one JSON line; a heartbeat of 2 ms runs beside the rehearsal.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sys
import tempfile
import time
from pathlib import Path

from app import jobs
from app.cli.arguments import parse
from app.runtime.instance import Instance
from app.runtime.logs import start_logging

BEAT_S = 0.002


class Heartbeat:
    """Beats on the loop and keeps the longest silence."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._last = time.perf_counter()
        self._is_on = True

    def stop(self) -> None:
        """Beat no more."""
        self.beat()
        self._is_on = False

    def beat(self) -> None:
        """Note how late this beat is and order the next."""
        if not self._is_on:
            return
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last - BEAT_S) * 1000)
        self._last = now
        if self._is_on:
            asyncio.get_running_loop().call_later(BEAT_S, self.beat)


async def measured(words: list[str], data_dir: Path) -> tuple[int, float]:
    """Run the self-test under a heartbeat; return its exit code and the longest silence."""
    instance = Instance(data_dir)
    assert instance.acquire()
    heart = Heartbeat()
    heart.beat()
    code = await jobs._self_test(parse(words, "0"), data_dir, instance, io.StringIO())
    return code, heart.longest_ms


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=5)
    seed = parser.parse_args().seed
    from app import compose  # noqa: F401  imported before the loop runs, as the job does

    with tempfile.TemporaryDirectory() as folder:
        start_logging(Path(folder))
        began = time.perf_counter()
        code, longest = asyncio.run(measured(["--self-test", "--json", "--seed", str(seed)], Path(folder)))
        line = {
            "bench": "loop_blocked",
            "seed": seed,
            "exit": code,
            "longest_block_ms": round(longest, 1),
            "duration_ms": round((time.perf_counter() - began) * 1000, 1),
        }
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
