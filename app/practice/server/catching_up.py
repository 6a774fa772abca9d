"""Orders over a stretch of time at once: after a restart, or after a jump of the clock.

Only the minutes that can concern a working order are walked, session by session; days end and orders expire in between.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.practice.exchange.kinds import level_of
from app.practice.exchange.order import Order
from app.practice.market import Market

if TYPE_CHECKING:
    from app.practice.server.trading import Trading


def catch_up(trading: Trading, market: Market, start: float, end: float) -> None:
    """Bring orders and days from `start` to `end` of market time."""
    while start < end:
        until = max(start, min(end, trading.next_event()))
        for con_id in trading.exchange.instruments():
            _walk(trading, market, con_id, start, until)
        trading.pass_time(until)
        start = until


def _walk(trading: Trading, market: Market, con_id: int, start: float, until: float) -> None:
    """Match one instrument's orders; after each change of an order the stretch is bounded anew."""
    exchange = trading.exchange
    while start < until:
        active = [
            order
            for order in exchange.working()
            if order.contract.con_id == con_id and not order.is_waiting_for_parent and order.placed_at <= until
        ]
        active += exchange.waiting.orders_at(con_id)
        if not active:
            return
        low, high = bounds(active, market.last_tick(con_id, start).price, partial(market.reach, con_id))
        changes = exchange.changes
        for tick in market.path(con_id, start, until, low=low, high=high):
            exchange.on_tick(tick)
            if exchange.changes != changes:
                start = tick.at
                break
        else:
            return


def bounds(orders: list[Order], price: float, reach: Callable[[float], float]) -> tuple[float | None, float | None]:
    """Return the prices below and above which a trade may concern an order; (None, None) when any may.

    `reach` says how far bid and ask may lie from a trade.
    """
    low, high = float("-inf"), float("inf")
    for order in orders:
        level = level_of(order)
        if level is None:
            return None, None
        margin = reach(level)
        if level + margin < price:
            low = max(low, level + margin)
        elif level - margin > price:
            high = min(high, level - margin)
        else:
            return None, None
    return low, high
