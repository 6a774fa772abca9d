"""Fees in another currency than their instrument's: each gets the rate of its time as soon as somebody tells one."""

from __future__ import annotations

from app.domain import events as ev
from app.domain.broker import AccountFigures
from app.domain.holdings import FxRate
from app.domain.ledger import Fill
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.portfolio import Portfolio
from app.services.session_view import SessionView


class Fees:
    """Asks for the rates that are missing and has each fee counted at the first one that is told; then it stands."""

    def __init__(self, facts: Facts, portfolio: Portfolio, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._facts = facts
        self._portfolio = portfolio
        self._clock = clock
        self._tasks = tasks
        self._waiting: dict[tuple[str, str], Fill] = {}
        self._is_asking = False
        bus.on(ev.CommissionReported, lambda fact: self._look_at(facts.state.fill_of(fact.account, fact.exec_id)))
        bus.on(ev.Filled, lambda fact: self._look_at(facts.state.fill_of(fact.fill.account, fact.fill.exec_id)))
        bus.on(ev.InstrumentLearned, lambda fact: self._look_at_all())
        bus.on(SessionView, lambda view: self._look_at_all() if view.is_ready else None)
        bus.on(AccountFigures, lambda figures: self._convert())

    def _look_at_all(self) -> None:
        for fill in self._facts.state.fills.values():
            self._look_at(fill)

    def _look_at(self, fill: Fill | None) -> None:
        if fill is None or fill.commission is None or fill.rate is not None:
            return
        self._waiting[fill.key] = fill
        self._convert()
        if self._waiting and not self._is_asking:
            self._is_asking = True
            self._tasks.spawn(self._ask(), name="rates of fees")

    async def _ask(self) -> None:
        """Have the pairs of the currencies quoted where the broker names no rate."""
        try:
            for fill in tuple(self._waiting.values()):
                await self._portfolio.find_rate(fill.currency, fill.account)
                await self._portfolio.find_rate(self._currency(fill), fill.account)
            self._convert()
        finally:
            self._is_asking = False

    def _convert(self) -> None:
        """Count what a rate is known for by now."""
        for key, fill in tuple(self._waiting.items()):
            of, into = (self._portfolio.fx_rate(each, fill.account) for each in (fill.currency, self._currency(fill)))
            if of is None or into is None or not into.rate:
                continue
            del self._waiting[key]
            converted = ev.CommissionConverted(
                at=self._clock.now(),
                exec_id=fill.exec_id,
                account=fill.account,
                currency=fill.currency,
                rate=of.rate / into.rate,
                source=self._source(of, into),
            )
            self._facts.post(converted)

    def _currency(self, fill: Fill) -> str:
        return self._facts.state.instruments[fill.con_id].currency

    def _source(self, of: FxRate, into: FxRate) -> str:
        """Return who told the rates, and when by the market's clock: a late one is not that of the fill's moment."""
        sources = " and ".join(dict.fromkeys(rate.source for rate in (of, into) if rate.rate != 1))
        return f"{sources or of.source}, {self._clock.market():%Y-%m-%d %H:%M} UTC"
