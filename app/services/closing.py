"""Closing what a strategy holds: children first, proof awaited, then the rest; protected again if that fails."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.money import Rounding
from app.domain.orders import Intent, Limit, Market, Order, OrderRef, OrderType, Role, Side, Stop, TimeInForce
from app.domain.signals import Signal
from app.domain.state import State
from app.domain.strategies import StepStatus, Strategy
from app.services.desk import Desk, Proposal, Review, gates_json
from app.services.facts import Facts
from app.services.market import Market as MarketService
from app.services.situation import Situations
from app.services.trail import Trail

log = logging.getLogger(__name__)
PROOF_S = 15.0
"""How long the broker may take to prove that the children are gone."""


@dataclass(frozen=True, slots=True)
class LotClose:
    """How a person would close one lot: the reviewed order, and the children that are withdrawn before it leaves."""

    review: Review
    children: tuple[Order, ...]


class Closing:
    """Takes a strategy's lot off the market without ever leaving its children behind to trade alone."""

    def __init__(self, facts: Facts, market: MarketService, situations: Situations, desk: Desk) -> None:
        self._facts = facts
        self._market = market
        self._situations = situations
        self._desk = desk

    async def close(self, strategy: Strategy, instrument: Instrument, signal: Signal | None, trail: Trail) -> Intent:
        """Sell what the strategy holds once its children are gone; raise UserError with what hindered it."""
        async with self._watched(instrument):
            children = self._children(strategy, instrument)
            await self._withdraw(children)
            held = self._situations.held(instrument, strategy.id)
            if held == 0:
                raise UserError(f"{instrument.symbol} was closed by its own stop or target meanwhile.")
            try:
                return await self._sell(strategy, instrument, signal, held, trail)
            except TapelineError:
                await self._protect(strategy, instrument, held, children)
                raise

    async def propose(self, instrument: Instrument) -> tuple[LotClose, ...]:
        """Return one reviewed close for each lot of the account: each strategy's own, and the rest.

        Raise UserError when nothing is held. Nothing is sent or cancelled yet.
        """
        async with self._watched(instrument):
            lots = self._lots(instrument)
            if not lots:
                raise UserError(f"No {instrument.symbol} is held, so there is nothing to close.")
            closes = []
            for strategy, held in lots:
                review = await self._desk.review(self._proposal(strategy, instrument, None, held))
                closes.append(LotClose(review, tuple(self._children(strategy, instrument))))
            return tuple(closes)

    async def carry_out(self, close: LotClose) -> Intent:
        """Withdraw the lot's children, then send exactly what was reviewed; raise UserError with what hindered it."""
        proposal = close.review.proposal
        instrument, strategy = proposal.instrument, proposal.strategy
        async with self._watched(instrument):
            fresh = await self._desk.review(proposal)
            if not fresh.is_fit:
                raise UserError(fresh.why_not)
            children = self._children(strategy, instrument)
            await self._withdraw(children)
            held = self._held(strategy, instrument)
            try:
                if -held * proposal.side.sign != proposal.quantity:
                    raise UserError(f"{held} {instrument.symbol} are held by now; nothing was sent. Close them anew.")
                return await self._desk.submit(close.review)
            except TapelineError:
                if held != 0:
                    await self._protect(strategy, instrument, held, children)
                raise

    @asynccontextmanager
    async def _watched(self, instrument: Instrument) -> AsyncIterator[None]:
        await self._market.watch(instrument)
        try:
            await self._market.first_tick(instrument.con_id)
            yield
        finally:
            await self._market.unwatch(instrument.con_id)

    def _lots(self, instrument: Instrument) -> list[tuple[Strategy | None, Decimal]]:
        strategies = self._facts.state.strategies.values()
        lots = [(strategy, self._situations.held(instrument, strategy.id)) for strategy in strategies]
        rest = (None, self._held(None, instrument))
        return [(strategy, held) for strategy, held in (*lots, rest) if held != 0]

    def _held(self, strategy: Strategy | None, instrument: Instrument) -> Decimal:
        """Return a strategy's share, or what the account holds beyond all strategies."""
        if strategy is not None:
            return self._situations.held(instrument, strategy.id)
        shares = (self._situations.held(instrument, each) for each in self._facts.state.strategies)
        return self._situations.held(instrument) - sum(shares, Decimal(0))

    def _children(self, strategy: Strategy | None, instrument: Instrument) -> list[Order]:
        owner = strategy.id if strategy else None
        return [
            order
            for order in self._facts.state.orders.values()
            if order.strategy == owner and order.con_id == instrument.con_id and not order.is_foreign
            if order.role in (Role.STOP, Role.TARGET) and not order.state.is_final
        ]

    async def _withdraw(self, children: list[Order]) -> None:
        for child in children:
            if not self._order(child.ref).state.is_final:
                await self._desk.cancel(child.ref, "closing the position")

        def are_gone(state: State) -> bool:
            return all(state.orders[child.ref].state.is_final for child in children)

        if not await self._facts.until(are_gone, PROOF_S):
            raise UserError("The broker did not confirm that stop and target are cancelled; nothing was sold.")

    async def _sell(
        self, strategy: Strategy, instrument: Instrument, signal: Signal | None, held: Decimal, trail: Trail
    ) -> Intent:
        review = await self._desk.review(self._proposal(strategy, instrument, signal, held))
        with trail.step(ev.StepName.GATES, quantity=abs(held)) as note:
            note.outputs = {"gates": gates_json(review.gates)}
            note.status = StepStatus.OK if review.is_fit else StepStatus.FAILED
        with trail.step(ev.StepName.SIZE, held=held) as note:
            note.outputs = {"quantity": abs(held), "bound_by": "position"}
        return await self._desk.submit(review, cause=trail.last, run=trail.run)

    def _proposal(
        self, strategy: Strategy | None, instrument: Instrument, signal: Signal | None, held: Decimal
    ) -> Proposal:
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

    async def _protect(
        self, strategy: Strategy | None, instrument: Instrument, held: Decimal, children: list[Order]
    ) -> None:
        stops = [child.stop for child in children if child.role is Role.STOP and child.stop is not None]
        if not stops:
            return
        proposal = Proposal(
            decision=f"protect:{ev.new_id()}",
            instrument=instrument,
            side=Side.SELL if held > 0 else Side.BUY,
            type=Stop(stops[0]),
            quantity=abs(held),
            tif=TimeInForce.GTC,
            role=Role.STOP,
            strategy=strategy,
        )
        log.warning("the close of %s failed; its stop at %s is placed again", instrument.symbol, stops[0])
        await self._desk.submit(await self._desk.review(proposal))

    def _order(self, ref: OrderRef) -> Order:
        return self._facts.state.orders[ref]
