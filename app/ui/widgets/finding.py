"""One line of the palette: what it is, and how it is painted: icon, title, detail, keys at the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.theme import Theme

_ICON = 16
_SIDE = Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the palette: what it is, what more there is to say, and what choosing it does."""

    title: str
    act: Callable[[], object]
    detail: str = ""
    icon: str = "command"
    keys: str = ""


class FindingDelegate(QStyledItemDelegate):
    """Paints findings, and the headings between them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one line."""
        finding, theme = index.data(Qt.ItemDataRole.UserRole), self._theme
        room = option.rect.adjusted(theme.px(16), 0, -theme.px(16), 0)
        if not isinstance(finding, Finding):
            self._words(painter, room, str(index.data()), "text.muted", 11, Qt.AlignmentFlag.AlignLeft)
            return
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(option.rect, theme.colour("accent", 24))
        side = theme.px(_ICON)
        ratio = painter.device().devicePixelRatioF()
        picture = theme.pixmap(finding.icon, "text.muted", _ICON, ratio)
        painter.drawPixmap(room.left(), room.top() + (room.height() - side) // 2, picture)
        room.adjust(side + theme.px(10), 0, 0, 0)
        right = self._words(painter, room, finding.keys, "text.muted", 11, Qt.AlignmentFlag.AlignRight)
        room.adjust(0, 0, -right - 12, 0)
        left = self._words(painter, room, finding.title, "text", 13, Qt.AlignmentFlag.AlignLeft)
        room.adjust(left + 12, 0, 0, 0)
        self._words(painter, room, finding.detail, "text.muted", 12, Qt.AlignmentFlag.AlignLeft)

    def _words(self, painter: QPainter, room: QRect, text: str, token: str, size: int, side: Qt.AlignmentFlag) -> int:
        """Paint words on one side of the room, cut with an ellipsis; return how wide they are."""
        if not text or room.width() <= 0:
            return 0
        painter.setFont(self._theme.font(size))
        painter.setPen(self._theme.colour(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _SIDE | side, shown)
        return painter.fontMetrics().horizontalAdvance(shown)
