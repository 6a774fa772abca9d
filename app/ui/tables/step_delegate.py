"""How a step of the timeline is painted: time, rail and dot, title, the numbers that mattered, duration as a bar."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.tables.steps import Outcome, Step, TimelineModel
from app.ui.theme import Theme
from app.ui.widgets.format import duration

_Index = QModelIndex | QPersistentModelIndex

_TOKENS = {Outcome.OK: "ok", Outcome.SKIPPED: "text.faint", Outcome.FAILED: "danger", Outcome.RUNNING: "accent"}
_TIME, _RAIL, _DOT, _STEP_IN, _BAR = 62, 20, 9, 14, 56


class StepDelegate(QStyledItemDelegate):
    """Paints one step: the same line whatever its depth, the title moved in by it."""

    def __init__(self, theme: Theme, model: TimelineModel) -> None:
        super().__init__()
        self._theme, self._model = theme, model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return one line for a bare title, two when there are facts."""
        return QSize(200, self._theme.px(38 if self._model.step(index).facts else 26))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint time, rail, dot, title, facts and duration."""
        theme, step, rect = self._theme, self._model.step(index), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.colour("accent", 24))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.colour("bg.raised"))
        first = QRect(rect.left(), rect.top(), rect.width(), theme.px(26))
        left = rect.left() + theme.px(_TIME)
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text.muted"))
        day, _, time = step.at.rpartition(" ")
        time_room = QRect(rect.left() + 8, first.top(), theme.px(_TIME) - 12, first.height())
        painter.drawText(time_room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, time)
        below = time_room.translated(0, theme.px(16))
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, day)
        self._rail(painter, rect, first, left, index, step)
        self._words(painter, rect, first, left + theme.px(_RAIL) + self._depth(index) * theme.px(_STEP_IN), step)
        painter.restore()

    def _rail(self, painter: QPainter, rect: QRect, first: QRect, left: int, index: _Index, step: Step) -> None:
        theme, middle = self._theme, QPointF(left + self._theme.px(_RAIL) / 2 - 4, first.center().y() + 0.5)
        painter.setPen(QPen(theme.colour("line.strong"), 1))
        above, below = self._is_first(index), self._is_last(index)
        painter.drawLine(
            QPointF(middle.x(), middle.y() if above else rect.top()),
            QPointF(middle.x(), middle.y() if below else rect.bottom() + 1),
        )
        radius, colour = theme.px(_DOT) / 2, theme.colour(_TOKENS[step.outcome])
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if step.outcome is Outcome.OK else theme.colour("bg.panel"))
        painter.drawEllipse(middle, radius, radius)
        if step.outcome is Outcome.FAILED:
            arm = radius * 0.5
            painter.drawLine(middle + QPointF(-arm, -arm), middle + QPointF(arm, arm))
            painter.drawLine(middle + QPointF(-arm, arm), middle + QPointF(arm, -arm))
        elif step.outcome is Outcome.RUNNING:
            painter.setBrush(colour)
            painter.drawEllipse(middle, radius * 0.35, radius * 0.35)

    def _words(self, painter: QPainter, rect: QRect, first: QRect, left: int, step: Step) -> None:
        theme = self._theme
        end = self._duration(painter, rect, first, step)
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(theme.font(12, 600 if step.outcome is Outcome.FAILED else 400))
        painter.setPen(theme.colour("text.muted" if step.outcome is Outcome.SKIPPED else "text"))
        room = QRect(left, first.top(), max(0, end - left - 8), first.height())
        painter.drawText(
            room, side, painter.fontMetrics().elidedText(step.title, Qt.TextElideMode.ElideRight, room.width())
        )
        if step.facts:
            painter.setFont(theme.font(11))
            painter.setPen(theme.colour("text.muted"))
            room = QRect(left, first.bottom() - theme.px(5), rect.right() - left - 8, theme.px(16))
            painter.drawText(
                room, side, painter.fontMetrics().elidedText(step.facts, Qt.TextElideMode.ElideRight, room.width())
            )

    def _duration(self, painter: QPainter, rect: QRect, first: QRect, step: Step) -> int:
        """Paint how long it took, as words over a faint bar; return where they begin."""
        theme, longest = self._theme, self._model.longest_ms()
        if step.duration_ms is None:
            return rect.right() - 8
        width = theme.px(_BAR)
        room = QRect(rect.right() - width - 8, first.top() + theme.px(5), width, first.height() - theme.px(10))
        share = (step.duration_ms / longest) ** 0.5 if longest > 0 else 0.0
        bar = QRectF(room.right() - width * share, room.top(), width * share, room.height())
        painter.fillRect(bar, theme.colour("text.faint", 22))
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text.muted"))
        painter.drawText(
            room.adjusted(0, 0, -4, 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            duration(step.duration_ms),
        )
        return room.left()

    def _depth(self, index: _Index) -> int:
        depth, above = 0, index.parent()
        while above.isValid():
            depth, above = depth + 1, above.parent()
        return depth

    def _is_first(self, index: _Index) -> bool:
        return index.row() == 0 and not index.parent().isValid()

    def _is_last(self, index: _Index) -> bool:
        """Say whether no step is painted below this one."""
        if self._model.rowCount(index):
            return False
        while index.isValid():
            if index.row() + 1 < self._model.rowCount(index.parent()):
                return False
            index = index.parent()
        return True
