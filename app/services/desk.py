"""The desk: the only door through which orders leave. Reviewed, reserved, written down, then sent; never twice."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

from app.domain import events as ev
from app.domain.broker import Margin, Message
from app.domain.changes import why_elsewhere
from app.domain.errors import Retryable, TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.judging import judge
from app.domain.orders import Distance, Intent, Order, OrderRef, Role
from app.domain.signals import RunId, SignalState
from app.quant.sizing import Size
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.brake import Brake
from app.services.cancels import Cancels, may_be_working
from app.services.changes import Changes, Wanted
from app.services.facts import Facts
from app.services.intents import intent_of
from app.services.ports import OrderChannel
from app.services.review import OVERRIDE_LASTS_S, override_of
from app.services.review import REVIEW_LASTS_S as REVIEW_LASTS_S
from app.services.review import ChangeReview as ChangeReview
from app.services.review import Proposal as Proposal
from app.services.review import Review as Review
from app.services.review import gates_json as gates_json
from app.services.session import Session
from app.services.situation import Situations

log = logging.getLogger(__name__)


class Desk:
    """Reviews and submits, changes, cancels and halts."""

    def __init__(
        self,
        channel: OrderChannel,
        facts: Facts,
        session: Session,
        situations: Situations,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._channel = channel
        self._facts = facts
        self._session = session
        self._situations = situations
        self._clock = clock
        self._bus = bus
        self._tasks = tasks
        self._brake = Brake(facts, bus, clock, tasks)
        self._changes = Changes(
            channel.modify, channel.preview, facts, session, situations, self._brake, clock, tasks, self._what_hinders
        )
        self._cancels = Cancels(channel.cancel, facts, session, bus, tasks)
        bus.on(ev.TwinOrderSeen, self._twin_seen)

    async def review(self, proposal: Proposal) -> Review:
        """Return the order that would be sent with every gate's verdict; raise UserError when none can be made."""
        await self._situations.freshen(proposal.instrument)
        size = None if proposal.quantity is not None else self._situations.size(proposal)
        quantity = proposal.quantity if proposal.quantity is not None else size.quantity if size else Decimal(0)
        intent = intent_of(proposal, quantity, self._session.view.account)
        margin = await self._preview(intent, proposal.instrument) if quantity > 0 else None
        return self._judged(proposal, intent, size, margin)

    def why_stale(self, review: Review) -> str:
        """Return in one sentence why a review must be renewed now, empty while it stands."""
        return review.why_stale(self._clock.monotonic(), self._situations.last(review.intent.con_id))

    async def preview(self, proposal: Proposal, quantity: Decimal) -> Margin:
        """Return what the broker says these terms would do to margin and cost; nothing is reviewed or kept.

        Raise Retryable after 3 s of silence, UserError where the broker refuses to say.
        """
        intent = intent_of(proposal, quantity, self._session.view.account)
        return await self._channel.preview(intent.entry, proposal.instrument, intent.account)

    def size(self, proposal: Proposal) -> Size:
        """Return how many the risk and the caps allow now; raise UserError when a number for that is missing."""
        return self._situations.size(proposal)

    async def submit(self, review: Review, *, cause: ev.EventId | None = None, run: RunId | None = None) -> Intent:
        """Place exactly what was reviewed; raise UserError with the refusals when it may not leave now.

        Gates and reservation happen before the first await, the intent is on disk before anything is sent.
        """
        began = self._clock.monotonic()
        if why := self.why_stale(review):
            raise UserError(why)
        judged = self._judged(review.proposal, review.intent, review.size, review.margin)
        if review.override is not None:
            if began - review.override.given > OVERRIDE_LASTS_S:
                raise UserError(f"The override was good for {OVERRIDE_LASTS_S:g} s; review the order again.")
            judged = judged.overridden(review.override)
        hindrance = judged.why_not or self._hindrance(judged)
        if hindrance:
            raise UserError(hindrance)
        self._situations.reserve(review.intent, judged.notional)
        try:
            await self._write(judged, began, cause, run)
        finally:
            self._situations.release(review.intent.id)
        if hindrance := self._hindrance(judged):  # writing took its time: a stop or a lost link may have come between
            await self._never_sent(review.intent, hindrance)
            raise UserError(hindrance)
        await self._send(review.intent, review.proposal.instrument, run)
        return review.intent

    async def override(self, review: Review, reason: str) -> Review:
        """Return a review whose refusals a person answers for: this one order, for a minute, with the reason kept.

        Raise UserError when the reason says too little, or when a gate refuses that nobody may pass.
        """
        override = override_of(review, reason, self._clock.monotonic())
        given = ev.GatesOverridden(
            at=self._clock.now(), intent=review.intent.id, gates=override.gates, reason=override.reason
        )
        await self._facts.enter(given)
        return review.overridden(override)

    async def review_change(
        self,
        ref: OrderRef,
        *,
        quantity: Decimal | None = None,
        limit: Decimal | None = None,
        stop: Decimal | None = None,
        trail: Distance | None = None,
        offset: Decimal | None = None,
        for_close: bool = False,
        why: str = "",
    ) -> ChangeReview:
        """Return how a working order of ours would be changed, with every gate's verdict; None leaves a term as it is.

        `for_close` makes room for a close of what the order protects, `why` is kept in lineage. Raise UserError in
        one sentence when it cannot be changed, or not to this.
        """
        return await self._changes.review(ref, Wanted(quantity, limit, stop, trail, offset, for_close, why))

    async def submit_change(self, review: ChangeReview) -> None:
        """Ask the broker for exactly the change that was reviewed; its terms are the old ones until it answers.

        Raise UserError when nothing was sent, Retryable when it is not known what was: then the broker is asked.
        """
        await self._changes.submit(review)

    async def cancel(self, ref: OrderRef, by: str) -> None:
        """Ask the broker to cancel an order; what happens comes back as a report. Always tried, whatever the state."""
        order = self._facts.state.orders.get(ref)
        if order is None:
            raise UserError(f"There is no order {ref}.")
        if order.state.is_final:
            raise UserError(f"The order is {order.state.value} already; there is nothing to cancel.")
        if why := self.why_elsewhere(order):
            raise UserError(why)
        self._facts.post(ev.CancelAsked(at=self._clock.now(), ref=ref, by=by))
        self._cancels.see_through()
        await self._channel.cancel(order)

    def why_elsewhere(self, order: Order) -> str:
        """Return in one sentence why only another program can cancel or change an order, empty where we can."""
        return why_elsewhere(order, self._session.view.client_id)

    async def cancel_all(self, by: str) -> int:
        """Ask for a cancel of every working order of ours and return how many there were."""
        working = [order for order in self._facts.state.orders.values() if may_be_working(order)]
        for order in [order for order in working if self.why_elsewhere(order)]:
            self._bus.publish(Message(0, f"It still works: {self.why_elsewhere(order)}", order.ref))
            working.remove(order)
        for order in working:
            try:
                await self.cancel(order.ref, by)
            except TapelineError as error:
                log.warning("the cancel of %s did not leave: %s", order.ref, error)
        return len(working)

    async def cancel_everything(self, by: str) -> None:
        """Ask the broker to cancel every order of the login, other programs' included; its reports tell what ended."""
        log.warning("every order of the login is cancelled: %s", by)
        await self._channel.cancel_everything()

    def hold(self, reason: str) -> None:
        """Let nothing but a person's exits leave from this moment on, and remember it over a restart."""
        self._brake.pull(reason)

    def halt(self, reason: str) -> None:
        """Hold everything, and cancel what works."""
        self.hold(reason)
        self._tasks.spawn(self.cancel_all(reason), name="cancel all")

    async def resume(self) -> None:
        """Let orders leave again: a person's decision."""
        await self._brake.release("Resumed by hand.")

    def reduce_only(self, reason: str) -> None:
        """Let only orders that reduce leave."""
        self._brake.reduce_only(reason)

    def end_reducing(self, reason: str) -> None:
        """Let all orders leave again after a time in which only reducing ones could."""
        self._brake.end_reducing(reason)

    def _hindrance(self, review: Review) -> str:
        """Return why this may not leave at this very moment, whatever was judged before; empty when it may."""
        proposal, account = review.proposal, self._session.view.account
        if review.intent.account != account:
            return f"The order was reviewed for account {review.intent.account}, but {account} is connected; review it."
        return self._what_hinders(is_exit_by_hand=proposal.role is not Role.ENTRY and proposal.signal is None)

    def _what_hinders(self, *, is_exit_by_hand: bool) -> str:
        self._session.check_awake()
        if not self._session.view.is_ready:
            return f"The session is {self._session.view.state.value}; nothing was sent. Wait for the connection."
        return "Trading is halted; nothing was sent." if self._brake.is_on and not is_exit_by_hand else ""

    def _twin_seen(self, twin: ev.TwinOrderSeen) -> None:
        """Stop trading when a change left two live orders: only a person can say which of them is meant."""
        order = twin.order
        if not order.state.is_final:
            name = f"{order.side} {order.quantity} {order.symbol}"
            self._brake.pull(
                f"Trading is halted: a change left two live orders of {name} at the broker, permanent ids "
                f"{self._facts.state.orders[twin.of].perm_id} and {order.perm_id}; cancel one or both in Orders."
            )

    def _judged(self, proposal: Proposal, intent: Intent, size: Size | None, margin: Margin | None) -> Review:
        situation = self._situations.of(proposal, intent, margin)
        gates, now = judge(situation), self._clock.monotonic()
        return Review(proposal, intent, gates, size, margin, situation.notional, now, last=situation.last)

    async def _preview(self, intent: Intent, instrument: Instrument) -> Margin | None:
        try:
            return await self._channel.preview(intent.entry, instrument, intent.account)
        except (Retryable, UserError) as error:
            log.info("the broker did not preview %s: %s", intent.symbol, error)
            return None

    async def _write(self, review: Review, began: float, cause: ev.EventId | None, run: RunId | None) -> None:
        now = self._clock.now()
        intended = ev.OrderIntended(
            at=now,
            cause=cause,
            run=run,
            intent=review.intent,
            duration_ms=round((self._clock.monotonic() - began) * 1000, 3),
            inputs=_reasons(review),
        )
        facts: list[Any] = [intended]
        if review.proposal.signal is not None:
            why = f"order {review.intent.id}"
            facts.append(
                ev.SignalMoved(at=now, signal=review.proposal.signal.id, state=SignalState.ACTED, by="desk", why=why)
            )
        await self._facts.enter(*facts)

    async def _send(self, intent: Intent, instrument: Instrument, run: RunId | None) -> None:
        try:
            await self._channel.place(intent, instrument)
        except UserError as error:
            await self._never_sent(intent, str(error))
            raise
        except Retryable as error:
            await self._unknown(intent, str(error))
            raise
        await self._facts.enter(ev.OrderSent(at=self._clock.now(), run=run, intent=intent.id))
        if self._brake.is_on and intent.entry.role is Role.ENTRY:  # the halt came while it was on its way
            entry = self._facts.state.orders[intent.entry.ref]
            self._tasks.spawn(self._cancels.ask_again(entry), name="cancel the entry")

    async def _never_sent(self, intent: Intent, reason: str) -> None:
        at = self._clock.now()
        await self._facts.enter(*(ev.OrderNeverSent(at=at, ref=leg.ref, reason=reason) for leg in intent.legs))

    async def _unknown(self, intent: Intent, reason: str) -> None:
        at = self._clock.now()
        await self._facts.enter(*(ev.OrderVerifying(at=at, ref=leg.ref, reason=reason) for leg in intent.legs))
        self._session.match_again()


def _reasons(review: Review) -> dict[str, Any]:
    """Return what an order was decided on, as lineage keeps it."""
    reasons: dict[str, Any] = {"decision": review.intent.decision, "gates": gates_json(review.gates)}
    return reasons | ({"override": review.override.reason} if review.override else {})


def fresh_decision() -> str:
    """Return the name of one click's decision; the same one never places two orders."""
    return f"hand:{ev.new_id()}"
