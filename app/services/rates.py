"""Rates of exchange into an account's base currency: the broker's own first, else the quote of the currency pair."""

from __future__ import annotations

import logging
from decimal import Decimal

from app.domain.broker import AccountFigures
from app.domain.errors import TapelineError
from app.domain.holdings import FxRate
from app.domain.instruments import Instrument, InstrumentKind
from app.runtime.clock import Clock
from app.services.market import Market

log = logging.getLogger(__name__)
BROKER = "the broker's account values"
BASE = "the base currency"


class Rates:
    """Knows what a unit of a currency is worth in the base, who says so, and since when."""

    def __init__(self, market: Market, clock: Clock) -> None:
        self._market = market
        self._clock = clock
        self._base: dict[str, str] = {}
        self._told: dict[tuple[str, str], FxRate] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._pairs: dict[tuple[str, str], tuple[Instrument, bool]] = {}

    def take(self, figures: AccountFigures) -> None:
        """Take what the broker's account values say; a rate told anew is as young as that."""
        account = figures.account
        self._base[account] = figures.currency
        for each in figures.currencies:
            key = (account, each.currency)
            if each.rate is not None and self._counts.get(key) != each.told:
                self._counts[key] = each.told
                self._told[key] = FxRate(each.currency, each.rate, BROKER, self._clock.monotonic())

    def rate(self, currency: str, account: str) -> FxRate | None:
        """Return the rate of a currency into an account's base, None while nobody told one."""
        base = self._base.get(account)
        if base and base == currency:
            return FxRate(currency, Decimal(1), BASE)
        return self._told.get((account, currency)) or (self._quoted(currency, base) if base else None)

    def all(self, account: str) -> tuple[FxRate, ...]:
        """Return the rates of the other currencies that the broker names for an account."""
        base = self._base.get(account)
        return tuple(rate for (of, currency), rate in self._told.items() if of == account and currency != base)

    async def find(self, currency: str, account: str) -> None:
        """Have the pair of a currency and the base quoted where no rate is known; without one it stays unknown."""
        base = self._base.get(account)
        if not base or base == currency or (account, currency) in self._told or (currency, base) in self._pairs:
            return
        try:
            pair = await self._pair(currency, base) or await self._pair(base, currency)
            if pair is None:
                return
            self._pairs[currency, base] = (pair, pair.symbol == base)
            await self._market.watch(pair)
            await self._market.first_tick(pair.con_id, is_traded=False)
        except TapelineError as error:
            log.info("no rate of %s into %s: %s", currency, base, error)

    async def _pair(self, of: str, into: str) -> Instrument | None:
        for one in await self._market.search(of):
            if (one.kind, one.symbol, one.currency) == (InstrumentKind.FX, of, into):
                return await self._market.resolve(one.symbol, one.con_id)
        return None

    def _quoted(self, currency: str, base: str) -> FxRate | None:
        pair, is_inverse = self._pairs.get((currency, base), (None, False))
        quote = self._market.quote(pair.con_id) if pair else None
        if pair is None or quote is None:
            return None
        middle = (quote.bid + quote.ask) / 2 if quote.bid and quote.ask else quote.last
        if not middle:
            return None
        rate = Decimal(str(middle))
        return FxRate(currency, 1 / rate if is_inverse else rate, f"{pair.symbol}.{pair.currency}", quote.arrived)
