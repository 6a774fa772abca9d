"""Closing what is held: what belongs to the lot is withdrawn, proof awaited, then the rest is sent; never left bare."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.money import ZERO, Rounding
from app.domain.orders import Intent, Limit, Market, Order, OrderType, Role, Side
from app.domain.signals import RunId, Signal
from app.domain.strategies import StepStatus, Strategy
from app.services.desk import Desk, Proposal, Review, gates_json
from app.services.lots import Lots
from app.services.market import Market as MarketService
from app.services.protection import Protection
from app.services.situation import Situations
from app.services.trail import Trail

OF_THE_COLLAR = Decimal("0.96")
"""How far towards the collar a limit goes that closes: the price moves on meanwhile, and the gate looks again."""


@dataclass(frozen=True, slots=True)
class LotClose:
    """How a person would close a lot, or a part of it: the reviewed order, and what happens before it leaves.

    `children` are withdrawn, `shrinks` made smaller by its quantity; `held` is the lot as it stood, None where the
    whole of it is closed.
    """

    review: Review
    children: tuple[Order, ...]
    shrinks: tuple[Order, ...] = ()
    held: Decimal | None = None


class Closing:
    """Takes a lot off the market without leaving its orders behind to trade alone, or the lot behind without a stop."""

    def __init__(
        self, lots: Lots, protection: Protection, market: MarketService, situations: Situations, desk: Desk
    ) -> None:
        self.lots = lots
        self._protection = protection
        self._market = market
        self._situations = situations
        self._desk = desk

    async def close(self, strategy: Strategy, instrument: Instrument, signal: Signal, trail: Trail) -> Intent:
        """Sell what the strategy holds once its other orders are gone; raise UserError with what hindered it."""
        async with self._watched(instrument):
            first = await self._desk.review(self._proposal(strategy, instrument, signal))
            if not first.is_fit:
                _write_gates(trail, first)
                raise UserError(first.why_not)
            goes = self.lots.companions(strategy, instrument)
            async with self._protection.makes_room(strategy, instrument, goes, (), ZERO):
                review = await self._desk.review(self._proposal(strategy, instrument, signal))
                _write_gates(trail, review)
                with trail.step(ev.StepName.SIZE, held=self.lots.held(strategy, instrument)) as note:
                    note.outputs = {"quantity": review.intent.entry.quantity, "bound_by": "position"}
                return await self._desk.submit(review, cause=trail.last, run=trail.run)

    async def propose(self, instrument: Instrument) -> tuple[LotClose, ...]:
        """Return one reviewed close for each lot of the account: each strategy's own, and the rest.

        Raise UserError when nothing is held. Nothing is sent or cancelled yet.
        """
        async with self._watched(instrument):
            owners = self.lots.owners(instrument)
            if not owners:
                raise UserError(f"No {instrument.symbol} is held, so there is nothing to close.")
            return tuple([await self._proposed(owner, instrument, None) for owner in owners])

    async def propose_lot(self, strategy: Strategy, instrument: Instrument, signal: Signal) -> LotClose:
        """Return the reviewed close of a strategy's lot that a signal asks for; nothing is sent or cancelled yet."""
        async with self._watched(instrument):
            return await self._proposed(strategy, instrument, signal)

    async def reduce(self, proposal: Proposal) -> LotClose:
        """Return how an order by hand takes something off the lot that it names, reviewed; nothing is sent yet.

        Raise UserError when the lot is smaller than that and others have a share.
        """
        instrument, owner = proposal.instrument, proposal.strategy
        async with self._watched(instrument):
            held = self.lots.held(owner, instrument)
            review = await self._desk.review(replace(proposal, role=self._role(proposal, held)))
            quantity = review.intent.entry.quantity
            works = self.lots.companions(owner, instrument)
            shrinks = tuple(o for o in works if o.role is not Role.ENTRY and quantity < min(abs(held), o.remaining))
            goes = tuple(order for order in works if order not in shrinks)
            return LotClose(review, goes, shrinks, held)

    async def carry_out(self, close: LotClose, *, cause: ev.EventId | None = None, run: RunId | None = None) -> Intent:
        """Make room in the lot, then send exactly what was reviewed; raise UserError with what hindered it."""
        proposal, quantity = close.review.proposal, close.review.intent.entry.quantity
        instrument, strategy = proposal.instrument, proposal.strategy
        async with self._watched(instrument):
            fresh = await self._desk.review(proposal)
            if close.review.override is not None:
                fresh = fresh.overridden(close.review.override)
            if not fresh.is_fit or (why := self._desk.why_stale(close.review)):
                raise UserError(fresh.why_not or why)
            works, smaller = self.lots.companions(strategy, instrument), {order.ref for order in close.shrinks}
            shrinks = [order for order in works if order.ref in smaller]
            goes = [order for order in works if order.ref not in smaller]
            stood = close.held if close.held is not None else -quantity * proposal.side.sign
            async with self._protection.makes_room(strategy, instrument, goes, shrinks, quantity):
                held = self.lots.held(strategy, instrument)
                if held != stood:
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

    async def _proposed(self, owner: Strategy | None, instrument: Instrument, signal: Signal | None) -> LotClose:
        review = await self._desk.review(self._proposal(owner, instrument, signal))
        works = tuple(self.lots.companions(owner, instrument))
        return LotClose(review, works)

    def _role(self, proposal: Proposal, held: Decimal) -> Role:
        """Return what an order against a lot is: one that goes beyond it opens the other side as well."""
        quantity, symbol = proposal.quantity or ZERO, proposal.instrument.symbol
        if quantity <= abs(held) and held * proposal.side.sign < 0:
            return Role.CLOSE
        if proposal.strategy is not None:
            name = proposal.strategy.name
            raise UserError(
                f"{abs(held)} {symbol} are held by {name} and {quantity} would be traded; enter {abs(held)}."
            )
        if others := [owner for owner in self.lots.owners(proposal.instrument) if owner != proposal.strategy]:
            names = ", ".join(owner.name if owner else "by hand" for owner in others)
            raise UserError(
                f"{abs(held)} {symbol} are held by hand and {quantity} would be traded; the rest is held by {names}: "
                "choose a lot and a quantity within it."
            )
        return Role.ENTRY

    def _proposal(self, strategy: Strategy | None, instrument: Instrument, signal: Signal | None) -> Proposal:
        held = self.lots.held(strategy, instrument)
        if held == 0:
            raise UserError(f"{instrument.symbol} was closed meanwhile, by its own stop or target or elsewhere.")
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
        """Return MKT while the exchange is open and trades it, otherwise a limit at the collar."""
        quote = self._market.quote(instrument.con_id)
        if self._situations.is_open(instrument) and not (quote and quote.is_halted):
            return Market()
        if quote is None or not quote.last:
            raise UserError(f"The last price of {instrument.symbol} is unknown, so it cannot be closed now.")
        beyond = 1 + side.sign * self._situations.limits.collar_percent * OF_THE_COLLAR / 100
        rounding = Rounding.DOWN if side is Side.BUY else Rounding.UP
        return Limit(instrument.round_to_tick(Decimal(str(quote.last)) * beyond, rounding))


def _write_gates(trail: Trail, review: Review) -> None:
    with trail.step(ev.StepName.GATES, quantity=review.intent.entry.quantity) as note:
        note.outputs = {"gates": gates_json(review.gates)}
        note.status = StepStatus.OK if review.is_fit else StepStatus.FAILED
