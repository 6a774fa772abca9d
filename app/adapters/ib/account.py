"""The figures of the followed account: collected as they trickle in, reported together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.adapters.ib.values import exact_or_none
from app.domain.broker import AccountFigures, CurrencyFigures

COALESCE_S = 0.1
_FIELDS = {
    "NetLiquidation": "net_liquidation",
    "TotalCashValue": "cash",
    "BuyingPower": "buying_power",
    "AvailableFunds": "available_funds",
    "InitMarginReq": "initial_margin",
    "MaintMarginReq": "maintenance_margin",
    "GrossPositionValue": "gross_position_value",
}
SUM = "BASE"
"""How IB names the sum over all currencies."""
_BY_CURRENCY = {"ExchangeRate": "rate", "CashBalance": "cash"}


class AccountBook:
    """The newest figures of one account; `tell` hears them at most ten times a second."""

    def __init__(self, tell: Callable[[AccountFigures], None]) -> None:
        self._tell = tell
        self._figures: AccountFigures | None = None
        self._told: AccountFigures | None = None
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, account: str) -> bool:
        """Collect the figures of this account from now on; say whether it was not followed before."""
        if self._figures is not None and self._figures.account == account:
            return False
        self._figures = AccountFigures(account)
        return True

    def forget(self) -> str:
        """Collect nothing any more; return the account that was followed, if any."""
        self.stop()
        followed, self._figures = self._figures, None
        return followed.account if followed else ""

    def note(self, tag: str, value: str, currency: str, account: str) -> None:
        """Take one figure."""
        if self._figures is None or account != self._figures.account:
            return
        if tag in _BY_CURRENCY and currency not in ("", SUM):
            self._note_currency(_BY_CURRENCY[tag], exact_or_none(value), currency)
        name = _FIELDS.get(tag)
        if name is None:
            return
        changes: dict[str, Any] = {name: exact_or_none(value), "currency": currency or self._figures.currency}
        self._set(replace(self._figures, **changes))

    def _note_currency(self, name: str, amount: Decimal | None, currency: str) -> None:
        assert self._figures is not None
        known = {each.currency: each for each in self._figures.currencies}
        before = known.get(currency, CurrencyFigures(currency))
        changes: dict[str, Any] = {name: amount, "told": before.told + 1}
        known[currency] = replace(before, **changes)
        self._set(replace(self._figures, currencies=tuple(known.values())))

    def note_pnl(self, day: float, unrealized: float, realized: float) -> None:
        """Take the profit and loss."""
        if self._figures is not None:
            self._set(
                replace(
                    self._figures,
                    day_pnl=exact_or_none(day),
                    unrealized_pnl=exact_or_none(unrealized),
                    realized_pnl=exact_or_none(realized),
                )
            )

    def flush(self) -> None:
        """Report now what changed."""
        self.stop()
        if self._figures is not None and self._figures != self._told:
            self._told = self._figures
            self._tell(self._figures)

    def stop(self) -> None:
        """Report nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, figures: AccountFigures) -> None:
        self._figures = figures
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COALESCE_S, self.flush)
