"""The resting orders of one instrument, queued by the price that wakes or fills them.

A tick looks at the head of each queue only, so it costs as much as there are orders it can trigger. Entries of
cancelled or modified orders stay until they come to the head and are dropped there by their revision.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from app.practice.exchange.kinds import Trigger, kind_of, limit_of
from app.practice.exchange.order import Order
from app.practice.exchange.trailing import Trailing

EPSILON = 1e-9


class PriceQueue:
    """Orders by one price; the ones reached first stand at the head."""

    def __init__(self, *, rising: bool) -> None:
        self._sign = 1.0 if rising else -1.0
        self._heap: list[tuple[float, int, int, Order]] = []

    def add(self, price: float, order: Order) -> None:
        """Queue an order under a price."""
        heapq.heappush(self._heap, (self._sign * price, order.perm_id, order.revision, order))

    def reached(self, price: float) -> Iterator[Order]:
        """Take out, best first, the orders whose price the market has reached (at or beyond)."""
        edge = self._sign * price + EPSILON
        while self._heap and self._heap[0][0] <= edge:
            _, _, revision, order = heapq.heappop(self._heap)
            if order.revision == revision and not order.is_finished:
                yield order

    def __len__(self) -> int:
        return len(self._heap)


class Queues:
    """All queues of one instrument."""

    def __init__(self) -> None:
        self.at_market: list[tuple[int, Order]] = []
        self.trailing = Trailing()
        self._rising = PriceQueue(rising=True)
        self._falling = PriceQueue(rising=False)
        self._bids = PriceQueue(rising=False)
        self._offers = PriceQueue(rising=True)

    def add_trigger(self, order: Order, level: float) -> None:
        """Queue an order that waits for the last price to reach a level."""
        is_stop = kind_of(order).trigger is not Trigger.TOUCH
        # A buy stop waits above the market and a sell stop below; "if touched" is the other way round.
        (self._rising if order.is_buy == is_stop else self._falling).add(level, order)

    def add_live(self, order: Order) -> None:
        """Queue an order that waits for its price, or for the next quote when it takes any."""
        limit = limit_of(order)
        if limit is None:
            self.at_market.append((order.revision, order))
        else:
            (self._bids if order.is_buy else self._offers).add(limit, order)

    def take_market(self) -> list[Order]:
        """Take out the orders that wait for a quote only."""
        if not self.at_market:
            return []
        waiting, self.at_market = self.at_market, []
        return [order for revision, order in waiting if order.revision == revision and not order.is_finished]

    def triggered(self, last: float) -> Iterator[Order]:
        """Take out the orders whose trigger the last price has reached."""
        yield from self._rising.reached(last)
        yield from self._falling.reached(last)

    def fillable(self, bid: float, ask: float) -> Iterator[Order]:
        """Take out the limit orders that the opposite quote has reached."""
        # A buy at 10 is reached once the offer is 10 or less: from the highest buy downwards.
        yield from self._bids.reached(ask)
        yield from self._offers.reached(bid)
