"""The market as the exchange sees it: its own trades print on the tape, and everybody who watches sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.practice.market import Quote

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway

LEVELS = 10


class Floor:
    """The venue of the exchange."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def quote(self, con_id: int, now: float) -> Quote:
        """Return what the market shows."""
        return self._gateway.market.quote(con_id, now)

    def watch(self, con_id: int) -> None:
        """Want the ticks of an instrument."""
        self._gateway.market.watch(con_id)

    def unwatch(self, con_id: int) -> None:
        """Want them no more."""
        self._gateway.market.unwatch(con_id)

    def ladder(self, con_id: int, is_buy: bool, price: Any, at: float) -> Sequence[tuple[float, int]]:
        """Return what can be bought (or sold) at a quote or tick: its own best price first, then ever worse ones."""
        best, size = (price.ask, price.ask_size) if is_buy else (price.bid, price.bid_size)
        contract = self._gateway.book.get(con_id)
        step = float(contract.min_tick) if contract is not None else 0.01
        return [
            (round(best + (step if is_buy else -step) * level, 6), max(size, 1) * (1 + level))
            for level in range(LEVELS)
        ]

    def record_trade(self, con_id: int, price: float, size: int, at: float) -> None:
        """Print a trade and show it to the watchers; the exchange itself does not match it again."""
        gateway = self._gateway
        gateway.market.record_trade(con_id, price, size, at)
        quote = gateway.market.last_tick(con_id, at)
        gateway.show(quote._replace(at=at, price=price, size=size))
