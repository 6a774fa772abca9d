"""Trailing stops: the level follows the best price since the order came, and never steps back."""

from __future__ import annotations

from typing import Any

from app.practice.exchange.order import Order


def start_trailing(order: Order, quote: Any) -> None:
    """Set the first stop level: the one the client gave, else the trail away from the last price."""
    if order.stop_level is not None:
        return
    order.stop_level = order.terms.trail_stop_price
    if order.stop_level is None and quote is not None:
        order.stop_level = _level(order, quote.last)


def trail(order: Order, tick: Any) -> bool:
    """Move the level after a tick; return whether the tick reaches it."""
    level = _level(order, tick.price)
    if order.stop_level is None:
        order.stop_level = level
    if order.is_buy:
        if tick.price >= order.stop_level:
            return True
        order.stop_level = min(order.stop_level, level)
    else:
        if tick.price <= order.stop_level:
            return True
        order.stop_level = max(order.stop_level, level)
    return False


def _level(order: Order, price: float) -> float:
    distance = price * (order.terms.trailing_percent or 0.0) / 100.0 or order.terms.aux_price or 0.0
    return price + distance if order.is_buy else price - distance
