"""A followed series: history once, then bar by bar, in a buffer of our own that stays within bounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.adapters.ib.history import Row, Sessions, closes_at
from app.domain.bars import COLUMNS, Bars, Timeframe, from_columns
from app.domain.instruments import Instrument

LATE_S = 2.0
"""Ticks of a bar may still arrive this long after its end."""


class Series:
    """The bars of one instrument and timeframe as they grow; `hear` is told the whole series."""

    def __init__(
        self,
        instrument: Instrument,
        timeframe: Timeframe,
        count: int,
        sessions: Sessions | None,
        hear: Callable[[Bars], None],
    ) -> None:
        self.instrument, self.timeframe, self.count = instrument, timeframe, count
        self.request_id = 0
        self.is_stopped = False
        self._sessions = sessions
        self._hear = hear
        self._columns = np.empty((len(COLUMNS), 0))
        self._length = 0
        self._closed = 0
        self._is_dirty = False

    def replace(self, bars: Bars) -> None:
        """Begin with these bars."""
        self._length, self._closed = len(bars), bars.closed
        self._columns = np.empty((len(COLUMNS), self._room_for(len(bars))))
        for row, name in zip(self._columns, COLUMNS, strict=True):
            row[: len(bars)] = getattr(bars, name)
        self._is_dirty = True

    def update(self, row: Row) -> None:
        """Take a changed or new last bar; what is older than the last one is a revision of its place."""
        times = self._columns[0, : self._length]
        at = int(np.searchsorted(times, row[0]))
        if at == self._length:
            self._append(row)
        elif times[at] == row[0]:
            self._columns[:, at] = row
        else:
            return
        self._is_dirty = True

    def settle(self, now: float) -> None:
        """Count the last bar as closed once the gateway's time is past its end."""
        if self._length and self._closed < self._length:
            ends = closes_at(int(self._columns[0, self._length - 1]), self.timeframe, self._sessions)
            if now >= ends + LATE_S:
                self._closed = self._length
                self._is_dirty = True

    def flush(self) -> None:
        """Tell the listener, if something changed."""
        if self._is_dirty and not self.is_stopped:
            self._is_dirty = False
            part = self._columns[:, : self._length].copy()
            self._hear(from_columns(dict(zip(COLUMNS, part, strict=True)), closed=self._closed))

    def _append(self, row: Row) -> None:
        self._closed = self._length
        if self._length == self._columns.shape[1]:
            self._make_room()
            self._closed = self._length
        self._columns[:, self._length] = row
        self._length += 1

    def _make_room(self) -> None:
        """Let the oldest bars go beyond twice what was asked for, else grow."""
        keep = min(self._length, max(2 * self.count, 1))
        grown = np.empty((len(COLUMNS), self._room_for(keep)))
        grown[:, :keep] = self._columns[:, self._length - keep : self._length]
        self._columns, self._length = grown, keep

    def _room_for(self, length: int) -> int:
        return length + max(256, length // 4)
