"""Log: what the program did, as it does it; by level, by words, with the newest in sight until one scrolls away."""

from __future__ import annotations

from collections import deque
from itertools import count

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from app.runtime.logs import LogLine
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Moments
from app.ui.panels.following import FRAME_MS, once
from app.ui.panels.log_rows import LEVELS, Arrivals, LogRow, log_columns
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.buttons import act_button
from app.ui.widgets.format import number
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty

MOST_LINES = 5000


class LogPanel(PanelFrame):
    """The newest lines of the log."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "log", "Log")
        self._h = handles
        self._numbers = count()
        self._kept: deque[int] = deque()
        self.model: TableModel[LogRow] = TableModel(log_columns(Moments(handles)), lambda row: row.number)
        self.table: Table[LogRow] = Table(
            handles.theme, self.model, name="Log lines", empty=Empty("Nothing has been logged yet.")
        )
        self.level = Segmented(
            [("debug", "All"), ("info", "Info"), ("warning", "Warnings"), ("error", "Errors")], name="Least level"
        )
        self.tail_button = act_button("Newest", "", self.follow_tail)
        self.is_following = True
        self._line = ToolLine(handles.theme)
        self._arrivals = Arrivals(self)
        self._timer = once(self, FRAME_MS, self.take)
        self._build()
        self._add(list(handles.log.lines))
        self._listen()

    def take(self) -> None:
        """Show what has come."""
        self._add(self._arrivals.take())

    def follow_tail(self) -> None:
        """Keep the newest line in sight from now on."""
        self.is_following = True
        self._to_end()
        self._offer_tail()

    def _build(self) -> None:
        self.tail_button.setToolTip(say("Keep the newest line in sight (End)"))
        self.tail_button.setVisible(False)
        self._line.lay([self.level], [compact(self.tail_button)])
        self.add(self._line)
        self.add(self.table, 1)
        self.setFocusProxy(self.table)
        self.level.set_value("info")
        self.level.chosen.connect(lambda _: self._filter())
        self.add_act("search", "Filter the log", self.table.show_filter, shortcut="Ctrl+F")
        self.add_act("copy", "Copy what is selected, or everything shown", self.table.copy)
        self.add_act("arrow-down", "Follow the newest line", self.follow_tail, shortcut="Ctrl+End")
        self.table.menu_wanted.connect(self._open_menu)
        self.table.view.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.model.counted.connect(lambda shown, total: self._say(shown, total))
        self._filter()

    def _listen(self) -> None:
        stop = self._h.log.follow(self._arrivals.hear)
        self._arrivals.came.connect(self._wake)
        self.destroyed.connect(lambda: stop())

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _add(self, lines: list[LogLine]) -> None:
        was_following = self.is_following
        for line in lines:
            row = LogRow(next(self._numbers), line)
            self._kept.append(row.number)
            self.model.put(row)
        while len(self._kept) > MOST_LINES:
            self.model.drop(self._kept.popleft())
        self.model.flush()
        if was_following:
            self.follow_tail()

    def _filter(self) -> None:
        least = LEVELS[self.level.value()]
        self.model.filter(accepts=lambda row: LEVELS.get(row.line.level, 1) >= least)
        if self.is_following:
            self._to_end()

    def _say(self, shown: int, total: int) -> None:
        self._line.caption.setText(say(f"{number(shown)} of {number(total)} lines" if total else ""))

    def _to_end(self) -> None:
        self.table.view.scrollToBottom()

    def _scrolled(self, value: int) -> None:
        """Following ends when one scrolls up and begins again at the end."""
        bar = self.table.view.verticalScrollBar()
        self.is_following = value >= bar.maximum() - 1
        self._offer_tail()

    def _offer_tail(self) -> None:
        self.tail_button.setVisible(not self.is_following)

    def _open_menu(self, row: LogRow | None, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say("Copy"), self.table.copy)
        if row is not None:
            menu.addAction(say(f"Only from {row.line.source}"), lambda: self.table.set_filter(row.line.source))
        menu.addAction(say("Follow the newest line"), self.follow_tail)
        menu.popup(at)
