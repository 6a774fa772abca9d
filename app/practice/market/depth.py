"""The order book behind a quote: more sizes at worse prices, the same for everybody who looks at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.practice.market.draws import key_of, uniforms
from app.practice.market.grid import Grid
from app.practice.market.ticks import Tick

MOST_LEVELS = 20
_STREAM = 31
_LOT, _LOTS = 100, 22


class Level(NamedTuple):
    """What is wanted or offered at one price."""

    price: float
    size: int


@dataclass(frozen=True, slots=True)
class Depth:
    """The book from the best price on; the first levels are the quote."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


def book_behind(tick: Tick, grid: Grid, rows: int) -> Depth:
    """Return up to `rows` levels a side behind the quote of a tick; sizes grow away from it."""
    rows = max(1, min(rows, MOST_LEVELS))
    drawn = uniforms(key_of(_STREAM, tick.con_id, round(tick.at * 1000)), 2 * rows).reshape(2, rows).tolist()
    return Depth(
        bids=_side(grid, tick.bid, tick.bid_size, -1, drawn[0]),
        asks=_side(grid, tick.ask, tick.ask_size, 1, drawn[1]),
    )


def _side(grid: Grid, best: float, size: int, direction: int, drawn: list[float]) -> tuple[Level, ...]:
    levels, units = [Level(best, size)], round(best * grid.units_per_price)
    for n, draw in enumerate(drawn[1:], start=1):
        step = int(np.max(grid.step(np.array([units + min(direction, 0)]))))
        units += direction * step
        if units < grid.steps[0]:
            break
        levels.append(Level(units / grid.units_per_price, _LOT * (1 + int(draw * (_LOTS + 4 * n)))))
    return tuple(levels)
