"""The guard: the daily loss that leaves only what reduces, and entries whose stop was refused."""

from __future__ import annotations

import logging

from app.domain import events as ev
from app.domain.broker import AccountFigures, Message
from app.domain.errors import TapelineError
from app.domain.orders import Order, OrderRef, OrderState, Role
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.desk import Desk
from app.services.facts import Facts
from app.services.situation import Situations

log = logging.getLogger(__name__)
DAILY_LOSS = "The daily loss limit was reached"


class Guard:
    """Watches limits that time and the market reach without anybody placing an order."""

    def __init__(self, facts: Facts, situations: Situations, desk: Desk, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._facts = facts
        self._situations = situations
        self._desk = desk
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        bus.on(AccountFigures, self._figures_came)
        bus.on(ev.SessionDayOpened, lambda day: self._new_day())
        bus.on(ev.OrderReported, lambda fact: self._order_reported(fact.ref))

    def _figures_came(self, figures: AccountFigures) -> None:
        day, worth = self._facts.state.days.get(figures.account), figures.net_liquidation
        if day is None or worth is None or not day.net_liquidation:
            return
        lost = (1 - worth / day.net_liquidation) * 100
        limit = self._situations.limits.daily_loss_percent
        if lost >= limit:
            self._desk.reduce_only(f"{DAILY_LOSS}: {lost:.2f} % of {limit} %; until the next session.")

    def _order_reported(self, ref: OrderRef) -> None:
        """An entry whose stop the broker refused must not fill; one that has filled is held bare, which is told."""
        state = self._facts.state
        stop = state.orders.get(ref)
        if stop is None or stop.role is not Role.STOP or stop.state is not OrderState.REJECTED or stop.intent is None:
            return
        entry = state.orders[state.intents[stop.intent].entry.ref]
        if entry.ref != ref and not entry.state.is_final and not entry.cancel_asked:
            self._tasks.spawn(self._cancel(entry), name=f"cancel {entry.symbol}")
        if entry.filled:
            told = f"{stop.symbol} is held without its stop: the broker refused it. Place one, or close the position."
            log.error("%s", told)
            self._bus.publish(Message(0, told, stop.ref))

    async def _cancel(self, entry: Order) -> None:
        try:
            await self._desk.cancel(entry.ref, "its stop was refused")
        except TapelineError as error:
            log.error("the entry of %s works without a stop and could not be cancelled: %s", entry.symbol, error)

    def _new_day(self) -> None:
        trading = self._facts.state.trading
        if trading.state is ev.TradingState.REDUCING and trading.reason.startswith(DAILY_LOSS):
            self._desk.end_reducing("A new session has begun.")
