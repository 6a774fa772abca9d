"""A random walk in whole price units that begins, ends and peaks where a bar says, at any resolution.

The same bridge turns a day into minutes and a minute into ticks, for real days and generated ones alike, so that each
level adds up to the one above.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from app.practice.market.draws import FloatArray

IntArray = NDArray[np.int64]

DRAWS_BEYOND_STEPS = 3
MIN_STEPS = 3
# The expected range of a driftless walk is about 1.6 standard deviations of its end.
_RANGE_TO_DEVIATION = 1.6 / sqrt(12.0)
_LOW_FIRST_WHEN_RISING = 0.7


def bridge(
    u: FloatArray,
    bar: tuple[int, int, int, int],
    steps: int,
    *,
    shape: FloatArray | None = None,
    bounce: FloatArray | None = None,
) -> IntArray:
    """Return steps + 1 knots from open to close of `bar` (open, high, low, close) that touch high and low.

    `u` holds steps + 3 uniform numbers; `shape` scales each step's size; `bounce`, in price units, is added to each
    knot but does not stay in the next. Needs steps >= 3.
    """
    first, high, low, _ = bar
    spread = high - low
    if spread == 0:
        return np.full(steps + 1, first, dtype=np.int64)
    at, values = _anchors(u[:DRAWS_BEYOND_STEPS].tolist(), bar, steps)
    moves = u[DRAWS_BEYOND_STEPS : DRAWS_BEYOND_STEPS + steps] - 0.5
    moves *= spread / (_RANGE_TO_DEVIATION * sqrt(steps))
    if shape is not None:
        moves *= shape
    walk = np.empty(steps + 1)
    walk[0] = 0.0
    np.cumsum(moves, out=walk[1:])
    if bounce is not None:
        walk[1:] += bounce
    knots = np.arange(steps + 1, dtype=np.float64)
    walk += np.interp(knots, at, [value - walk[n] for n, value in zip(at, values, strict=True)])
    result: IntArray = low + _folded(walk - low, spread)
    return result


def _anchors(u: list[float], bar: tuple[int, int, int, int], steps: int) -> tuple[list[int], list[int]]:
    first, high, low, last = bar
    one = 1 + int(u[0] * (steps - 1))
    two = 1 + int(u[1] * (steps - 2))
    two += two >= one
    low_first = (u[2] < _LOW_FIRST_WHEN_RISING) == (last >= first)
    return [0, min(one, two), max(one, two), steps], [first, *((low, high) if low_first else (high, low)), last]


def _folded(height: FloatArray, spread: int) -> IntArray:
    """Reflect heights at 0 and `spread`, then round; whole heights inside stay as they are."""
    folded = np.abs(height)
    folded %= 2.0 * spread
    np.minimum(folded, 2.0 * spread - folded, out=folded)
    whole: IntArray = np.rint(folded).astype(np.int64)
    return whole


def shared(total: int, weights: FloatArray, least: int) -> IntArray:
    """Split `total` into whole parts by weight, each at least `least`; they add up exactly.

    With total < least * len(weights) the floor is dropped and some parts are 0.
    """
    floor = least if total >= least * len(weights) else 0
    grown = np.cumsum(weights)
    edges = np.floor(grown * ((total - floor * len(weights)) / grown[-1])).astype(np.int64)
    edges[-1] = total - floor * len(weights)
    parts: IntArray = np.diff(edges, prepend=0) + floor
    return parts
