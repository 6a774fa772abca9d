"""Columnar bars of one instrument and one timeframe, and the pure rules that merge and build them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.instruments import ConId

FloatArray = NDArray[np.float64]
TimeArray = NDArray[np.int64]


class Timeframe(StrEnum):
    """The lengths a bar can have."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"
    W1 = "1w"
    MO1 = "1mo"

    @property
    def is_dated(self) -> bool:
        """Say whether its bars carry a date instead of a moment."""
        return self in (Timeframe.D1, Timeframe.W1, Timeframe.MO1)

    @property
    def seconds(self) -> int:
        """The nominal length of one bar in seconds (a month counts 30 days)."""
        return _SECONDS[self]


_SECONDS = {
    Timeframe.M1: 60,
    Timeframe.M5: 300,
    Timeframe.M15: 900,
    Timeframe.M30: 1800,
    Timeframe.H1: 3600,
    Timeframe.H4: 14400,
    Timeframe.D1: 86400,
    Timeframe.W1: 7 * 86400,
    Timeframe.MO1: 30 * 86400,
}


class Source(StrEnum):
    """Whose numbers these are; part of every cache key."""

    PRACTICE = "practice"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class BarsKey:
    """What one stored series of bars is."""

    source: Source
    con_id: ConId
    timeframe: Timeframe
    what: str = "TRADES"
    regular_hours: bool = True
    adjusted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars in ascending order, one numpy column a field, all of one length.

    `time` is the bar's start in UTC epoch seconds (midnight UTC of its date for dated timeframes).
    The first `closed` bars are closed; at most one more follows, the forming one.
    """

    time: TimeArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    closed: int

    def __len__(self) -> int:
        return len(self.time)

    @property
    def closed_only(self) -> Bars:
        """These bars without the forming one: what signals are computed from."""
        return self if self.closed == len(self) else self.part(0, self.closed)

    def part(self, start: int, stop: int) -> Bars:
        """Return the bars `start` to `stop`, as views."""
        length = max(0, min(stop, len(self)) - start)
        closed = max(0, min(self.closed - start, length))
        return from_columns({name: getattr(self, name)[start:stop] for name in COLUMNS}, closed)

    def last(self, count: int) -> Bars:
        """Return the newest `count` bars, as views."""
        return self.part(max(0, len(self) - count), len(self))

    def date_at(self, index: int) -> date:
        """Return the UTC date of one bar: its session for dated timeframes."""
        return date.fromordinal(_EPOCH + int(self.time[index]) // 86400)  # before 1970 as well, on every system


_EPOCH = date(1970, 1, 1).toordinal()

COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Bars) if field.name != "closed")


def from_columns(columns: Mapping[str, NDArray[Any]], closed: int) -> Bars:
    """Return bars made of the named columns, of which the first `closed` are closed."""
    time = np.asarray(columns["time"], np.int64)
    open_, high, low, close, volume = (np.asarray(columns[name], np.float64) for name in COLUMNS[1:])
    return Bars(time, open_, high, low, close, volume, closed=closed)


def empty_bars() -> Bars:
    """Return no bars at all."""
    nothing = np.empty(0)
    return Bars(np.empty(0, np.int64), nothing, nothing, nothing, nothing, nothing, closed=0)


def merge(older: Bars, newer: Bars) -> Bars:
    """Return both series as one, in order and unique by start; where bars overlap the later revision wins.

    A forming bar never replaces a closed one, and stays only while nothing follows it.
    """
    time = np.concatenate([older.time, newer.time])
    is_closed = np.concatenate([np.arange(len(bars)) < bars.closed for bars in (older, newer)])
    order = np.lexsort((is_closed, time))  # stable: of one start the closed come last, of these the newer
    is_final = np.append(time[order][1:] != time[order][:-1], True)[: len(order)]
    order = order[is_final]
    order = order[is_closed[order] | (np.arange(len(order)) == len(order) - 1)]
    columns = {name: np.concatenate([getattr(older, name), getattr(newer, name)])[order] for name in COLUMNS}
    return from_columns(columns, closed=int(is_closed[order].sum()))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which stretch of bar starts a gateway has answered for, in UTC epoch seconds, both ends included.

    `is_from_head` says that there is nothing before `start`: the gateway's history begins there.
    """

    start: int
    stop: int
    is_from_head: bool = False

    def joined(self, other: Coverage) -> Coverage:
        """Return both as one where they touch, else the later one: a stretch never spans what nobody asked for."""
        first, second = sorted((self, other), key=lambda coverage: (coverage.start, coverage.stop))
        if second.start > first.stop:
            return second
        is_from_head = first.is_from_head or (second.is_from_head and second.start == first.start)
        return Coverage(first.start, max(first.stop, second.stop), is_from_head)


def epoch(day: date) -> int:
    """Return a date as the UTC epoch second its dated bar carries."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def monday_of(day: date) -> date:
    """Return the Monday that labels the ISO week of `day`."""
    return day - timedelta(days=day.weekday())


def weekly(daily: Bars, last_sessions: Iterable[date]) -> Bars:
    """Build ISO weeks, labelled Monday, from daily bars; a forming day makes its week a forming one.

    `last_sessions` holds the last exchange session of each week; the last week is closed once
    that session is among the closed bars, earlier weeks always are.
    """
    if not len(daily):
        return empty_bars()
    days = daily.time // 86400
    mondays = (days - (days + 3) % 7) * 86400  # the epoch began on a Thursday
    return _grouped(daily, mondays, last_sessions)


def monthly(daily: Bars, last_sessions: Iterable[date]) -> Bars:
    """Build calendar months, labelled by their first day, from daily bars; forming and closing as in `weekly`."""
    if not len(daily):
        return empty_bars()
    months = daily.time.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    return _grouped(daily, months, last_sessions)


def _grouped(daily: Bars, labels: TimeArray, last_sessions: Iterable[date]) -> Bars:
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    ends = np.r_[starts[1:], len(labels)] - 1
    newest = {daily.date_at(index) for index in range(starts[-1], daily.closed)}
    is_last_closed = not newest.isdisjoint(last_sessions)  # a bar dated after the last session changes nothing
    return Bars(
        time=labels[starts],
        open=daily.open[starts],
        high=np.maximum.reduceat(daily.high, starts),
        low=np.minimum.reduceat(daily.low, starts),
        close=daily.close[ends],
        volume=np.add.reduceat(daily.volume, starts),
        closed=len(starts) - (0 if is_last_closed else 1),
    )
