"""The rows of a table by key: which are shown, in which order. No Qt signals; the model tells the view."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, Generic, TypeVar

from app.ui.tables.columns import Column

Row = TypeVar("Row")
Groups = dict[Hashable, list[Hashable]]


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
        self._texts: dict[Hashable, str] = {}
        self._groups: Groups | None = None
        """The families shown, by arrival; None once a row came, went or changed its family."""
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
        self._groups = None
        self.unread = list(self.rows)
        self.filter_all()

    def put(self, key: Hashable, row: Row) -> None:
        """Hold a row in place of the one that its key had."""
        held = self.rows.get(key)
        if held is None or (self.family is not None and self.family(held) != self.family(row)):
            self._groups = None
        self._texts.pop(key, None)
        self.rows[key] = row

    def filter_all(self) -> None:
        """Show every row that passes, in order."""
        self.set_shown(self._passing())
        self._place(self.reordered())

    def reordered(self) -> list[Hashable]:
        """Return the rows now shown in the order they should have."""
        if self.family is None:
            return self._by_value(self._arrived())
        if self._groups is None:
            self._groups = self._grouped(self.family, self._arrived())
        return self._laid_out(self._groups)

    def reorder(self, shown: list[Hashable]) -> None:
        """Show the same keys in this order."""
        self._place(shown)

    def set_shown(self, shown: list[Hashable]) -> None:
        """Show these keys, other ones than before, in this order."""
        self._groups = None
        self._place(shown)

    def append(self, keys: Sequence[Hashable]) -> None:
        """Show more keys, below the others."""
        self._groups = None
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
        text = self._texts.get(key)
        if text is None:
            text = " ".join(column.text(row) for column in self.columns if column.found).casefold()
            self._texts[key] = text
        return text

    def drop(self, key: Hashable) -> None:
        """Hold a row no longer."""
        self._groups = None
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
        return self._by_value(keys) if self.family is None else self._laid_out(self._grouped(self.family, keys))

    def _passing(self) -> list[Hashable]:
        """Return the keys of all rows that the filter lets through."""
        rows, accepts = self.rows, self.accepts
        keys = list(rows) if accepts is _everything else [key for key, row in rows.items() if accepts(row)]
        texts = self._texts
        for word in self.needle.split():
            keys = [key for key in keys if word in (texts.get(key) or self.text_of(rows[key]))]
        return keys

    def _place(self, shown: list[Hashable]) -> None:
        self.shown = shown
        self.place = dict(zip(shown, range(len(shown)), strict=True))

    def _arrived(self) -> list[Hashable]:
        """Return the keys of the rows shown in the order of arrival."""
        return list(self.rows) if len(self.rows) == len(self.place) else [key for key in self.rows if key in self.place]

    def _grouped(self, family: Callable[[Row], tuple[Hashable, int]], keys: list[Hashable]) -> Groups:
        """Return the members of each family, itself first, by the one that leads it."""
        groups: dict[Hashable, list[Hashable]] = {}
        ranks: dict[Hashable, int] = {}
        several, rows = set[Hashable](), self.rows
        for key in keys:
            name, ranks[key] = family(rows[key])
            if name in groups:
                groups[name].append(key)
                several.add(name)
            else:
                groups[name] = [key]
        for name in several:
            groups[name].sort(key=ranks.__getitem__)
        return {members[0]: members for members in groups.values()}

    def _laid_out(self, groups: Groups) -> list[Hashable]:
        """Return all keys, families in the order of what leads them."""
        return list(chain.from_iterable(map(groups.__getitem__, self._by_value(list(groups)))))

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
