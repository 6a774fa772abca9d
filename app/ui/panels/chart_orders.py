"""Orders on a chart as hands may move them: a drag is reviewed and confirmed, anything else puts the line back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.bars import Bars
from app.domain.changes import why_not_changeable
from app.domain.errors import UserError
from app.domain.events import OrderChangeRefused
from app.domain.instruments import Instrument
from app.domain.orders import Order, OrderRef, Role
from app.domain.state import State
from app.services.session import SessionView
from app.ui.charts.orders.terms import Terms
from app.ui.charts.view import ChartView
from app.ui.handles import Handles
from app.ui.panels.chart_plan import field_of
from app.ui.panels.following import attempt, follow
from app.ui.panels.order_cancel import cancel_orders
from app.ui.panels.order_change import change_order, edit_order


class ChartOrders:
    """Ties the order lines of one chart to the desk."""

    def __init__(self, handles: Handles, view: ChartView) -> None:
        self._h = handles
        self._hands = view.orders
        self._hands.order_moved.connect(self._moved)
        self._hands.cancel_wanted.connect(self._cancel)
        self._hands.edit_wanted.connect(self._edit)
        follow(view, handles.bus, OrderChangeRefused, lambda fact: self._hands.settle(fact.ref))
        follow(view, handles.bus, SessionView, self._session_moved)

    def show(self, terms: Sequence[Terms]) -> None:
        """Say which lines may be moved, and what that would mean."""
        self._hands.set_terms(terms)

    def _session_moved(self, session: SessionView) -> None:
        """End a drag that nobody could carry out any more."""
        if not session.is_ready:
            self._hands.abandon("The session was lost while the order was being moved; nothing was changed.")

    def _moved(self, key: str, price: float) -> None:
        """Have a working order changed through the desk, or the ticket's field through the ticket."""
        if field := field_of(key):
            self._hands.settle(key)
            self._h.selection.plan_moved.emit(field, price)
            return
        attempt(self._h, self._change(OrderRef(key), price), "change order")

    async def _change(self, ref: OrderRef, price: float) -> None:
        """Review and confirm a drag; whatever keeps it from being sent puts the line back."""
        is_sent = False
        try:
            order = self._order(ref)
            instrument = self._h.facts.state.instruments.get(order.con_id)
            wanted = instrument.round_to_tick(Decimal(str(price))) if instrument else Decimal(str(price))
            name = "limit" if order.limit is not None else "stop"
            is_sent = await change_order(self._h, ref, **{name: wanted})
        finally:
            if not is_sent:
                self._hands.settle(ref)

    def _edit(self, key: str) -> None:
        async def edit() -> None:
            order = self._order(OrderRef(key))
            if why := why_not_changeable(order):
                raise UserError(why)
            await edit_order(self._h, order)

        attempt(self._h, edit(), "change order")

    def _cancel(self, key: str) -> None:
        async def cancel() -> None:
            await cancel_orders(self._h, [self._order(OrderRef(key))])

        attempt(self._h, cancel(), "cancel order")

    def _order(self, ref: OrderRef) -> Order:
        order = self._h.facts.state.orders.get(ref)
        if order is None or order.state.is_final:
            raise UserError("The order is over; nothing was changed.")
        return order


def movable(state: State, account: str, instrument: Instrument, bars: Bars, atr: float | None = None) -> list[Terms]:
    """Return what a chart must know of each of our working orders that has one price; `atr` measures a drag."""
    last = float(bars.close[-1]) if len(bars) else None
    return [
        _terms(state, order, instrument, last, atr)
        for order in state.orders.values()
        if order.con_id == instrument.con_id and order.account == account
        if not (order.is_foreign or order.state.is_final)
        and (order.limit is None) != (order.stop is None)
        and order.type is not None
        and order.trail is None
    ]


def _terms(state: State, order: Order, instrument: Instrument, last: float | None, atr: float | None) -> Terms:
    price = order.limit if order.limit is not None else order.stop
    assert price is not None
    is_entry = order.role is Role.ENTRY
    entry = last if is_entry else _entry_price(state, order)
    stop = _stop_beside(state, order)
    from_price = float(price) if is_entry else entry
    return Terms(
        key=order.ref,
        side=order.side,
        quantity=float(order.remaining),
        price=float(price),
        tick=float(instrument.tick_at(price)),
        decimals=instrument.decimals,
        reference=entry,
        holds=order.side if is_entry else order.side.opposite,
        worth=float(instrument.multiplier) / instrument.price_magnifier,
        currency=instrument.currency,
        risk=abs(from_price - stop) or None if from_price is not None and stop is not None else None,
        atr=atr,
        can_edit=not why_not_changeable(order),
    )


def _entry_price(state: State, order: Order) -> float | None:
    """Return what a protecting order's entry was filled at, or is to be, None when nobody knows."""
    intent = state.intents.get(order.intent) if order.intent else None
    entry = state.orders[intent.entry.ref] if intent else None
    if entry is not None and entry.role is Role.ENTRY:
        price = entry.average if entry.average is not None else entry.limit
        return float(price) if price is not None else None
    held = state.position(order.account, order.con_id, order.strategy)
    return float(held.average) if held is not None and held.quantity else None


def _stop_beside(state: State, order: Order) -> float | None:
    """Return the stop of the bracket that an order belongs to, as it stands: the measure of 1 R."""
    intent = state.intents.get(order.intent) if order.intent else None
    legs = intent.legs if intent else ()
    stop = next((state.orders[leg.ref].stop for leg in legs if leg.role is Role.STOP), None)
    return float(stop) if stop is not None else None
