"""What a ticket does: has an order reviewed, then submits that very review, once. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import Retryable, TapelineError
from app.domain.instruments import Instrument
from app.domain.orders import Order, Role
from app.domain.signals import SignalId
from app.domain.state import State
from app.services.closing import LotClose
from app.services.desk import REVIEW_LASTS_S, Proposal, Review, fresh_decision
from app.ui.handles import Handles
from app.ui.panels.following import once
from app.ui.panels.ticket_terms import Terms
from app.ui.panels.ticket_words import order_names
from app.ui.widgets.format import quantity

OUTLIVED = "The review is a minute old; review it again."


class Phase(StrEnum):
    """Where a ticket is: filled in, waiting for the desk, shown for consent, or on its way."""

    WRITING = "writing"
    REVIEWING = "reviewing"
    REVIEWED = "reviewed"
    SENDING = "sending"


class TicketActs(QObject):
    """Holds at most one review; one decision stands behind it however often the button is pressed."""

    moved = Signal()
    """The phase has changed."""
    refused = Signal(str)
    """Nothing left, for this reason."""
    doubted = Signal(str)
    """It is not known what left, for this reason; the broker is being asked."""
    sent = Signal(object)
    """The review that was submitted."""
    many_lots = Signal(object)
    """The instrument whose position has several owners: each lot is closed by itself."""

    def __init__(self, handles: Handles, parent: QObject) -> None:
        super().__init__(parent)
        self._h = handles
        self.phase = Phase.WRITING
        self.held: Review | None = None
        self.close: LotClose | None = None
        self._decision = fresh_decision()
        self._asked = 0
        self._age: QTimer = once(self, round(REVIEW_LASTS_S * 1000), self._outlive)
        self.outlived = False
        self._again: Callable[[], Coroutine[Any, Any, Review]] | None = None

    def review(self, terms: Terms) -> None:
        """Ask the desk to review these terms; nothing happens while another act is under way."""
        self._ask(lambda: self._reviewed(terms.proposal(self._decision), reduces=terms.reduces))

    def review_signal(self, signal: SignalId) -> None:
        """Ask for the review of a signal that waits for a person."""
        self._ask(lambda: self._h.runs.approve(signal))

    def review_close(self, instrument: Instrument) -> None:
        """Ask for the review of an order that ends a position; `many_lots` is told when it has several owners."""
        self._ask(lambda: self._propose_close(instrument))

    async def override(self, reason: str) -> None:
        """Have the refusals of the review on show answered for; raise UserError when the reason says too little."""
        held = self.held
        if self.phase is Phase.REVIEWED and held is not None:
            answered = await self._h.desk.override(held, reason)
            if self.held is held:
                self.held = answered
                self.close = replace(self.close, review=answered) if self.close is not None else None
                self.moved.emit()

    def renew(self) -> None:
        """Ask anew for what is on show: the same decision, another review."""
        if self.phase is Phase.REVIEWED and self._again is not None:
            self.outlived = False
            self._ask(self._again)

    def check_stale(self) -> str:
        """Return why the review on show no longer stands for what would be sent, empty while it does."""
        if self.phase is not Phase.REVIEWED or self.held is None:
            return ""
        return OUTLIVED if self.outlived else self._h.desk.why_stale(self.held)

    def confirm(self) -> None:
        """Submit the review on show, once; one that went stale is shown as such instead."""
        if self.check_stale():
            self.moved.emit()
        elif self.phase is Phase.REVIEWED and self.held is not None:
            self._move(Phase.SENDING)
            self._h.tasks.spawn(self._submit(self.held), name="submit the ticket")

    def drop(self) -> None:
        """Forget the review, unless it is on its way."""
        if self.phase is Phase.SENDING:
            return
        self._asked += 1
        self.held = self.close = None
        self._age.stop()
        self._move(Phase.WRITING)

    def note(self, review: Review) -> str:
        """Say whose order it is, and what happens to stop and target that work already."""
        notes = []
        if review.proposal.strategy is not None:
            what = "A signal of" if review.proposal.signal else "Held by"
            notes.append(f"{what} {review.proposal.strategy.name}.")
        if self.close is not None:
            notes += _room_words(self.close)
        elif working := reducing_orders(self._h.facts.state, review):
            notes.append(f"{order_names(working).capitalize()} keep working; Close takes them off with the position.")
        return " ".join(notes)

    def _ask(self, ask: Callable[[], Coroutine[Any, Any, Review]]) -> None:
        if self.phase in (Phase.REVIEWING, Phase.SENDING):
            return
        self._asked += 1
        self.close = None
        self._again = ask
        self._move(Phase.REVIEWING)
        self._h.tasks.spawn(self._review(ask(), self._asked), name="review the ticket")

    async def _review(self, work: Coroutine[Any, Any, Review], asked: int) -> None:
        try:
            review = await work
        except TapelineError as error:
            if asked == self._asked:
                self._move(Phase.WRITING)
                if not isinstance(error, _ElsewhereError):
                    self.refused.emit(str(error))
            return
        if asked == self._asked:
            self.held, self.outlived = review, False
            self._age.start()
            self._move(Phase.REVIEWED)

    async def _submit(self, review: Review) -> None:
        try:
            await self._leave(review)
        except Retryable as error:
            self._ended()
            self.sent.emit(review)
            self.doubted.emit(str(error))
        except TapelineError as error:
            self._ended()
            self.refused.emit(str(error))
        else:
            self._ended()
            self.sent.emit(review)

    def _ended(self) -> None:
        """Be ready for another order; what was decided once is never decided again."""
        self.held = self.close = None
        self._age.stop()
        self._decision = fresh_decision()
        self._move(Phase.WRITING)

    async def _reviewed(self, proposal: Proposal, *, reduces: bool) -> Review:
        if not reduces:
            return await self._h.desk.review(proposal)
        self.close = await self._h.closing.reduce(proposal)
        return self.close.review

    async def _leave(self, review: Review) -> None:
        if self.close is not None:
            await self._h.closing.carry_out(self.close)
        elif review.proposal.signal is not None:
            await self._h.runs.submit(review)
        else:
            await self._h.desk.submit(review)

    async def _propose_close(self, instrument: Instrument) -> Review:
        closes = await self._h.closing.propose(instrument)
        if len(closes) > 1:
            self.many_lots.emit(instrument)
            raise _ElsewhereError
        self.close = closes[0]
        return closes[0].review

    def _outlive(self) -> None:
        self.outlived = True
        self.moved.emit()

    def _move(self, phase: Phase) -> None:
        if phase is not self.phase:
            self.phase = phase
            self.moved.emit()


def reducing_orders(state: State, review: Review) -> list[Order]:
    """Return our working stops and targets of the reviewed instrument that trade the same way as the review."""
    intent, side = review.intent, review.proposal.side
    return [
        order
        for order in state.orders.values()
        if order.con_id == intent.con_id and order.account == intent.account and order.side is side
        if order.role in (Role.STOP, Role.TARGET) and not order.state.is_final and not order.is_foreign
    ]


class _ElsewhereError(TapelineError):
    """The question goes on in another place; there is nothing to say here."""


def _room_words(close: LotClose) -> list[str]:
    """Return what happens to the orders of a lot before something is taken off it."""
    notes = []
    if close.shrinks:
        by = quantity(close.review.intent.entry.quantity)
        notes.append(f"First {order_names(list(close.shrinks))} shrink by {by}.")
    if close.children:
        notes.append(f"First cancels {order_names(list(close.children))}, then closes.")
    return notes
