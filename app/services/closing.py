"""Closing what is held: what belongs to the lot is withdrawn, proof awaited, then the rest is sent; never left bare."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.money import Rounding
from app.domain.orders import Intent, Limit, Market, Order, OrderState, OrderType, Role, Side, Stop, TimeInForce
from app.domain.signals import RunId, Signal
from app.domain.state import State
from app.domain.strategies import StepStatus, Strategy
from app.runtime.tasks import Tasks
from app.services.desk import Desk, Proposal, Review, gates_json
from app.services.facts import Facts
from app.services.market import Market as MarketService
from app.services.session import Session
from app.services.situation import Situations
from app.services.trail import Trail

log = logging.getLogger(__name__)
PROOF_S = 15.0
"""How long the broker may take to prove that what was withdrawn is gone."""
PROTECT_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class LotClose:
    """How a person would close one lot: the reviewed order, and the orders that are withdrawn before it leaves."""

    review: Review
    children: tuple[Order, ...]


class Closing:
    """Takes a lot off the market without leaving its orders behind to trade alone, or the lot behind without a stop."""

    def __init__(
        self, facts: Facts, market: MarketService, situations: Situations, desk: Desk, session: Session, tasks: Tasks
    ) -> None:
        self._facts = facts
        self._market = market
        self._situations = situations
        self._desk = desk
        self._session = session
        self._tasks = tasks

    async def close(self, strategy: Strategy, instrument: Instrument, signal: Signal, trail: Trail) -> Intent:
        """Sell what the strategy holds once its other orders are gone; raise UserError with what hindered it."""
        async with self._watched(instrument):
            first = await self._desk.review(self._proposal(strategy, instrument, signal))
            if not first.is_fit:
                _write_gates(trail, first)
                raise UserError(first.why_not)
            async with self._withdrawn(strategy, instrument):
                review = await self._desk.review(self._proposal(strategy, instrument, signal))
                _write_gates(trail, review)
                with trail.step(ev.StepName.SIZE, held=self._held(strategy, instrument)) as note:
                    note.outputs = {"quantity": review.intent.entry.quantity, "bound_by": "position"}
                return await self._desk.submit(review, cause=trail.last, run=trail.run)

    async def propose(self, instrument: Instrument) -> tuple[LotClose, ...]:
        """Return one reviewed close for each lot of the account: each strategy's own, and the rest.

        Raise UserError when nothing is held. Nothing is sent or cancelled yet.
        """
        async with self._watched(instrument):
            owners = self._owners(instrument)
            if not owners:
                raise UserError(f"No {instrument.symbol} is held, so there is nothing to close.")
            return tuple([await self._proposed(owner, instrument, None) for owner in owners])

    async def propose_lot(self, strategy: Strategy, instrument: Instrument, signal: Signal) -> LotClose:
        """Return the reviewed close of a strategy's lot that a signal asks for; nothing is sent or cancelled yet."""
        async with self._watched(instrument):
            return await self._proposed(strategy, instrument, signal)

    async def carry_out(self, close: LotClose, *, cause: ev.EventId | None = None, run: RunId | None = None) -> Intent:
        """Withdraw the lot's orders, then send exactly what was reviewed; raise UserError with what hindered it."""
        proposal = close.review.proposal
        instrument, strategy = proposal.instrument, proposal.strategy
        async with self._watched(instrument):
            fresh = await self._desk.review(proposal)
            if not fresh.is_fit:
                raise UserError(fresh.why_not)
            async with self._withdrawn(strategy, instrument):
                held = self._held(strategy, instrument)
                if -held * proposal.side.sign != proposal.quantity:
                    raise UserError(f"{held} {instrument.symbol} are held by now; nothing was sent. Close them anew.")
                return await self._desk.submit(close.review, cause=cause, run=run)

    @asynccontextmanager
    async def _watched(self, instrument: Instrument) -> AsyncIterator[None]:
        await self._market.watch(instrument)
        try:
            await self._market.first_tick(instrument.con_id)
            yield
        finally:
            await self._market.unwatch(instrument.con_id)

    @asynccontextmanager
    async def _withdrawn(self, strategy: Strategy | None, instrument: Instrument) -> AsyncIterator[None]:
        """Take the lot's own orders off the market; whatever happens then, what is still held gets a stop again."""
        companions = self._companions(strategy, instrument)
        try:
            await self._withdraw(companions)
            yield
        finally:
            work = self._keep_protected(strategy, instrument, companions)
            self._tasks.spawn(work, name=f"protect {instrument.symbol}")

    async def _withdraw(self, companions: list[Order]) -> None:
        for order in companions:
            if not self._facts.state.orders[order.ref].state.is_final:
                await self._desk.cancel(order.ref, "closing the position")
        if not await self._facts.until(lambda state: _are_gone(state, companions), PROOF_S):
            raise UserError("The broker did not confirm that stop and target are cancelled; nothing was sent.")
        await self._session.matched(PROOF_S)  # a fill may have been quicker than the cancel

    async def _proposed(self, owner: Strategy | None, instrument: Instrument, signal: Signal | None) -> LotClose:
        review = await self._desk.review(self._proposal(owner, instrument, signal))
        return LotClose(review, tuple(self._companions(owner, instrument)))

    def _owners(self, instrument: Instrument) -> list[Strategy | None]:
        owners = (*self._facts.state.strategies.values(), None)
        return [owner for owner in owners if self._held(owner, instrument) != 0]

    def _held(self, strategy: Strategy | None, instrument: Instrument) -> Decimal:
        """Return a strategy's share, or what the account holds beyond all strategies."""
        if strategy is not None:
            return self._situations.held(instrument, strategy.id)
        shares = (self._situations.held(instrument, each) for each in self._facts.state.strategies)
        return self._situations.held(instrument) - sum(shares, Decimal(0))

    def _companions(self, strategy: Strategy | None, instrument: Instrument) -> list[Order]:
        """Return what still works for a lot: the rest of its entry first, then what protects it.

        The children of an entry that has not filled belong to no lot yet and stay.
        """
        owner = strategy.id if strategy else None
        mine = [
            order
            for order in self._facts.state.orders.values()
            if order.strategy == owner and order.con_id == instrument.con_id
            if order.account == self._session.view.account and not order.is_foreign and not order.state.is_final
            if order.role is not Role.CLOSE and self._belongs_to_lot(order)
        ]
        return sorted(mine, key=lambda order: order.role is not Role.ENTRY)

    def _belongs_to_lot(self, order: Order) -> bool:
        intent = self._facts.state.intents.get(order.intent) if order.intent else None
        if intent is None:
            return False
        if order.role is Role.ENTRY:
            return order.filled > 0
        entry = self._facts.state.orders[intent.entry.ref]
        return entry.role is not Role.ENTRY or entry.filled > 0

    def _proposal(self, strategy: Strategy | None, instrument: Instrument, signal: Signal | None) -> Proposal:
        held = self._held(strategy, instrument)
        if held == 0:
            raise UserError(f"{instrument.symbol} was closed by its own stop or target meanwhile.")
        side = Side.SELL if held > 0 else Side.BUY
        return Proposal(
            decision=f"close:{signal.id}" if signal else f"close:{ev.new_id()}",
            instrument=instrument,
            side=side,
            type=self._type(instrument, side),
            quantity=abs(held),
            role=Role.CLOSE,
            strategy=strategy,
            signal=signal,
        )

    def _type(self, instrument: Instrument, side: Side) -> OrderType:
        """Return MKT while the exchange is open, otherwise a limit at the collar."""
        if self._situations.is_open(instrument):
            return Market()
        quote = self._market.quote(instrument.con_id)
        if quote is None or not quote.last:
            raise UserError(f"The last price of {instrument.symbol} is unknown, so it cannot be closed now.")
        beyond = 1 + side.sign * self._situations.limits.collar_percent / 100
        rounding = Rounding.DOWN if side is Side.BUY else Rounding.UP
        return Limit(instrument.round_to_tick(Decimal(str(quote.last)) * beyond, rounding))

    # protection

    async def _keep_protected(self, strategy: Strategy | None, instrument: Instrument, withdrawn: list[Order]) -> None:
        """Once the close has come to its end, put the stop back for what is still held; try until it stands."""
        stop = next((order.stop for order in withdrawn if order.role is Role.STOP), None)
        if stop is None:
            return
        while True:
            await self._facts.until(lambda state: not self._is_closing(state, strategy, instrument), 3600.0)
            if self._is_closing(self._facts.state, strategy, instrument) or not self._session.view.is_ready:
                await asyncio.sleep(PROTECT_AGAIN_S)
                continue
            if self._is_safe(strategy, instrument):
                return
            try:
                await self._withdraw(self._companions(strategy, instrument))
                await self._protect(strategy, instrument, stop)
            except TapelineError as error:
                log.error("%s is held without a stop: %s", instrument.symbol, error)
                await asyncio.sleep(PROTECT_AGAIN_S)

    def _is_closing(self, state: State, strategy: Strategy | None, instrument: Instrument) -> bool:
        owner = strategy.id if strategy else None
        return any(
            order.role is Role.CLOSE and order.strategy == owner and order.con_id == instrument.con_id
            for order in state.orders.values()
            if not order.state.is_final and not order.is_foreign
        )

    def _is_safe(self, strategy: Strategy | None, instrument: Instrument) -> bool:
        works = self._companions(strategy, instrument)
        is_stopped = any(order.role is Role.STOP and not order.cancel_asked for order in works)
        return is_stopped or self._bare(strategy, instrument) == 0

    def _bare(self, strategy: Strategy | None, instrument: Instrument) -> Decimal:
        """Return how much of a lot the account really holds: what was sold elsewhere needs no stop."""
        lot, whole = self._held(strategy, instrument), self._situations.held(instrument)
        return min(lot, whole, key=abs) if lot * whole > 0 else Decimal(0)

    async def _protect(self, strategy: Strategy | None, instrument: Instrument, stop: Decimal) -> None:
        held = self._bare(strategy, instrument)
        if held == 0:
            return
        proposal = Proposal(
            decision=f"protect:{ev.new_id()}",
            instrument=instrument,
            side=Side.SELL if held > 0 else Side.BUY,
            type=Stop(stop),
            quantity=abs(held),
            tif=TimeInForce.GTC,
            role=Role.STOP,
            strategy=strategy,
        )
        log.warning("%s is still held; its stop at %s is placed again", instrument.symbol, stop)
        await self._desk.submit(await self._desk.review(proposal))


def _are_gone(state: State, orders: list[Order]) -> bool:
    """Say whether all these orders are over, with every execution of those that filled."""
    now = [state.orders[order.ref] for order in orders]
    return all(order.state.is_final and (order.state is not OrderState.FILLED or not order.remaining) for order in now)


def _write_gates(trail: Trail, review: Review) -> None:
    with trail.step(ev.StepName.GATES, quantity=review.intent.entry.quantity) as note:
        note.outputs = {"gates": gates_json(review.gates)}
        note.status = StepStatus.OK if review.is_fit else StepStatus.FAILED
