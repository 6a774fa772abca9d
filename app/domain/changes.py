"""Changes of working orders: new terms beside the old ones, and when an order cannot be changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NewType

from app.domain.money import ZERO
from app.domain.orders import Order, OrderRef, OrderState, Role, Terms

ChangeId = NewType("ChangeId", str)


@dataclass(frozen=True, slots=True)
class OrderChange:
    """New terms for one order, beside those it had when they were asked for.

    `for_close` says that it makes room for a close of what it protects, or takes that room back.
    """

    ref: OrderRef
    old: Terms
    new: Terms
    for_close: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Changes that are sent together, once: an order's own first, then those of the children that follow it.

    `why` says what it is for where nobody asked for it by hand.
    """

    id: ChangeId
    parts: tuple[OrderChange, ...]
    why: str = ""


_WHY_NOT = {
    OrderState.INTENDED: "it has not left yet; wait for the broker's answer",
    OrderState.SENT: "the broker has not answered yet; wait for it",
    OrderState.FILLED: "it is filled",
    OrderState.PENDING_CANCEL: "it is being cancelled",
    OrderState.CANCELLED: "it is cancelled; place a new one",
    OrderState.EXPIRED: "it has expired; place a new one",
    OrderState.REJECTED: "the broker refused it; place a new one",
    OrderState.INACTIVE: "the broker holds it back; cancel it and place a new one",
    OrderState.VERIFYING: "the broker is being asked what became of it; wait for the answer",
    OrderState.NEVER_SENT: "it never reached the broker; place a new one",
}


def why_not_changeable(order: Order) -> str:
    """Return in one sentence why an order cannot be changed now, empty when it can."""
    name, why = f"{order.side} {order.symbol}", _WHY_NOT.get(order.state, "")
    if order.is_foreign:
        why = "another program placed it; change it there or in TWS"
    elif not why and order.cancel_asked:
        why = "its cancel is on the way"
    elif not why and order.change_asked is not None:
        why = "another change of it is on the way; wait for the broker's answer"
    elif not why and order.type is None:
        why = f"its type {order.type_name} cannot be changed here; change it in TWS"
    return f"The order {name} cannot be changed: {why}." if why else ""


def why_elsewhere(order: Order, our_client: int | None) -> str:
    """Return in one sentence why only another program can cancel or change an order, empty where we can.

    # IB: an order belongs to the client id that placed it; only a cancel of everything reaches those of others.
    """
    is_placed_by_us = order.intent is not None and not order.is_foreign
    if is_placed_by_us or (order.client_id is not None and order.client_id == our_client and order.order_id):
        return ""
    who = {None: "Another program", 0: "A person in TWS"}.get(
        order.client_id, f"Another program (client id {order.client_id})"
    )
    return (
        f"{who} placed the {order.symbol} order, and the broker lets nobody else cancel or change it: do that there or "
        "in TWS, or flatten the account, which cancels everything of the login."
    )


def why_terms_unfit(order: Order, new: Terms) -> str:
    """Return in one sentence why an order can never have these terms, empty when it could."""
    distance = new.trail.value if new.trail else None
    numbers = [number for number in (new.quantity, new.limit, new.stop, distance, new.offset) if number is not None]
    if not all(number.is_finite() for number in numbers):
        return "A quantity and a price are finite numbers; type one."
    old = order.terms
    for name, before, after in (
        ("limit price", old.limit, new.limit),
        ("stop price to set", old.stop, new.stop),
        ("distance", old.trail, new.trail),
        ("limit offset", old.offset, new.offset),
    ):
        if before is None and after is not None:
            return f"An order of type {order.type_name} has no {name}; leave it empty."
    if distance is not None and not ZERO < distance < (100 if new.trail and new.trail.is_percent else distance + 1):
        return "A trailing distance lies above 0, and below 100 where it is a percentage."
    if new == order.terms:
        return "Nothing would change: the order has these terms already."
    if new.quantity <= order.filled and order.filled > 0:
        return f"{order.filled} are filled already; ask for more than that, or cancel the rest."
    return ""


def why_out_of_bracket(entry: Order, children: tuple[Order, ...]) -> str:
    """Return why stop and target would not lie on their sides of an entry that works, empty when they do."""
    if entry.limit is None:
        return ""
    for child in children:
        price = child.stop if child.role is Role.STOP else child.limit
        sign = entry.side.sign * (-1 if child.role is Role.STOP else 1)
        if price is not None and (price - entry.limit) * sign <= ZERO:
            side = "above" if sign > 0 else "below"
            return f"The {child.role.value} {price} must lie {side} the entry's limit {entry.limit}; move one of them."
    return ""


def with_terms(order: Order, terms: Terms) -> Order:
    """Return an order as it would be with these terms."""
    if terms.trail is not None:
        return replace(order, quantity=terms.quantity, trail=terms.trail, offset=terms.offset)
    return replace(order, quantity=terms.quantity, limit=terms.limit, stop=terms.stop)


def moved_by(order: Order, more: Decimal) -> OrderChange:
    """Return the change that gives an order so many more, or fewer."""
    return OrderChange(order.ref, order.terms, replace(order.terms, quantity=order.quantity + more))
