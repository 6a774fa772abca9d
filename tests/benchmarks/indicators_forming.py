"""The forming bar from running states against the whole computation anew, over all first-class indicators.

`python -m tests.benchmarks.indicators_forming --bars 10000` prints one JSON object; exit 1 above a tenth
from 10,000 bars upwards.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from statistics import median

from app.domain.bars import Bars
from app.quant.indicators.catalogue import FIRST_CLASS
from app.quant.indicators.forming import Following, FormingBar, follow, forming_bar
from tests.support.walks import walk

MOST = 0.1
JUDGED_FROM = 10_000


def in_full(bars: Bars) -> None:
    """What a tick costs when every array is computed anew: the formulas alone, their settings checked before."""
    for indicator, settings in _SETTLED:
        indicator.formula(bars, settings)


_SETTLED = [(indicator, indicator.settle({})) for indicator in FIRST_CLASS]


def from_states(followed: list[Following], bar: FormingBar) -> None:
    """What it costs from the running states."""
    for one in followed:
        one.peek(bar)


def measure(work: Callable[[], None]) -> float:
    """Return the microseconds of one call."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=500)
    arguments = parser.parse_args()
    bars = walk(1, arguments.bars)
    opened = time.perf_counter()
    followed = [follow(indicator, {}, bars.part(0, len(bars) - 1)) for indicator in FIRST_CLASS]
    opened = time.perf_counter() - opened
    bar = forming_bar(bars)
    full, states = [], []
    for _ in range(arguments.rounds):  # in turns, so that a busy machine slows both alike
        full.append(measure(lambda: in_full(bars)))
        states.append(measure(lambda: from_states(followed, bar)))
    ratio = median(states) / median(full)
    is_fine = ratio <= MOST or arguments.bars < JUDGED_FROM
    line = {
        "bench": "indicators_forming",
        "bars": arguments.bars,
        "rounds": arguments.rounds,
        "indicators": len(FIRST_CLASS),
        "full_us": round(median(full), 1),
        "forming_us": round(median(states), 1),
        "ratio": round(ratio, 4),
        "open_us": round(opened * 1e6, 1),
        "ok": is_fine,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return 0 if is_fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
