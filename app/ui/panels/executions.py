"""Executions: what was filled, at what price and cost, and what it adds up to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QMenu, QStackedWidget

from app.domain.ledger import Fill
from app.ui.binding import display_zone
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Moments, Prices
from app.ui.panels.executions_days import DayRow, day_columns, day_of, days_of
from app.ui.panels.executions_report import executions_report
from app.ui.panels.executions_rows import FillRow, execution_columns, fill_row, realized_of, sums
from app.ui.panels.following import Mirror, attempt
from app.ui.panels.seen_choice import BY_HAND, SeenChoice
from app.ui.panels.table_export import ask_file
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty


class ExecutionsPanel(PanelFrame):
    """The executions of the account, newest first."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "executions", "Executions")
        self._h = handles
        self._prices = Prices(handles)
        self.model: TableModel[FillRow] = TableModel(
            execution_columns(Moments(handles)), lambda row: row.fill.key, drag=lambda row: row.fill.symbol
        )
        buy = lambda: handles.selection.price_wanted.emit(None, "BUY")  # noqa: E731  the act that leads to one
        empty = Empty("No executions yet: fills appear here as the broker reports them.", "Open the ticket", buy)
        self.table: Table[FillRow] = Table(handles.theme, self.model, name="Executions", empty=empty)
        self.days: TableModel[DayRow] = TableModel(day_columns(), lambda row: row.day)
        self.day_table: Table[DayRow] = Table(handles.theme, self.days, name="Executions by day", empty=empty)
        self.page = Segmented([("each", "Each"), ("days", "By day")], name="Executions shown")
        self.symbol = SeenChoice("All symbols", "Symbol of the executions shown")
        self.strategy = SeenChoice("All strategies", "Strategy of the executions shown")
        self.day: date | None = None
        self._stack, self._line = QStackedWidget(), ToolLine(handles.theme)
        self.sums = QLabel()
        self._build()
        self._mirror = Mirror(
            self, handles.bus, lambda: handles.facts.state.fills, self._changed, accepts=self._belongs
        )
        self._mirror.look()
        self.table.sort_by("time", descending=True)

    def show_page(self, page: str) -> None:
        """Show each execution, or a line a day; both follow the filters."""
        self.page.set_value(page)
        self._stack.setCurrentIndex(0 if page == "each" else 1)

    def show_day(self, day: date | None) -> None:
        """Show the executions of one day, or of all."""
        self.day = day
        self.show_page("each")
        self._filter()

    def export(self, kind: str) -> None:
        """Ask where the executions shown go and write them there, as xlsx or csv."""
        name = f"executions-{self._h.session.view.account}-{self._h.clock.market():%Y-%m-%d}"
        ask_file(self, "Export the executions", name, kind, lambda path: self.export_to(path, kind))

    def export_to(self, path: Path, kind: str) -> None:
        """Write the executions shown into a file."""
        attempt(self._h, self._write(path, kind), "export the executions")

    async def _write(self, path: Path, kind: str) -> None:
        h = self._h
        report = executions_report(h.session.view.account, h.clock.market(), self.model.rows(), display_zone(h))
        await asyncio.to_thread(h.files.csv if kind == "csv" else h.files.xlsx, report, path)
        h.window.notify(Notice(f"The executions were written to {path}.", Level.OK, h.clock.now()))

    def _build(self) -> None:
        self.all_days = act_button("All days", "", lambda: self.show_day(None))
        self._line.lay([self.page, self.symbol, self.strategy], [compact(self.all_days)])
        self.all_days.hide()
        set_role(self.sums, role="caption")
        self.sums.setContentsMargins(8, 4, 8, 4)
        self.sums.setAccessibleName(say("Sums of the executions shown"))
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.day_table)
        self.add(self._line)
        self.add(self._stack, 1)
        self.add(self.sums)
        self.setFocusProxy(self.table)
        self.add_act("search", "Filter executions", self.table.show_filter, shortcut="Ctrl+F")
        self.add_act("download", "Export as workbook…", lambda: self.export("xlsx"), shortcut="Ctrl+E")
        self.add_menu_act("Export as CSV…", lambda: self.export("csv"))
        self.add_menu_act("Copy as table", self.table.copy)
        self.page.chosen.connect(self.show_page)
        for choice in (self.symbol, self.strategy):
            choice.chosen.connect(lambda _: self._filter())
        self.day_table.activated.connect(lambda row: self.show_day(row.day))
        self.table.activated.connect(lambda row: self._h.selection.trace(row.fill.exec_id))
        self.table.menu_wanted.connect(self._open_menu)
        self.model.counted.connect(lambda *_: self._add_up())

    def _filter(self) -> None:
        """Narrow the executions to what was chosen."""
        zone = display_zone(self._h)

        def accepts(row: FillRow) -> bool:
            if self.day is not None and day_of(row, zone) != self.day:
                return False
            return self.symbol.takes(row.fill.symbol) and self.strategy.takes(row.strategy or BY_HAND)

        self.all_days.setVisible(self.day is not None)
        self.model.filter(accepts=accepts)

    def _belongs(self, fill: Fill) -> bool:
        account = self._h.session.view.account
        return not account or fill.account == account

    def _changed(self, changed: Sequence[Fill], gone: Sequence[tuple[str, str]]) -> None:
        state = self._h.facts.state
        touched = {(fill.account, fill.con_id) for fill in changed}
        fills = [fill for fill in state.fills.values() if (fill.account, fill.con_id) in touched]
        realized = realized_of(fills, state.splits)
        for fill in fills:
            name = state.strategy_name(fill.strategy)
            self.model.put(fill_row(fill, self._prices, realized.get(fill.exec_id), state.orders, name))
        for key in gone:
            self.model.drop(key)
        self.model.flush()
        self.symbol.offer(fill.symbol for fill in changed)
        self.strategy.offer(row.strategy or BY_HAND for row in self.model.rows())
        self._add_up()

    def _add_up(self) -> None:
        figures = self._h.portfolio.figures(self._h.session.view.account)
        rows = self.model.rows()
        self.sums.setVisible(bool(rows))
        self.sums.setText(sums(rows, figures.currency if figures else ""))
        self.days.replace(days_of(rows, display_zone(self._h)))

    def _open_menu(self, row: FillRow | None, at: QPoint) -> None:
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say("Show why it exists"), lambda: self._h.selection.trace(row.fill.exec_id))
        menu.addAction(say(f"Show {row.fill.symbol} on the chart"), lambda: self._show(row))
        menu.addSeparator()
        menu.addAction(say("Copy"), self.table.copy)
        menu.popup(at)

    def _show(self, row: FillRow) -> None:
        instrument = self._h.facts.state.instruments.get(row.fill.con_id)
        if instrument is not None:
            self._h.selection.pick(instrument)
