"""Shares for short sales: most stocks have plenty, some must be found first, a few are never found."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from app.practice.contracts import Contract
from app.practice.exchange.order import Order

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway

PLENTY = 10_000_000
# Market seconds until the shares of a stock that is hard to borrow are found.
SEARCH_SECONDS = 30.0
_SPREAD = 2_654_435_761
_HARD_PERCENT, _NEVER_PERCENT = 6, 1


def shares_to_borrow(contract: Contract) -> int:
    """Return how many shares are there at once: plenty, or none for the few stocks that are hard to borrow."""
    return 0 if _rank(contract) < _HARD_PERCENT else PLENTY


def _rank(contract: Contract) -> int:
    """Return a number from 0 to 99 that the id alone decides; the stocks with real history rank highest."""
    return 99 if contract.con_id < 900_000_100 else (contract.con_id * _SPREAD >> 8) % 100


class Locating:
    """Says when the shares of a short sale are there."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def found_at(self, order: Order, at: float) -> float:
        """Return the moment from which an order may sell: now, later, or never (infinite)."""
        if order.contract.sec_type != "STK":
            return at
        short = self._short_after(order)
        if short <= 0:
            return at
        wanted = self._gateway.faults.take("locate", order.client_id, order.contract.symbol)
        if wanted is not None:
            return math.inf if wanted.get("never") else at + float(wanted.get("after_s", SEARCH_SECONDS))
        if short <= shares_to_borrow(order.contract):
            return at
        return math.inf if _rank(order.contract) < _NEVER_PERCENT else at + SEARCH_SECONDS

    def _short_after(self, order: Order) -> Decimal:
        holding = self._gateway.trading.accounts[order.terms.account].holdings.get(order.contract.con_id)
        return order.remaining - (holding.quantity if holding is not None else 0)
