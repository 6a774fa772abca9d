"""What an order can take of the book: each level once, and as the order's own rules let."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.practice.exchange.kinds import accepts
from app.practice.exchange.order import Order
from app.practice.exchange.ports import SplitFill, Venue, whole

# (price, shares), best first.
Ladder = Sequence[tuple[float, int]]
Fill = tuple[Decimal, float]
ZERO = Decimal(0)
ALL_AT_ONCE = frozenset({"FOK"})


class Liquidity:
    """Remembers what was taken of a book until the book changes, so that two orders do not get the same shares."""

    def __init__(self, market: Venue) -> None:
        self.split_fill: SplitFill = whole
        self._market = market
        self._taken: dict[tuple[int, bool], tuple[Ladder, dict[float, Decimal]]] = {}

    def fills(self, order: Order, quote: Any, at: float, *, is_resting: bool) -> list[Fill]:
        """Return the fills an order gets now and take their shares out of the book."""
        best = quote.ask if order.is_buy else quote.bid
        if order.is_unfillable or not math.isfinite(best) or not accepts(order, best):
            return []
        sizes = self.split_fill(order, order.remaining)
        if sizes is not None:
            return [(shares, best) for shares in sizes]
        side = (order.contract.con_id, order.is_buy)
        ladder = self._market.ladder(*side, quote, at)
        fills = planned(order, self._left(side, ladder), is_resting=is_resting)
        taken = self._taken[side][1]
        for shares, price in fills:
            taken[price] = taken.get(price, ZERO) + shares
        return fills

    def _left(self, side: tuple[int, bool], ladder: Ladder) -> list[tuple[float, Decimal]]:
        seen, taken = self._taken.get(side, (None, {}))
        if seen != ladder:
            taken = {}
            self._taken[side] = (ladder, taken)
        return [(price, Decimal(size) - taken.get(price, ZERO)) for price, size in ladder]


def planned(order: Order, levels: list[tuple[float, Decimal]], *, is_resting: bool) -> list[Fill]:
    """Return the fills that an order can have from these levels now, as (shares, price)."""
    terms, wanted = order.terms, order.remaining
    is_whole = terms.all_or_none or terms.tif in ALL_AT_ONCE
    if is_resting and terms.display_size and not is_whole:
        # Only what an iceberg shows can be hit by one trade of the market.
        wanted = min(wanted, Decimal(terms.display_size))
    fills: list[Fill] = []
    for price, size in levels:
        if wanted <= 0 or not accepts(order, price):
            break
        shares = min(size, wanted)
        if shares > 0:
            fills.append((shares, price))
            wanted -= shares
    got = sum((shares for shares, _ in fills), ZERO)
    least = Decimal(terms.min_quantity or 0) if not order.filled else ZERO
    if (is_whole and got < order.remaining) or got < min(least, order.remaining):
        return []
    return fills
