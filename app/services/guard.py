"""The guard: the daily loss that leaves only what reduces, stops that are not there, exits that filled twice."""

from __future__ import annotations

import asyncio
import logging

from app.domain import events as ev
from app.domain.broker import AccountFigures, Liquidation, Message
from app.domain.errors import TapelineError
from app.domain.money import ZERO
from app.domain.orders import Order, OrderRef, OrderState, Role, Side
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.desk import Desk
from app.services.facts import Facts
from app.services.situation import Situations

log = logging.getLogger(__name__)
DAILY_LOSS = "The daily loss limit was reached"
SETTLES_S = 2.0
"""How long the broker may take to tell why a stop ended: its target filled, or the position was closed."""
_ENDED = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.INACTIVE)


class Guard:
    """Watches what time, the market and the broker do without anybody placing an order; places none itself."""

    def __init__(self, facts: Facts, situations: Situations, desk: Desk, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._facts = facts
        self._situations = situations
        self._desk = desk
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._looked_after: set[OrderRef] = set()
        self._liquidated: set[tuple[str, str]] = set()
        bus.on(AccountFigures, self._figures_came)
        bus.on(Liquidation, self._liquidation_came)
        bus.on(ev.SessionDayOpened, lambda day: self._new_day())
        bus.on(ev.OrderReported, lambda fact: self._order_reported(fact.ref))
        bus.on(ev.Filled, lambda fact: self._filled(fact.fill.ref))

    def _figures_came(self, figures: AccountFigures) -> None:
        day, worth = self._facts.state.days.get(figures.account), figures.net_liquidation
        if day is None or worth is None or not day.net_liquidation:
            return
        lost = (1 - worth / day.net_liquidation) * 100
        limit = self._situations.limits.daily_loss_percent
        if lost >= limit:
            self._desk.reduce_only(f"{DAILY_LOSS}: {lost:.2f} % of {limit} %; until the next session.")

    def _liquidation_came(self, news: Liquidation) -> None:
        """Tell once that the broker closed something by itself, and let only what reduces leave from then on."""
        fill = news.fill
        if fill.key in self._liquidated or self._facts.state.fill_of(fill.account, fill.exec_id) is not None:
            return
        self._liquidated.add(fill.key)
        did = "sold" if fill.side is Side.SELL else "bought back"
        why = f"The broker liquidated: it {did} {fill.quantity} {fill.symbol} at {fill.price} in {fill.account}"
        self._desk.reduce_only(f"{why}. Look at margin and positions, then resume.")
        log.error("%s", why)
        self._bus.publish(Message(0, f"{why}; only orders that reduce leave until you resume.", fill.ref))

    def _order_reported(self, ref: OrderRef) -> None:
        stop = self._facts.state.orders.get(ref)
        if stop is None or stop.role is not Role.STOP or stop.intent is None:
            return
        if stop.state is OrderState.REJECTED:
            self._stop_refused(stop)
        elif stop.state in _ENDED and not stop.cancel_asked and ref not in self._looked_after:
            self._looked_after.add(ref)
            self._tasks.spawn(self._stop_ended(ref), name=f"look after {stop.symbol}")

    def _stop_refused(self, stop: Order) -> None:
        """An entry whose stop the broker refused must not fill; one that has filled is held bare, which is told."""
        entry = self._entry_of(stop)
        if entry.ref != stop.ref and not entry.state.is_final and not entry.cancel_asked:
            self._tasks.spawn(self._cancel(entry), name=f"cancel {entry.symbol}", is_vital=True)
        if entry.filled:
            self._tell(stop, "is held without its stop: the broker refused it. Place one, or close the position.")

    async def _stop_ended(self, ref: OrderRef) -> None:
        """Tell when the broker ended a stop of something that is still held and that nothing else gets out of."""
        await asyncio.sleep(SETTLES_S)
        stop = self._facts.state.orders[ref]
        if stop.state in _ENDED and not stop.cancel_asked and self._is_bare(stop):
            why = f"the broker ended it ({stop.state.value.replace('_', ' ')})"
            self._tell(stop, f"is held without its stop: {why}. Place one, or close the position.")

    def _is_bare(self, stop: Order) -> bool:
        """Say whether more is held of what a stop protected than other stops and closes still cover."""
        state = self._facts.state
        position = state.position(stop.account, stop.con_id)
        held = position.quantity if position else ZERO
        covers = [
            order.remaining
            for order in state.orders.values()
            if (order.account, order.con_id, order.side) == (stop.account, stop.con_id, stop.side)
            and order.role in (Role.STOP, Role.CLOSE)
            and not order.state.is_final
            and order.state is not OrderState.INACTIVE
        ]
        entry = self._entry_of(stop)
        was_of_use = entry.ref == stop.ref or entry.filled > 0
        return was_of_use and -held * stop.side.sign > sum(covers, ZERO)

    def _filled(self, ref: OrderRef | None) -> None:
        """Tell when more left by the exits of an entry than had come in by it: the broker filled both of them."""
        state = self._facts.state
        order = state.orders.get(ref) if ref is not None else None
        if order is None or order.intent is None or order.role not in (Role.STOP, Role.TARGET):
            return
        intent = state.intents[order.intent]
        exits = [state.orders[leg.ref] for leg in (intent.legs if intent.is_pair else intent.children)]
        came = intent.entry.quantity if intent.is_pair else state.orders[intent.entry.ref].filled
        left = sum((exit_.filled for exit_ in exits), ZERO)
        if left > came and all(exit_.filled for exit_ in exits):
            self._tell(
                order,
                f"left by both of its exits, {left} for {came}. Nothing is sent by itself; look at the position, "
                "and close what should not be there.",
            )

    def _entry_of(self, order: Order) -> Order:
        assert order.intent is not None
        state = self._facts.state
        return state.orders[state.intents[order.intent].entry.ref]

    def _tell(self, order: Order, what: str) -> None:
        told = f"{order.symbol} {what}"
        log.error("%s", told)
        self._bus.publish(Message(0, told, order.ref))

    async def _cancel(self, entry: Order) -> None:
        try:
            await self._desk.cancel(entry.ref, "its stop was refused")
        except TapelineError as error:
            log.error("the entry of %s works without a stop and could not be cancelled: %s", entry.symbol, error)

    def _new_day(self) -> None:
        trading = self._facts.state.trading
        if trading.state is ev.TradingState.REDUCING and trading.reason.startswith(DAILY_LOSS):
            self._desk.end_reducing("A new session has begun.")
