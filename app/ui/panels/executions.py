"""Executions: what was filled, at what price and cost, and what it adds up to."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QMenu

from app.domain.ledger import Fill
from app.ui.handles import Handles
from app.ui.panels.cells import Moments, Prices
from app.ui.panels.executions_rows import FillRow, execution_columns, fill_row, realized_of, sums
from app.ui.panels.following import Mirror
from app.ui.tables import Table, TableModel
from app.ui.widgets.buttons import set_role
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty


class ExecutionsPanel(PanelFrame):
    """The executions of the account, newest first."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "executions", "Executions")
        self._h = handles
        self._prices = Prices(handles)
        self.model: TableModel[FillRow] = TableModel(
            execution_columns(Moments(handles)), lambda row: row.fill.key, drag=lambda row: row.fill.symbol
        )
        empty = Empty("No executions yet: fills appear here as the broker reports them.")
        self.table: Table[FillRow] = Table(handles.theme, self.model, name="Executions", empty=empty)
        self.sums = QLabel()
        self._build()
        self._mirror = Mirror(
            self, handles.bus, lambda: handles.facts.state.fills, self._changed, accepts=self._belongs
        )
        self._mirror.look()
        self.table.sort_by("time", descending=True)

    def _build(self) -> None:
        set_role(self.sums, role="caption")
        self.sums.setContentsMargins(8, 4, 8, 4)
        self.sums.setAccessibleName("Sums of the executions shown")
        self.add(self.table, 1)
        self.add(self.sums)
        self.setFocusProxy(self.table)
        self.add_act("search", "Filter executions", self.table.show_filter, shortcut="Ctrl+F")
        self.add_menu_act("Copy as table", self.table.copy)
        self.table.activated.connect(lambda row: self._h.selection.trace(row.fill.exec_id))
        self.table.menu_wanted.connect(self._open_menu)
        self.model.counted.connect(lambda *_: self._add_up())

    def _belongs(self, fill: Fill) -> bool:
        account = self._h.session.view.account
        return not account or fill.account == account

    def _changed(self, changed: Sequence[Fill], gone: Sequence[tuple[str, str]]) -> None:
        state = self._h.facts.state
        touched = {(fill.account, fill.con_id) for fill in changed}
        fills = [fill for fill in state.fills.values() if (fill.account, fill.con_id) in touched]
        realized = realized_of(fills, state.splits)
        for fill in fills:
            strategy = state.strategies.get(fill.strategy) if fill.strategy else None
            name = strategy.name if strategy else ""
            self.model.put(fill_row(fill, self._prices, realized.get(fill.exec_id), state.orders, name))
        for key in gone:
            self.model.drop(key)
        self.model.flush()
        self._add_up()

    def _add_up(self) -> None:
        figures = self._h.portfolio.figures(self._h.session.view.account)
        rows = self.model.rows()
        self.sums.setVisible(bool(rows))
        self.sums.setText(sums(rows, figures.currency if figures else ""))

    def _open_menu(self, row: FillRow | None, at: QPoint) -> None:
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show why it exists", lambda: self._h.selection.trace(row.fill.exec_id))
        menu.addAction(f"Show {row.fill.symbol} on the chart", lambda: self._show(row))
        menu.addSeparator()
        menu.addAction("Copy", self.table.copy)
        menu.popup(at)

    def _show(self, row: FillRow) -> None:
        instrument = self._h.facts.state.instruments.get(row.fill.con_id)
        if instrument is not None:
            self._h.selection.pick(instrument)
