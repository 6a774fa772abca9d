"""Cancels that were asked for and not answered: asked again, when the way is back and when the way swallowed them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.domain.errors import TapelineError
from app.domain.orders import Order, OrderState
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.session import Session, SessionView

log = logging.getLogger(__name__)
ASK_AGAIN_S = 3.0
TIMES = 10
"""How often a cancel is asked again before a person has to look; a cancel can be repeated without harm."""


def may_be_working(order: Order) -> bool:
    """Say whether an order of ours may be at the broker, as far as we know."""
    return not order.is_foreign and not order.state.is_final and order.state is not OrderState.INTENDED


class Cancels:
    """Sees every cancel that was asked for through to the broker's answer."""

    def __init__(
        self, send: Callable[[Order], Awaitable[None]], facts: Facts, session: Session, bus: Bus, tasks: Tasks
    ) -> None:
        self._send = send
        self._facts = facts
        self._session = session
        self._tasks = tasks
        self._was_ready = False
        self._is_at_it = False
        bus.on(SessionView, self._session_moved)

    def see_through(self) -> None:
        """Look after cancels that were just asked for."""
        if not self._is_at_it:
            self._is_at_it = True
            self._tasks.spawn(self._see_through(), name="see cancels through", is_vital=True)

    async def ask_again(self, order: Order) -> None:
        """Ask for a cancel once more; that it cannot leave is logged."""
        try:
            await self._send(order)
        except TapelineError as error:
            log.warning("the cancel of %s did not leave: %s", order.ref, error)

    def _session_moved(self, view: SessionView) -> None:
        """Ask for the cancels that could not leave, once the way is there."""
        if view.is_ready and not self._was_ready:
            for order in self._unanswered():
                self._tasks.spawn(self.ask_again(order), name=f"cancel {order.symbol}")
                self.see_through()
        self._was_ready = view.is_ready

    async def _see_through(self) -> None:
        """A line may swallow what was written to it, and live: then nobody else would ask again."""
        try:
            for _ in range(TIMES):
                waited_for = {order.ref for order in self._unanswered()}
                await asyncio.sleep(ASK_AGAIN_S)
                left = self._unanswered()
                if not left:
                    return
                for order in left if self._session.view.is_ready else ():
                    if order.ref in waited_for:
                        await self.ask_again(order)
        finally:
            self._is_at_it = False

    def _unanswered(self) -> list[Order]:
        return [
            order
            for order in self._facts.state.orders.values()
            if order.cancel_asked
            and order.state is not OrderState.PENDING_CANCEL
            and may_be_working(order)
            and order.account == self._session.view.account
        ]
