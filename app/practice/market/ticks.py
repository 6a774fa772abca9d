"""The trades inside one minute, with the quotes around them; they add up to the minute's bar exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.practice.market.draws import FloatArray, key_of, uniforms
from app.practice.market.grid import SPREAD_OF_PRICE, Grid, usual_spread
from app.practice.market.minutes import MINUTE, Minutes
from app.practice.market.path import DRAWS_BEYOND_STEPS, IntArray, bridge, shared

_STREAM = 3
_AT_BID, _AT_ASK = 0.46, 0.54
_QUOTE_LOT = 100
_QUOTE_LOTS = 14


class Tick(NamedTuple):
    """One trade at market time `at` and the best quotes around it; prices are multiples of the smallest tick."""

    con_id: int
    at: float
    price: float
    size: int
    bid: float
    ask: float
    bid_size: int
    ask_size: int


@dataclass(frozen=True, slots=True)
class TickColumns:
    """Trades of one minute in time order, prices in whole units.

    `quote`, shape (2, trades), draws the spread and the sizes around each; `added` marks trades that events brought in;
    `given`, shape (2, trades), is bid and ask where they are known.
    """

    at: FloatArray
    price: IntArray
    size: IntArray
    quote: FloatArray
    added: NDArray[np.bool_] | None = None
    given: IntArray | None = None


_NONE = np.zeros(0, dtype=np.int64)
NO_TRADES = TickColumns(np.zeros(0), _NONE, _NONE, np.zeros((2, 0)))


def minute_ticks(minutes: Minutes, index: int, key: int, spread_of_price: float = SPREAD_OF_PRICE) -> TickColumns:
    """Return the trades of one minute of a session; `key` names instrument and session."""
    count = int(minutes.ticks[index])
    if not count:
        return NO_TRADES
    u = uniforms(key_of(key, _STREAM, index), 6 * count + DRAWS_BEYOND_STEPS)
    bar = (int(minutes.open[index]), int(minutes.high[index]), int(minutes.low[index]), int(minutes.close[index]))
    bounce = (u[-count + 1 :] - 0.5) * float(usual_spread(minutes.open[index], spread_of_price))
    prices = bridge(u[: count - 1 + DRAWS_BEYOND_STEPS], bar, count - 1, bounce=bounce)
    rest = u[count - 1 + DRAWS_BEYOND_STEPS :]
    pauses = np.cumsum(0.15 + rest[: count + 1])
    at = minutes.start + MINUTE * index + np.floor(pauses[:-1] * (MINUTE * 1000.0 / pauses[-1])) / 1000.0
    sizes = _lots(int(minutes.volume[index]), rest[count + 1 : 2 * count + 1])
    return TickColumns(at, prices, sizes, rest[2 * count + 1 : 4 * count + 1].reshape(2, count))


def priced(con_id: int, columns: TickColumns, grid: Grid) -> list[Tick]:
    """Return the trades as ticks with bid and ask: the trade at the bid, at the ask or between them."""
    price, (side, depth) = columns.price, columns.quote
    step, units_per_price = grid.step(price), grid.units_per_price
    leaning = side + 0.4 * _direction(columns)
    spread = grid.spread(price) + (depth > 0.8) * step
    below = np.where(leaning < _AT_BID, 0, np.where(leaning > _AT_ASK, spread, spread // 2 // step * step))
    bid = grid.snapped(np.maximum(price - below, grid.steps[0]))
    ask = grid.snapped(bid + spread)
    if columns.given is not None:
        bid, ask = columns.given[0], np.maximum(columns.given[1], columns.given[0] + step)
    lots = _QUOTE_LOT * (1 + (depth * depth * _QUOTE_LOTS).astype(np.int64))
    other = _QUOTE_LOT * (1 + ((1.0 - side) * side * 4.0 * _QUOTE_LOTS).astype(np.int64))
    columns_out = (
        columns.at.tolist(),
        (price / units_per_price).tolist(),
        columns.size.tolist(),
        (bid / units_per_price).tolist(),
        (ask / units_per_price).tolist(),
        lots.tolist(),
        other.tolist(),
    )
    return [Tick(con_id, *row) for row in zip(*columns_out, strict=True)]


def _direction(columns: TickColumns) -> IntArray:
    """Return the sign of each trade's step from the one before; trades that were added neither have nor give one."""
    if columns.added is None:
        return _steps(columns.price)
    direction, made = np.zeros(len(columns.price), dtype=np.int64), ~columns.added
    direction[made] = _steps(columns.price[made])
    return direction


def _steps(price: IntArray) -> IntArray:
    steps: IntArray = np.sign(np.diff(price, prepend=price[:1]))
    return steps


def _lots(volume: int, u: FloatArray) -> IntArray:
    """Split a minute's volume into trades: round lots where there is enough of it, some broken by an odd lot."""
    average = volume // len(u)
    lot = 100 if average >= 120 else 10 if average >= 12 else 1
    sizes = shared(volume // lot, 0.15 + u * u, 1) * lot
    if lot > 1:
        odd = (u[:-1] * 9973.0 % 1.0 < 0.25) * (1 + (u[1:] * (lot - 1)).astype(np.int64) % (lot - 1))
        sizes[:-1] -= odd
        sizes[1:] += odd
    sizes[-1] += volume % lot
    return sizes
