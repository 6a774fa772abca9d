"""Events laid over a generated session: moved levels, halts, and trades that were added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from app.practice.market.events import EventKind, MarketEvent, Timeline
from app.practice.market.grid import Grid
from app.practice.market.minutes import MINUTE, Minutes
from app.practice.market.ticks import TickColumns


class SessionTape:
    """One instrument's session as it happened: minutes and ticks with all events in them."""

    def __init__(self, base: Minutes, ticks_of: Callable[[int], TickColumns], timeline: Timeline, grid: Grid) -> None:
        self._base = base
        self._ticks_of = ticks_of
        self._timeline = timeline
        self._grid = grid
        self.end = base.start + MINUTE * len(base)
        self.minutes = self._level(base, timeline.level_at(base.start))
        events = timeline.between(base.start, self.end)
        self.is_touched = bool(events) or timeline.is_halted(base.start)
        if self.is_touched:
            self._own_minutes()
            for event in events:
                self._move_from(event)
            self._silence_halts()
            self._sum_up(events)

    def apply(self, event: MarketEvent) -> None:
        """Bring the minutes up to date with an event that the timeline already holds."""
        if not self.is_touched:
            self._own_minutes()
            self.is_touched = True
        self._move_from(event)
        if event.kind in (EventKind.HALT, EventKind.RESUME):
            self._silence_halts()
            self._sum_up(self._timeline.between(self._base.start, self.end))
        else:
            self._sum_up([event])

    def ticks(self, index: int) -> TickColumns:
        """Return the trades of a minute."""
        start = self._base.start + MINUTE * index
        level = self._timeline.level_at(start)
        columns = self._ticks_of(index)
        events = self._timeline.between(start, start + MINUTE)
        if not events and not self._timeline.is_halted(start):
            is_raw = level == 1.0 and self._grid.is_plain
            if is_raw:
                return columns
            given = columns.given if level == 1.0 else None
            return replace(columns, price=self._grid.scaled(columns.price, level), given=given)
        return self._with_events(columns, level, start, events)

    def bar(self) -> tuple[int, int, int, int, int] | None:
        """Return (open, high, low, close, volume) of the whole session, or None when nothing traded."""
        traded = np.flatnonzero(self.minutes.ticks)
        if not len(traded):
            return None
        m = self.minutes
        return (
            int(m.open[traded[0]]),
            int(m.high[traded].max()),
            int(m.low[traded].min()),
            int(m.close[traded[-1]]),
            int(m.volume.sum()),
        )

    def _with_events(self, columns: TickColumns, level: float, start: int, events: list[MarketEvent]) -> TickColumns:
        price, keep = self._grid.scaled(columns.price, level), np.ones(len(columns.at), dtype=bool)
        if self._timeline.is_halted(start):
            keep[:] = False
        for event in events:
            later = columns.at > event.at
            if event.kind == EventKind.MOVE:
                moved = self._grid.scaled(columns.price, self._timeline.level_after(event.at))
                price = np.where(later, moved, price)
            elif event.kind != EventKind.PRINT:
                keep[later] = event.kind == EventKind.RESUME
        added = None if columns.added is None else columns.added[keep]
        kept = TickColumns(columns.at[keep], price[keep], columns.size[keep], columns.quote[:, keep], added)
        return _with_trades(kept, [event for event in events if event.size])

    def _own_minutes(self) -> None:
        m = self.minutes
        self.minutes = Minutes(
            m.start, m.open.copy(), m.high.copy(), m.low.copy(), m.close.copy(), m.volume.copy(), m.ticks.copy()
        )

    def _level(self, minutes: Minutes, level: float) -> Minutes:
        if level == 1.0 and self._grid.is_plain:
            return minutes
        opens, highs, lows, closes = (
            self._grid.scaled(prices, level) for prices in (minutes.open, minutes.high, minutes.low, minutes.close)
        )
        return replace(minutes, open=opens, high=highs, low=lows, close=closes)

    def _silence_halts(self) -> None:
        """Empty the minutes that a halt covers whole and fill again those that it does not."""
        starts = self._base.start + MINUTE * np.arange(len(self._base))
        edges = [event.at for event in self._timeline.between(self._base.start, self.end)
                 if event.kind in (EventKind.HALT, EventKind.RESUME)]  # fmt: skip
        bounds = [float(self._base.start), *edges, float(self.end)]
        for begin, end in pairwise(bounds):
            inside = (starts >= begin) & (starts + MINUTE <= end)
            is_silent = self._timeline.is_halted(begin)
            self.minutes.volume[inside] = 0 if is_silent else self._base.volume[inside]
            self.minutes.ticks[inside] = 0 if is_silent else self._base.ticks[inside]

    def _move_from(self, event: MarketEvent) -> None:
        """Put the minutes after a move on its level."""
        if event.kind != EventKind.MOVE:
            return
        after, moved = self._index(event) + 1, self._level(self._base, self._timeline.level_after(event.at))
        for name in ("open", "high", "low", "close"):
            getattr(self.minutes, name)[after:] = getattr(moved, name)[after:]

    def _sum_up(self, events: list[MarketEvent]) -> None:
        """Make the minutes that events fell into anew from their trades."""
        m = self.minutes
        for index in sorted({self._index(event) for event in events}):
            columns = self.ticks(index)
            m.volume[index], m.ticks[index] = columns.size.sum(), len(columns.at)
            if len(columns.at):
                m.open[index], m.close[index] = columns.price[0], columns.price[-1]
                m.high[index], m.low[index] = columns.price.max(), columns.price.min()

    def _index(self, event: MarketEvent) -> int:
        return int(event.at - self._base.start) // MINUTE


def _with_trades(columns: TickColumns, trades: list[MarketEvent]) -> TickColumns:
    if not trades:
        return columns
    at = np.concatenate([columns.at, [trade.at for trade in trades]])
    order = np.argsort(at, kind="stable")
    price = np.concatenate([columns.price, np.array([trade.units for trade in trades], dtype=np.int64)])
    size = np.concatenate([columns.size, np.array([trade.size for trade in trades], dtype=np.int64)])
    quote = np.concatenate([columns.quote, np.full((2, len(trades)), 0.5)], axis=1)
    before = np.zeros(len(columns.at), dtype=bool) if columns.added is None else columns.added
    added = np.concatenate([before, np.ones(len(trades), dtype=bool)])
    return TickColumns(at[order], price[order], size[order], quote[:, order], added[order])
