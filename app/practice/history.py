"""The shipped daily history: real prices of 2000 to 2013, adjusted for splits and dividends, counted in price units.

Open, high, low and close are multiplied by adjusted / close and scaled so that the last close is the price that was
traded; volume is scaled inversely. Dates are dropped: the market dates the bars anew, session by session.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.practice.resources import practice_resources

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DailyColumns:
    """Daily bars as columns, oldest first; prices are whole numbers of price units (1 / units_per_price)."""

    open: IntArray
    high: IntArray
    low: IntArray
    close: IntArray
    volume: IntArray

    def __len__(self) -> int:
        return len(self.close)


@lru_cache(maxsize=16)
def shipped_history(file: str, units_per_price: int) -> DailyColumns:
    """Return the adjusted bars of one shipped file."""
    with gzip.open(practice_resources() / file, "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        raw = np.array([row[1:] for row in rows], dtype=np.float64)
    opens, highs, lows, closes, volume, adjusted = raw.T
    scale = adjusted / closes * (closes[-1] / adjusted[-1])
    # Rounding keeps the order of two prices, so low <= open, close <= high survives it.
    return DailyColumns(
        open=_whole(opens * scale * units_per_price),
        high=_whole(highs * scale * units_per_price),
        low=_whole(lows * scale * units_per_price),
        close=_whole(closes * scale * units_per_price),
        volume=_whole(volume / scale),
    )


def _whole(values: NDArray[np.float64]) -> IntArray:
    """Round to whole units: it keeps the order of two prices, so low <= open, close <= high survives it."""
    return np.rint(values).astype(np.int64)
