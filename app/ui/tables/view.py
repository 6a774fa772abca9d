"""The table as panels use it: a view, a filter that counts, a footer that sums, and the four states."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from app.ui.language import say
from app.ui.tables.export import to_csv, to_tsv
from app.ui.tables.filter_line import FilterLine
from app.ui.tables.grid import Grid
from app.ui.tables.model import TableModel
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import UNKNOWN, number
from app.ui.widgets.states import Empty, Ready, State, StateOverlay

Row = TypeVar("Row")


class Table(QFrame, Generic[Row]):
    """A table of rows with sorting, filter, column chooser, copy, CSV and states."""

    activated = Signal(object)
    """The row that was double-clicked or entered."""
    selected = Signal(list)
    """The rows that are selected now."""
    menu_wanted = Signal(object, QPoint)
    """The row under the pointer and where on the screen its menu belongs."""

    def __init__(self, theme: Theme, model: TableModel[Row], *, name: str, empty: Empty | None = None) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.model = model
        model.setParent(self)  # its timers end with the view they speak to
        self._theme, self._name = theme, name
        self._empty = empty or Empty(f"No {name.lower()} yet.")
        self._state: State = Ready()
        self._kept: set[Hashable] = set()
        self.view = Grid(theme, model, name)
        self._filter = FilterLine(theme, name)
        self._footer = QLabel()
        self._overlay = StateOverlay(theme, self.view.viewport())
        self._build()
        self._connect()
        self._restyle()
        self._on_counted(*model.counts())

    def show_state(self, state: State) -> None:
        """Show loading, failed, stale or ready; an empty model shows its own sentence by itself."""
        self._state = state
        self._on_counted(*self.model.counts())

    def selected_rows(self) -> list[Row]:
        """Return the selected rows in view order."""
        return [self.model.row_at(position) for position in self._positions()]

    def current_row(self) -> Row | None:
        """Return the row with the focus, None when there is none."""
        index = self.view.currentIndex()
        return self.model.row_at(index.row()) if index.isValid() else None

    def select(self, key: Hashable) -> None:
        """Select the row with this key and bring it into sight."""
        self.model.flush()
        position = self.model.position_of(key)
        if position is not None:
            self.view.selectRow(position)
            self.view.scrollTo(self.model.index(position, 0))

    def sort_by(self, column: str, *, descending: bool = False) -> None:
        """Sort by the column with this id."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.view.sortByColumn(self._column(column), order)

    def show_filter(self) -> None:
        """Open the filter line and put the cursor into it."""
        self._filter.open()

    def set_filter(self, needle: str) -> None:
        """Filter by words, as if they had been typed."""
        self._filter.line.setText(needle)

    def copy(self) -> None:
        """Copy the selected rows, or all that are shown, to the clipboard as tab-separated text."""
        rows = self.selected_rows() or self.model.rows()
        QGuiApplication.clipboard().setText(to_tsv(self._visible_columns(), rows))

    def csv(self) -> str:
        """Return what is shown as CSV: visible columns, rows in view order, full precision."""
        return to_csv(self._visible_columns(), self.model.rows())

    def layout_state(self) -> bytes:
        """Return column order, widths, visibility and sorting."""
        return bytes(self.view.horizontalHeader().saveState().data())

    def restore_layout(self, state: bytes) -> bool:
        """Bring column order, widths, visibility and sorting back; False when it does not fit."""
        return self.view.horizontalHeader().restoreState(QByteArray(state))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        set_role(self._footer, role="caption")
        self._footer.setContentsMargins(8, 2, 8, 4)
        self._footer.hide()
        for widget in (self._filter, self.view, self._footer):
            column.addWidget(widget)
        self.setFocusProxy(self.view)

    def _connect(self) -> None:
        model, view = self.model, self.view
        self._filter.line.textChanged.connect(lambda text: model.filter(text))
        self._filter.closed.connect(view.setFocus)
        model.counted.connect(self._on_counted)
        model.modelAboutToBeReset.connect(self._keep_selection)
        model.modelReset.connect(self._bring_selection_back)
        model.dataChanged.connect(lambda *_: self._sum())
        view.selectionModel().selectionChanged.connect(lambda *_: self._on_selected())
        view.entered_row.connect(lambda position: self.activated.emit(model.row_at(position)))
        view.copy_wanted.connect(self.copy)
        view.filter_wanted.connect(self.show_filter)
        view.menu_at.connect(self._on_menu)
        self._theme.changed.connect(self._restyle)

    def _on_counted(self, shown: int, total: int) -> None:
        self._filter.count(shown, total)
        if not isinstance(self._state, Ready):
            self._overlay.show_state(self._state)
        elif total == 0:
            self._overlay.show_state(self._empty)
        elif shown == 0:
            self._overlay.show_state(
                Empty(f"None of {number(total)} match.", "Clear the filter", self._filter.close_line)
            )
        else:
            self._overlay.show_state(Ready())

    def _on_selected(self) -> None:
        self._sum()
        self.selected.emit(self.selected_rows())

    def _on_menu(self, position: int, at: QPoint) -> None:
        self.menu_wanted.emit(self.model.row_at(position) if position >= 0 else None, at)

    def _sum(self) -> None:
        """Say what the selected rows add up to, once there are two."""
        positions = self._positions()
        self._footer.setVisible(len(positions) > 1)
        if len(positions) < 2:
            return
        parts = [say(f"{number(len(positions))} selected")]
        for place, column in enumerate(self.model.columns):
            if column.total is not None and not self.view.isColumnHidden(place):
                total = self.model.sum_of(positions, place)
                parts.append(f"{say(column.title)} {UNKNOWN if total is None else column.total(total)}")
        self._footer.setText("  ·  ".join(parts))

    def _keep_selection(self) -> None:
        self._kept = {self.model.key_at(position) for position in self._positions()}

    def _bring_selection_back(self) -> None:
        kept, self._kept = self._kept, set()
        selection = self.view.selectionModel()
        for key in kept:
            position = self.model.position_of(key)
            if position is not None:
                flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
                selection.select(self.model.index(position, 0), flags)
        self._on_selected()

    def _positions(self) -> list[int]:
        return sorted(index.row() for index in self.view.selectionModel().selectedRows())

    def _column(self, column: str) -> int:
        return next(place for place, each in enumerate(self.model.columns) if each.id == column)

    def _visible_columns(self) -> list[Any]:
        header = self.view.horizontalHeader()
        places = [header.logicalIndex(visual) for visual in range(header.count())]
        return [self.model.columns[place] for place in places if not header.isSectionHidden(place)]

    def _restyle(self) -> None:
        self.view.restyle()
