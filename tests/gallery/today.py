"""Today: what a person and two strategies do on the practice market, through the product's own doors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from app.compose import SAMPLE, Core
from app.domain import events as ev
from app.domain.bars import Bars, Timeframe
from app.domain.instruments import Instrument
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Intent, Limit, Order, OrderRef, OrderState, Side, StopLimit
from app.domain.prompts import Language, PromptId, PromptKind, PromptVersionId
from app.domain.providers import Price, Provider, ProviderId
from app.domain.signals import SignalId, SignalState, StrategyId
from app.domain.strategies import Mode, Targets
from tests.gallery.past import MODELS, Past
from tests.support.core import Trader

PATIENT_S = 60.0
WORTH = Decimal(100_000)
SWINGS = StrategyId("swing-levels")


@dataclass
class Day:
    """One day in front of the window."""

    trader: Trader

    @property
    def core(self) -> Core:
        """The product behind it."""
        return self.trader.core

    async def begin(self, address: str) -> None:
        """Set up the model and the strategies, and remember the weeks before."""
        core = self.core
        price = Price(MODELS[0], Decimal("0.20"), Decimal("0.60"))
        local = Provider(ProviderId("local"), "This computer", address, MODELS[0], needs_key=False, is_in_use=True)
        await core.facts.enter(ev.ProviderSaved(at=core.clock.now(), provider=replace(local, prices=(price,))))
        versions = await self._written()
        strategy = replace(SAMPLE, mode=Mode.AUTO, resumed=core.clock.market(), is_scheduled=True)
        swings = replace(
            SAMPLE, id=SWINGS, name="Swing levels", symbols=(*SAMPLE.symbols, "SPY"), mode=Mode.ASK,
            resumed=core.clock.market(), parameters=replace(SAMPLE.parameters, targets=Targets.LEVELS),
        )  # fmt: skip
        await core.facts.enter(*(ev.StrategySaved(at=core.clock.now(), strategy=one) for one in (strategy, swings)))
        past = Past(strategy, self.trader.account, core.runs._calendar, versions, WORTH)
        await core.facts.enter(*past.facts(await self._daily()))
        await core.prompts.performance.refresh()

    async def trade(self) -> None:
        """Run the strategies and leave an order in every state."""
        await self.core.schedule.run_now(self.core.facts.state.strategies[SAMPLE.id])
        await self._run_out(SAMPLE.id)
        await self._orders()
        await self._ask()

    async def differ(self) -> None:
        """Have somebody trade in TWS, and our ledger believe in two shares that nobody has."""
        trader = self.trader
        ibm = await trader.instrument("IBM")
        now = self.core.clock.now()
        id_ = ExecId("0000e0d5.6a11ce01.01.01")
        invented = Fill(
            id_, trader.account, ibm.con_id, "IBM", Side.BUY, Decimal(2), trader.last(ibm), now, commission=Decimal(1),
            currency="USD",
        )  # fmt: skip
        await self.core.facts.enter(ev.Filled(at=now, fill=invented))
        self.core.session.match_again()
        await trader.until_view(lambda view: bool(view.differences), PATIENT_S)

    async def _written(self) -> tuple[PromptVersionId, ...]:
        """Return three versions of the daily prompt and a fourth of another, oldest first."""
        kept = self.core.prompts.kept
        daily = next(
            one for one in kept.all() if (one.kind, one.language) == (PromptKind.DAILY, Language.EN) and one.is_default
        )
        text = (await kept.text(daily.active)).text
        second = await kept.edit(daily.id, text + "\nName the nearest support first.\n", note="support first")
        brief = text + "\nBe brief: three sentences of reasoning.\n"
        third = await kept.edit(daily.id, brief, note="three sentences")
        own = await kept.create("Daily, price action only", PromptKind.DAILY, Language.EN, text)
        return (daily.active, second.id, third.id, own.active)

    async def _daily(self) -> dict[Instrument, Bars]:
        found = {}
        for symbol in SAMPLE.symbols:
            instrument = await self.trader.instrument(symbol)
            found[instrument] = (await self.core.market.load(instrument, Timeframe.D1, 800)).bars
        return found

    async def _run_out(self, strategy: StrategyId) -> None:
        """Wait until the runs of a strategy have ended and the orders they led to stand."""
        batch = self.core.batches.of(strategy)
        if batch is not None:
            await batch.ended()
        await self.trader.until(lambda state: not _unsettled(state.orders.values()), PATIENT_S)

    async def _orders(self) -> None:
        trader = self.trader
        aapl, fb, goog = [await trader.instrument(symbol) for symbol in ("AAPL", "FB", "GOOG")]
        await trader.bought(aapl, 12)
        await self._stands(await trader.place(trader.proposal(goog, Limit(trader.near(goog, -4)), 3)))
        high = StopLimit(trader.near(fb, 3), trader.near(fb, 3.5))
        await self._stands(await trader.place(trader.proposal(fb, high, 40)))
        dropped = await self._stands(await trader.place(trader.proposal(goog, Limit(trader.near(goog, -6)), 2)))
        await self.core.desk.cancel(dropped, "hand")
        await trader.until_state(dropped, OrderState.CANCELLED, within_s=PATIENT_S)
        await trader.gateway.fault("reject_after_accept", code=201)
        refused = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -2)), 5))
        await trader.until_state(refused.entry.ref, OrderState.REJECTED, within_s=PATIENT_S)
        await trader.gateway.fault("partial", sizes=[30])
        part = await trader.place(trader.proposal(fb, Limit(trader.near(fb, 0.2)), 80))
        await trader.until(lambda state: state.orders[part.entry.ref].filled, PATIENT_S)
        limit = float(trader.near(aapl, -5))
        await trader.gateway.fault("manual_order", symbol="AAPL", action="BUY", quantity=15, type="LMT", limit=limit)
        self.core.session.match_again()
        await trader.until(lambda state: any(order.is_foreign for order in state.orders.values()), PATIENT_S)

    async def _stands(self, intent: Intent) -> OrderRef:
        await self.trader.until_state(intent.entry.ref, OrderState.ACCEPTED, within_s=PATIENT_S)
        return intent.entry.ref

    async def _ask(self) -> None:
        """Fill the inbox: some signals wait, one was rejected and one sleeps."""
        core = self.core
        strategy = core.facts.state.strategies[SWINGS]
        batch = core.batches.start(SWINGS, strategy.symbols, side_by_side=4)
        await batch.ended()
        waiting = [
            one for one in core.facts.state.signals.values()
            if one.strategy == SWINGS and one.state is SignalState.ACTIVE and one.analysis.actionable
        ]  # fmt: skip
        if len(waiting) > 2:
            await core.inbox.reject(waiting[0].id, "earnings tomorrow")
            await core.inbox.snooze(waiting[1].id, core.clock.market() + timedelta(hours=1))

    @property
    def prompt(self) -> PromptId:
        """Return the prompt that has several versions."""
        return max(self.core.prompts.kept.all(), key=lambda one: len(one.versions)).id

    def speaking(self) -> SignalId | None:
        """Return a signal that waits and that a model has spoken about."""
        state = self.core.facts.state
        waiting = [one for one in state.signals.values() if one.state is SignalState.ACTIVE and one.reading]
        return waiting[-1].id if waiting else None


def _unsettled(orders: Iterable[Order]) -> bool:
    return any(order.state in (OrderState.INTENDED, OrderState.SENT) for order in orders)
