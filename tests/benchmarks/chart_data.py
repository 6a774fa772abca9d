"""Bars and indicator columns for chart benchmarks: numpy alone, so that peers in another environment draw the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Minute bars of a random walk with the columns every contender draws."""

    time: NDArray[np.int64]
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
    sma: Column
    trend: Column
    direction: NDArray[np.int8]
    macd: Column
    signal: Column
    histogram: Column
    rsi: Column


def sheet(count: int, seed: int = 7) -> Sheet:
    """Return `count` bars; the indicator columns have the right shapes and ranges, which is all that drawing needs."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, count)))
    open_ = np.r_[100.0, close[:-1]]
    high = np.maximum(open_, close) * (1 + np.abs(rng.normal(0, 0.0005, count)))
    low = np.minimum(open_, close) * (1 - np.abs(rng.normal(0, 0.0005, count)))
    sma = smooth(close, 20)
    fast, slow = smooth(close, 12), smooth(close, 26)
    macd = fast - slow
    signal = smooth(np.nan_to_num(macd), 9)
    direction = np.where(close >= np.nan_to_num(smooth(close, 60), nan=100.0), 1.0, -1.0)
    rsi = 50 + 40 * np.tanh((close / np.nan_to_num(smooth(close, 14), nan=100.0) - 1) * 200)
    return Sheet(
        time=1_500_000_000 + np.arange(count, dtype=np.int64) * 60,
        open=open_, high=high, low=low, close=close, volume=rng.lognormal(8, 0.5, count),
        sma=sma, trend=sma * (1 - 0.004 * direction), direction=direction.astype(np.int8),
        macd=macd, signal=signal, histogram=macd - signal, rsi=rsi,
    )  # fmt: skip


def smooth(values: Column, length: int) -> Column:
    """Return the mean of the last `length` values, NaN before there are so many."""
    found = np.full(len(values), np.nan)
    if len(values) >= length:
        total = np.cumsum(np.r_[0.0, values])
        found[length - 1 :] = (total[length:] - total[:-length]) / length
    return found
