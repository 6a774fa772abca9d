"""Bars along a drawn path, for tests of what a chart's shape says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.domain.bars import Bars


def path(turns: Sequence[float], step: int = 5, spread: float = 0.5, volume: float = 1000.0) -> Bars:
    """Return closed daily bars whose closes go straight from turn to turn, `step` bars each way.

    Highs and lows lie `spread` beyond the close, so a turn at 100 is a swing high at 100.5 or a low at 99.5.
    """
    corners = np.arange(len(turns)) * step
    close = np.interp(np.arange(corners[-1] + 1), corners, turns)
    count = len(close)
    time = np.arange(count, dtype=np.int64) * 86400
    opened = np.r_[close[:1], close[:-1]]
    return Bars(time, opened, close + spread, close - spread, close, np.full(count, volume), closed=count)


def flipped(bars: Bars, constant: float = 0.0) -> Bars:
    """Return the bars with every price p as constant − p; a constant of 0 is exact."""
    columns = (constant - bars.open, constant - bars.low, constant - bars.high, constant - bars.close)
    return Bars(bars.time, *columns, bars.volume, closed=bars.closed)
