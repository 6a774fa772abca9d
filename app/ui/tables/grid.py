"""The Qt view of a table, set up once: row heights, header and column chooser, hover, keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from app.ui.language import say
from app.ui.tables.delegate import ROW_HEIGHT, CellDelegate
from app.ui.tables.model import TableModel
from app.ui.theme import Theme

HEADER_HEIGHT = 26


class Grid(QTableView):
    """A QTableView over a `TableModel`, whose rows light up as a whole."""

    entered_row = Signal(int)
    copy_wanted = Signal()
    filter_wanted = Signal()
    menu_at = Signal(int, QPoint)

    def __init__(self, theme: Theme, model: TableModel[Any], name: str) -> None:
        super().__init__()
        self._theme, self._model = theme, model
        self.setAccessibleName(say(name))
        self.setModel(model)
        self.cells = CellDelegate(theme, model)
        self.setItemDelegate(self.cells)
        self.cells.room_wanted = lambda place, width: QTimer.singleShot(0, self, lambda: self._widen(place, width))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setSortingEnabled(True)
        self.verticalHeader().hide()
        self.take_cell: Callable[[int, int], bool] = lambda row, column: False
        """Asked first with row and column of a double click; True means that the cell has taken it."""
        self.doubleClicked.connect(lambda index: self._enter(index.row(), index.column()))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self._set_up_header(model)

    def restyle(self) -> None:
        """Take row and header heights from the theme again."""
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(self._theme.px(ROW_HEIGHT))
        rows.setDefaultSectionSize(self._theme.px(ROW_HEIGHT))
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setFixedHeight(self._theme.px(HEADER_HEIGHT))
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells, then a hairline below each row in sight."""
        super().paintEvent(event)
        viewport, rows = self.viewport(), self.verticalHeader()
        width = min(viewport.width(), self.horizontalHeader().length() - self.horizontalOffset())
        line, first, last = self._theme.colour("line", 60), rows.visualIndexAt(0), self.model().rowCount()
        painter = QPainter(viewport)
        for row in range(max(0, first), last):
            bottom = rows.sectionViewportPosition(row) + rows.sectionSize(row) - 1
            painter.fillRect(0, bottom, width, 1, line)  # faster than a line
            if bottom >= viewport.height():
                break
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the width there is now."""
        super().resizeEvent(event)
        self._stretch()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the whole row under the pointer light up."""
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        """Let no row be lit once the pointer has left."""
        super().leaveEvent(event)
        self._hover(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Ctrl+C copies, Ctrl+F filters; the rest is Qt's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Find):
            self.filter_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.entered_row.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _enter(self, row: int, column: int) -> None:
        if not self.take_cell(row, column):
            self.entered_row.emit(row)

    def _set_up_header(self, model: TableModel[Any]) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(self._theme.px(32))
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        for place, column in enumerate(model.columns):
            self.setColumnWidth(place, self._theme.px(column.width))
            self.setColumnHidden(place, column.hidden)
        self._stretch()

    def _stretch(self) -> None:
        """Let columns that stretch take the room that is left, but never less than half of their own width."""
        header, columns = self.horizontalHeader(), self._model.columns
        stretched = [place for place, column in enumerate(columns) if column.stretch]
        shown = [place for place in range(header.count()) if not header.isSectionHidden(place)]
        taken = sum(header.sectionSize(place) for place in shown if place not in stretched)
        least = sum(self._theme.px(columns[place].width) // 2 for place in shown if place in stretched)
        has_room = self.viewport().width() >= taken + least
        mode = QHeaderView.ResizeMode.Stretch if has_room else QHeaderView.ResizeMode.Interactive
        for place in stretched:
            if header.sectionResizeMode(place) is not mode:
                header.setSectionResizeMode(place, mode)
                if not has_room:
                    self.setColumnWidth(place, self._theme.px(columns[place].width) // 2)

    def _widen(self, place: int, width: int) -> None:
        """Give a column the room that its numbers take; those that stretch yield it."""
        if self.columnWidth(place) < width:
            self.setColumnWidth(place, width)
            self._stretch()

    def _choose_columns(self, at: QPoint) -> None:
        """Offer every column; the last visible one cannot be hidden."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        header = self.horizontalHeader()
        visible = [place for place in range(header.count()) if not header.isSectionHidden(place)]
        for place in range(header.count()):
            title = self.model().headerData(place, Qt.Orientation.Horizontal)
            action = menu.addAction(str(title))
            action.setCheckable(True)
            action.setChecked(place in visible)
            action.setEnabled(visible != [place])
            action.toggled.connect(lambda on, place=place: self.setColumnHidden(place, not on))
        menu.addSeparator()
        menu.addAction(say("Fit columns"), self.resizeColumnsToContents)
        menu.popup(header.mapToGlobal(at))

    def _on_menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        self.menu_at.emit(index.row(), self.viewport().mapToGlobal(at))

    def _hover(self, row: int) -> None:
        if row == self.cells.hovered:
            return
        before, self.cells.hovered = self.cells.hovered, row
        for each in (before, row):
            if each >= 0:
                top, height = self.rowViewportPosition(each), self.rowHeight(each)
                self.viewport().update(0, top, self.viewport().width(), height)
