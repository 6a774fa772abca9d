"""The market as the exchange sees it: its own trades print on the tape, and everybody who watches sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.practice.market import Quote

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway


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

    def record_trade(self, con_id: int, price: float, size: int, at: float) -> None:
        """Print a trade and show it to the watchers; the exchange itself does not match it again."""
        gateway = self._gateway
        gateway.market.record_trade(con_id, price, size, at)
        quote = gateway.market.last_tick(con_id, at)
        gateway.show(quote._replace(at=at, price=price, size=size))
