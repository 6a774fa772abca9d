"""What an order waits for before it works: its time, its conditions, the shares of a short sale."""

from __future__ import annotations

import math
from collections.abc import Callable

from app.practice.exchange.agenda import Agenda
from app.practice.exchange.conditions import Conditional, ReadMoment
from app.practice.exchange.order import Order
from app.practice.exchange.ports import Announcer, Keeper, Locate, Venue, always_there
from app.practice.wire.codes import LOCATING

Act = Callable[[Order, float], None]


class WaitingRoom:
    """Keeps orders back; `activate` lets one work and `end` cancels one when what it waited for came."""

    def __init__(
        self, market: Venue, announcer: Announcer, keeper: Keeper, read_moment: ReadMoment, activate: Act, end: Act
    ) -> None:
        self.locate: Locate = always_there
        self.agenda = Agenda()
        self._market = market
        self._tell = announcer
        self._keeper = keeper
        self._activate = activate
        self._end = end
        self._conditional = Conditional(lambda con_id, at: market.quote(con_id, at).last, read_moment)

    def keeps(self, order: Order, at: float) -> bool:
        """Return whether the order must not work yet (or ended); it is activated when its moment comes."""
        if order.wakes_at is not None and order.wakes_at > at:
            self._note_wake(order)
            return True
        return self._waits_for_conditions(order, at) or self._waits_for_shares(order, at)

    def take_back(self, order: Order, at: float) -> bool:
        """Keep an order of an earlier run back as it was; return whether it is."""
        if order.wakes_at is not None:
            self._note_wake(order)
            return True
        return self._waits_for_conditions(order, at) or order.is_finished

    def leave(self, order: Order) -> None:
        """Forget an order that ended or changed."""
        for con_id in self._conditional.drop(order):
            self._market.unwatch(con_id)

    def instruments(self) -> list[int]:
        """Return the instruments that conditions look at."""
        return self._conditional.instruments()

    def orders_at(self, con_id: int) -> list[Order]:
        """Return the orders whose open conditions look at an instrument."""
        return self._conditional.orders_at(con_id)

    def on_tick(self, con_id: int, at: float) -> None:
        """Look at the conditions that this instrument may fulfil."""
        if self._conditional.looked_at(con_id):
            for order in self._conditional.met_by_tick(con_id, at):
                self._check(order, at)

    def pass_time(self, at: float) -> None:
        """Wake the orders whose time has come and look at the conditions of time."""
        while (order := self.agenda.take_wake(at)) is not None:
            wakes_at, order.wakes_at = order.wakes_at, None
            self._activate(order, wakes_at or at)
        while (due := self.agenda.take_check(at)) is not None:
            self._check(due[1], due[0])

    def _note_wake(self, order: Order) -> None:
        if order.wakes_at is not None and math.isfinite(order.wakes_at):
            self.agenda.note_wake(order)

    def _waits_for_conditions(self, order: Order, at: float) -> bool:
        """Let an order wait for its conditions; one that they cancel works meanwhile."""
        if not order.terms.conditions or order.is_released:
            return False
        if self._conditional.are_met(order, at):
            return self._came(order, at)
        for con_id in {c.con_id for c in self._conditional.conditions_of(order) if c.con_id}:
            if not self._conditional.looked_at(con_id):
                self._market.watch(con_id)
        self._conditional.add(order)
        for moment in self._conditional.moments(order):
            if moment > at:
                self.agenda.note_check(moment, order)
        return not order.terms.conditions_cancel_order

    def _came(self, order: Order, at: float) -> bool:
        """Do what the fulfilled conditions say; return whether the order ended by it."""
        if order.terms.conditions_cancel_order:
            self._end(order, at)
            return True
        order.is_released = True
        return False

    def _check(self, order: Order, at: float) -> None:
        if order.is_finished or order.is_released or not self._conditional.are_met(order, at):
            return
        self.leave(order)
        if not self._came(order, at):
            self._activate(order, at)

    def _waits_for_shares(self, order: Order, at: float) -> bool:
        """Hold a short sale until its shares are found (404, whyHeld "locate")."""
        found_at = at if order.is_buy or order.is_located else self.locate(order, at)
        order.is_located = True
        if found_at <= at:
            return False
        order.wakes_at, order.why_held = found_at, "locate"
        self._keeper.keep_order(order)
        self._tell.changed(order)
        self._tell.refused(order.client_id, order.order_id, LOCATING)
        self._note_wake(order)
        return True
