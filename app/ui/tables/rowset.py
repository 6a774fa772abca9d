"""The rows of a table by key: which are shown, in which order. No Qt signals; the model tells the view."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from app.ui.tables.columns import Column

Row = TypeVar("Row")


class RowSet(Generic[Row]):
    """Rows in the order of arrival, and the permutation of them that is on screen."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Hashable],
        family: Callable[[Row], tuple[Hashable, int]] | None = None,
    ) -> None:
        self.columns, self.key, self.family = columns, key, family
        self.rows: dict[Hashable, Row] = {}
        self.unread: list[Hashable] = []
        """Keys of rows whose text no filter has read yet."""
        self._texts: dict[Hashable, tuple[Row, str]] = {}
        self.shown: list[Hashable] = []
        self.place: dict[Hashable, int] = {}
        self.needle = ""
        self.accepts: Callable[[Row], bool] = _everything
        self.sort_column = -1
        self.is_descending = False

    @property
    def sorting(self) -> Column[Row] | None:
        """The column that decides the order, None for the order of arrival."""
        return self.columns[self.sort_column] if 0 <= self.sort_column < len(self.columns) else None

    def replace(self, rows: Iterable[Row]) -> None:
        """Hold these rows and no others."""
        self.rows = {self.key(row): row for row in rows}
        self._texts.clear()
        self.unread = list(self.rows)
        self.filter_all()

    def filter_all(self) -> None:
        """Show every row that passes, in order."""
        self.set_shown(self.ordered([key for key, row in self.rows.items() if self.passes(row)]))

    def reordered(self) -> list[Hashable]:
        """Return the rows now shown in the order they should have."""
        return self.ordered([key for key in self.rows if key in self.place])

    def set_shown(self, shown: list[Hashable]) -> None:
        """Show these keys in this order."""
        self.shown = shown
        self.place = {key: position for position, key in enumerate(shown)}

    def append(self, keys: Sequence[Hashable]) -> None:
        """Show more keys, below the others."""
        self.place.update({key: len(self.shown) + offset for offset, key in enumerate(keys)})
        self.shown.extend(keys)

    def passes(self, row: Row) -> bool:
        """Say whether the filter lets a row through: accepted, and every word somewhere in its text."""
        if not self.accepts(row):
            return False
        if not self.needle:
            return True
        text = self.text_of(row)
        return all(word in text for word in self.needle.split())

    def text_of(self, row: Row) -> str:
        """Return all that a row says, as a filter reads it; it is written once for each version of the row."""
        key = self.key(row)
        held = self._texts.get(key)
        if held is None or held[0] is not row:
            text = " ".join(column.text(row) for column in self.columns if column.found).casefold()
            held = self._texts[key] = (row, text)
        return held[1]

    def drop(self, key: Hashable) -> None:
        """Hold a row no longer."""
        del self.rows[key]
        self._texts.pop(key, None)

    def read_ahead(self, seconds: float) -> bool:
        """Write texts that a filter will want, for so long at the most; False while there are more."""
        end = time.perf_counter() + seconds
        while self.unread:
            row = self.rows.get(self.unread.pop())
            if row is not None:
                self.text_of(row)
            if time.perf_counter() > end:
                return not self.unread
        return True

    def moves(self, old: Row, new: Row) -> bool:
        """Say whether a change may have moved a row to another place."""
        column = self.sorting
        return column is not None and column.sort_key(old) != column.sort_key(new)

    def ordered(self, keys: list[Hashable]) -> list[Hashable]:
        """Return the keys in order; the members of a family stay together, below the one that leads it."""
        if self.family is None:
            return self._by_value(keys)
        leaders: dict[Hashable, Hashable] = {}
        members: dict[Hashable, list[Hashable]] = {}
        read, rows = self.family, self.rows
        for key in keys:
            name = read(rows[key])[0]
            first = leaders.setdefault(name, key)
            if first != key:
                members.setdefault(name, [first]).append(key)
        for name, several in members.items():
            several.sort(key=lambda key: read(rows[key])[1])
            leaders[name] = several[0]
        led = {several[0]: several for several in members.values()}
        return [key for leader in self._by_value(list(leaders.values())) for key in led.get(leader) or (leader,)]

    def _by_value(self, keys: list[Hashable]) -> list[Hashable]:
        """Return the keys by the sorting column's value, unknown values last in both directions."""
        column = self.sorting
        if column is None:
            return keys
        read, rows = column.sort_key, self.rows
        values = {key: read(rows[key]) for key in keys}
        known = [key for key, value in values.items() if value is not None]
        known.sort(key=values.__getitem__, reverse=self.is_descending)
        return known if len(known) == len(values) else known + [key for key in keys if values[key] is None]


def as_decimal(value: Any) -> Decimal:
    """Return a cell's number exactly as it reads."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _everything(_: Any) -> bool:
    return True
