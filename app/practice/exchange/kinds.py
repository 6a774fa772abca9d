"""Order types, each as a trigger and a limit: what wakes it, and what price it then accepts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.practice.exchange.order import Order

CLOSE_IS_FROZEN = 600.0


class Trigger(Enum):
    """What wakes an order."""

    NONE = "none"
    STOP = "stop"
    TOUCH = "touch"
    TRAIL = "trail"


class Auction(Enum):
    """The auction an order waits for."""

    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class OrderKind:
    """One order type; `has_limit` says whether the limit price binds once awake, `auction` at which it works."""

    trigger: Trigger
    has_limit: bool
    needs_aux: bool = False
    auction: Auction | None = None


KINDS: dict[str, OrderKind] = {
    "MKT": OrderKind(Trigger.NONE, has_limit=False),
    "LMT": OrderKind(Trigger.NONE, has_limit=True),
    "STP": OrderKind(Trigger.STOP, has_limit=False, needs_aux=True),
    "STP LMT": OrderKind(Trigger.STOP, has_limit=True, needs_aux=True),
    "MIT": OrderKind(Trigger.TOUCH, has_limit=False, needs_aux=True),
    "LIT": OrderKind(Trigger.TOUCH, has_limit=True, needs_aux=True),
    "TRAIL": OrderKind(Trigger.TRAIL, has_limit=False),
    "TRAIL LIMIT": OrderKind(Trigger.TRAIL, has_limit=True),
    "MOC": OrderKind(Trigger.NONE, has_limit=False, auction=Auction.CLOSE),
    "LOC": OrderKind(Trigger.NONE, has_limit=True, auction=Auction.CLOSE),
    "MOO": OrderKind(Trigger.NONE, has_limit=False, auction=Auction.OPEN),
    "LOO": OrderKind(Trigger.NONE, has_limit=True, auction=Auction.OPEN),
}

_OTHER_SPELLINGS = {"STPLMT": "STP LMT", "TRAILLMT": "TRAIL LIMIT", "TRAIL LMT": "TRAIL LIMIT", "MARKET": "MKT"}


def kind_named(order_type: str) -> OrderKind | None:
    """Return the kind for an order type as clients spell it, or None."""
    return KINDS.get(spelled(order_type))


def spelled(order_type: str) -> str:
    """Return an order type in the spelling that open orders tell."""
    name = order_type.strip().upper()
    return _OTHER_SPELLINGS.get(name, name)


def kind_trails(order_type: str) -> bool:
    """Return whether an order's auxiliary price is a distance and not a price."""
    kind = kind_named(order_type)
    return kind is not None and kind.trigger is Trigger.TRAIL


def is_cancellable(order: Order, at: float) -> bool:
    """Return whether an order may still be cancelled; NYSE freezes orders for the close ten minutes before it."""
    if kind_of(order).auction is not Auction.CLOSE or order.expires_at is None:
        return True
    return at < order.expires_at - CLOSE_IS_FROZEN


def kind_of(order: Order) -> OrderKind:
    """Return the kind of an accepted order."""
    kind = kind_named(order.terms.order_type)
    assert kind is not None, order.terms.order_type
    return kind


def limit_of(order: Order) -> float | None:
    """Return the price that binds the order, or None when it takes any."""
    kind = kind_of(order)
    if not kind.has_limit:
        return None
    offset = order.terms.limit_offset
    if kind.trigger is Trigger.TRAIL and offset is not None and order.stop_level is not None:
        # IB: the limit of a trailing order follows its stop at this distance.
        return order.stop_level + offset if order.is_buy else order.stop_level - offset
    return order.terms.limit_price


def level_of(order: Order) -> float | None:
    """Return the one price that the order waits for now, or None when any tick may concern it."""
    kind = kind_of(order)
    if order.terms.conditions and not order.is_released:
        return None
    if order.is_triggered or kind.trigger is Trigger.NONE:
        return limit_of(order)
    return order.terms.aux_price if kind.trigger in (Trigger.STOP, Trigger.TOUCH) else None


def accepts(order: Order, price: float) -> bool:
    """Return whether the order may be filled at this price."""
    limit = limit_of(order)
    if limit is None:
        return True
    return price <= limit + 1e-9 if order.is_buy else price >= limit - 1e-9


def is_reached(order: Order, level: float, last: float) -> bool:
    """Return whether the last price wakes an order that waits at this level."""
    is_stop = kind_of(order).trigger is not Trigger.TOUCH
    return last >= level if order.is_buy == is_stop else last <= level


def hold_reason(order: Order) -> str:
    """Return why an order is held back, in IB's words; empty when it is not."""
    reasons = ["child"] if order.is_waiting_for_parent else []
    if kind_of(order).trigger is not Trigger.NONE and not order.is_triggered:
        reasons.append("trigger")
    return ",".join(reasons)
