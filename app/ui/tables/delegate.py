"""How a table cell is painted: one pass, from tokens, with tint, selection and hover as fills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.tables.columns import Column, Style
from app.ui.tables.model import TableModel
from app.ui.theme import Theme

ROW_HEIGHT = 24
_PAD = 8
_ICON = 14
_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft | _LINE, Qt.AlignmentFlag.AlignRight | _LINE
MOST_WIDTHS = 8192
_SELECTED, _FOCUSED = QStyle.StateFlag.State_Selected.value, QStyle.StateFlag.State_HasFocus.value
_Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints the cells of a `TableModel` without asking it role by role."""

    def __init__(self, theme: Theme, model: TableModel[Any]) -> None:
        super().__init__()
        self._theme, self._model = theme, model
        self.hovered = -1
        self._widths: dict[tuple[str, bool], int] = {}
        theme.changed.connect(self._widths.clear)
        self.room_wanted: Callable[[int, int], object] = lambda column, width: None
        """Told which column needs how many pixels for a number: a number that is cut is another number."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the room that shows the whole cell, for fitting columns."""
        column = self._model.columns[index.column()]
        text = column.text(self._model.row_at(index.row()))
        width = option.fontMetrics.horizontalAdvance(text) + 2 * _PAD + (_ICON + 6 if column.icon else 0)
        return QSize(width, self._theme.px(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint fill, icon and text of one cell; the hairline below the row is the view's."""
        place, position = index.column(), index.row()
        column, row = self._model.columns[place], self._model.row_at(position)
        rect: QRect = option.rect
        self._fill(painter, rect, option.state.value, position, place)
        token = column.token(row) if column.token else None
        room = rect.adjusted(_PAD, 0, -_PAD, 0)
        if column.icon is not None:
            room = self._icon(painter, room, column.icon(row))
        if column.draw is not None:
            room = self._draw(painter, room, column, row)
        text = column.text(row)
        if column.style is Style.BADGE:
            self._badge(painter, room, text, token or "text.muted")
        elif text:
            missing = self._write(painter, room, text, column, token)
            if missing > 0 and column.is_numeric:
                self.room_wanted(index.column(), rect.width() + missing)
            if column.detail is not None:
                self._add(painter, room, text, column.detail(row))

    def _fill(self, painter: QPainter, rect: QRect, state: int, position: int, place: int) -> None:
        theme = self._theme
        if position == self.hovered and not state & _SELECTED:  # the view itself fills selected rows
            painter.fillRect(rect, theme.colour("bg.raised"))
        tint = self._model.tint_at(position, place)
        if tint is not None:
            painter.fillRect(rect, theme.colour(tint, 26))
        if state & _FOCUSED:
            painter.setPen(theme.colour("accent"))
            painter.drawRect(rect.adjusted(0, 0, -1, -2))

    def _draw(self, painter: QPainter, room: QRect, column: Column[Any], row: Any) -> QRect:
        assert column.draw is not None
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = column.draw(self._theme, painter, room, row)
        painter.restore()
        return left

    def _icon(self, painter: QPainter, room: QRect, icon: tuple[str, str] | None) -> QRect:
        if icon is not None:
            side = self._theme.px(_ICON)
            ratio = painter.device().devicePixelRatioF()
            top = room.top() + (room.height() - side) // 2
            painter.drawPixmap(room.left(), top, self._theme.pixmap(icon[0], icon[1], _ICON, ratio))
        return room.adjusted(self._theme.px(_ICON) + 6, 0, 0, 0)

    def _write(self, painter: QPainter, room: QRect, text: str, column: Column[Any], token: str | None) -> int:
        """Write a text, cut where there is no more room; return how many pixels were missing."""
        is_mono = column.style is Style.MONO
        painter.setFont(self._theme.font(12, mono=is_mono))
        painter.setPen(self._theme.colour(token or "text"))
        missing = self._width(painter, text, is_mono) - room.width()
        if missing > 0:
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _RIGHT if column.is_numeric else _LEFT, text)
        return missing

    def _width(self, painter: QPainter, text: str, is_mono: bool) -> int:
        """Return how wide a text is; most cells say what others said, so each text is measured once."""
        width = self._widths.get((text, is_mono))
        if width is None:
            if len(self._widths) >= MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[text, is_mono] = painter.fontMetrics().horizontalAdvance(text)
        return width

    def _add(self, painter: QPainter, room: QRect, text: str, detail: str) -> None:
        """Say more behind a text, muted, cut where the cell ends."""
        left = room.left() + painter.fontMetrics().horizontalAdvance(text) + 6
        room = QRect(left, room.top(), room.right() - left, room.height())
        painter.setFont(self._theme.font(11))
        painter.setPen(self._theme.colour("text.muted"))
        words = painter.fontMetrics().elidedText(detail, Qt.TextElideMode.ElideRight, room.width())
        if len(words) > 2 or words == detail:
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)

    def _badge(self, painter: QPainter, room: QRect, text: str, token: str) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(11, 600))
        width = min(room.width(), painter.fontMetrics().horizontalAdvance(text) + 12)
        height = self._theme.px(16)
        shape = QRectF(room.left() + 0.5, room.center().y() - height / 2 + 0.5, width, height)
        painter.setPen(QPen(self._theme.colour(token), 1))
        painter.setBrush(self._theme.colour(token, 14))
        painter.drawRoundedRect(shape, 3, 3)
        painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()
