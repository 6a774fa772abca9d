"""Orders: everything that works or worked in the account, entry first with its children beneath, and how to cancel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QMenu, QPushButton

from app.domain.changes import why_not_changeable
from app.domain.errors import UserError
from app.domain.orders import Order, OrderRef
from app.ui.handles import Handles
from app.ui.panels.cells import Moments, Prices
from app.ui.panels.following import Mirror, attempt
from app.ui.panels.order_cancel import cancel_orders
from app.ui.panels.order_change import CellEdit, change_order, edit_order, field_for, terms_of
from app.ui.panels.orders_rows import OrderRow, order_columns, order_row
from app.ui.panels.orders_state import MOVING
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.buttons import act_button
from app.ui.widgets.format import number
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty

PULSE_MS = 80


class OrdersPanel(PanelFrame):
    """The orders of the account, ours and other programs'."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "orders", "Orders")
        self._h = handles
        self._prices = Prices(handles)
        self.model: TableModel[OrderRow] = TableModel(
            order_columns(Moments(handles)),
            lambda row: row.order.ref,
            drag=lambda row: row.order.symbol,
            family=lambda row: row.family,
        )
        buy = lambda: handles.selection.price_wanted.emit(None, "BUY")  # noqa: E731  the act that fills it
        self.table: Table[OrderRow] = Table(
            handles.theme, self.model, name="Orders", empty=Empty("No orders yet.", "Open the ticket", buy)
        )
        self.shown = Segmented([("working", "Working"), ("all", "All")], name="Orders shown")
        self.cancel_button: QPushButton = act_button("Cancel order", "danger", self.cancel_selected)
        self._line = ToolLine(handles.theme)
        self._pulse = QTimer(self)
        self._pulse.setInterval(PULSE_MS)
        self._pulse.timeout.connect(self.table.view.viewport().update)
        self._build()
        self._mirror = Mirror(
            self, handles.bus, lambda: handles.facts.state.orders, self._changed, accepts=self._belongs
        )
        self._mirror.look()
        self.table.sort_by("time", descending=True)

    def cancel_selected(self) -> None:
        """Ask the broker to cancel the selected orders; a stop that protects a position asks first."""
        orders = [row.order for row in self.table.selected_rows() if not row.order.state.is_final]
        if orders:
            attempt(self._h, cancel_orders(self._h, orders), "cancel orders")

    def change_current(self) -> None:
        """Change the order with the focus: in its cell where that holds one of its terms, else in a form."""
        row, index = self.table.current_row(), self.table.view.currentIndex()
        if row is not None and not self._edit_cell(index.row(), index.column()):
            attempt(self._h, self._edit(row.order), "change order")

    def cancel_symbol(self, symbol: str) -> None:
        """Ask the broker to cancel every working order of ours in a symbol."""
        orders = [row.order for row in self._working() if row.order.symbol == symbol and not row.order.is_foreign]
        attempt(self._h, cancel_orders(self._h, orders), "cancel orders")

    def show_all(self, everything: bool) -> None:
        """Show all orders, or only those that are not done."""
        self.shown.set_value("all" if everything else "working")
        self._filter()

    def _build(self) -> None:
        self._line.lay([self.shown], [compact(self.cancel_button)])
        self.add(self._line)
        self.add(self.table, 1)
        self.setFocusProxy(self.table)
        self.add_act("ban", "Cancel order", self.cancel_selected, shortcut="Del")
        self.add_act("pencil", "Change order", self.change_current, shortcut="F2")
        self.add_act("search", "Filter orders", self.table.show_filter, shortcut="Ctrl+F")
        self.add_menu_act("Copy as table", self.table.copy)
        self.cancel_button.setToolTip("Cancel the selected orders (Del)")
        self.cancel_button.setEnabled(False)
        self.shown.chosen.connect(lambda _: self._filter())
        self.shown.set_value("all")
        self.table.activated.connect(lambda row: self._h.selection.trace(row.order.ref))
        self.table.view.take_cell = self._edit_cell
        self.table.selected.connect(lambda _: self._offer())
        self.table.menu_wanted.connect(self._open_menu)
        self.model.counted.connect(lambda *_: self._say())

    def _belongs(self, order: Order) -> bool:
        account = self._h.session.view.account
        return not account or order.account == account

    def _changed(self, changed: Sequence[Order], gone: Sequence[OrderRef]) -> None:
        for order in changed:
            self.model.put(order_row(self._h, self._prices, order))
        for ref in gone:
            self.model.drop(ref)
        self.model.flush()
        moving = any(row.order.state in MOVING or row.order.change_asked for row in self.model.rows())
        if moving != self._pulse.isActive():
            self._pulse.start() if moving else self._pulse.stop()
        self._offer()
        self._say()

    def _filter(self) -> None:
        if self.shown.value() == "all":
            self.model.filter(accepts=lambda _: True)
        else:
            self.model.filter(accepts=lambda row: not row.order.state.is_final)

    def _working(self) -> list[OrderRow]:
        orders = self._h.facts.state.orders.values()
        rows = (self.model.find(order.ref) for order in orders if not order.state.is_final)
        return [row for row in rows if row is not None]

    def _say(self) -> None:
        working, (_, total) = len(self._working()), self.model.counts()
        self._line.caption.setText(f"{number(working)} working of {number(total)}" if total else "")

    def _offer(self) -> None:
        open_ = [row for row in self.table.selected_rows() if not row.order.state.is_final]
        self.cancel_button.setEnabled(bool(open_))
        self.cancel_button.setText(f"Cancel {len(open_)} orders" if len(open_) > 1 else "Cancel order")

    def _edit_cell(self, position: int, column: int) -> bool:
        """Open a field over a cell that holds a term of a working order; False where there is none to change."""
        row, name = self.model.row_at(position), self.model.columns[column].id
        instrument = self._h.facts.state.instruments.get(row.order.con_id)
        if name not in terms_of(row.order) or why_not_changeable(row.order) or instrument is None:
            return False
        field = field_for(self._h, row.order, instrument, name)
        edit = CellEdit(self.table.view, self.model.index(position, column), field)
        edit.entered.connect(lambda: self._typed(edit, row.order, name))
        return True

    def _typed(self, edit: CellEdit, order: Order, name: str) -> None:
        value, text = edit.field.value(), edit.field.text()
        edit.close()
        attempt(self._h, self._change(order, name, value, text), "change order")

    async def _change(self, order: Order, name: str, value: Decimal | None, text: str) -> None:
        if value is None:
            raise UserError(f"The {name} must be a number; found “{text}”. The order stands as it was.")
        if value != getattr(order, name):
            await change_order(self._h, order.ref, **{name: value})

    async def _edit(self, order: Order) -> None:
        if why := why_not_changeable(order):
            raise UserError(why)
        await edit_order(self._h, order)

    def _open_menu(self, row: OrderRow | None, at: QPoint) -> None:
        if row is None:
            return
        order = row.order
        if row not in self.table.selected_rows():
            self.table.select(order.ref)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        cancel = menu.addAction("Cancel order", self.cancel_selected)
        cancel.setEnabled(not order.state.is_final)
        change = menu.addAction("Change order…", lambda: attempt(self._h, self._edit(order), "change order"))
        change.setEnabled(not why_not_changeable(order))
        menu.addAction("Show why it exists", lambda: self._h.selection.trace(order.ref))
        menu.addAction(f"Show {order.symbol} on the chart", lambda: self._show(order))
        menu.addSeparator()
        every = menu.addAction(f"Cancel all {order.symbol} orders", lambda: self.cancel_symbol(order.symbol))
        every.setEnabled(any(each.order.symbol == order.symbol for each in self._working()))
        menu.addAction("Copy", self.table.copy)
        menu.popup(at)

    def _show(self, order: Order) -> None:
        instrument = self._h.facts.state.instruments.get(order.con_id)
        if instrument is not None:
            self._h.selection.pick(instrument)
