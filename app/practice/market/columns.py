"""Bars as columns: as they are told, and in the price units that they are summed in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.practice.market.draws import FloatArray
from app.practice.market.path import IntArray


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars as columns, oldest first, all of one length.

    `start` is the bar's beginning in UTC epoch seconds; `day` the session (YYYYMMDD) that it belongs to, for a week or
    a month the last session in it. Volume, wap and count are -1 for quotes.
    `is_forming`: the last bar was not complete at the end that was asked for.
    """

    start: IntArray
    day: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: IntArray
    wap: FloatArray
    count: IntArray
    is_forming: bool = False

    def __len__(self) -> int:
        return len(self.start)


Units = IntArray | FloatArray


@dataclass(frozen=True, slots=True)
class Rows:
    """Unsummed bars in price units (no whole ones where they are adjusted): what a bar of `start` is made of."""

    start: IntArray
    day: IntArray
    open: Units
    high: Units
    low: Units
    close: Units
    volume: IntArray
    turnover: FloatArray
    count: IntArray


def reduced(rows: Rows, edges: IntArray) -> Rows:
    """Return one row for each stretch that begins at an edge."""
    last = np.append(edges[1:], len(rows.start)) - 1
    return Rows(
        start=rows.start[edges],
        day=rows.day[last],
        open=rows.open[edges],
        high=np.maximum.reduceat(rows.high, edges),
        low=np.minimum.reduceat(rows.low, edges),
        close=rows.close[last],
        volume=np.add.reduceat(rows.volume, edges),
        turnover=np.add.reduceat(rows.turnover, edges),
        count=np.add.reduceat(rows.count, edges),
    )


def no_bars() -> Bars:
    """Return bars of length 0."""
    whole, real = np.empty(0, dtype=np.int64), np.empty(0)
    return Bars(whole, whole, real, real, real, real, whole, real, whole)
