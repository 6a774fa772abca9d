"""Changes of working orders in place: reviewed, reserved, written down, then asked for; never twice.

What the order becomes is the broker's to say: a change that it refuses leaves the order as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from app.domain import events as ev
from app.domain.broker import Margin
from app.domain.changes import (
    Change,
    ChangeId,
    OrderChange,
    moved_by,
    why_elsewhere,
    why_not_changeable,
    why_out_of_bracket,
    why_terms_unfit,
    with_terms,
)
from app.domain.errors import Retryable, TapelineError, UserError
from app.domain.gates import review as judge
from app.domain.instruments import Instrument
from app.domain.orders import Distance, Intent, IntentId, Leg, Order, OrderRef, Role, Terms, TimeInForce
from app.domain.risk import Situation
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.brake import Brake
from app.services.facts import Facts
from app.services.review import REVIEW_LASTS_S, ChangeReview, Proposal, gates_json
from app.services.session import Session
from app.services.situation import Situations

log = logging.getLogger(__name__)
ANSWER_S = 60.0
"""How long the broker may take to answer a change before it is said that stop and target may not fit their entry."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be changed of an order; None leaves a term as it is."""

    quantity: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Distance | None = None
    offset: Decimal | None = None
    for_close: bool = False
    why: str = ""

    def terms(self, order: Order) -> Terms:
        """Return an order's terms with those that are given in place of its own."""
        old = order.terms
        return Terms(
            quantity=old.quantity if self.quantity is None else self.quantity,
            limit=old.limit if self.limit is None else self.limit,
            stop=old.stop if self.stop is None else self.stop,
            trail=self.trail or old.trail,
            offset=old.offset if self.offset is None else self.offset,
        )


Modify = Callable[[Change, Instrument], Awaitable[None]]
Preview = Callable[[Leg, Instrument, str], Awaitable[Margin]]


class Hinders(Protocol):
    """Says why nothing may leave at this very moment, empty when it may."""

    def __call__(self, *, is_exit_by_hand: bool) -> str:
        """Return the sentence."""


