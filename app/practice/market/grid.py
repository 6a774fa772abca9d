"""The prices an instrument can have: whole units, in steps that may grow with the price, and its usual spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.practice.contracts import PriceIncrement
from app.practice.market.path import IntArray

Bar = tuple[int, int, int, int, int]
SPREAD_OF_PRICE = 1e-4


@dataclass(frozen=True, slots=True)
class Grid:
    """Prices in whole units (1 / `units_per_price`); from `edges[n]` units upwards they move by `steps[n]` units.

    Rounding to the steps keeps the order of two prices, so the bars of rounded trades are the rounded bars.
    """

    units_per_price: int
    edges: tuple[int, ...] = (0,)
    steps: tuple[int, ...] = (1,)
    spread_of_price: float = SPREAD_OF_PRICE
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_plain", self.steps == (1,))

    @classmethod
    def of(cls, min_tick: float, rule: Sequence[PriceIncrement] | None, spread_of_price: float) -> Grid:
        """Return the grid of a market rule; every increment is a multiple of the smallest tick."""
        units = round(1 / min_tick)
        bands = rule or [PriceIncrement(0.0, min_tick)]
        edges = tuple(round(band.low_edge * units) for band in bands)
        return cls(units, edges, tuple(round(band.increment * units) for band in bands), spread_of_price)

    def step(self, units: IntArray) -> IntArray | int:
        """Return how far apart prices lie there, in units."""
        if self.is_plain:
            return 1
        found: IntArray = np.array(self.steps)[np.searchsorted(self.edges, units, side="right") - 1]
        return found

    def snapped(self, units: IntArray) -> IntArray:
        """Return the nearest prices on the grid, at least the lowest one."""
        if self.is_plain:
            return units
        step = self.step(np.maximum(units, 0))
        nearest: IntArray = (units + step // 2) // step * step
        return np.maximum(nearest, self.steps[0])

    def scaled(self, units: IntArray, level: float) -> IntArray:
        """Return prices moved by a factor, on the grid, at least the lowest one."""
        return self.snapped(units if level == 1.0 else np.maximum(np.rint(units * level).astype(np.int64), 1))

    def scaled_bar(self, bar: Bar, level: float) -> Bar:
        """Return a daily bar (open, high, low, close, volume) moved by a factor, on the grid."""
        opens, high, low, closes = self.scaled(np.array(bar[:4], dtype=np.int64), level).tolist()
        return opens, high, low, closes, bar[4]

    def nearest(self, price: float) -> int:
        """Return the units of the price on the grid nearest to a price."""
        return int(self.snapped(np.array([round(price * self.units_per_price)], dtype=np.int64))[0])

    def reach(self, price: float) -> float:
        """Return how far bid and ask lie from a trade at a price at most: the usual spread and a step, rounded."""
        units = np.array([max(1, round(price * self.units_per_price))], dtype=np.int64)
        return float(np.max(self.spread(units) + 2 * self.step(units))) * 1.01 / self.units_per_price

    def spread(self, units: IntArray) -> IntArray:
        """Return the usual distance of ask and bid: a share of the price, at least one step."""
        return usual_spread(units, self.spread_of_price, self.step(units))


def usual_spread(units: IntArray, share: float = SPREAD_OF_PRICE, step: IntArray | int = 1) -> IntArray:
    """Return the usual distance of ask and bid at prices in whole units: a share of them, at least one step."""
    steps: IntArray = np.maximum(1, np.rint(units * share / step).astype(np.int64))
    return steps * step
