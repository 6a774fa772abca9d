"""Columns of users' own indicators, computed off the window's thread: the newest known ones are drawn meanwhile.

An answer is kept by code, settings and bars. A code that failed over as many bars is not asked again, so an
endless loop costs its time limit once and not with every tick.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from app.domain.bars import Bars, FloatArray
from app.domain.errors import UserError
from app.quant.indicators.kinds import Indicator, Number
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks

PACE_S = 0.5
"""How often a series that ticks is computed anew."""
_MOST = 64
Arrays = dict[str, FloatArray]
Trace = tuple[int, int, float, float, float, float]
"""The length of a series, and of its newest bar the start, high, low, close and volume."""


@dataclass(frozen=True, slots=True)
class StudyReady:
    """An own indicator has been computed: whoever shows it may ask again."""

    name: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """One indicator, as its code is, over one series: what an older answer may stand in for."""

    name: str
    digest: str
    settings: tuple[tuple[str, Number], ...]
    first: int


@dataclass(slots=True)
class _Known:
    """The newest answer: columns, or what went wrong in a sentence, and of which bars."""

    arrays: Arrays | None = None
    problem: str = ""
    bars: Trace | None = None
    at: float = -PACE_S
    is_busy: bool = False


class OwnColumns:
    """Answers at once with what is known, and computes what is not."""

    def __init__(self, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._known: OrderedDict[_Asked, _Known] = OrderedDict()

    def of(self, indicator: Indicator, digest: str, settings: dict[str, Number], bars: Bars) -> Arrays | None:
        """Return the columns, NaN where they are not computed yet, None before the first answer; raise UserError."""
        asked = _Asked(indicator.name, digest, tuple(settings.items()), int(bars.time[0]) if len(bars) else 0)
        known = self._known.setdefault(asked, _Known())
        self._known.move_to_end(asked)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        wanted = _trace(bars)
        if known.bars != wanted and not self._is_spent(known, wanted):
            self._begin(known, indicator, settings, bars, wanted)
        if known.problem:
            raise UserError(known.problem)
        return None if known.arrays is None else {name: _fit(one, len(bars)) for name, one in known.arrays.items()}

    def _is_spent(self, known: _Known, wanted: Trace) -> bool:
        """Say whether to wait: it is being computed, it has just been, or it fails over so many bars."""
        failed = bool(known.problem) and known.bars is not None and known.bars[0] == wanted[0]
        return known.is_busy or failed or self._clock.monotonic() - known.at < PACE_S

    def _begin(
        self,
        known: _Known,
        indicator: Indicator,
        settings: dict[str, Number],
        bars: Bars,
        wanted: Trace,
    ) -> None:
        known.is_busy = True

        async def compute() -> None:
            try:
                known.arrays = await asyncio.to_thread(indicator.compute, bars, settings)
                known.problem = ""
            except UserError as error:
                known.problem = str(error)
            finally:
                known.bars, known.at, known.is_busy = wanted, self._clock.monotonic(), False
            self._bus.publish(StudyReady(indicator.name))

        self._tasks.spawn(compute(), name=f"compute {indicator.name}")


def _trace(bars: Bars) -> Trace:
    """Return what tells one version of a series from another."""
    if not len(bars):
        return 0, 0, 0.0, 0.0, 0.0, 0.0
    last = (float(bars.high[-1]), float(bars.low[-1]), float(bars.close[-1]), float(bars.volume[-1]))
    return len(bars), int(bars.time[-1]), *last


def _fit(values: FloatArray, count: int) -> FloatArray:
    """Return a column of `count` values: bars that came since are NaN."""
    missing = count - len(values)
    return values[:count] if missing <= 0 else np.r_[values, np.full(missing, np.nan)]
