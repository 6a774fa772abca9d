"""Swing highs and lows, and the support and resistance that swings at about one price make.

A bar is a swing high with a reach of n when its high is above the highs of all n bars before it and not below
those of the n bars after it; of a plateau the first bar counts. It is known at the close of the nth bar after
it and never earlier, so nothing here looks ahead. Swing lows are the mirror image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from app.domain.bars import Bars, FloatArray
from app.domain.structure import Swing, Zone, Zones

REACH = 3
"""Bars on either side of a swing, unless told."""

TOUCH_ATRS = 0.5
"""Swings within this many ATRs of the edge met first are touches of one zone."""


def find_swings(bars: Bars, reach: int = REACH) -> tuple[Swing, ...]:
    """Return the swings among the closed bars in the order of their bars, a high before a low of the same bar."""
    bars = bars.closed_only
    highs = _peaks(bars.high, reach)
    lows = _peaks(-bars.low, reach)
    found = [_swing(bars, int(index), reach, is_high=True) for index in highs]
    found += [_swing(bars, int(index), reach, is_high=False) for index in lows]
    return tuple(sorted(found, key=lambda swing: (swing.index, not swing.is_high)))


def _peaks(values: FloatArray, reach: int) -> NDArray[np.int64]:
    if reach < 1 or len(values) < 2 * reach + 1:
        return np.empty(0, np.int64)
    sides = sliding_window_view(values, reach).max(axis=1)  # sides[k] is the maximum of k … k + reach − 1
    middle = values[reach:-reach]
    is_peak = (middle > sides[: len(middle)]) & (middle >= sides[reach + 1 :])
    return np.flatnonzero(is_peak) + reach


def _swing(bars: Bars, index: int, reach: int, *, is_high: bool) -> Swing:
    price = bars.high[index] if is_high else bars.low[index]
    return Swing(index, int(bars.time[index]), float(price), is_high, index + reach)


def find_zones(bars: Bars, atr: float | None, reach: int = REACH) -> Zones:
    """Return what resists above the last close (swing highs) and supports below it (swing lows).

    Without an ATR only swings at the very same price are one zone.
    """
    bars = bars.closed_only
    if not len(bars):
        return Zones((), ())
    close, width = float(bars.close[-1]), TOUCH_ATRS * (atr or 0.0)
    swings = find_swings(bars, reach)
    above = [swing for swing in swings if swing.is_high and swing.price > close]
    below = [swing for swing in swings if not swing.is_high and swing.price < close]
    return Zones(gather(above, width), gather(below, width))


def gather(swings: Iterable[Swing], width: float) -> tuple[Zone, ...]:
    """Return swings of one kind as zones at most `width` wide, built outwards from the price met first.

    Highs are met from below and lows from above, so mirrored prices give mirrored zones.
    """
    outwards = sorted(swings, key=lambda swing: (swing.price if swing.is_high else -swing.price, swing.index))
    groups: list[list[Swing]] = []
    for swing in outwards:
        if not groups or abs(swing.price - groups[-1][0].price) > width:
            groups.append([])
        groups[-1].append(swing)
    return tuple(_zone(group) for group in groups)


def _zone(members: Sequence[Swing]) -> Zone:
    times = [member.time for member in members]
    return Zone(members[0].price, members[-1].price, len(members), min(times), max(times))
