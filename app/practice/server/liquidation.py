"""Liquidation: when an account no longer has its maintenance margin, the broker sells (order id -1) until it has."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from app.practice.accounts.account import Account
from app.practice.accounts.holding import Holding
from app.practice.wire.terms import OrderTerms

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway

LIQUIDATION_ID = -1
# Market seconds between two looks at the margin of an account that did not trade.
LOOK_EVERY = 1.0
# More than is missing is sold, so that the next tick does not ask for more at once.
CUSHION = Decimal("1.05")


class Liquidation:
    """Looks at the margin of every account and closes positions of those that have too little."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._looked: dict[str, tuple[int, float]] = {}

    def look(self, now: float) -> None:
        """Look at the accounts whose positions changed or whose last look is a while ago."""
        for account in self._gateway.trading.accounts.values():
            revision, looked_at = self._looked.get(account.name, (-1, 0.0))
            if account.revision != revision or now - looked_at >= LOOK_EVERY:
                self._looked[account.name] = (account.revision, now)
                if account.held():
                    self._enforce(account, now)

    def _enforce(self, account: Account, now: float) -> None:
        margin = account.margin()
        missing = (margin.maintenance - margin.equity) * CUSHION
        if missing <= 0 or self._is_under_way(account):
            return
        holdings = [h for h in account.held() if self._gateway.is_open(h.contract, now)]
        for holding in sorted(holdings, key=lambda h: self._weight(account, h), reverse=True):
            need = self._weight(account, holding)
            if need <= 0 or missing <= 0:
                break
            per_unit = need / abs(holding.quantity)
            units = min(abs(holding.quantity), (missing / per_unit).to_integral_value(ROUND_CEILING))
            missing -= units * per_unit
            self._close(account, holding, units, now)

    def _weight(self, account: Account, holding: Holding) -> Decimal:
        return account.in_base(account.need(holding.contract, holding.quantity).maintenance, holding.contract)

    def _is_under_way(self, account: Account) -> bool:
        working = self._gateway.trading.exchange.working()
        return any(o.order_id == LIQUIDATION_ID and o.terms.account == account.name for o in working)

    def _close(self, account: Account, holding: Holding, units: Decimal, now: float) -> None:
        terms = OrderTerms(
            action="SELL" if holding.quantity > 0 else "BUY",
            quantity=units,
            order_type="MKT",
            account=account.name,
        )
        self._gateway.trading.intake.place_foreign(LIQUIDATION_ID, holding.contract, terms, now)
