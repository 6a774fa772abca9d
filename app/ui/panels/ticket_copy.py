"""A ticket filled in as an order was: its side, type, prices, quantity and time in force; nothing is sent."""

from __future__ import annotations

from decimal import Decimal

from app.domain.orders import Order, TimeInForce
from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_terms import Entry, Kind, SizeBy, entries_of


def fill_like(form: TicketForm, order: Order) -> str:
    """Write the terms of an order into the form; return in one sentence what could not be, empty when all was."""
    if order.type_name not in set(Kind):
        form.set_side(order.side)
        form.set_size_by(SizeBy.QUANTITY)
        form.put(Entry.QUANTITY, order.quantity)
        return f"The ticket has no order type {order.type_name}: side and quantity are as the order's, the rest is not."
    kind = Kind(order.type_name)
    form.set_side(order.side)
    form.set_kind(kind)
    form.set_size_by(SizeBy.QUANTITY)
    form.bracket.setChecked(False)
    form.pair.setChecked(False)
    form.trails.setChecked(False)
    if order.trail is not None:
        form.numbers.unit.setChecked(order.trail.is_percent)
    if order.tif in set(TimeInForce) and order.tif != TimeInForce.GTD:
        form.tif.take(order.tif)
    form.put(Entry.QUANTITY, order.quantity)
    for entry, value in _prices(kind, order).items():
        form.put(entry, value)
    return ""


def _prices(kind: Kind, order: Order) -> dict[Entry, Decimal]:
    """Return what goes into the price fields that an order type has."""
    found = {
        "price": order.stop if kind is Kind.STOP else order.limit,
        "trigger": order.stop,
        "start": order.stop,
        "by": order.trail.value if order.trail else None,
        "offset": order.offset,
    }
    named = {entry: found[name] for entry, (name, _) in entries_of(kind).items()}
    return {entry: value for entry, value in named.items() if value is not None}
