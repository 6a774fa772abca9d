"""What every contender of the chart benchmark is put through, in a process of its own."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Protocol

PANS, FAR_PANS, TICKS = 40, 20, 40
VISIBLE = 300


class Contender(Protocol):
    """One chart library showing one sheet at 1200×800."""

    def first(self) -> None:
        """Build the chart from arrays in memory and show it."""

    def near(self) -> None:
        """Show the newest 300 bars."""

    def far(self) -> None:
        """Show nine tenths of all bars."""

    def pan(self, bars: int) -> None:
        """Move the view."""

    def tick(self, price: float) -> None:
        """Change the newest bar's close."""

    def flush(self) -> None:
        """Let everything that is due be painted."""


def timed(act: Callable[[], None], flush: Callable[[], None]) -> float:
    """Return the milliseconds from the act until it is painted."""
    start = time.perf_counter()
    act()
    flush()
    return (time.perf_counter() - start) * 1000


def median(act: Callable[[int], None], flush: Callable[[], None], count: int, budget_s: float = 25.0) -> float:
    """Return the median of `count` repetitions, of fewer when they would take longer than the budget."""
    begin, found = time.perf_counter(), []
    for step in range(count):
        found.append(timed(lambda step=step: act(step), flush))
        if time.perf_counter() - begin > budget_s:
            break
    return statistics.median(found)


def resident_mb() -> float:
    """Return the resident memory of this process, without what the allocator merely has not given back yet."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def compete(name: str, bars: int, price: float, contender: Contender, before_mb: float) -> None:
    """Measure one contender and write one JSON line."""
    first = timed(contender.first, contender.flush)
    grown = resident_mb() - before_mb
    contender.near()
    contender.flush()
    pan = median(lambda step: contender.pan(1 if step % 2 else -1), contender.flush, PANS)
    tick = median(lambda step: contender.tick(price * (1 + 1e-5 * (step % 3))), contender.flush, TICKS)
    contender.far()
    contender.flush()
    far = median(lambda step: contender.pan((1 if step % 2 else -1) * max(1, bars // 1000)), contender.flush, FAR_PANS)
    figures = {"pan_ms": pan, "zoomed_out_pan_ms": far, "first_paint_ms": first, "tick_ms": tick, "rss_mb": grown}
    sys.stdout.write(json.dumps({"name": name, **{key: round(value, 3) for key, value in figures.items()}}) + "\n")
