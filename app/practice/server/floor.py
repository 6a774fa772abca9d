"""The market as the exchange sees it: its own trades print on the tape, and everybody who watches sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.practice.market import Quote
from app.practice.market.depth import Depth

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway


class Floor:
    """The venue of the exchange."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._books: dict[int, tuple[tuple[float, ...], Depth]] = {}

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
        """Return what can be bought (or sold) at a quote or tick: its own best price first, then ever worse ones.

        The same quote has the same book, whatever was traded of it meanwhile.
        """
        shown = (price.bid, price.ask, price.bid_size, price.ask_size)
        known = self._books.get(con_id)
        if known is None or known[0] != shown:
            known = self._books[con_id] = (shown, self._gateway.market.depth(con_id, at))
        levels = known[1].asks if is_buy else known[1].bids
        best = (price.ask, price.ask_size) if is_buy else (price.bid, price.bid_size)
        behind = (level for level in levels if (level[0] > best[0] if is_buy else level[0] < best[0]))
        return [best, *((level[0], level[1]) for level in behind)]

    def record_trade(self, con_id: int, price: float, size: int, at: float) -> None:
        """Print a trade and show it to the watchers; the exchange itself does not match it again."""
        gateway = self._gateway
        gateway.market.record_trade(con_id, price, size, at)
        quote = gateway.market.last_tick(con_id, at)
        gateway.show(quote._replace(at=at, price=price, size=size))
