"""Where one line crosses another: the golden and the death cross, and any other two."""

from __future__ import annotations

import numpy as np

from app.domain.bars import Bars, FloatArray
from app.domain.structure import Cross
from app.quant.indicators.averages import sma

GOLDEN = (50, 200)
_EQUAL = 1e-12


def find_crosses(bars: Bars, first: FloatArray, second: FloatArray) -> tuple[Cross, ...]:
    """Return every bar on which `first` came to lie on the other side of `second`, in order.

    Lines that touch (equal but for float rounding, 1e-12 of the larger) take no side: a touch without passing
    is no cross, and a passage over a touch counts on the bar on which the other side is reached. A bar without
    a value of either is skipped.
    """
    sides = _sides(first, second)
    taken = np.flatnonzero(sides)
    turns = taken[1:][sides[taken[1:]] != sides[taken[:-1]]]
    last = len(sides) - 1
    return tuple(Cross(int(at), int(bars.time[at]), bool(sides[at] > 0), last - int(at)) for at in turns)


def _sides(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return +1 above, −1 below, 0 where they touch or are unknown."""
    with np.errstate(all="ignore"):
        difference = first - second
        noise = _EQUAL * np.maximum(np.abs(first), np.abs(second))
        return np.where(np.abs(difference) > noise, np.sign(difference), 0.0)


def golden_cross(bars: Bars) -> Cross | None:
    """Return the last cross of SMA 50 and SMA 200 over the closed bars: golden when `is_up`, else death; or None."""
    bars = bars.closed_only
    quick, slow = (sma(bars.close, length) for length in GOLDEN)
    crosses = find_crosses(bars, quick, slow)
    return crosses[-1] if crosses else None
