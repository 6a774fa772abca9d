"""Values of a higher timeframe on the bars of a lower one, never before the moment they are known."""

from __future__ import annotations

from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from app.domain.bars import Bars, FloatArray, TimeArray, Timeframe, monthly, weekly
from app.ui.charts.moments import DAY, offsets

Index = NDArray[np.int64]


def known_at(bars: Bars, timeframe: Timeframe, higher: Bars, above: Timeframe, zone: tzinfo) -> Index:
    """Return for each bar the index of the newest higher bar that is closed when this bar ends, −1 before the first.

    A higher bar closes with the last bar inside it, and only once it is marked as closed: until Friday's bar a week
    shows the value of the week before. `zone` is the exchange's, whose dates dated bars carry.
    """
    starts = _starts(bars, timeframe, above, zone)
    inside = np.searchsorted(higher.time, starts, side="right") - 1
    ends_it = _ends_its_group(inside, higher, bars)
    if not above.is_dated:
        ends_it &= starts + timeframe.seconds >= np.where(inside >= 0, higher.time[inside] + above.seconds, 0)
    ends_it &= inside < higher.closed
    newest = np.where(ends_it, inside, inside - 1)
    return np.maximum(np.minimum(newest, higher.closed - 1), -1)


def spread(values: FloatArray, index: Index) -> FloatArray:
    """Return the values of higher bars laid out over lower ones, NaN where none is known."""
    if not len(values):
        return np.full(len(index), np.nan)
    inside = (index >= 0) & (index < len(values))
    return np.where(inside, values[np.where(inside, index, 0)], np.nan)


def built(bars: Bars, timeframe: Timeframe, above: Timeframe) -> Bars | None:
    """Return weeks or months built from daily bars, of which the newest never counts as closed; None for others."""
    if timeframe is not Timeframe.D1 or above not in (Timeframe.W1, Timeframe.MO1):
        return None
    return (weekly if above is Timeframe.W1 else monthly)(bars, ())


def is_above(timeframe: Timeframe, above: Timeframe) -> bool:
    """Say whether a timeframe is longer than another, so that its values can be laid over it."""
    return above.seconds > timeframe.seconds


def _starts(bars: Bars, timeframe: Timeframe, above: Timeframe, zone: tzinfo) -> TimeArray:
    """Return where bars begin as the higher bars count: dated ones count days of the exchange, at midnight UTC."""
    if timeframe.is_dated or not above.is_dated or not len(bars):
        return bars.time
    return (bars.time + offsets(bars.time, zone)) // DAY * DAY


def _ends_its_group(inside: Index, higher: Bars, bars: Bars) -> NDArray[np.bool_]:
    """Say of each bar whether it is the last one within its higher bar; the newest is when it is closed."""
    if not len(inside):
        return np.zeros(0, np.bool_)
    last_is_closed = bars.closed == len(bars)
    return np.append(inside[1:] != inside[:-1], last_is_closed)
