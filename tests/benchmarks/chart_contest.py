"""What every contender of the chart benchmark is put through, in a process of its own.

A move counts only when the contender's surface was painted for it, and a view only when the bars asked for are shown.
Every step of a pan goes to a place not shown before, as a hand that drags does: going to and fro between two places
would measure the caches of those that keep what they have worked out. All times are the process's own: on an idle
machine they are what the clock on the wall says, on a busy one they leave out what its neighbours took.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import statistics
import sys
import time
from array import array
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QWidget

PANS, FAR_PANS, TICKS = 200, 80, 400
VISIBLE, FAR_SHARE = 300, 0.9
BUDGET_S = 8.0


class Contender(Protocol):
    """One chart library showing one sheet at 1200×800."""

    far_most: int
    """Up to how many bars nine tenths of them are shown; beyond, one move takes most of a minute."""

    def first(self) -> None:
        """Build the chart from arrays in memory and show it."""

    def surface(self) -> QWidget:
        """Return what is painted on."""

    def near(self) -> None:
        """Show the newest 300 bars."""

    def far(self) -> None:
        """Show nine tenths of all bars."""

    def span(self) -> float:
        """Return how many bars wide the view is."""

    def pan(self, bars: int) -> None:
        """Move the view."""

    def tick(self, price: float) -> None:
        """Change the newest bar's close."""

    def flush(self) -> None:
        """Let everything that is due be painted."""


class Paints(QObject):
    """Writes down when a surface was painted."""

    def __init__(self, surface: QWidget) -> None:
        super().__init__(surface)
        self.at = array("d")
        surface.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.at.append(time.perf_counter())
        return False


def empty_window() -> QWidget:
    """Show a window as large as a chart with a line of text: what a process's first text loads is no chart's memory."""
    window = QLabel("0123456789 Jan 12:30")
    window.resize(1200, 800)
    window.show()
    QApplication.processEvents()
    return window


def timed(act: Callable[[], None], flush: Callable[[], None]) -> float:
    """Return the milliseconds of processor time from the act until it is painted."""
    start = time.process_time()
    act()
    flush()
    return (time.process_time() - start) * 1000


def median(act: Callable[[int], None], flush: Callable[[], None], count: int, paints: Paints | None = None) -> float:
    """Return the median of `count` repetitions, of fewer when they would take longer than the budget.

    Raises RuntimeError when `paints` is given and saw nothing painted for an act.
    """
    begin, found = time.perf_counter(), []
    for step in range(count):
        before = len(paints.at) if paints is not None else 0
        found.append(timed(lambda step=step: act(step), flush))
        if paints is not None and len(paints.at) == before:
            raise RuntimeError(f"Nothing was painted for repetition {step}.")
        if time.perf_counter() - begin > BUDGET_S:
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
    figures = {"first_paint_ms": timed(contender.first, contender.flush), "rss_mb": resident_mb() - before_mb}
    paints = Paints(contender.surface())
    _show(contender, contender.near, VISIBLE)
    figures["pan_ms"] = median(lambda step: contender.pan(-1), contender.flush, PANS, paints)
    _show(contender, contender.near, VISIBLE)
    wiggle = (price * (1 + 1e-5 * (step % 3)) for step in range(1, TICKS + 1))
    figures["tick_ms"] = median(lambda step: contender.tick(next(wiggle)), contender.flush, TICKS, paints)
    if bars <= contender.far_most:
        _show(contender, contender.far, bars * FAR_SHARE)
        stride = max(1, bars // 1000)
        figures["zoomed_out_pan_ms"] = median(lambda step: contender.pan(-stride), contender.flush, FAR_PANS, paints)
    sys.stdout.write(json.dumps({"name": name, **{key: round(value, 3) for key, value in figures.items()}}) + "\n")


def _show(contender: Contender, show: Callable[[], None], bars: float) -> None:
    """Have so many bars shown; a tenth more may be free space. Raises RuntimeError when the view is another."""
    show()
    contender.flush()
    if not 0.98 * bars <= contender.span() <= 1.1 * bars:
        raise RuntimeError(f"{bars:,.0f} bars were asked for and {contender.span():,.0f} are shown.")
