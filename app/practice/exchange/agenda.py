"""When orders wake and end: what time alone does to them."""

from __future__ import annotations

import heapq
import math
from itertools import count

from app.practice.exchange.order import Order


class Agenda:
    """The coming moments of orders; entries of orders whose times changed are dropped when they come up."""

    def __init__(self) -> None:
        self._wakes: list[tuple[float, int, Order]] = []
        self._ends: list[tuple[float, int, Order]] = []
        self._checks: list[tuple[float, int, Order]] = []
        self._sequence = count()

    def note_wake(self, order: Order) -> None:
        """Note when an order begins to work."""
        assert order.wakes_at is not None
        heapq.heappush(self._wakes, (order.wakes_at, next(self._sequence), order))

    def note_end(self, order: Order) -> None:
        """Note when an order ends, if it does."""
        if order.expires_at is not None and not order.is_finished:
            heapq.heappush(self._ends, (order.expires_at, next(self._sequence), order))

    def note_check(self, at: float, order: Order) -> None:
        """Note when an order's conditions are to be looked at."""
        heapq.heappush(self._checks, (at, next(self._sequence), order))

    def next(self) -> float:
        """Return the next moment, infinite when there is none."""
        heads = [heap[0][0] for heap in (self._wakes, self._ends, self._checks) if heap]
        return min(heads, default=math.inf)

    def take_wake(self, at: float) -> Order | None:
        """Take out an order that is to wake by now."""
        while self._wakes and self._wakes[0][0] <= at:
            wakes_at, _, order = heapq.heappop(self._wakes)
            if order.wakes_at == wakes_at:
                return order
        return None

    def take_check(self, at: float) -> tuple[float, Order] | None:
        """Take out a moment by now and the order whose conditions are to be looked at."""
        while self._checks and self._checks[0][0] <= at:
            moment, _, order = heapq.heappop(self._checks)
            if not order.is_finished and not order.is_released:
                return moment, order
        return None

    def take_end(self, at: float) -> Order | None:
        """Take out an order that is to end by now."""
        while self._ends and self._ends[0][0] <= at:
            expires_at, _, order = heapq.heappop(self._ends)
            if order.expires_at == expires_at and not order.is_finished:
                return order
        return None
