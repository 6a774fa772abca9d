"""A table model over typed rows: own sort and filter permutation, changes gathered and told once a frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.ui.language import say
from app.ui.tables.columns import Column, is_unknown
from app.ui.tables.rowset import RowSet, as_decimal
from app.ui.tables.tints import Tints
from app.ui.widgets.plain import plain_tip

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex

FRAME_MS = 33
RESORT_MS = 1000
READ_AHEAD_MS = 20
READ_AHEAD_S = 0.004
"""How long a table at rest works at a time at the texts that its filter will want."""
SYMBOL_MIME = "application/x-tapeline-symbol"
_NOWHERE = QModelIndex()
_SELECTED = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
_DRAGGED = _SELECTED | Qt.ItemFlag.ItemIsDragEnabled
_MANY = 64


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows by key; `put` and `drop` are cheap and safe to call per event, the view hears once per 33 ms."""

    counted = Signal(int, int)
    """How many rows are shown, of how many."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Hashable],
        *,
        drag: Callable[[Row], str] | None = None,
        family: Callable[[Row], tuple[Hashable, int]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Describe the table; `drag` gives the symbol that dragging a row carries.

        `family` names a group whose rows stay together, and a row's rank within it: the lowest leads and is sorted.
        """
        super().__init__(parent)
        self.columns = tuple(columns)
        self._set = RowSet(self.columns, key, family)
        self._drag = drag
        self._changed: dict[Hashable, Row | None] = {}
        self._dropped: set[Hashable] = set()
        self._tints = Tints(self._repaint_cell, self)
        self._frame = _once(self, FRAME_MS, self.flush)
        self._resort = _once(self, RESORT_MS, self._arrange)
        self._reading = _once(self, READ_AHEAD_MS, self._read_ahead)

    # What panels call

    def replace(self, rows: Iterable[Row]) -> None:
        """Show these rows and no others."""
        self.beginResetModel()
        self._changed.clear()
        self._dropped.clear()
        self._tints.clear()
        self._set.replace(rows)
        self.endResetModel()
        self._count()

    def put(self, row: Row) -> None:
        """Add the row, or replace the one with the same key; the view hears within 33 ms."""
        rows, key = self._set.rows, self._set.key(row)
        if key not in self._changed:
            self._changed[key] = rows.get(key)
        self._set.put(key, row)
        self._dropped.discard(key)
        self._wake()

    def drop(self, key: Hashable) -> None:
        """Remove the row with this key, if it is there; the view hears within 33 ms."""
        if key in self._set.rows:
            self._dropped.add(key)
            self._wake()

    def find(self, key: Hashable) -> Row | None:
        """Return the row with this key."""
        return self._set.rows.get(key)

    def rows(self) -> list[Row]:
        """Return the rows shown, in the order shown."""
        return [self._set.rows[key] for key in self._set.shown]

    def row_at(self, position: int) -> Row:
        """Return the row at a place in the view."""
        return self._set.rows[self._set.shown[position]]

    def key_at(self, position: int) -> Hashable:
        """Return the key of the row at a place in the view."""
        return self._set.shown[position]

    def position_of(self, key: Hashable) -> int | None:
        """Return where in the view the row with this key is, None when it is filtered out or unknown."""
        return self._set.place.get(key)

    def counts(self) -> tuple[int, int]:
        """Return how many rows are shown, of how many."""
        return len(self._set.shown), len(self._set.rows)

    def filter(self, needle: str | None = None, accepts: Callable[[Row], bool] | None = None) -> None:
        """Show rows whose text holds every word of `needle` and that `accepts` takes; None keeps what was set."""
        self.flush()
        self.beginResetModel()
        self._set.needle = self._set.needle if needle is None else needle.casefold()
        self._set.accepts = accepts or self._set.accepts
        self._set.filter_all()
        self.endResetModel()
        self._count()

    def flush(self) -> None:
        """Tell the view now what has changed since the last frame."""
        self._frame.stop()
        if not self._changed and not self._dropped:
            return
        rows, passes = self._set.rows, self._set.passes
        changed, self._changed = self._changed, {}
        dropped, self._dropped = self._dropped, set()
        self._set.unread.extend(changed)
        stay = {key: passes(rows[key]) for key in changed if key not in dropped}
        self._hide(dropped | {key for key, passed in stay.items() if not passed})
        for key in dropped:
            self._set.drop(key)
        place = self._set.place
        self._tell({key: changed[key] for key in stay if key in place})
        self._append([key for key, passed in stay.items() if passed and key not in place])
        self._count()

    # What Qt calls

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of rows shown."""
        return 0 if parent.isValid() else len(self._set.shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, its alignment or its tooltip; colours are the delegate's."""
        if not index.isValid():
            return None
        column, row = self.columns[index.column()], self.row_at(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return column.text(row)
            case Qt.ItemDataRole.ToolTipRole if column.tip is not None:
                tip = column.tip(row)
                return plain_tip(tip) if tip else tip
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title, hint and alignment."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return say(column.title)
            case Qt.ItemDataRole.ToolTipRole:
                return say(column.hint) or None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by value; unknown values come last in both directions. -1 is the order of arrival."""
        wanted = (column, order is Qt.SortOrder.DescendingOrder)
        if wanted == (self._set.sort_column, self._set.is_descending) and not self._resort.isActive():
            self.flush()  # Qt asks twice for one click
            return
        self._set.sort_column, self._set.is_descending = wanted
        self._arrange()

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let rows be selected, and dragged when they carry a symbol."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _DRAGGED if self._drag is not None else _SELECTED

    def mimeTypes(self) -> list[str]:
        """Return what a dragged row carries."""
        return [SYMBOL_MIME, "text/plain"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the symbol of the first dragged row."""
        data = QMimeData()
        if indexes and self._drag is not None:
            symbol = self._drag(self.row_at(indexes[0].row()))
            data.setData(SYMBOL_MIME, QByteArray(symbol.encode()))
            data.setText(symbol)
        return data

    # What the delegate and the footer ask

    def tint_at(self, position: int, column: int) -> str | None:
        """Return the token a cell is tinted with because it has just changed."""
        return self._tints.token(self._set.shown[position], column) if self._tints else None

    def sum_of(self, positions: Iterable[int], column: int) -> Decimal | None:
        """Return the exact sum of a column over rows in the view, None when any of them is unknown."""
        total = Decimal(0)
        for position in positions:
            value = self.columns[column].value(self.row_at(position))
            if is_unknown(value):
                return None
            total += as_decimal(value)
        return total

    # Inside

    def _wake(self) -> None:
        if not self._frame.isActive():
            self._frame.start()

    def _count(self) -> None:
        self.counted.emit(*self.counts())
        if len(self._set.unread) > _MANY and not self._reading.isActive():
            self._reading.start()

    def _read_ahead(self) -> None:
        if not self._set.read_ahead(READ_AHEAD_S):
            self._reading.start()

    def _tell(self, changed: dict[Hashable, Row | None]) -> None:
        """Announce changed rows as one span, tint what differs, and put them in order again soon."""
        if not changed:
            return
        places = [self._set.place[key] for key in changed]
        now, moved = time.monotonic(), False
        for key, old in changed.items():
            if old is not None:
                self._tints.compare(self.columns, key, old, self._set.rows[key], now)
                moved = moved or self._set.moves(old, self._set.rows[key])
        self.dataChanged.emit(self.index(min(places), 0), self.index(max(places), len(self.columns) - 1))
        if moved and not self._resort.isActive():
            self._resort.start()

    def _append(self, coming: list[Hashable]) -> None:
        if not coming:
            return
        start = len(self._set.shown)
        self.beginInsertRows(_NOWHERE, start, start + len(coming) - 1)
        self._set.append(coming if start else self._set.ordered(coming))
        self.endInsertRows()
        if start and (self._set.sorting is not None or self._set.family is not None):
            self._reorder()

    def _hide(self, keys: set[Hashable]) -> None:
        """Take rows out of the view, the last first; all at once when they are many."""
        shown, place = self._set.shown, self._set.place
        places = sorted((place[key] for key in keys if key in place), reverse=True)
        if len(places) > _MANY:
            self.beginResetModel()
            self._set.set_shown([key for key in shown if key not in keys])
            self.endResetModel()
            return
        for position in places:
            self.beginRemoveRows(_NOWHERE, position, position)
            self._set.set_shown(shown[:position] + shown[position + 1 :])
            self.endRemoveRows()
            shown = self._set.shown

    def _arrange(self) -> None:
        self._resort.stop()
        self.flush()
        self._reorder()

    def _reorder(self) -> None:
        """Sort the rows shown; selection and focus follow their rows."""
        shown = self._set.reordered()
        if shown == self._set.shown:
            return
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self._set.shown[index.row()]) for index in self.persistentIndexList()]
        self._set.reorder(shown)
        for index, key in kept:
            self.changePersistentIndex(index, self.index(self._set.place[key], index.column()))
        self.layoutChanged.emit()

    def _repaint_cell(self, key: Hashable, column: int) -> None:
        position = self._set.place.get(key)
        if position is not None:
            cell = self.index(position, column)
            self.dataChanged.emit(cell, cell)


def _alignment(column: Column[Any]) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _once(parent: QObject, milliseconds: int, act: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(act)
    return timer
