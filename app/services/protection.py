"""Protection of lots while something of them is closed: made smaller or withdrawn first, and put back if need be.

What was given up is written down before the broker is asked, so that a crash in between leaves no lot without its stop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import TapelineError, UserError
from app.domain.instruments import ConId, Instrument
from app.domain.orders import Order, OrderRef, OrderState, Role, Side, Stop, TimeInForce
from app.domain.signals import StrategyId
from app.domain.state import State
from app.domain.strategies import Strategy
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.desk import Desk, Proposal
from app.services.facts import Facts
from app.services.lots import WITHDRAWN_BY, Lots
from app.services.session import Session, SessionView

log = logging.getLogger(__name__)
PROOF_S = 15.0
"""How long the broker may take to prove that what was withdrawn is gone."""
PROTECT_AGAIN_S = 1.0

LotKey = tuple[StrategyId | None, ConId]


class Protection:
    """Sees to it that what is held of a lot has the stop it had, whatever becomes of a close."""

    def __init__(
        self, facts: Facts, lots: Lots, desk: Desk, session: Session, bus: Bus, clock: Clock, tasks: Tasks
    ) -> None:
        self._facts = facts
        self._lots = lots
        self._desk = desk
        self._session = session
        self._clock = clock
        self._tasks = tasks
        self._in_hand: set[LotKey] = set()
        self._was_matched = False
        bus.on(SessionView, self._session_moved)

    @asynccontextmanager
    async def makes_room(
        self,
        strategy: Strategy | None,
        instrument: Instrument,
        goes: Sequence[Order],
        shrinks: Sequence[Order],
        by: Decimal,
    ) -> AsyncIterator[None]:
        """Take orders of a lot off the market, or make them smaller; afterwards what is still held is looked after."""
        key = _key(strategy, instrument)
        self._in_hand.add(key)
        try:
            await self._shrink(shrinks, by)
            await self._withdraw(goes)
            yield
        finally:
            self._in_hand.discard(key)
            self._look_after(strategy, instrument)

    def is_in_hand(self, strategy: Strategy | None, instrument: Instrument) -> bool:
        """Say whether room is being made in a lot at this moment."""
        return _key(strategy, instrument) in self._in_hand

    # making room

    async def _withdraw(self, orders: Sequence[Order]) -> None:
        works = [order for order in orders if not self._facts.state.orders[order.ref].state.is_final]
        at = self._clock.now()
        await self._facts.enter(*(ev.CancelAsked(at=at, ref=order.ref, by=WITHDRAWN_BY) for order in works))
        for order in works:
            if not self._facts.state.orders[order.ref].state.is_final:
                await self._desk.cancel(order.ref, WITHDRAWN_BY)
        if not await self._facts.until(lambda state: _are_gone(state, orders), PROOF_S):
            raise UserError("The broker did not confirm that stop and target are cancelled; nothing was sent.")
        await self._session.matched(PROOF_S)  # a fill may have been quicker than the cancel

    async def _shrink(self, orders: Sequence[Order], by: Decimal) -> None:
        """Have orders that protect a lot made smaller, and wait for the broker's proof."""
        wanted = {order.ref: self._facts.state.orders[order.ref].quantity - by for order in orders}
        for ref, quantity in wanted.items():
            await self._resize(ref, quantity)
        await self._proved(wanted, "smaller")

    async def _resize(self, ref: OrderRef, quantity: Decimal) -> None:
        review = await self._desk.review_change(ref, quantity=quantity, for_close=True)
        if not review.is_fit:
            raise UserError(review.why_not)
        await self._desk.submit_change(review)

    async def _proved(self, wanted: Mapping[OrderRef, Decimal], what: str) -> None:
        """Wait until the broker has told these quantities; one that it did not grant is told as such."""

        def is_answered(state: State) -> bool:
            return all(state.orders[ref].change_asked is None for ref in wanted)

        if not await self._facts.until(is_answered, PROOF_S):
            raise UserError(f"The broker did not confirm that stop and target are {what}; nothing was sent.")
        for ref, quantity in wanted.items():
            now = self._facts.state.orders[ref]
            if now.quantity != quantity and not now.state.is_final:
                raise UserError(f"The {now.role} could not be made {what}; nothing was sent. {now.reason}")

    # looking after

    def _session_moved(self, view: SessionView) -> None:
        """Look after every lot once the ledger is matched: a crash may have come between withdrawing and closing."""
        if view.is_reconciled and not self._was_matched:
            for strategy, instrument in self._lots.all():
                if self._needs_care(strategy, instrument):
                    self._look_after(strategy, instrument)
        self._was_matched = view.is_reconciled

    def _needs_care(self, strategy: Strategy | None, instrument: Instrument) -> bool:
        if self.is_in_hand(strategy, instrument):
            return False
        works = self._lots.companions(strategy, instrument)
        return self._lots.withdrawn_stop(strategy, instrument) is not None or any(order.shrunk for order in works)

    def _look_after(self, strategy: Strategy | None, instrument: Instrument) -> None:
        self._tasks.spawn(
            self._keep_protected(strategy, instrument), name=f"protect {instrument.symbol}", is_vital=True
        )

    async def _keep_protected(self, strategy: Strategy | None, instrument: Instrument) -> None:
        """Once the close has come to its end, give back what is still held its protection; try until it stands."""
        while self._needs_care(strategy, instrument):
            await self._facts.until(lambda state: not self._lots.is_closing(state, strategy, instrument), 3600.0)
            if self._lots.is_closing(self._facts.state, strategy, instrument) or not self._session.view.is_ready:
                await asyncio.sleep(PROTECT_AGAIN_S)
                continue
            try:
                await self._put_back(strategy, instrument)
                return
            except TapelineError as error:
                log.error("%s is held without its full stop: %s", instrument.symbol, error)
                await asyncio.sleep(PROTECT_AGAIN_S)

    async def _put_back(self, strategy: Strategy | None, instrument: Instrument) -> None:
        lost, held = self._lots.withdrawn_stop(strategy, instrument), self._lots.bare(strategy, instrument)
        if held == 0:
            return
        if lost is None:
            await self._grow(strategy, instrument, abs(held))
        elif lost.stop is not None:
            await self._withdraw(self._lots.companions(strategy, instrument))
            await self._protect(strategy, instrument, lost)

    async def _grow(self, strategy: Strategy | None, instrument: Instrument, held: Decimal) -> None:
        """Give orders back what they gave up, as far as it is still held."""
        wanted = dict[OrderRef, Decimal]()
        for order in self._lots.companions(strategy, instrument):
            more = min(held - order.remaining, order.shrunk)
            if more > 0:
                log.warning("%s %s of the %s are held again; it covers them", more, order.symbol, order.role)
                wanted[order.ref] = order.quantity + more
                await self._resize(order.ref, wanted[order.ref])
        await self._proved(wanted, "larger")

    async def _protect(self, strategy: Strategy | None, instrument: Instrument, lost: Order) -> None:
        held = self._lots.bare(strategy, instrument)
        if held == 0 or lost.stop is None:
            return
        proposal = Proposal(
            decision=f"protect:{ev.new_id()}",
            instrument=instrument,
            side=Side.SELL if held > 0 else Side.BUY,
            type=lost.type or Stop(lost.stop),
            quantity=abs(held),
            tif=TimeInForce.GTC,
            role=Role.STOP,
            strategy=strategy,
        )
        log.warning("%s is still held; its stop at %s is placed again", instrument.symbol, lost.stop)
        await self._desk.submit(await self._desk.review(proposal))


def _key(strategy: Strategy | None, instrument: Instrument) -> LotKey:
    return (strategy.id if strategy else None, instrument.con_id)


def _are_gone(state: State, orders: Sequence[Order]) -> bool:
    """Say whether all these orders are over, with every execution of those that filled."""
    now = [state.orders[order.ref] for order in orders]
    return all(order.state.is_final and (order.state is not OrderState.FILLED or not order.remaining) for order in now)
