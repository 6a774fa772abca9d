"""Trimming: what somebody takes off a lot elsewhere, its stops and targets at the broker must give up as well.

A stop that is larger than what it guards would open the other side. It works from what is true, so that a restart or an
execution that is told again changes nothing; it never makes anything larger, and sends nothing while trading is halted
but cancels.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain import events as ev
from app.domain.broker import Message
from app.domain.errors import TapelineError, UserError
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import Fill
from app.domain.money import ZERO
from app.domain.orders import Order, OrderRef, Role, Side
from app.domain.sharing import owned, pro_rata
from app.domain.state import State
from app.domain.strategies import Strategy
from app.domain.trades import BOOKED
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.desk import Desk
from app.services.facts import Facts
from app.services.lots import Lots
from app.services.market import Market
from app.services.protection import Protection
from app.services.session import Session, SessionView

log = logging.getLogger(__name__)
TRIMMED_BY = "what it guards was reduced elsewhere"
"""Who asked for the cancel of an order whose lot is gone."""
PROOF_S = 15.0
AGAIN_S, AGAIN_AT_MOST_S = 0.5, 60.0


@dataclass(frozen=True, slots=True)
class Trim:
    """What is too large of one lot: orders that go, and orders that keep only so many still to be filled."""

    goes: tuple[Order, ...]
    keeps: tuple[tuple[Order, Decimal], ...]


class Trimming:
    """Sees to it that no order that protects a lot is larger than the lot."""

    def __init__(
        self,
        facts: Facts,
        lots: Lots,
        protection: Protection,
        desk: Desk,
        market: Market,
        session: Session,
        bus: Bus,
        tasks: Tasks,
    ) -> None:
        self._facts = facts
        self._lots = lots
        self._protection = protection
        self._desk = desk
        self._market = market
        self._session = session
        self._bus = bus
        self._tasks = tasks
        self._at_work: set[ConId] = set()
        self._was_matched = False
        bus.on(ev.Filled, lambda fact: self._filled(fact.fill))
        bus.on(SessionView, self._session_moved)

    # when to look

    def _filled(self, told: Fill) -> None:
        """Look after the lots of an instrument that somebody else traded; each execution is new only once."""
        fill = self._facts.state.fill_of(told.account, told.exec_id)
        if fill is None or fill.account != self._lots.account:
            return
        is_booked = fill.exec_id.startswith(BOOKED)
        order = self._facts.state.orders.get(fill.ref) if fill.ref else None
        losses = [] if is_booked or fill.strategy else self._losses(fill)
        if losses:
            self._tell(fill, losses)
        if losses or is_booked or order is None or order.is_foreign:
            self._look_after(fill.con_id)

    def _session_moved(self, view: SessionView) -> None:
        """Look after every lot once the ledger is matched: something may have been sold while we were away."""
        if view.is_reconciled and not self._was_matched:
            for con_id in {order.con_id for order in self._facts.state.orders.values() if not order.state.is_final}:
                self._look_after(con_id)
        self._was_matched = view.is_reconciled

    def _look_after(self, con_id: ConId) -> None:
        instrument = self._facts.state.instruments.get(con_id)
        if instrument is not None and con_id not in self._at_work and any(self._too_large(instrument)):
            self._at_work.add(con_id)
            self._tasks.spawn(self._trim(instrument), name=f"trim {instrument.symbol}")

    # what is too large

    def _too_large(self, instrument: Instrument) -> Iterator[tuple[Strategy | None, Trim]]:
        """Yield what is too large of each lot, with the lot's owner."""
        for owner in (*self._facts.state.strategies.values(), None):
            held, works = self._lots.bare(owner, instrument), self._lots.companions(owner, instrument)
            trim = _trim_of(held, [order for order in works if order.role in (Role.STOP, Role.TARGET)])
            if trim.goes or trim.keeps:
                entries = tuple(order for order in works if order.role is Role.ENTRY)
                yield owner, Trim((*entries, *trim.goes), trim.keeps)

    # making it fit

    async def _trim(self, instrument: Instrument) -> None:
        """Try until everything fits; what hinders it is told once."""
        pause, told = AGAIN_S, ""
        try:
            while trims := tuple(self._too_large(instrument)):
                is_in_hand = any(self._protection.is_in_hand(owner, instrument) for owner, _ in trims)
                if is_in_hand or not self._session.view.is_ready:  # a close, or the match, comes first
                    await asyncio.sleep(AGAIN_S)
                    continue
                try:
                    await self._fit_all(instrument, [trim for _, trim in trims])
                except TapelineError as error:
                    if str(error) != told:
                        told = str(error)
                        self._alarm(f"{instrument.symbol}: a stop or target is larger than what it guards. {error}")
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, AGAIN_AT_MOST_S)
        finally:
            self._at_work.discard(instrument.con_id)

    async def _fit_all(self, instrument: Instrument, trims: Sequence[Trim]) -> None:
        await self._market.watch(instrument)
        try:
            await self._market.first_tick(instrument.con_id)
            for trim in trims:
                await self._fit(trim)
        finally:
            await self._market.unwatch(instrument.con_id)

    async def _fit(self, trim: Trim) -> None:
        """Cancel what guards nothing and make smaller what guards too much; raise UserError with what hindered it."""
        gone = [order.ref for order in trim.goes]
        for order in trim.goes:
            if not order.cancel_asked:
                await self._desk.cancel(order.ref, TRIMMED_BY)
        if trim.keeps and self._facts.state.trading.state is ev.TradingState.HALTED:
            raise UserError("Trading is halted, so only cancels leave; resume, or cancel it.")
        for order, left in trim.keeps:
            review = await self._desk.review_change(order.ref, quantity=order.filled + left, why=TRIMMED_BY)
            if not review.is_fit:
                raise UserError(review.why_not)
            await self._desk.submit_change(review)
        refs = [order.ref for order, _ in trim.keeps]
        if not await self._facts.until(lambda state: _is_answered(state, gone, refs), PROOF_S):
            raise UserError("The broker has not confirmed that it is smaller; look at it in Orders.")
        for order, left in trim.keeps:
            now = self._facts.state.orders[order.ref]
            if now.remaining > left and not now.state.is_final:
                raise UserError(now.reason or "The broker has not made it smaller; look at it in Orders.")

    # telling

    def _losses(self, fill: Fill) -> list[tuple[str, Decimal, Decimal]]:
        """Return the name of each strategy that an execution took something from, how much, and what it has left."""
        state, key = self._facts.state, (fill.account, fill.con_id)
        fills = [each for each in state.fills.values() if (each.account, each.con_id) == key]
        parts = {
            owner: part.quantity
            for owner, lot in owned(fills, state.splits.get(key, ())).items()
            for part in lot
            if owner is not None and part.key == fill.key
        }
        lots = ((owner, taken, state.position(*key, owner)) for owner, taken in parts.items())
        names = {id_: strategy.name for id_, strategy in state.strategies.items()}
        return [(names.get(owner, str(owner)), taken, lot.quantity if lot else ZERO) for owner, taken, lot in lots]

    def _tell(self, fill: Fill, losses: Sequence[tuple[str, Decimal, Decimal]]) -> None:
        did = "sold" if fill.side is Side.SELL else "bought back"
        lots = "; ".join(f"{name} lost {taken:f} and has {abs(left):f} left" for name, taken, left in losses)
        self._alarm(
            f"{fill.quantity:f} {fill.symbol} were {did} by an order that names no lot (placed elsewhere, or by hand), "
            f"and strategies held it: {lots}. Their stops and targets are made as small.",
            fill.ref,
        )

    def _alarm(self, text: str, ref: OrderRef | None = None) -> None:
        log.error("%s", text)
        self._bus.publish(Message(0, text, ref))


def _trim_of(held: Decimal, children: Sequence[Order]) -> Trim:
    """Return what of a lot's stops and targets must go or give up for them to guard no more than `held` (signed)."""
    goes = [order for order in children if held * order.side.sign >= 0]
    keeps: list[tuple[Order, Decimal]] = []
    for role in (Role.STOP, Role.TARGET):
        guards = sorted((o for o in children if o.role is role and o not in goes), key=lambda o: (o.created, o.ref))
        if sum((order.remaining for order in guards), ZERO) <= abs(held):
            continue
        for order, left in zip(guards, pro_rata(abs(held), [o.remaining for o in guards]), strict=True):
            if not left:
                goes.append(order)
            elif left < order.remaining:
                keeps.append((order, left))
    return Trim(tuple(goes), tuple(keeps))


def _is_answered(state: State, gone: Sequence[OrderRef], changed: Sequence[OrderRef]) -> bool:
    return all(state.orders[ref].state.is_final for ref in gone) and all(
        state.orders[ref].change_asked is None for ref in changed
    )