class Changes:
    """The part of the desk that changes orders; only the desk has one."""

    def __init__(
        self,
        modify: Modify,
        preview: Preview,
        facts: Facts,
        session: Session,
        situations: Situations,
        brake: Brake,
        clock: Clock,
        tasks: Tasks,
        hinders: Hinders,
    ) -> None:
        self._modify = modify
        self._preview = preview
        self._facts = facts
        self._session = session
        self._situations = situations
        self._brake = brake
        self._clock = clock
        self._tasks = tasks
        self._hinders = hinders

    async def review(self, ref: OrderRef, wanted: Wanted) -> ChangeReview:
        """Return what the change would do and what every gate says of it; raise UserError when it cannot be made."""
        order = self._changeable(ref)
        instrument = self._facts.state.instruments.get(order.con_id)
        if instrument is None:
            raise UserError(f"{order.symbol} is not known here yet; look it up first, then change its order.")
        terms = wanted.terms(order)
        self._check(order, terms)
        await self._situations.freshen(instrument)
        margin = await self._margin(order, instrument, terms)
        change = Change(ChangeId(ev.new_id()), self._parts(order, terms, wanted), wanted.why)
        return self._judged(order, instrument, change, margin)

    async def submit(self, review: ChangeReview) -> None:
        """Ask the broker for exactly what was reviewed; gates and reservation come before the first await."""
        began = self._clock.monotonic()
        if began - review.reviewed > REVIEW_LASTS_S:
            raise UserError(f"The review is older than {REVIEW_LASTS_S:g} s; review the change again.")
        order = self._changeable(review.order.ref)
        if (order.terms, order.filled) != (review.order.terms, review.order.filled):
            raise UserError(f"The order {order.side} {order.symbol} is another by now; review the change again.")
        judged = self._judged(order, review.instrument, review.change, review.margin)
        hindrance = judged.why_not or self._hindrance(order)
        if hindrance:
            raise UserError(hindrance)
        took = round((self._clock.monotonic() - began) * 1000, 3)
        inputs: dict[str, object] = {"gates": gates_json(judged.gates)}
        if judged.change.why:
            inputs["why"] = judged.change.why
        await self._carry_out(judged.change, judged.instrument, inputs, took)
        if len(review.change.parts) > 1:
            self._tasks.spawn(self._even_out(judged.change, judged.instrument), name=f"even out {order.symbol}")

    # judging

    def _changeable(self, ref: OrderRef) -> Order:
        order = self._facts.state.orders.get(ref)
        if why := why_not_changeable(order) if order else f"There is no order {ref}.":
            raise UserError(why)
        assert order is not None
        if why := why_elsewhere(order, self._session.view.client_id):
            raise UserError(why)
        orders = self._facts.state.orders.values()
        intent = self._facts.state.intents.get(order.intent) if order.intent else None
        meant = {leg.ref for leg in intent.legs} - {order.ref} if intent else set()
        if order.intent and any(
            other.intent == order.intent and other.role is order.role and other.ref not in {order.ref, *meant}
            for other in orders
            if not other.state.is_final
        ):
            raise UserError(
                f"Two live orders are at the broker for one {order.symbol} order; cancel one of them first."
            )
        return order

    def _check(self, order: Order, terms: Terms) -> None:
        """Raise UserError where the terms could never be those of this order, whatever the gates think."""
        entry = self._working_entry(order)
        if entry is not None and terms.quantity != order.quantity:
            raise UserError(
                f"The {order.role.value} follows its entry while that works; change the quantity of the entry instead."
            )
        wanted = with_terms(order, terms)
        children = (wanted,) if entry else self._children(order)
        if why := why_terms_unfit(order, terms) or why_out_of_bracket(entry or wanted, children):
            raise UserError(why)

    def _parts(self, order: Order, terms: Terms, wanted: Wanted) -> tuple[OrderChange, ...]:
        """Return the order's own change and, when an entry's quantity changes, those of the children behind it."""
        more, parts = terms.quantity - order.quantity, [OrderChange(order.ref, order.terms, terms, wanted.for_close)]
        for child in self._children(order) if more else ():
            part = moved_by(child, more)
            if why := why_not_changeable(child) or why_terms_unfit(child, part.new):
                raise UserError(f"The {child.role.value} could not follow its entry, so nothing was changed. {why}")
            parts.append(part)
        return tuple(parts)

    def _children(self, order: Order) -> tuple[Order, ...]:
        """Return the orders that protect an entry and still work."""
        intent = self._facts.state.intents.get(order.intent) if order.intent else None
        if intent is None or order.ref != intent.entry.ref or order.role is not Role.ENTRY:
            return ()
        children = (self._facts.state.orders[leg.ref] for leg in intent.children)
        return tuple(child for child in children if not child.state.is_final)

    def _working_entry(self, order: Order) -> Order | None:
        """Return the entry that a child protects, None once that is over or for an order that is no child."""
        intent = self._facts.state.intents.get(order.intent) if order.intent else None
        if intent is None or order.role is Role.ENTRY or intent.entry.role is not Role.ENTRY:
            return None
        entry = self._facts.state.orders[intent.entry.ref]
        return None if entry.state.is_final else entry

    async def _margin(self, order: Order, instrument: Instrument, terms: Terms) -> Margin | None:
        """Return what the broker previews for what would remain of the order, None where nothing is added."""
        leg = _leg(order, terms)
        if leg.quantity <= 0 or not self._situation(order, instrument, terms, None).adds:
            return None
        try:
            return await self._preview(leg, instrument, order.account)
        except (Retryable, UserError) as error:
            log.info("the broker did not preview the change of %s: %s", order.symbol, error)
            return None

    def _judged(self, order: Order, instrument: Instrument, change: Change, margin: Margin | None) -> ChangeReview:
        situation = self._situation(order, instrument, change.parts[0].new, margin)
        reviewed = self._clock.monotonic()
        return ChangeReview(order, instrument, change, judge(situation), margin, situation.notional, reviewed)

    def _situation(self, order: Order, instrument: Instrument, terms: Terms, margin: Margin | None) -> Situation:
        leg = _leg(order, terms)
        intent = Intent(
            id=order.intent or IntentId(str(order.ref)),
            decision=f"change:{order.ref}",
            account=order.account,
            con_id=order.con_id,
            symbol=order.symbol,
            legs=(leg,),
            strategy=order.strategy,
        )
        proposal = Proposal(intent.decision, instrument, order.side, leg.type, leg.quantity, leg.tif, role=order.role)
        situation = self._situations.of(proposal, intent, margin, changed=order)
        return replace(situation, follows_entry=self._working_entry(order) is not None)

    def _hindrance(self, order: Order) -> str:
        return self._hinders(is_exit_by_hand=order.role is not Role.ENTRY)

    # carrying out

    async def _carry_out(
        self, change: Change, instrument: Instrument, inputs: dict[str, object], duration_ms: float = 0.0
    ) -> None:
        """Write the change down, then ask the broker for it."""
        now = self._clock.now()
        intended = ev.OrderChangeIntended(at=now, change=change, duration_ms=duration_ms, inputs=inputs)
        self._situations.reserve_change(change)
        try:
            await self._facts.enter(intended)
        finally:
            self._situations.release_change(change)
        order = self._facts.state.orders[change.parts[0].ref]
        if why := self._overtaken(change) or self._hindrance(order):  # writing took its time
            await self._refused(change, why)
            raise UserError(why)
        await self._ask(change, instrument)

    async def _ask(self, change: Change, instrument: Instrument) -> None:
        try:
            await self._modify(change, instrument)
        except UserError as error:
            await self._refused(change, str(error))
            raise
        except Retryable as error:
            at, reason = self._clock.now(), str(error)
            await self._facts.enter(*(ev.OrderVerifying(at=at, ref=part.ref, reason=reason) for part in change.parts))
            self._session.match_again()
            raise

    def _overtaken(self, change: Change) -> str:
        """Return what became of an order while its change was written, empty when it can still be asked for."""
        for part in change.parts:
            order = self._facts.state.orders[part.ref]
            if order.state.is_final or order.cancel_asked:
                what = "being cancelled" if order.cancel_asked and not order.state.is_final else order.state.value
                return f"The order {order.side} {order.symbol} is {what} by now; nothing was sent."
            if order.filled >= part.new.quantity:
                return f"{order.filled} {order.symbol} are filled by now; nothing was sent."
        return ""

    async def _refused(self, change: Change, reason: str) -> None:
        at = self._clock.now()
        await self._facts.enter(*(ev.OrderChangeRefused(at=at, ref=part.ref, reason=reason) for part in change.parts))

    # what follows

    async def _even_out(self, change: Change, instrument: Instrument) -> None:
        """Once the broker has answered all parts, see to it that stop and target are for what their entry is for."""
        first, *others = change.parts
        refs = [part.ref for part in change.parts]
        if not await self._facts.until(lambda s: all(s.orders[ref].change_asked is None for ref in refs), ANSWER_S):
            log.error("the broker did not answer the change of %s; compare stop and target by hand", instrument.symbol)
            return
        orders = self._facts.state.orders
        more = orders[first.ref].quantity - first.old.quantity
        uneven = tuple(
            OrderChange(part.ref, orders[part.ref].terms, replace(orders[part.ref].terms, quantity=wanted))
            for part in others
            if orders[part.ref].quantity != (wanted := part.old.quantity + more) and not orders[part.ref].state.is_final
        )
        if not uneven or (orders[first.ref].state.is_final and not orders[first.ref].filled):
            return
        log.warning("the broker changed only a part of the %s bracket; the rest follows", instrument.symbol)
        try:
            await self._carry_out(Change(ChangeId(ev.new_id()), uneven), instrument, {"why": "even out the bracket"})
        except TapelineError as error:
            self._brake.pull(
                f"Trading is halted: the {instrument.symbol} entry and its stop or target are for different quantities"
                f" and could not be evened out ({error}); change them in Orders."
            )


def _leg(order: Order, terms: Terms) -> Leg:
    """Return what would remain of an order as the gates judge it."""
    type_ = with_terms(order, terms).type
    if type_ is None or order.tif not in set(TimeInForce):
        raise UserError(f"An order of type {order.type_name} {order.tif} cannot be changed here; change it in TWS.")
    return Leg(
        order.ref,
        order.role,
        order.side,
        terms.quantity - order.filled,
        type_,
        TimeInForce(order.tif),
        order.outside_hours,
        order.good_till,
    )
