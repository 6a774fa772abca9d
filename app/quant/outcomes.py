"""Outcomes of signals from the bars after them; whatever a bar leaves open is decided against us.

The rules, for a long plan (a short one is its mirror image):
- The entry is a limit order: it fills on the first bar whose low is at or below the limit, before the signal has
  expired, and at the limit, never better. Without such a bar the signal is `expired` and has no R.
- From the entry's bar on, the first bar that reaches the stop (low at or below it) is a loss, the first that reaches
  the target (high at or above it) a win at the target, never better. A bar that opens beyond the stop exits there.
- A bar that reaches both is a loss. On the entry's own bar the target counts only where the bar opened at or below
  the limit, for else the high may have come before the entry; the stop always counts.
- A plan that reached neither within HORIZON bars is `expired` at that bar's close, with the R this makes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.domain.bars import Bars, FloatArray
from app.domain.outcomes import Outcome, OutcomeResult
from app.domain.signals import Direction, SignalId

HORIZON = 120
"""Bars after which a plan that reached neither its stop nor its target is closed for the statistics."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is held against the bars: `until` is the epoch second by which the entry must have begun to trade."""

    signal: SignalId
    direction: Direction
    limit: float
    stop: float
    target: float
    until: int


@dataclass(frozen=True, slots=True)
class _Long:
    """A plan and its bars, mirrored where it is short, so that it always buys low and sells high."""

    sign: float
    limit: float
    stop: float
    target: float
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray


def find_outcome(plan: Plan, bars: Bars, now: int) -> Outcome | None:
    """Return what the closed `bars` after the signal say of a plan, None for one that is no plan.

    `now` is the epoch second up to which the bars are complete: an entry that was not touched by then may still be.
    """
    bars = bars.closed_only
    long = _as_long(plan, bars)
    if not long.stop < long.limit < long.target:
        return None
    waiting = Outcome(plan.signal, OutcomeResult.WAITING, plan.target, bars_seen=len(bars))
    touched = np.flatnonzero((long.low <= long.limit) & (bars.time < plan.until))
    if not len(touched):
        is_over = now >= plan.until or bool((bars.time >= plan.until).any())
        return _never_entered(waiting) if is_over else waiting
    return _follow(plan, bars, long, int(touched[0]))


def _as_long(plan: Plan, bars: Bars) -> _Long:
    prices = plan.limit, plan.stop, plan.target
    if plan.direction is Direction.BUY:
        return _Long(1.0, *prices, bars.open, bars.high, bars.low, bars.close)
    limit, stop, target = (-price for price in prices)
    return _Long(-1.0, limit, stop, target, -bars.open, -bars.low, -bars.high, -bars.close)


def _never_entered(waiting: Outcome) -> Outcome:
    return Outcome(waiting.signal, OutcomeResult.EXPIRED, waiting.target, bars_seen=waiting.bars_seen)


def _follow(plan: Plan, bars: Bars, long: _Long, at: int) -> Outcome:
    """Return how an entry on the bar `at` went on."""
    window = slice(at, at + HORIZON)
    is_stopped, is_target = long.low[window] <= long.stop, long.high[window] >= long.target
    entry_bar_is_unclear = bool(is_target[0]) and long.open[at] > long.limit
    if entry_bar_is_unclear:
        is_target = is_target.copy()
        is_target[0] = False
    ends = np.flatnonzero(is_stopped | is_target)
    if not len(ends):
        return _unfinished(plan, bars, long, at, entry_bar_is_unclear)
    last = int(ends[0])
    end = at + last
    is_loss = bool(is_stopped[last])
    opened = float(long.open[end]) if last > 0 else long.stop  # the entry's own bar opened before the entry
    exit_ = min(long.stop, opened) if is_loss else long.target
    unclear = (is_loss and bool(long.high[end] >= long.target)) or entry_bar_is_unclear
    return _ended(plan, bars, long, at, end, exit_, OutcomeResult.LOSS if is_loss else OutcomeResult.WIN, unclear)


def _unfinished(plan: Plan, bars: Bars, long: _Long, at: int, unclear: bool) -> Outcome:
    end = min(at + HORIZON, len(bars)) - 1
    result = OutcomeResult.EXPIRED if end - at + 1 >= HORIZON else OutcomeResult.OPEN
    return _ended(plan, bars, long, at, end, float(long.close[end]), result, unclear)


def _ended(
    plan: Plan, bars: Bars, long: _Long, at: int, end: int, exit_: float, result: OutcomeResult, unclear: bool
) -> Outcome:
    is_over = result.is_final
    return Outcome(
        signal=plan.signal,
        result=result,
        target=plan.target,
        entered=int(bars.time[at]),
        entry=plan.limit,
        exited=int(bars.time[end]) if is_over else None,
        exit=long.sign * exit_ if is_over else None,
        r=(exit_ - long.limit) / (long.limit - long.stop),
        bars_held=end - at + 1,
        bars_seen=len(bars),
        is_ambiguous=unclear,
    )
