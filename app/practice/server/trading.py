"""Orders from clients: the exchange, the accounts and the intake put together, and what survives a restart."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from app.practice.accounts.account import Account
from app.practice.contracts import Contract
from app.practice.exchange.desk import Desk
from app.practice.exchange.exchange import Exchange
from app.practice.exchange.intake import Intake
from app.practice.exchange.order import Execution, Order
from app.practice.hours import hours_of
from app.practice.server.announce import Announcements, open_order, preview_state
from app.practice.server.catching_up import catch_up
from app.practice.server.corporate import Corporate
from app.practice.server.dispatch import answers
from app.practice.server.floor import Floor
from app.practice.server.locating import Locating
from app.practice.server.order_times import order_times
from app.practice.server.session import NO_REQUEST
from app.practice.server.times import moment, read_moment
from app.practice.wire import requests
from app.practice.wire.codes import ORDER_MESSAGE, READ_ONLY, Complaint
from app.practice.wire.placing import PlaceOrder

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

OPENS_LATER = "Warning: Your order will not be placed at the exchange until {}."


class Trading:
    """Everything that has to do with orders, in one place for the answers and the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._store = gateway.store
        self._day_ends = math.inf
        self.corporate = Corporate(gateway)
        self.executions: dict[str, Execution] = {}
        schedule = gateway.options.commission
        self.accounts = {
            name: Account(name, self._price_now, rate_of=self._rate_now, schedule=schedule)
            for name in gateway.options.accounts
        }
        self.announcements = Announcements(gateway)
        self.exchange = Exchange(
            Floor(gateway), self, self.announcements, self, is_open=gateway.is_open, read_moment=read_moment
        )
        self.exchange.liquidity.split_fill = gateway.faults.split_fill
        self.exchange.leaves_group = gateway.faults.leaves_group
        self.exchange.waiting.locate = Locating(gateway).found_at
        desk = Desk(
            book=gateway.book,
            exchange=self.exchange,
            ledger=self,
            announcer=self.announcements,
            keeper=self,
            accounts=gateway.options.accounts,
            price_of=lambda con_id, at: gateway.market.quote(con_id, at).last,
            times_of=order_times,
            read_moment=read_moment,
        )
        self.intake = Intake(desk, self._store.load_client_ids())
        self.intake.modify_twice = gateway.faults.modifies_twice

    # -- the exchange's ledger and keeper

    def book(self, execution: Execution) -> Execution:
        """Book a fill to its account."""
        account = self.accounts[execution.account]
        booked, fee_currency = account.book(execution), self._gateway.faults.fee_currency(execution)
        return account.charge_elsewhere(booked, fee_currency) if fee_currency else booked

    def refusal(self, order: Order, price: Decimal) -> Complaint | None:
        """Return the broker's refusal of an order."""
        return self.accounts[order.terms.account].refusal(order, price)

    def keep_order(self, order: Order) -> None:
        """Note an order for the next commit."""
        self._store.keep_order(order)

    def keep_execution(self, execution: Execution) -> None:
        """Note an execution for the next commit and for the day's blotter."""
        self.executions[execution.exec_id] = execution
        self._store.keep_execution(execution)

    def next_perm_id(self) -> int:
        """Give out an id that no order had or will have, also not in another data directory."""
        return self._count("last_perm_id", int(self._gateway.clock.now()))

    def next_exec_id(self) -> str:
        """Give out an execution id; its last part is the revision."""
        number = self._count("last_exec", 0)
        return f"{self._store_mark:08x}.{number:08x}.01.01"

    def next_order_id(self, client_id: int) -> int:
        """Return the lowest order id that a client has not used."""
        return self.intake.last_ids.get(client_id, 0) + 1

    def _count(self, name: str, start: int) -> int:
        self._counters[name] = number = self._counters.get(name, start) + 1
        self._store.put(name, number)
        return number

    # -- life over restarts

    def resume(self) -> None:
        """Take up where the last run ended: what was kept, then the time since, tick by tick for working orders."""
        gateway, store = self._gateway, self._store
        self._counters: dict[str, int] = {
            name: value for name in ("last_perm_id", "last_exec") if (value := store.get(name)) is not None
        }
        self._store_mark = int(store.get("mark") or self._new_mark())
        for account in self.accounts.values():
            store.load_account(account, gateway.book)
            store.keep_account(account)
        self.executions = {e.exec_id: e for e in store.load_executions(gateway.book)}
        for execution in self.executions.values():
            if execution.account in self.accounts:
                self.accounts[execution.account].note_volume(execution)
        orders = store.load_orders(gateway.book)
        self.intake.adopt(orders)
        now, left_at = gateway.clock.now(), store.get("clock")
        self.exchange.restore(orders, now)
        self._day_ends = self._session_end(now if left_at is None else left_at)
        if left_at is not None:
            self.corporate.begin_at(left_at)
            catch_up(self, gateway.market, left_at, now)

    def _new_mark(self) -> int:
        mark = int(self._gateway.clock.now())
        self._store.put("mark", mark)
        return mark

    # -- time

    def next_event(self) -> float:
        """Return when the next order expires or the day ends, whichever is first."""
        return min(self.exchange.next_event(), self._day_ends, self.corporate.next_event())

    def pass_time(self, at: float) -> None:
        """Expire orders and end days up to a moment, in order."""
        while self.next_event() <= at:
            due = self.next_event()
            if self.exchange.next_event() <= due:
                self.exchange.pass_time(due)
            elif self._day_ends <= due:
                self._end_day(due)
            else:
                self.corporate.pass_time(due)

    def _end_day(self, closes: float) -> None:
        market = self._gateway.market
        for account in self.accounts.values():
            account.start_day(lambda con_id: Decimal(str(market.quote(con_id, closes).last)))
        self._day_ends = self._session_end(closes)

    def _session_end(self, at: float) -> float:
        hours = self._gateway.hours
        return hours.open_close(hours.session_of(at))[1]

    def _price_now(self, con_id: int) -> Decimal:
        market = self._gateway.market
        return Decimal(str(market.last_tick(con_id, self._gateway.clock.now()).price))

    def _rate_now(self, currency: str) -> Decimal:
        return Decimal(str(self._gateway.rate(currency)))

    # -- what clients ask

    def place(self, session: Session, request: PlaceOrder) -> None:
        """Take an order, a modification or a what-if."""
        gateway, client_id = self._gateway, session.client_id or 0
        if gateway.faults.is_read_only:
            session.complain(request.order_id, READ_ONLY)
            return
        contract = gateway.resolve(session, request.order_id, request.contract)
        if contract is None:
            return
        gateway.step()
        now = gateway.clock.now()
        if request.terms.what_if:
            self._preview(session, request, contract, now)
            return
        is_new = self.intake.find(client_id, request.order_id) is None
        orders = self.exchange.roster.orders
        before = len(orders)
        self.intake.submit(client_id, request.order_id, contract, request.terms, now)
        self._store.keep_client_id(client_id, self.intake.last_ids.get(client_id, 0))
        order = self.intake.find(client_id, request.order_id)
        if order is not None and is_new:
            self._after_acceptance(session, order, now)
        for accepted in list(islice(orders.values(), before, None)):  # a group is accepted with its last order
            gateway.faults.order_accepted(session, accepted)

    def _after_acceptance(self, session: Session, order: Order, now: float) -> None:
        if not order.is_finished and not self._gateway.is_open(order.contract, now):
            hours = hours_of(order.contract.calendar)
            opens = hours.open_close(hours.session_of(now))[0]
            when = f"{_worded(opens)} US/Eastern"
            session.complain(order.order_id, ORDER_MESSAGE.about(OPENS_LATER.format(when)))

    def _preview(self, session: Session, request: PlaceOrder, contract: Contract, now: float) -> None:
        order = self.intake.preview(session.client_id or 0, request.order_id, contract, request.terms, now)
        if order is None or self._gateway.faults.swallows_what_if(session):
            return
        account = self.accounts[order.terms.account]
        preview = account.preview(order, self.intake.price_of(order.terms, contract, now))
        state = preview_state(preview.before, preview.after, preview.commission, contract.currency)
        session.send(open_order(order, state))

    def roll_ids(self, next_id: int) -> None:
        """Make the next order id of every client this one, or roll it back by a negative one; a restart keeps it."""
        self.intake.roll_ids(next_id)
        for client_id, last in self.intake.last_ids.items():
            self._store.keep_client_id(client_id, last)

    def reset(self) -> None:
        """Cancel every order, give every account its start cash back and begin an empty record."""
        self.intake.cancel_all(self._gateway.clock.now())
        self.intake.forget_finished()
        self.exchange.roster.forget_finished()
        self.executions.clear()
        self._store.forget_trading()
        for account in self.accounts.values():
            account.reset()


def _worded(at: float) -> str:
    return moment(at, 0).replace("  ", " ")


@answers(PlaceOrder)
def place_order(gateway: Gateway, session: Session, request: PlaceOrder) -> None:
    """Take an order."""
    gateway.trading.place(session, request)


@answers(requests.CancelOrder)
def cancel_order(gateway: Gateway, session: Session, request: requests.CancelOrder) -> None:
    """Cancel an order of this client."""
    if gateway.faults.is_read_only:
        session.complain(request.order_id, READ_ONLY)
        return
    gateway.step()
    gateway.trading.intake.cancel(session.client_id or 0, request.order_id, gateway.clock.now())


@answers(requests.GlobalCancel)
def global_cancel(gateway: Gateway, session: Session, _: requests.GlobalCancel) -> None:
    """Cancel every order of every client."""
    if gateway.faults.is_read_only:
        session.complain(NO_REQUEST, READ_ONLY)
        return
    gateway.step()
    gateway.trading.intake.cancel_all(gateway.clock.now())
