"""One-cancels-all groups: who belongs together and what a fill leaves of the others."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

from app.practice.exchange.order import Order, Status

CANCEL_WITH_BLOCK = 1
REDUCE_WITHOUT_BLOCK = 3


def siblings(order: Order, orders: Iterable[Order]) -> list[Order]:
    """Return the unfinished orders of the same account that share the order's group."""
    group = order.terms.oca_group
    if not group:
        return []
    return [
        other
        for other in orders
        if other is not order
        and not other.is_finished
        and other.terms.oca_group == group
        and other.terms.account == order.terms.account
    ]


def was_filled(order: Order, orders: Iterable[Order]) -> bool:
    """Return whether an order of the same group and account was filled before: the group is then over."""
    group, account = order.terms.oca_group, order.terms.account
    return bool(group) and any(
        other.status is Status.FILLED and other.terms.oca_group == group and other.terms.account == account
        for other in orders
    )


def reduce_siblings(order: Order, sibling: Order, shares: Decimal) -> Decimal:
    """Return what remains of a sibling after a fill of `shares`: type 1 cancels, 2 and 3 reduce in proportion."""
    if order.status is Status.FILLED or order.terms.oca_type == CANCEL_WITH_BLOCK:
        return Decimal(0)
    reduced = (sibling.terms.quantity * shares / order.terms.quantity).to_integral_value(ROUND_CEILING)
    return max(Decimal(0), sibling.remaining - reduced)
