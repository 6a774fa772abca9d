"""Runs: one strategy looks at one instrument, concludes, and acts as far as its mode lets it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from app.domain import events as ev
from app.domain.bulk import bulk
from app.domain.errors import Retryable, TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.orders import Intent
from app.domain.signals import Analysis, Policy, RunId, Signal, SignalId, StrategyId
from app.domain.strategies import Mode, Run, RunStatus, Strategy
from app.runtime.clock import Clock
from app.services.conclusion import Inputs, conclude, signal_of
from app.services.facts import Facts
from app.services.look import Look
from app.services.market import Market
from app.services.opinions import Opinions
from app.services.ports import Calendar, Pack
from app.services.review import Review
from app.services.run_result import RunResult
from app.services.signal_orders import SignalOrders
from app.services.splits import Paused
from app.services.trail import Trail, flat

log = logging.getLogger(__name__)
PACKED = 1024
"""So many strategies and listings are kept packed, since each run stores them as they are."""


class Runs:
    """Executes strategies, one instrument at a time, each step written down with what it rests on."""

    def __init__(
        self,
        facts: Facts,
        market: Market,
        calendar: Calendar,
        orders: SignalOrders,
        opinions: Opinions,
        pack: Pack,
        clock: Clock,
        longest_s: Callable[[], float] = lambda: 300.0,
    ) -> None:
        """Compose it; `longest_s` says how long a run may take until it has its signal."""
        self._facts = facts
        self._market = market
        self._look = Look(market, clock)
        self._calendar = calendar
        self._orders = orders
        self._opinions = opinions
        self._pack = lru_cache(PACKED)(lambda record: pack(record).encode())
        self._clock = clock
        self._longest_s = longest_s

    async def run(
        self, strategy_id: StrategyId, symbol: str, *, slot: str | None = None, mode: str | None = None
    ) -> RunResult:
        """Run a strategy for one symbol, in its own mode unless another is named.

        Raise UserError when it cannot begin; everything that goes wrong later is in the result.
        """
        strategy = self._strategy(strategy_id)
        if mode is not None:
            strategy = replace(strategy, mode=Mode(mode))
        run, began = RunId(ev.new_id()), self._clock.monotonic()
        started = Run(run, strategy.id, symbol, None, slot, RunStatus.RUNNING, self._clock.now())
        fact = ev.RunStarted(at=started.started, run=run, started=started)
        await self._facts.enter(fact)
        try:
            result = await self._execute(strategy, symbol, Trail(self._facts, self._clock, run, fact.id))
        except Paused as why:
            result = RunResult(run, RunStatus.REFUSED, str(why))
        except TapelineError as error:
            log.warning("the run of %s for %s failed: %s", strategy.name, symbol, error)
            result = RunResult(run, RunStatus.FAILED, str(error))
        except BaseException:
            await self._finish(run, RunStatus.INTERRUPTED, "The run was interrupted.", began)
            raise
        await self._finish(run, result.status, result.reason, began)
        return result

    async def approve(self, signal_id: SignalId) -> Review:
        """Return the reviewed order of a signal that waits for a person; submit it through `submit`."""
        signal = self._facts.state.signals.get(signal_id)
        if signal is None:
            raise UserError(f"There is no signal {signal_id}.")
        return await self._orders.approve(signal)

    def why_not(self, signal: Signal) -> str:
        """Return why a signal leads to no order as things stand, nothing when it may lead to one."""
        return self._orders.why_not(signal)

    async def submit(self, review: Review) -> Intent:
        """Place the approved order of a signal, as the next steps of that signal's own run."""
        return await self._orders.submit(review)

    def cancel_readings(self, strategy: StrategyId) -> None:
        """End the readings under way for a strategy; its runs come to their end without them."""
        self._opinions.cancel(strategy)

    def _strategy(self, strategy_id: StrategyId) -> Strategy:
        strategy = self._facts.state.strategies.get(strategy_id)
        if strategy is None:
            names = ", ".join(sorted(self._facts.state.strategies)) or "none"
            raise UserError(f"There is no strategy {strategy_id}; there are: {names}.")
        return strategy

    async def _finish(self, run: RunId, status: RunStatus, reason: str, began: float) -> None:
        took = round((self._clock.monotonic() - began) * 1000, 3)
        finished = ev.RunFinished(at=self._clock.now(), run=run, status=status, reason=reason, duration_ms=took)
        await self._facts.enter(finished)

    async def _execute(self, strategy: Strategy, symbol: str, trail: Trail) -> RunResult:
        """Come to a signal in the time there is for it, then act: an order on its way is never cut off."""
        longest_s = self._longest_s()
        try:
            async with asyncio.timeout(longest_s) as limit:
                found = await self._inputs(strategy, symbol, trail)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise Retryable(
                f"It had no signal after {longest_s:g} s, the longest that a run may take, and was ended; "
                "nothing was ordered."
            ) from error
        if isinstance(found, RunResult):
            return found
        inputs, analysis = found
        signal = await self._raise(inputs, analysis, trail)
        return await self._orders.act(strategy, inputs.instrument, signal, trail)

    async def _inputs(self, strategy: Strategy, symbol: str, trail: Trail) -> tuple[Inputs, Analysis] | RunResult:
        """Return all that the signal is drawn from, or how the run ends where nothing may be traded."""
        market = self._clock.market()
        instrument, policy = await self._begin(strategy, symbol, market, trail)
        if why := self._orders.why_paused(instrument):
            raise Paused(why)
        primary, confirming = await self._look.load(strategy, instrument, trail)
        inputs = Inputs(strategy, instrument, market, primary, confirming, policy)
        analysis = self._look.analyse(inputs, trail)
        return replace(inputs, opinion=await self._opinions.of(inputs, analysis, trail)), analysis

    async def _begin(
        self, strategy: Strategy, symbol: str, market: datetime, trail: Trail
    ) -> tuple[Instrument, Policy]:
        """Keep the strategy and the listing as they are now: what they say later changes nothing in this run."""
        policy = self._opinions.policy_of(strategy)
        with trail.step(ev.StepName.LOAD_STRATEGY, strategy=strategy.id, symbol=symbol, market=market) as note:
            note.outputs = {"name": strategy.name, "mode": strategy.mode.value, "policy": policy.value}
            instrument = await self._market.resolve(symbol)
            kept = [bulk(self._pack(record), self._clock.now(), is_dense=True) for record in (strategy, instrument)]
            note.keep, note.digest = tuple(kept), kept[0].digest
            note.outputs |= {"instrument": kept[1].digest, **flat(strategy.parameters)}
        return instrument, policy

    async def _raise(self, inputs: Inputs, analysis: Analysis, trail: Trail) -> Signal:
        assert trail.run is not None
        began = self._clock.monotonic()
        signal = signal_of(
            inputs,
            conclude(inputs, analysis),
            self._calendar,
            id_=SignalId(ev.new_id()),
            run=trail.run,
            raised=self._clock.now(),
        )
        took = round((self._clock.monotonic() - began) * 1000, 3)
        fact = ev.SignalRaised(at=signal.raised, cause=trail.last, run=trail.run, signal=signal, duration_ms=took)
        await self._facts.enter(fact)
        trail.last = fact.id
        return signal
