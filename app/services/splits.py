"""Splits: from the match that shows one until a person adopts it no strategy trades the symbol; then stops are asked.

Bars are fetched anew, adjusted. What still works at the price before the split is told. A stop is never placed or moved
here by itself: a person confirms the plan, or the broker adjusts its own order, which is followed as its report says.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal

from app.domain import events as ev
from app.domain.broker import Message
from app.domain.errors import TapelineError, UserError
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import Split
from app.domain.money import Rounding
from app.domain.orders import Order, OrderRef, Role, Side, Stop, TimeInForce
from app.domain.state import State
from app.domain.strategies import Strategy
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.desk import Desk, Proposal, Review
from app.services.facts import Facts
from app.services.lots import Lots
from app.services.market import Market
from app.services.matching import Match

log = logging.getLogger(__name__)
PROOF_S = 15.0


@dataclass(frozen=True, slots=True)
class StopPlan:
    """What a person may confirm after a split: orders at the price before it go, each lot gets its stop at the new."""

    instrument: Instrument
    goes: tuple[Order, ...]
    reviews: tuple[Review, ...]


class Paused(UserError):
    """No strategy trades an instrument now, and why."""


class Splits:
    """Knows which instruments the broker shows as split and we have not adopted."""

    def __init__(self, facts: Facts, lots: Lots, desk: Desk, market: Market, bus: Bus, tasks: Tasks) -> None:
        self._facts = facts
        self._lots = lots
        self._desk = desk
        self._market = market
        self._bus = bus
        self._tasks = tasks
        self._open: dict[ConId, Split] = {}
        bus.on(Match, self._matched)

    def why_paused(self, instrument: Instrument) -> str:
        """Return in one sentence why no strategy trades an instrument now, empty when they may."""
        split = self._open.get(instrument.con_id)
        if split is None:
            return ""
        return f"{instrument.symbol} was split {split.in_words}; strategies wait for it until you adopt that in Match."

    async def plan(self, instrument: Instrument) -> StopPlan | None:
        """Return the stops that an adopted split left out of place, reviewed; None when there are none."""
        splits = self._facts.state.splits.get((self._lots.account, instrument.con_id), ())
        if not splits:
            return None
        await self._market.watch(instrument)
        try:
            await self._market.first_tick(instrument.con_id)
            goes = tuple(order for order in self._working(instrument) if self._is_stale(order, splits[-1]))
            found = [self._proposal(owner, instrument, splits[-1], goes) for owner in self._lots.owners(instrument)]
            reviews = [await self._desk.review(proposal) for proposal in found if proposal is not None]
        finally:
            await self._market.unwatch(instrument.con_id)
        return StopPlan(instrument, goes, tuple(reviews)) if goes or reviews else None

    async def carry_out(self, plan: StopPlan) -> None:
        """Cancel what stands at the price before the split, await the broker's proof, then place what was reviewed.

        Raise UserError with what hindered it.
        """
        refs = [order.ref for order in plan.goes]
        for ref in refs:
            if not self._facts.state.orders[ref].state.is_final:
                await self._desk.cancel(ref, "a split")
        if not await self._facts.until(lambda state: _are_over(state, refs), PROOF_S):
            raise UserError("The broker did not confirm that the old orders are cancelled; place the stop by hand.")
        for review in plan.reviews:
            await self._desk.submit(review)

    # noticing

    def _matched(self, match: Match) -> None:
        shown = {row.con_id: row.split for row in match.rows if row.split is not None}
        before, self._open = self._open, shown
        for con_id, split in shown.items():
            instrument = self._facts.state.instruments.get(con_id)
            if con_id not in before and instrument is not None:
                self._tell(instrument, split)
                self._tasks.spawn(self._fetch_anew(instrument), name=f"bars of {instrument.symbol} anew")

    def _tell(self, instrument: Instrument, split: Split) -> None:
        works = (order for order in self._working(instrument) if self._is_stale(order, split))
        stale = [f"{order.type_name} {order.stop or order.limit}" for order in works]
        stand = f" At the broker still stand, at the price before it: {', '.join(stale)}." if stale else ""
        text = (
            f"{self.why_paused(instrument)} Bars are fetched anew.{stand} Its stops and targets may be gone: "
            "look at them when you adopt it."
        )
        log.error("%s", text)
        self._bus.publish(Message(0, text))

    async def _fetch_anew(self, instrument: Instrument) -> None:
        try:
            await self._market.forget_bars(instrument)
        except TapelineError as error:
            log.warning("the bars of %s could not be fetched anew: %s", instrument.symbol, error)

    # stops

    def _working(self, instrument: Instrument) -> list[Order]:
        orders = self._facts.state.orders.values()
        mine = (order for order in orders if order.con_id == instrument.con_id and order.account == self._lots.account)
        return [order for order in mine if not order.state.is_final and not order.is_foreign]

    def _is_stale(self, order: Order, split: Split) -> bool:
        """Say whether an order's price is nearer to the market of before a split than to that of after it."""
        price, quote = order.stop or order.limit, self._market.quote(order.con_id)
        if price is None:
            return False
        if quote is None or not quote.last:
            return True
        last = Decimal(str(quote.last))
        return _apart(price, last) > _apart(price * split.old / split.new, last)

    def _proposal(
        self, owner: Strategy | None, instrument: Instrument, split: Split, goes: tuple[Order, ...]
    ) -> Proposal | None:
        """Return a lot's stop at the price of now, None where it had none or another guards it."""
        held, lost = self._lots.bare(owner, instrument), self._lots.newest_stop(owner, instrument)
        if lost is None or lost.stop is None or not held or not self._is_stale(lost, split):
            return None
        stays = [o for o in self._lots.companions(owner, instrument) if o.role is Role.STOP and o not in goes]
        left = abs(held) - sum((order.remaining for order in stays), Decimal(0))
        if left <= 0:
            return None
        side = Side.SELL if held > 0 else Side.BUY
        rounding = Rounding.DOWN if side is Side.SELL else Rounding.UP
        price = instrument.round_to_tick(lost.stop * split.old / split.new, rounding)
        return Proposal(
            decision=f"split:{ev.new_id()}",
            instrument=instrument,
            side=side,
            type=Stop(price),
            quantity=left,
            tif=TimeInForce.GTC,
            role=Role.STOP,
            strategy=owner,
        )


def _apart(one: Decimal, other: Decimal) -> Decimal:
    """Return how many times as large the larger of two prices is."""
    return max(one, other) / min(one, other)


def _are_over(state: State, refs: list[OrderRef]) -> bool:
    return all(state.orders[ref].state.is_final for ref in refs)
