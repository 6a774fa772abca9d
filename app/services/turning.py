"""Reversing a position and guarding one, by hand: reviewed as a whole, then done step by step on the broker's proof."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.money import ZERO
from app.domain.orders import Intent, Market, OrderRef, OrderState, Role, Side, Stop, TimeInForce
from app.domain.state import State
from app.domain.strategies import Strategy
from app.services.closing import Closing, LotClose
from app.services.desk import Desk, Proposal, Review
from app.services.facts import Facts
from app.services.market import Market as MarketService
from app.services.session import Session

PROOF_S = 30.0
"""How long the broker may take to prove that a position is closed before its other side is opened."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """How a position would be turned: its lots are closed as reviewed, then as much is opened on the other side."""

    closes: tuple[LotClose, ...]
    instrument: Instrument
    side: Side
    quantity: Decimal

    @property
    def why_not(self) -> str:
        """What forbids the closing, in words; empty when nothing does."""
        refusals = (close.review.why_not for close in self.closes if not close.review.is_fit)
        return " ".join(dict.fromkeys(refusals))


class Turning:
    """A person's two other acts on a position beside closing it."""

    def __init__(self, closing: Closing, desk: Desk, facts: Facts, session: Session, market: MarketService) -> None:
        self._closing = closing
        self._desk = desk
        self._facts = facts
        self._session = session
        self._market = market

    async def propose_reversal(self, instrument: Instrument) -> Reversal:
        """Return how the whole position would be turned; raise UserError when nothing is held. Nothing is sent yet."""
        closes = await self._closing.propose(instrument)
        held = self._held(instrument)
        if held == 0:
            raise UserError(f"The lots of {instrument.symbol} even out to nothing, so there is nothing to reverse.")
        return Reversal(closes, instrument, Side.SELL if held > 0 else Side.BUY, abs(held))

    async def reverse(self, reversal: Reversal) -> Intent:
        """Close as reviewed, wait for the broker's proof, then open the other side through every gate.

        Raise UserError with what hindered it: where the proof does not come, or a gate refuses, nothing is opened.
        """
        instrument = reversal.instrument
        sent = [(await self._closing.carry_out(close)).entry.ref for close in reversal.closes]
        if not await self._facts.until(lambda state: _are_filled(state, sent), PROOF_S):
            raise UserError(f"The close of {instrument.symbol} is not filled yet; the other side was not opened.")
        await self._session.matched(PROOF_S)
        if self._held(instrument) != 0 or not self._session.view.is_reconciled:
            raise UserError(f"The broker does not show {instrument.symbol} as flat; the other side was not opened.")
        await self._market.watch(instrument)
        try:
            await self._market.first_tick(instrument.con_id)
            review = await self._desk.review(self._opening(reversal))
            if not review.is_fit:
                raise UserError(f"{instrument.symbol} is closed; the other side was not opened: {review.why_not}")
            return await self._desk.submit(review)
        finally:
            await self._market.unwatch(instrument.con_id)

    async def propose_guard(self, instrument: Instrument, stop: Decimal) -> tuple[Review, ...]:
        """Return one reviewed stop order (GTC) for each lot, as large as what no stop guards of it yet.

        Raise UserError when nothing is held, all is guarded, or the price is on the wrong side of the last one.
        """
        bare, price = self.unguarded(instrument), instrument.round_to_tick(stop)
        held, quote = self._held(instrument), self._market.quote(instrument.con_id)
        side = Side.SELL if held > 0 else Side.BUY
        if quote is not None and quote.last and (Decimal(str(quote.last)) - price) * side.sign >= 0:
            beyond = "below" if held > 0 else "above"
            raise UserError(f"A stop that guards this must lie {beyond} the last price {quote.last}, not at {price}.")
        proposals = [self._guard(owner, instrument, price, left) for owner, left in bare]
        return tuple([await self._desk.review(proposal) for proposal in proposals])

    def unguarded(self, instrument: Instrument) -> list[tuple[Strategy | None, Decimal]]:
        """Return of each lot how much (signed) no stop guards; raise UserError where there is nothing to guard."""
        if self._held(instrument) == 0:
            raise UserError(f"No {instrument.symbol} is held, so there is nothing to protect.")
        lots = ((owner, self.bare(owner, instrument)) for owner in self._closing.lots.owners(instrument))
        bare = [(owner, left) for owner, left in lots if left]
        if not bare:
            raise UserError(f"Every {instrument.symbol} that is held is guarded by a stop already.")
        return bare

    async def guard(self, reviews: tuple[Review, ...]) -> None:
        """Send exactly the stops that were reviewed."""
        for review in reviews:
            await self._desk.submit(review)

    def bare(self, owner: Strategy | None, instrument: Instrument) -> Decimal:
        """Return how much of a lot (signed) no working stop guards."""
        held = self._closing.lots.bare(owner, instrument)
        stops = (
            order.remaining
            for order in self._closing.lots.companions(owner, instrument)
            if order.role is Role.STOP and not order.cancel_asked
        )
        left = max(ZERO, abs(held) - sum(stops, ZERO))
        return left if held > 0 else -left

    def _opening(self, reversal: Reversal) -> Proposal:
        return Proposal(
            decision=f"reverse:{ev.new_id()}",
            instrument=reversal.instrument,
            side=reversal.side,
            type=Market(),
            quantity=reversal.quantity,
        )

    def _guard(self, owner: Strategy | None, instrument: Instrument, price: Decimal, held: Decimal) -> Proposal:
        return Proposal(
            decision=f"guard:{ev.new_id()}",
            instrument=instrument,
            side=Side.SELL if held > 0 else Side.BUY,
            type=Stop(price),
            quantity=abs(held),
            tif=TimeInForce.GTC,
            role=Role.STOP,
            strategy=owner,
        )

    def _held(self, instrument: Instrument) -> Decimal:
        position = self._facts.state.position(self._session.view.account, instrument.con_id)
        return position.quantity if position else ZERO


def _are_filled(state: State, refs: list[OrderRef]) -> bool:
    orders = [state.orders[ref] for ref in refs]
    return all(order.state is OrderState.FILLED and not order.remaining for order in orders)
