"""From a signal to its order: what hinders it, what is reviewed, and what is sent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.orders import Intent, Limit, Role, Side, limit_price
from app.domain.signals import Direction, RunId, Signal
from app.domain.strategies import Mode, RunStatus, StepStatus, Strategy
from app.runtime.clock import Clock
from app.services.closing import Closing, LotClose
from app.services.desk import Desk, Proposal, Review, gates_json
from app.services.facts import Facts
from app.services.market import Market
from app.services.run_result import RunResult
from app.services.situation import Situations
from app.services.splits import Splits
from app.services.trail import Trail

log = logging.getLogger(__name__)


class SignalOrders:
    """Acts on signals as far as the strategy's mode and the gates let it."""

    def __init__(
        self,
        facts: Facts,
        market: Market,
        situations: Situations,
        desk: Desk,
        closing: Closing,
        splits: Splits,
        clock: Clock,
    ) -> None:
        self._facts = facts
        self._market = market
        self._situations = situations
        self._desk = desk
        self._closing = closing
        self._splits = splits
        self._clock = clock

    async def approve(self, signal: Signal) -> Review:
        """Return the reviewed order of a signal that waits for a person; submit it through `submit`."""
        state = self._facts.state
        strategy, instrument = state.strategies.get(signal.strategy), state.instruments[signal.con_id]
        if strategy is None:
            name = state.strategy_name(signal.strategy)
            raise UserError(f"The strategy {name} of this signal was deleted; place the order by hand.")
        hindrance = self._hindrance(strategy, instrument, signal)
        if hindrance is not None:
            raise UserError(hindrance[1])
        if self._is_close(strategy, instrument, signal):
            return (await self._closing.propose_lot(strategy, instrument, signal)).review
        async with self._watched(instrument):
            return await self._desk.review(self._entry(strategy, instrument, signal))

    def why_not(self, signal: Signal) -> str:
        """Return why a signal leads to no order as things stand, nothing when it may lead to one."""
        strategy = self._facts.state.strategies.get(signal.strategy)
        instrument = self._facts.state.instruments.get(signal.con_id)
        if strategy is None or instrument is None:
            return "Its strategy or instrument is not known any more."
        hindrance = self._hindrance(strategy, instrument, signal)
        return hindrance[1] if hindrance is not None else ""

    def why_paused(self, instrument: Instrument) -> str:
        """Return in one sentence why no strategy trades an instrument now, empty when they may."""
        return self._splits.why_paused(instrument)

    async def submit(self, review: Review) -> Intent:
        """Place the approved order of a signal, as the next steps of that signal's own run."""
        signal = review.proposal.signal
        if signal is None:
            return await self._desk.submit(review)
        cause = self._facts.state.origins.get(str(signal.id))
        trail = Trail(self._facts, self._clock, signal.run, cause)
        _write_review(trail, review)
        if review.proposal.role is Role.CLOSE:
            return await self._closing.carry_out(LotClose(review, ()), cause=trail.last, run=signal.run)
        return await self._desk.submit(review, cause=trail.last, run=signal.run)

    async def act(self, strategy: Strategy, instrument: Instrument, signal: Signal, trail: Trail) -> RunResult:
        """Do what the strategy's mode lets it do with a new signal, each step written to the trail."""
        assert trail.run is not None
        hindrance = self._hindrance(strategy, instrument, signal)
        if hindrance is not None:
            return RunResult(trail.run, hindrance[0], hindrance[1], signal.id)
        if strategy.mode is Mode.OBSERVE:
            return RunResult(trail.run, RunStatus.OBSERVED, "The strategy only observes.", signal.id)
        if strategy.mode is Mode.ASK:
            return RunResult(trail.run, RunStatus.WAITING, "The signal waits for your approval.", signal.id)
        try:
            if self._is_close(strategy, instrument, signal):
                intent = await self._closing.close(strategy, instrument, signal, trail)
                return RunResult(trail.run, RunStatus.ORDERED, "Closing the position.", signal.id, intent)
            return await self._order(strategy, instrument, signal, trail)
        except TapelineError as error:
            return self._unfinished(trail.run, signal, error)

    def _unfinished(self, run: RunId, signal: Signal, error: TapelineError) -> RunResult:
        """Return what came of a run whose order did not leave, or of which it is not known whether it did."""
        log.warning("the order of %s for %s: %s", signal.strategy, signal.analysis.symbol, error)
        intents = self._facts.state.intents.values()
        intent = next((intent for intent in intents if intent.signal == signal.id), None)
        return RunResult(run, RunStatus.FAILED, str(error), signal.id, intent)

    def _is_close(self, strategy: Strategy, instrument: Instrument, signal: Signal) -> bool:
        return signal.analysis.direction is Direction.SELL and self._lot(strategy, instrument) > 0

    def _hindrance(self, strategy: Strategy, instrument: Instrument, signal: Signal) -> tuple[RunStatus, str] | None:
        """Return why this signal leads to no order, whatever the mode; None when it may."""
        analysis, lot = signal.analysis, self._lot(strategy, instrument)
        if why := self.why_paused(instrument):
            return RunStatus.REFUSED, why
        if analysis.direction is Direction.HOLD:
            return RunStatus.HELD, " ".join(analysis.reasons)
        if analysis.direction is Direction.SELL:
            if lot > 0:
                return None
            if not strategy.may_short:
                return RunStatus.REFUSED, f"SELL, but {strategy.name} holds no {instrument.symbol}: nothing to close."
        if analysis.direction is Direction.BUY and lot > 0 and not strategy.may_scale_in:
            return RunStatus.REFUSED, f"BUY, but {strategy.name} is already long {lot} {instrument.symbol}."
        if self._situations.has_working_entry(instrument.con_id, strategy.id):
            return RunStatus.REFUSED, f"An entry of {strategy.name} in {instrument.symbol} is still working."
        if not analysis.actionable:
            return RunStatus.REFUSED, " ".join(analysis.reasons) or "The signal is not actionable."
        return None

    def _lot(self, strategy: Strategy, instrument: Instrument) -> Decimal:
        return self._situations.held(instrument, strategy.id)

    async def _order(self, strategy: Strategy, instrument: Instrument, signal: Signal, trail: Trail) -> RunResult:
        assert trail.run is not None
        async with self._watched(instrument):
            review = await self._desk.review(self._entry(strategy, instrument, signal))
            _write_review(trail, review)
            if review.intent.entry.quantity <= 0:
                return RunResult(trail.run, RunStatus.REFUSED, _too_small(review), signal.id)
            if not review.is_fit:
                return RunResult(trail.run, RunStatus.REFUSED, review.why_not, signal.id)
            intent = await self._desk.submit(review, cause=trail.last, run=trail.run)
        return RunResult(trail.run, RunStatus.ORDERED, "The bracket was sent.", signal.id, intent)

    @asynccontextmanager
    async def _watched(self, instrument: Instrument) -> AsyncIterator[None]:
        """Have fresh quotes of an instrument while something is decided about it."""
        await self._market.watch(instrument)
        try:
            await self._market.first_tick(instrument.con_id)
            yield
        finally:
            await self._market.unwatch(instrument.con_id)

    def _entry(self, strategy: Strategy, instrument: Instrument, signal: Signal) -> Proposal:
        levels = signal.analysis.levels
        if levels is None:
            raise UserError("The signal has no levels to trade on.")
        target = levels.target_2 if strategy.use_second_target else levels.target_1
        side = Side.BUY if signal.analysis.direction is Direction.BUY else Side.SELL
        return Proposal(
            decision=f"signal:{signal.id}",
            instrument=instrument,
            side=side,
            type=Limit(_price(instrument, levels.limit)),
            stop=_price(instrument, levels.stop),
            target=_price(instrument, target),
            role=Role.ENTRY,
            strategy=strategy,
            signal=signal,
        )


def _price(instrument: Instrument, price: float) -> Decimal:
    return instrument.round_to_tick(Decimal(str(price)))


def _too_small(review: Review) -> str:
    size = review.size
    allowed = {name: str(most) for name, most in size.allowed.items()} if size else {}
    return f"Below one lot, so no order: {size.bound_by if size else 'the size'} allows {allowed}."


def _write_review(trail: Trail, review: Review) -> None:
    with trail.step(ev.StepName.GATES, quantity=review.intent.entry.quantity, notional=review.notional) as note:
        note.outputs = {"gates": gates_json(review.gates)}
        note.status = StepStatus.OK if review.is_fit else StepStatus.FAILED
    with trail.step(ev.StepName.SIZE, limit=limit_price(review.intent.entry.type), stop=review.proposal.stop) as note:
        if review.size is not None:
            note.outputs = asdict(review.size)
        else:
            note.outputs = {"quantity": review.intent.entry.quantity, "bound_by": "given"}
        note.status = StepStatus.OK if review.intent.entry.quantity > 0 else StepStatus.FAILED
