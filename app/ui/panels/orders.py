"""Orders: everything that works or worked in the account, entry first with its children beneath, and how to cancel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QMenu, QPushButton

from app.domain.changes import why_not_changeable
from app.domain.codes import code_in
from app.domain.errors import UserError
from app.domain.orders import Order, OrderRef
from app.ui.dialogs.codes import explain_code
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Moments
from app.ui.panels.following import Mirror, attempt, once
from app.ui.panels.order_change import CellEdit, change_order, edit_order, field_for, terms_of
from app.ui.panels.orders_acts import OrderActs
from app.ui.panels.orders_filters import OrderFilters, figures_of
from app.ui.panels.orders_rows import OrderRow, OrderSight, family_of, order_columns
from app.ui.panels.orders_state import MOVING
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.buttons import act_button
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty

PULSE_MS = 80
COUNT_MS = 100
AGE_MS = 1000


class OrdersPanel(PanelFrame):
    """The orders of the account, ours and other programs'."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "orders", "Orders")
        self._h = handles
        self._moments = Moments(handles)
        self._sight = OrderSight(handles)
        self.model: TableModel[OrderRow] = TableModel(
            order_columns(self._moments, handles.clock),
            lambda row: row.order.ref,
            drag=lambda row: row.order.symbol,
            family=family_of,
        )
        buy = lambda: handles.selection.price_wanted.emit(None, "BUY")  # noqa: E731  the act that fills it
        self.table: Table[OrderRow] = Table(
            handles.theme, self.model, name="Orders", empty=Empty("No orders yet.", "Open the ticket", buy)
        )
        self.filters = OrderFilters()
        self.acts = OrderActs(handles, self._belongs)
        self.cancel_button: QPushButton = act_button("Cancel order", "danger", self.cancel_selected)
        self.twin_button: QPushButton = act_button("2 live copies: cancel the extra", "danger", self.cancel_extra)
        self._line = ToolLine(handles.theme)
        self._moving: set[OrderRef] = set()
        self._counting = once(self, COUNT_MS, self._say)
        self._pulse = QTimer(self)
        self._pulse.setInterval(PULSE_MS)
        self._pulse.timeout.connect(self.table.view.viewport().update)
        self._ageing = QTimer(self)
        self._ageing.setInterval(AGE_MS)
        self._ageing.timeout.connect(self.table.view.viewport().update)
        self._ageing.start()
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
            self.acts.cancel(orders)

    def cancel_extra(self) -> None:
        """Ask the broker to cancel the copies that a change made of orders of ours."""
        extra = [self._h.facts.state.orders[ref] for ref in self._sight.twins]
        self.acts.cancel([order for order in extra if not order.state.is_final])

    def change_current(self) -> None:
        """Change the order with the focus: in its cell where that holds one of its terms, else in a form."""
        row, index = self.table.current_row(), self.table.view.currentIndex()
        if row is not None and not self._edit_cell(index.row(), index.column()):
            attempt(self._h, self._edit(row.order), "change order")

    def duplicate_current(self) -> None:
        """Open the ticket filled in as the order with the focus was."""
        if row := self.table.current_row():
            self.acts.duplicate(row.order)

    def show_all(self, everything: bool) -> None:
        """Show all orders, or only those that are not done."""
        self.filters.shown.set_value("all" if everything else "working")
        self._filter()

    def _build(self) -> None:
        self._line.lay(self.filters.widgets(), [compact(self.twin_button), compact(self.cancel_button)])
        self.add(self._line)
        self.add(self.table, 1)
        self.setFocusProxy(self.table)
        self.add_act("ban", "Cancel order", self.cancel_selected, shortcut="Del")
        self.add_act("pencil", "Change order", self.change_current, shortcut="F2")
        self.add_act("copy", "Duplicate in the ticket", self.duplicate_current, shortcut="Ctrl+D")
        self.add_act("search", "Filter orders", self.table.show_filter, shortcut="Ctrl+F")
        self.add_menu_act("Cancel all orders of the account…", self.acts.cancel_account)
        self.add_menu_act("What does this code mean?…", lambda: explain_code(self._h))
        self.add_menu_act("Copy as table", self.table.copy)
        self.cancel_button.setToolTip(say("Cancel the selected orders (Del)"))
        self.cancel_button.setEnabled(False)
        self.twin_button.setToolTip(say("A change made a second order at the broker; cancel the copy, the first stays"))
        self.twin_button.hide()
        self.filters.changed.connect(self._filter)
        self.filters.shown.set_value("all")
        self.table.activated.connect(lambda row: self._h.selection.trace(row.order.ref))
        self.table.view.take_cell = self._edit_cell
        self.table.selected.connect(lambda _: self._offer())
        self.table.menu_wanted.connect(self._open_menu)

    def _belongs(self, order: Order) -> bool:
        account = self._h.session.view.account
        return not account or order.account == account

    def _changed(self, changed: Sequence[Order], gone: Sequence[OrderRef]) -> None:
        rows = [self._sight.row(order) for order in changed]
        self._sight.look_for_twins(changed)
        self.filters.offer(rows)
        if self.model.counts()[1]:
            self._put(rows, gone)
        else:
            self.model.replace(rows)  # the whole book at once
        self._moving.difference_update(gone, [order.ref for order in changed])
        self._moving.update(order.ref for order in changed if order.state in MOVING or order.change_asked)
        if bool(self._moving) != self._pulse.isActive():
            self._pulse.start() if self._moving else self._pulse.stop()
        self._offer()
        self._counting.start()

    def _put(self, rows: Sequence[OrderRow], gone: Sequence[OrderRef]) -> None:
        for row in rows:
            self.model.put(row)
        for ref in gone:
            self.model.drop(ref)
        self.model.flush()

    def _filter(self) -> None:
        self.model.filter(accepts=self.filters.accepts)
        self._offer()

    def _say(self) -> None:
        orders = [order for order in self._h.facts.state.orders.values() if self._belongs(order)]
        self._line.caption.setText(str(figures_of(orders, self._moments.midnight())))

    def _offer(self) -> None:
        open_ = [row for row in self.table.selected_rows() if not row.order.state.is_final]
        elsewhere = [why for row in open_ if (why := self._h.desk.why_elsewhere(row.order))]
        self.cancel_button.setEnabled(len(elsewhere) < len(open_))
        self.cancel_button.setToolTip(say(elsewhere[0] if elsewhere else "Cancel the selected orders (Del)"))
        self.cancel_button.setText(say(f"Cancel {len(open_)} orders" if len(open_) > 1 else "Cancel order"))
        self.twin_button.setVisible(bool(self._sight.live_twins()))

    def _edit_cell(self, position: int, column: int) -> bool:
        """Open a field over a cell that holds a term of a working order; False where there is none to change."""
        row, name = self.model.row_at(position), self.model.columns[column].id
        instrument = self._h.facts.state.instruments.get(row.order.con_id)
        is_fixed = why_not_changeable(row.order) or self._h.desk.why_elsewhere(row.order)
        if name not in terms_of(row.order) or is_fixed or instrument is None:
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
        if why := why_not_changeable(order) or self._h.desk.why_elsewhere(order):
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
        self._fill_menu(menu, order)
        menu.popup(at)

    def _fill_menu(self, menu: QMenu, order: Order) -> None:
        acts, is_open = self.acts, not order.state.is_final
        elsewhere = self._h.desk.why_elsewhere(order) if is_open else ""
        menu.addAction(say("Cancel order"), self.cancel_selected).setEnabled(is_open and not elsewhere)
        change = menu.addAction(say("Change order…"), lambda: attempt(self._h, self._edit(order), "change order"))
        change.setEnabled(not why_not_changeable(order) and not elsewhere)
        if elsewhere:
            menu.addAction(say("Why it cannot be cancelled here…"), lambda: acts.explain_elsewhere(order))
        menu.addAction(say("Duplicate in the ticket"), lambda: acts.duplicate(order))
        if order.is_foreign and is_open:
            menu.addAction(say("Adopt or leave…"), lambda: acts.adopt(order))
        menu.addSeparator()
        menu.addAction(say("Show why it exists"), lambda: self._h.selection.trace(order.ref))
        menu.addAction(say("Show its history…"), lambda: acts.show_history(order))
        code = code_in(order.reason) or code_in(order.warning)
        what = f"What does IB {code} mean?…" if code else "What does this code mean?…"
        menu.addAction(say(what), lambda: acts.explain(order))
        menu.addAction(say(f"Show {order.symbol} on the chart"), lambda: self._show(order))
        menu.addSeparator()
        menu.addAction(say(f"Cancel all {order.symbol} orders…"), lambda: acts.cancel_symbol(order.symbol))
        whose = self._sight.strategy(order)
        every = f"Cancel all orders of {whose}…" if whose else "Cancel all orders by hand…"
        menu.addAction(every, lambda: acts.cancel_strategy(order))
        menu.addAction(say("Cancel all orders of the account…"), acts.cancel_account)
        menu.addSeparator()
        menu.addAction(say("Copy"), self.table.copy)

    def _show(self, order: Order) -> None:
        instrument = self._h.facts.state.instruments.get(order.con_id)
        if instrument is not None:
            self._h.selection.pick(instrument)
