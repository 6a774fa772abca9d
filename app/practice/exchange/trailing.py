"""Trailing stops: the level follows the best price since the order came, and never steps back."""

from __future__ import annotations

import math
from typing import Any

from app.practice.exchange.order import Order
from app.practice.wire.terms import OrderTerms


def start_trailing(order: Order, quote: Any) -> None:
    """Set the first stop level: the one the client gave, else the trail away from the last price."""
    if order.stop_level is not None:
        return
    order.stop_level = order.terms.trail_stop_price
    if order.stop_level is None and quote is not None:
        order.stop_level = _level(order, quote.last)


def level_after_change(order: Order, terms: OrderTerms) -> float | None:
    """Return where the stop of a modified order goes on, None where it starts anew.

    IB: a client gives back the level that it was told; only another distance or a level of its own begin anew.
    """
    old, level = order.terms, order.stop_level
    is_same = (terms.order_type, terms.aux_price, terms.trailing_percent) == (
        old.order_type,
        old.aux_price,
        old.trailing_percent,
    )
    if level is None or not is_same:
        return None
    given = terms.trail_stop_price
    if given is None or given == old.trail_stop_price:
        return level
    return min(level, given) if order.is_buy else max(level, given)


def trail(order: Order, price: float) -> bool:
    """Move the level after a trade; return whether the trade reaches it."""
    level = _level(order, price)
    if order.stop_level is None:
        order.stop_level = level
    if order.is_buy:
        if price >= order.stop_level:
            return True
        order.stop_level = min(order.stop_level, level)
    else:
        if price <= order.stop_level:
            return True
        order.stop_level = max(order.stop_level, level)
    return False


def _level(order: Order, price: float) -> float:
    distance = price * (order.terms.trailing_percent or 0.0) / 100.0 or order.terms.aux_price or 0.0
    return price + distance if order.is_buy else price - distance


def _moves_at(order: Order) -> float:
    """Return the price beyond which the order's level moves."""
    part = (order.terms.trailing_percent or 0.0) / 100.0
    distance = order.terms.aux_price or 0.0
    level = order.stop_level or 0.0
    if order.is_buy:
        return level / (1.0 + part) if part else level - distance
    return level / (1.0 - part) if 0.0 < part < 1.0 else level + distance


class Trailing:
    """The trailing orders of one instrument; prices between two guards move no level and reach none."""

    def __init__(self) -> None:
        self._orders: list[tuple[int, Order]] = []
        self._kept: dict[int, float | None] = {}
        self._low, self._high = math.inf, -math.inf

    def add(self, order: Order) -> None:
        """Let an order trail."""
        self._orders.append((order.revision, order))
        self._low, self._high = math.inf, -math.inf

    def reached(self, tick: Any) -> list[Order]:
        """Move the levels after a tick and return the orders that it reaches."""
        if not self._orders or self._low < tick.price < self._high:
            return []
        working = self._working()
        reached = [order for order in working if trail(order, tick.price)]
        self._guard([order for order in working if order not in reached])
        return reached

    def moved(self) -> list[Order]:
        """Return the orders whose level moved since the last call."""
        found = [order for order in self._working() if self._kept.get(order.perm_id) != order.stop_level]
        self._kept = {order.perm_id: order.stop_level for order in self._working()}
        return found

    def _working(self) -> list[Order]:
        self._orders = [
            (revision, order)
            for revision, order in self._orders
            if order.revision == revision and not order.is_finished and not order.is_triggered
        ]
        return [order for _, order in self._orders]

    def _guard(self, orders: list[Order]) -> None:
        levels = [(order.is_buy, order.stop_level or 0.0, _moves_at(order)) for order in orders]
        self._low = max([moves if is_buy else level for is_buy, level, moves in levels], default=-math.inf)
        self._high = min([level if is_buy else moves for is_buy, level, moves in levels], default=math.inf)
