"""Minima and maxima of a long column at growing steps, so that a million bars cost as much to look at as a thousand.

Cells are anchored to absolute indices: panning never changes what a group holds, so nothing shimmers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.bars import FloatArray

FINEST = 16
FACTOR = 4

Pick = Callable[..., FloatArray]


class Growing:
    """A float64 column that grows at its end in amortised constant time."""

    __slots__ = ("_room", "_used")

    def __init__(self) -> None:
        self._room = np.empty(0)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def values(self) -> FloatArray:
        """The column so far, as a view."""
        return self._room[: self._used]

    def extend(self, more: FloatArray) -> None:
        """Append values."""
        needed = self._used + len(more)
        if needed > len(self._room):
            room = np.empty(max(needed, len(self._room) * 2 if self._used else needed))
            room[: self._used] = self.values
            self._room = room
        self._room[self._used : needed] = more
        self._used = needed


class Pyramid:
    """The running extreme (`np.fmin` or `np.fmax`, NaN ignored) of a column over cells of 16, 64, 256 … values."""

    def __init__(self, pick: Pick) -> None:
        self._pick = pick
        self._levels: list[Growing] = []

    def extend(self, column: FloatArray) -> None:
        """Take in what was appended to `column` since the last call; what is full already is never read again."""
        below, step, depth = column, FINEST, 0
        while len(below) >= step:
            if depth == len(self._levels):
                self._levels.append(Growing())
            level = self._levels[depth]
            done, full = len(level), len(below) // step
            if full > done:
                level.extend(folded(self._pick, below[done * step : full * step], step))
            below, step, depth = level.values, FACTOR, depth + 1

    def overall(self, column: FloatArray) -> float:
        """Return the extreme of the whole column, NaN when it is empty or holds no number."""
        coarsest = self._levels[-1].values if self._levels else np.empty(0)
        covered = len(coarsest) * FINEST * FACTOR ** (len(self._levels) - 1) if len(coarsest) else 0
        parts = [part for part in (coarsest, column[covered:]) if len(part)]
        return float(self._pick.reduce([self._pick.reduce(part) for part in parts])) if parts else float("nan")  # type: ignore[attr-defined]

    def groups(self, column: FloatArray, first: int, stop: int, size: int) -> FloatArray:
        """Return the extreme of groups `first` to `stop`; group k holds values k·size to (k+1)·size of `column`."""
        whole = min(stop, len(column) // size)
        found = self._whole_groups(column, first, whole, size) if whole > first else np.empty(0)
        if stop <= whole:
            return found
        tail = column[max(first, whole) * size : stop * size]
        return np.append(found, self._pick.reduce(tail) if len(tail) else np.nan)  # type: ignore[attr-defined]

    def _whole_groups(self, column: FloatArray, first: int, stop: int, size: int) -> FloatArray:
        source, cell = column, 1
        for depth, level in enumerate(self._levels):
            wider = FINEST * FACTOR**depth
            if size % wider or size // wider < 1:
                break
            source, cell = level.values, wider
        step = size // cell
        return folded(self._pick, source[first * step : stop * step], step)


def folded(pick: Pick, values: FloatArray, step: int) -> FloatArray:
    """Return the extreme of every `step` neighbours; strided pairs are faster than a short-axis reduce."""
    while step > 1 and step % 2 == 0:
        values = pick(values[::2], values[1::2])
        step //= 2
    if step == 1:
        return values
    found = values[::step]
    for offset in range(1, step):
        found = pick(found, values[offset::step])
    return found


def last_of_each(column: NDArray[Any], first: int, stop: int, size: int) -> NDArray[Any]:
    """Return the last value of groups `first` to `stop`, NaN for those beyond the column; a view where all are full."""
    found = column[(first + 1) * size - 1 : stop * size : size]
    lacking = stop - first - len(found)
    if not lacking:
        return found
    is_begun = len(column) > (first + len(found)) * size
    rest = [float(column[-1])] if is_begun else []
    return np.concatenate([found, rest, np.full(lacking - len(rest), np.nan)])


def group_size(bars_per_pixel: float) -> int:
    """Return how many bars share a group so that at most about one group falls on a pixel column.

    Up to 64 it is any whole number; above, 4 to 15 cells of the pyramid, so a group is never wider than 1.25 pixels.
    """
    wanted = max(1, int(np.ceil(bars_per_pixel - 1e-9)))
    if wanted <= FINEST * FACTOR:
        return wanted
    cell = FINEST
    while wanted > cell * FACTOR * FACTOR:
        cell *= FACTOR
    return -(-wanted // cell) * cell
