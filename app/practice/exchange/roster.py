"""The orders an exchange knows, which of them work, and in which instruments."""

from __future__ import annotations

from collections import Counter

from app.practice.exchange.order import Order


class Roster:
    """Every order by its permanent id, finished ones for the record."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self._working: dict[int, Order] = {}
        self._waiting: Counter[int] = Counter()

    def enter(self, order: Order) -> None:
        """Take an order up, or again with other terms."""
        self.orders[order.perm_id] = order
        if not order.is_finished and order.perm_id not in self._working:
            self._working[order.perm_id] = order
            self._waiting[order.contract.con_id] += 1

    def leave(self, order: Order) -> bool:
        """Keep a finished order for the record only; return whether its instrument now has no working orders."""
        if self._working.pop(order.perm_id, None) is None:
            return False
        con_id = order.contract.con_id
        self._waiting[con_id] -= 1
        if self._waiting[con_id]:
            return False
        del self._waiting[con_id]
        return True

    def forget_finished(self) -> None:
        """Forget every finished order."""
        self.orders = dict(self._working)

    def working(self) -> list[Order]:
        """Return the orders that are not finished, oldest first."""
        return list(self._working.values())

    def instruments(self) -> list[int]:
        """Return the instruments that have working orders."""
        return sorted(self._waiting)
