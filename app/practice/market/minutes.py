"""One session's minutes as columns, made from its daily bar so that they add up to it exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np

from app.practice.hours import MarketMode
from app.practice.market.daily import Bar
from app.practice.market.draws import FloatArray, key_of, uniforms
from app.practice.market.grid import SPREAD_OF_PRICE, usual_spread
from app.practice.market.path import DRAWS_BEYOND_STEPS, IntArray, bridge, shared

MINUTE = 60
LEAST_TICKS = 4
_STREAM = 2
_TICKS_FROM, _TICKS_SPAN = 120, 120
_WICK = 0.9
_BOUNCED_SHARE = 0.7
# How much busier the first and last minute are than the middle of the session.
_EDGE_ACTIVITY = {"hours": 2.2, "always": 0.8}


@dataclass(frozen=True, slots=True)
class Minutes:
    """A session's minutes: whole price units, `ticks` trades each; minute n starts at `start` + 60 n epoch seconds."""

    start: int
    open: IntArray
    high: IntArray
    low: IntArray
    close: IntArray
    volume: IntArray
    ticks: IntArray

    def __len__(self) -> int:
        return len(self.open)


def session_minutes(
    bar: Bar,
    window: tuple[float, float],
    mode: MarketMode,
    key: int,
    *,
    pause: tuple[float, float] | None = None,
    spread_of_price: float = SPREAD_OF_PRICE,
) -> Minutes:
    """Return the minutes of a session with the given daily bar; `key` names instrument and session.

    Each minute has at least four trades, so that its open, high, low and close can all be traded; the day's volume must
    reach for that. In the `pause` nothing trades.
    """
    opens, high, low, closes, volume = bar
    rest = int(pause[1] - pause[0]) // MINUTE if pause else 0
    count = int(window[1] - window[0]) // MINUTE - rest
    u = uniforms(key_of(key, _STREAM), 5 * count + DRAWS_BEYOND_STEPS)
    activity = _activity(count, mode)
    knots = bridge(u[: count + DRAWS_BEYOND_STEPS], (opens, high, low, closes), count, shape=np.sqrt(activity))
    above, below, shares, pace = u[count + DRAWS_BEYOND_STEPS :].reshape(4, count)
    spread = int(usual_spread(knots[:1], spread_of_price)[0])
    reach = _WICK * (high - low) / (1.6 * sqrt(count))
    first, last = knots[:-1], knots[1:]
    volumes = shared(volume, activity * (0.4 + shares), LEAST_TICKS)
    ticks = _TICKS_FROM + (pace * _TICKS_SPAN).astype(np.int64)
    minutes = Minutes(
        start=int(window[0]),
        open=first,
        high=np.minimum(np.maximum(first, last) + _wicks(above, reach, spread), high),
        low=np.maximum(np.minimum(first, last) - _wicks(below, reach, spread), low),
        close=last,
        volume=volumes,
        ticks=np.minimum(ticks, volumes),
    )
    return _with_pause(minutes, int(pause[0] - window[0]) // MINUTE, rest) if pause else minutes


def _with_pause(minutes: Minutes, at: int, length: int) -> Minutes:
    """Put in minutes without a trade."""
    quiet, still = np.zeros(length, dtype=np.int64), np.full(length, minutes.close[at - 1])
    columns = {
        name: np.insert(getattr(minutes, name), at, quiet if name in ("volume", "ticks") else still)
        for name in ("open", "high", "low", "close", "volume", "ticks")
    }
    return Minutes(start=minutes.start, **columns)


def _wicks(u: FloatArray, reach: float, spread: int) -> IntArray:
    """Return how far each minute reaches beyond its open and close: some of it the trades at the other quote."""
    bounced = np.where(u < _BOUNCED_SHARE, spread, 0)
    wicks: IntArray = np.rint(u * u * reach).astype(np.int64) + bounced
    return wicks


@lru_cache(maxsize=32)
def _activity(count: int, mode: MarketMode) -> FloatArray:
    """Return the U-shaped activity of a session's minutes, about 1 on average."""
    place = (np.arange(count) + 0.5) / count * 2.0 - 1.0
    curve = _EDGE_ACTIVITY[mode] * place * place
    result: FloatArray = 1.0 + curve - _EDGE_ACTIVITY[mode] / 3.0
    return result
