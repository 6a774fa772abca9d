"""The matching engine: working orders against ticks, and the life of an order from accepted to finished."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.practice.contracts import Contract
from app.practice.exchange.conditions import ReadMoment
from app.practice.exchange.groups import reduce_siblings, siblings
from app.practice.exchange.kinds import Trigger, hold_reason, is_reached, kind_of
from app.practice.exchange.liquidity import Liquidity
from app.practice.exchange.order import Execution, Order, Status, fill_order
from app.practice.exchange.ports import Announcer, Keeper, Ledger, Venue
from app.practice.exchange.queues import Queues
from app.practice.exchange.roster import Roster
from app.practice.exchange.trailing import start_trailing
from app.practice.exchange.waiting import WaitingRoom


class Exchange:
    """Works orders against the market; every change is told to the announcer and handed to the keeper."""

    def __init__(
        self,
        market: Venue,
        ledger: Ledger,
        announcer: Announcer,
        keeper: Keeper,
        *,
        is_open: Callable[[Contract, float], bool],
        read_moment: ReadMoment,
    ) -> None:
        self._market = market
        self._ledger = ledger
        self._tell = announcer
        self._keeper = keeper
        self._is_open = is_open
        self._queues: dict[int, Queues] = {}
        self.roster = Roster()
        self.liquidity = Liquidity(market)
        self.changes = 0
        self.leaves_group: Callable[[Order], bool] = lambda order: False
        self.waiting = WaitingRoom(
            market, announcer, keeper, read_moment, self.activate, lambda order, at: self.cancel(order, at, "")
        )

    # -- life of an order

    def accept(self, order: Order) -> None:
        """Take in an order that passed every check and announce it; it does not work yet."""
        self._remember(order)
        order.why_held = hold_reason(order)
        self._keeper.keep_order(order)
        self._tell.accepted(order)

    def activate(self, order: Order, at: float) -> None:
        """Let an accepted order work, unless it still waits for its parent, its time, its conditions or its shares."""
        if order.is_finished or order.is_waiting_for_parent:
            return
        order.revision += 1
        order.why_held = hold_reason(order)
        if not self.waiting.keeps(order, at):
            self._begin(order, at)

    def _begin(self, order: Order, at: float) -> None:
        queues, kind = self._queues_of(order), kind_of(order)
        quote = self._usable_quote(order.contract, at)
        if order.is_triggered or kind.trigger is Trigger.NONE:
            self._go_live(order, queues, quote, at)
            self._end_if_immediate(order, at)
        elif kind.trigger in (Trigger.STOP, Trigger.TOUCH):
            self._await_trigger(order, queues, quote, at)
        elif kind.trigger is Trigger.TRAIL:
            start_trailing(order, quote)
            queues.trailing.add(order)

    def _end_if_immediate(self, order: Order, at: float) -> None:
        if order.terms.tif in {"IOC", "FOK"}:
            self.cancel(order, at, "")

    def restore(self, orders: Iterable[Order], at: float) -> None:
        """Take back the orders of an earlier run without a word to anybody."""
        for order in orders:
            self._remember(order)
            if not order.is_finished and not order.is_waiting_for_parent:
                self._requeue(order, at)

    def modify(self, order: Order, terms: Any, at: float) -> None:
        """Give a working order new terms."""
        if terms.order_type != order.terms.order_type or terms.aux_price != order.terms.aux_price:
            order.is_triggered = False
        if terms.conditions != order.terms.conditions:
            order.is_released = False
        order.terms = terms
        order.revision += 1
        self.waiting.leave(order)
        self._set_status(order, order.status)
        self._remember(order)
        self._tell.changed(order)
        if order.remaining <= 0:
            self.cancel(order, at, "")
            return
        self.activate(order, at)

    def cancel(self, order: Order, at: float, reason: str) -> None:
        """End an order and, when it never was filled, its children."""
        if order.is_finished:
            return
        self._finish(order, Status.CANCELLED, at)
        self._tell.cancelled(order, reason)
        for child in order.children:
            if order.filled > 0:
                self.release_child(child, at)
            else:
                self.cancel(child, at, reason)

    def deactivate(self, order: Order, at: float) -> None:
        """Make an order inactive, as a gateway does with one that it refuses late."""
        self._finish(order, Status.INACTIVE, at)
        self._tell.changed(order)

    # -- time and ticks

    def on_tick(self, tick: Any) -> None:
        """Match one tick (con_id, at, price, bid, ask); costs only what it triggers."""
        self.waiting.on_tick(tick.con_id, tick.at)
        queues = self._queues.get(tick.con_id)
        if queues is None:
            return
        for order in queues.take_market():
            self._match(order, tick, tick.at)
        for order in list(queues.triggered(tick.price)):
            self._trigger(order, tick, tick.at)
        for order in queues.trailing.reached(tick):
            self._trigger(order, tick, tick.at)
        for order in list(queues.fillable(tick.bid, tick.ask)):
            self._match(order, tick, tick.at, is_resting=True)

    def next_event(self) -> float:
        """Return when the next order may wake or end, infinite when none does."""
        return self.waiting.agenda.next()

    def pass_time(self, at: float) -> None:
        """Wake the orders whose time has come and end those whose time is over."""
        self.waiting.pass_time(at)
        while (order := self.waiting.agenda.take_end(at)) is not None:
            self.cancel(order, order.expires_at or at, "")

    def working(self) -> list[Order]:
        """Return the orders that are not finished, oldest first."""
        return self.roster.working()

    def instruments(self) -> list[int]:
        """Return the instruments that have working orders or that conditions look at."""
        return sorted({*self.roster.instruments(), *self.waiting.instruments()})

    def keep_trailing(self) -> None:
        """Hand the levels of trailing orders to the keeper and tell them; they move without any other change."""
        for queues in self._queues.values():
            for order in queues.trailing.moved():
                self._keeper.keep_order(order)
                self._tell.trailed(order)

    # -- matching

    def _go_live(self, order: Order, queues: Queues, quote: Any, at: float) -> None:
        if kind_of(order).has_limit and order.status is not Status.SUBMITTED:
            self._set_status(order, Status.SUBMITTED)
            self._tell.changed(order)
        if quote is None:
            queues.add_live(order)
        else:
            self._match(order, quote, at)

    def _await_trigger(self, order: Order, queues: Queues, quote: Any, at: float) -> None:
        level = order.terms.aux_price
        assert level is not None
        if quote is not None and is_reached(order, level, quote.last):
            self._trigger(order, quote, at)
        else:
            queues.add_trigger(order, level)

    def _trigger(self, order: Order, price: Any, at: float) -> None:
        if order.is_finished:  # another order of its group was filled by the same tick
            return
        order.is_triggered = True
        order.why_held = ""
        self._set_status(order, Status.SUBMITTED)
        self._tell.changed(order)
        self._match(order, price, at)
        self._end_if_immediate(order, at)

    def _match(self, order: Order, quote: Any, at: float, *, is_resting: bool = False) -> None:
        if order.is_finished:
            return
        revision = order.revision
        for shares, price in self.liquidity.fills(order, quote, at, is_resting=is_resting):
            if order.is_finished or order.revision != revision:  # its group changed it after the last fill
                break
            exec_id = self._keeper.next_exec_id()
            self._fill(order, fill_order(order, exec_id, shares, price, at, adds_liquidity=is_resting))
        if not order.is_finished and order.revision == revision:
            self._queues_of(order).add_live(order)

    def _fill(self, order: Order, fill: Execution) -> None:
        order.why_held = ""
        execution = self._ledger.book(fill)
        self._keeper.keep_execution(execution)
        self._market.record_trade(order.contract.con_id, float(fill.price), int(fill.shares), fill.at)
        if order.remaining <= 0:
            self._finish(order, Status.FILLED, fill.at)
        else:
            self._set_status(order, Status.SUBMITTED)
        self._tell.filled(order, execution)
        self._after_fill(order, fill.shares, fill.at)

    def _after_fill(self, order: Order, shares: Decimal, at: float) -> None:
        others = siblings(order, self.working()) if order.terms.oca_group else []
        for sibling in others if others and not self.leaves_group(order) else ():
            left = reduce_siblings(order, sibling, shares)
            if left <= 0:
                self.cancel(sibling, at, "")
            else:
                self.modify(sibling, replace(sibling.terms, quantity=sibling.filled + left), at)
        if order.status is Status.FILLED:
            for child in order.children:
                self.release_child(child, at)

    def release_child(self, child: Order, at: float) -> None:
        """Let a child work whose parent is done; it never covers more than the parent's filled quantity."""
        parent = child.parent
        if child.is_finished or parent is None:
            return
        if parent.filled < child.terms.quantity:
            child.terms = replace(child.terms, quantity=parent.filled)
        child.why_held = hold_reason(child)
        if kind_of(child).trigger is not Trigger.NONE:
            self._set_status(child, Status.PRE_SUBMITTED)
            self._tell.changed(child)
        self.activate(child, at)

    # -- keeping

    def _finish(self, order: Order, status: Status, at: float) -> None:
        order.completed_at = at
        order.why_held = ""
        order.revision += 1
        order.completed_status = (
            f"Filled Size: {order.filled.normalize():f}" if status is Status.FILLED else "Cancelled by Trader"
        )
        self._set_status(order, status)
        self._forget(order)

    def _set_status(self, order: Order, status: Status) -> None:
        order.status = status
        self.changes += 1
        self._keeper.keep_order(order)

    def _forget(self, order: Order) -> None:
        """Keep a finished order for the record only; an instrument without working orders needs no ticks."""
        self.waiting.leave(order)
        if self.roster.leave(order):
            con_id = order.contract.con_id
            if self._queues.pop(con_id, None) is not None:
                self._market.unwatch(con_id)

    def _remember(self, order: Order) -> None:
        self.roster.enter(order)
        self.waiting.agenda.note_end(order)

    def _requeue(self, order: Order, at: float) -> None:
        if self.waiting.take_back(order, at):
            return
        queues, kind = self._queues_of(order), kind_of(order)
        if order.is_triggered or kind.trigger is Trigger.NONE:
            queues.add_live(order)
        elif kind.trigger is Trigger.TRAIL:
            queues.trailing.add(order)
        elif order.terms.aux_price is not None:
            queues.add_trigger(order, order.terms.aux_price)

    def _queues_of(self, order: Order) -> Queues:
        con_id = order.contract.con_id
        if con_id not in self._queues:
            self._queues[con_id] = Queues()
            self._market.watch(con_id)
        return self._queues[con_id]

    def _usable_quote(self, contract: Contract, at: float) -> Any:
        if not self._is_open(contract, at):
            return None
        quote = self._market.quote(contract.con_id, at)
        return None if quote is None or quote.halted or not math.isfinite(quote.bid) else quote
