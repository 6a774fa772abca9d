"""Positions: what the account is worth and holds, live, and how a holding is closed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from app.domain.broker import AccountFigures
from app.domain.events import Event
from app.domain.instruments import ConId
from app.domain.quotes import Quote
from app.services.portfolio import PositionView
from app.services.session import SessionView
from app.ui.handles import Handles
from app.ui.panels.cells import Prices
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.positions_close import close_position
from app.ui.panels.positions_figures import FiguresLine
from app.ui.panels.positions_rows import PositionRow, position_columns, position_row
from app.ui.tables import Table, TableModel
from app.ui.widgets.format import quantity
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty

REFRESH_MS = 250


class PositionsPanel(PanelFrame):
    """The open positions of the account; it watches their quotes as long as they are held."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "positions", "Positions")
        self._h = handles
        self._prices = Prices(handles)
        self._watched: set[ConId] = set()
        self.figures = FiguresLine()
        self.model: TableModel[PositionRow] = TableModel(
            position_columns(), lambda row: row.key, drag=lambda row: row.view.position.symbol
        )
        buy = lambda: handles.selection.price_wanted.emit(None, "BUY")  # noqa: E731  the act that fills it
        self.table: Table[PositionRow] = Table(
            handles.theme, self.model, name="Positions", empty=Empty("Nothing is held.", "Open the ticket", buy)
        )
        self._timer = once(self, REFRESH_MS, self.refresh)
        self._build()
        for kind in (Event, AccountFigures, SessionView):
            follow(self, handles.bus, kind, lambda _: self._wake())
        follow(self, handles.bus, Quote, self._quoted)
        self.refresh()
        self.table.sort_by("symbol")

    def close_current(self) -> None:
        """Close the position of the current row, after showing what that means."""
        rows = self.table.selected_rows()
        if rows:
            self.close_row(rows[0])

    def close_row(self, row: PositionRow) -> None:
        """Close a position, after showing what that means."""
        attempt(self._h, self._close(row), f"close {row.view.position.symbol}")

    def refresh(self) -> None:
        """Bring figures and rows up to date."""
        account = self._h.session.view.account
        views = self._h.portfolio.positions(account) if account else ()
        self.figures.show_figures(
            self._h.portfolio.figures(account),
            self._h.portfolio.exposure(account) if account else None,
            self._h.portfolio.session_open_value(account),
        )
        self._show(views)
        self._watch({view.position.con_id: view for view in views})

    def _build(self) -> None:
        self.add(self.figures)
        self.add(self.table, 1)
        self.setFocusProxy(self.table)
        self.add_act("x", "Close position…", self.close_current, shortcut="Del")
        self.add_act("search", "Filter positions", self.table.show_filter, shortcut="Ctrl+F")
        self.add_menu_act("Copy as table", self.table.copy)
        self.table.activated.connect(lambda row: self._h.selection.trace(row.subject))
        self.table.menu_wanted.connect(self._open_menu)

    def _show(self, views: tuple[PositionView, ...]) -> None:
        rows = [position_row(view, self._prices, self._lots(view)) for view in views]
        keys = {row.key for row in rows}
        for row in rows:
            if self.model.find(row.key) != row:
                self.model.put(row)
        for old in self.model.rows():
            if old.key not in keys:
                self.model.drop(old.key)
        self.model.flush()

    def _lots(self, view: PositionView) -> str:
        """Say whose position it is: each strategy's share, and the rest by hand."""
        state, position = self._h.facts.state, view.position
        shares, rest = [], position.quantity
        for strategy in state.strategies.values():
            lot = state.position(position.account, position.con_id, strategy.id)
            if lot is not None and lot.quantity:
                shares.append((strategy.name, lot.quantity))
                rest -= lot.quantity
        if not shares:
            return "By hand"
        named = [f"{name} {quantity(held)}" if rest or len(shares) > 1 else name for name, held in shares]
        return ", ".join([*named, *([f"by hand {quantity(rest)}"] if rest else [])])

    def _watch(self, views: dict[ConId, PositionView]) -> None:
        for con_id in views.keys() - self._watched:
            self._watched.add(con_id)
            attempt(self._h, self._start_watching(views[con_id]), "watch a position", refused=lambda _: None)
        for con_id in self._watched - views.keys():
            self._watched.discard(con_id)
            attempt(self._h, self._h.market.unwatch(con_id), "unwatch a position")

    async def _start_watching(self, view: PositionView) -> None:
        position = view.position
        instrument = view.instrument or await self._h.market.resolve(position.symbol, position.con_id)
        await self._h.market.watch(instrument)

    async def _close(self, row: PositionRow) -> None:
        position = row.view.position
        instrument = row.view.instrument or await self._h.market.resolve(position.symbol, position.con_id)
        await close_position(self._h, instrument)

    def _quoted(self, quote: Quote) -> None:
        if quote.con_id in self._watched:
            self._wake()

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _open_menu(self, row: PositionRow | None, at: QPoint) -> None:
        if row is None:
            return
        symbol, instrument = row.view.position.symbol, row.view.instrument
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(f"Close {symbol}…", lambda: self.close_row(row))
        menu.addAction("Show how it came about", lambda: self._h.selection.trace(row.subject))
        if instrument is not None:
            menu.addAction(f"Show {symbol} on the chart", lambda: self._h.selection.pick(instrument))
        menu.addSeparator()
        menu.addAction("Copy", self.table.copy)
        menu.popup(at)
