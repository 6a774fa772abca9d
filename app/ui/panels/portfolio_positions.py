"""The portfolio's positions: what the account is worth and holds, live, and what may be done with a holding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout

from app.domain.broker import AccountFigures
from app.domain.events import Event
from app.domain.holdings import Share
from app.domain.instruments import ConId, Instrument
from app.domain.quotes import Quote
from app.services.flatten import Scope
from app.services.portfolio import PositionView
from app.services.session import SessionView
from app.ui.dialogs.flatten import flatten
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Prices
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.positions_close import close_position
from app.ui.panels.positions_figures import FiguresLine
from app.ui.panels.positions_rows import PositionRow, position_columns, position_row
from app.ui.panels.positions_turn import protect_position, reverse_position
from app.ui.tables import Table, TableModel
from app.ui.widgets.format import quantity
from app.ui.widgets.states import Empty

REFRESH_MS = 250


class PositionsPage(QFrame):
    """The open positions of the account; it watches their quotes as long as they are held."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self.setProperty("role", "panel")
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
        attempt(self._h, self._act(row, close_position), f"close {row.view.position.symbol}")

    def reverse_row(self, row: PositionRow) -> None:
        """Turn a position to its other side, after showing what that means."""
        attempt(self._h, self._act(row, reverse_position), f"reverse {row.view.position.symbol}")

    def protect_row(self, row: PositionRow) -> None:
        """Give what no stop guards of a position a stop, after showing what that means."""
        attempt(self._h, self._act(row, protect_position), f"protect {row.view.position.symbol}")

    def current(self) -> PositionRow | None:
        """Return the selected row, None when there is none."""
        rows = self.table.selected_rows()
        return rows[0] if rows else None

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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
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
        named = [(self._owner(share), share.quantity) for share in view.shares]
        return named[0][0] if len(named) == 1 else ", ".join(f"{name} {quantity(held)}" for name, held in named)

    def _owner(self, share: Share) -> str:
        return self._h.facts.state.strategy_name(share.strategy, "By hand")

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

    async def _act(self, row: PositionRow, act: Callable[[Handles, Instrument], Awaitable[None]]) -> None:
        position = row.view.position
        await act(self._h, row.view.instrument or await self._h.market.resolve(position.symbol, position.con_id))

    def _quoted(self, quote: Quote) -> None:
        if quote.con_id in self._watched:
            self._wake()

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def scopes(self, row: PositionRow) -> list[tuple[Scope, str]]:
        """Return what may be made flat from a row: its symbol whoever holds it, and all of each holder."""
        position, state = row.view.position, self._h.facts.state
        owners = [share.strategy for share in row.view.shares if share.strategy is not None]
        whole = (Scope(con_id=position.con_id), position.symbol)
        return [whole, *((Scope(strategy=owner), state.strategy_name(owner)) for owner in owners)]

    def flatten(self, scope: Scope, name: str) -> None:
        """Show what flattening would cancel and close, and do it once the button was held."""
        attempt(self._h, flatten(self._h, scope, name), f"flatten {name}")

    def _open_menu(self, row: PositionRow | None, at: QPoint) -> None:
        if row is None:
            return
        symbol, instrument = row.view.position.symbol, row.view.instrument
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say(f"Close {symbol}…"), lambda: self.close_row(row))
        menu.addAction(say(f"Reverse {symbol}…"), lambda: self.reverse_row(row))
        menu.addAction(say(f"Protect {symbol} with a stop…"), lambda: self.protect_row(row))
        for scope, name in self.scopes(row):
            menu.addAction(say(f"Flatten {name}…"), partial(self.flatten, scope, name))
        menu.addAction(say("Show how it came about"), lambda: self._h.selection.trace(row.subject))
        if instrument is not None:
            menu.addAction(say(f"Show {symbol} on the chart"), lambda: self._h.selection.pick(instrument))
        menu.addSeparator()
        menu.addAction(say("Copy"), self.table.copy)
        menu.popup(at)
