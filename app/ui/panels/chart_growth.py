"""One chart's bars as one series: older history before the newest, in columns that are not copied with every tick."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.bars import COLUMNS, Bars, empty_bars, from_columns

SPARE = 1024
"""So many more bars fit before the columns are copied to longer ones."""


class Growth:
    """Puts a series together; closed bars that were shown stay where they are, and a revision begins new columns."""

    def __init__(self) -> None:
        self.newest = empty_bars()
        self._columns: dict[str, NDArray[Any]] = {}
        self._start = 0
        """Where the newest bars begin in the columns."""

    def __len__(self) -> int:
        return self._start + len(self.newest)

    def whole(self) -> Bars:
        """Return everything there is, as views."""
        if not self._start:
            return self.newest
        columns = {name: column[: len(self)] for name, column in self._columns.items()}
        return from_columns(columns, self._start + self.newest.closed)

    def put(self, newest: Bars) -> None:
        """Take a newer version of the newest bars."""
        former, self.newest = self.newest, newest
        if not self._start:
            return
        if _goes_on(former, newest) and self._start + len(newest) <= len(self._columns["time"]):
            self._write(former.closed)
        else:
            self.put_before(self._before(former))

    def put_before(self, older: Bars) -> None:
        """Take history before the newest bars; what overlaps stays as the newest have it."""
        newest = self.newest
        self._start = int(np.searchsorted(older.time, newest.time[0])) if len(newest) else older.closed
        room = self._start + len(newest) + SPARE
        columns = {name: getattr(older, name) for name in COLUMNS}
        self._columns = {name: np.empty(room, column.dtype) for name, column in columns.items()}
        for name, column in columns.items():
            self._columns[name][: self._start] = column[: self._start]
        self._write(0)

    def _before(self, former: Bars) -> Bars:
        """Return every closed bar there was: where the newest begin later than they did, theirs are history now."""
        kept = self._start + former.closed
        return from_columns({name: column[:kept] for name, column in self._columns.items()}, kept)

    def _write(self, since: int) -> None:
        """Write the newest bars from one of them on."""
        for name, column in self._columns.items():
            column[self._start + since : len(self)] = getattr(self.newest, name)[since:]


def _goes_on(former: Bars, newest: Bars) -> bool:
    """Say whether a newer version begins with the closed bars of the former one."""
    kept = former.closed
    if not len(newest) or not len(former) or newest.closed < kept or newest.time[0] != former.time[0]:
        return False
    return all(np.array_equal(getattr(former, name)[:kept], getattr(newest, name)[:kept]) for name in COLUMNS)
