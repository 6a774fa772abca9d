"""What clients read of orders: open, completed, executed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.practice.exchange.order import Execution, Order
from app.practice.server.announce import commission, completed_order, execution_message, open_order, order_status
from app.practice.server.dispatch import answers
from app.practice.server.session import NO_REQUEST
from app.practice.server.times import midnight, read_moment
from app.practice.wire import replies, requests
from app.practice.wire.codes import BIND_NEEDS_ZERO, INVALID, READ_ONLY

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

_SIDES = {"BUY": True, "BOT": True, "SELL": False, "SLD": False, "SSHORT": False}


@answers(requests.OpenOrders)
def open_orders(gateway: Gateway, session: Session, _: requests.OpenOrders) -> None:
    """Tell the client's own open orders."""
    if _is_refused(gateway, session):
        return
    gateway.step()
    mine = (order for order in gateway.trading.exchange.working() if order.client_id == session.client_id)
    _tell_open(session, mine)


@answers(requests.AllOpenOrders)
def all_open_orders(gateway: Gateway, session: Session, _: requests.AllOpenOrders) -> None:
    """Tell everybody's open orders."""
    if _is_refused(gateway, session):
        return
    gateway.step()
    _tell_open(session, gateway.trading.exchange.working())


@answers(requests.AutoOpenOrders)
def auto_open_orders(gateway: Gateway, session: Session, request: requests.AutoOpenOrders) -> None:
    """Refuse automatic binding to any client but 0; there are no manual orders to bind."""
    if session.client_id != 0:
        session.complain(-1, BIND_NEEDS_ZERO)


def _is_refused(gateway: Gateway, session: Session) -> bool:
    """Refuse what counts as access to orders while the API is read-only: lists of orders too, but not executions."""
    if gateway.faults.is_read_only:
        session.complain(NO_REQUEST, READ_ONLY)
    return gateway.faults.is_read_only


def _tell_open(session: Session, orders: Iterable[Order]) -> None:
    for order in orders:
        session.send(open_order(order))
        session.send(order_status(order))
    session.send(replies.OpenOrdersEnd())


@answers(requests.CompletedOrders)
def completed_orders(gateway: Gateway, session: Session, _: requests.CompletedOrders) -> None:
    """Tell the orders that ended since midnight of the exchange's day."""
    if _is_refused(gateway, session):
        return
    since = midnight(gateway.clock.now())
    for order in gateway.trading.exchange.roster.orders.values():
        if order.is_finished and (order.completed_at or 0.0) >= since:
            session.send(completed_order(order, session.version))
    session.send(replies.CompletedOrdersEnd())


@answers(requests.Executions)
def executions(gateway: Gateway, session: Session, request: requests.Executions) -> None:
    """Tell the executions since midnight that pass the filter, each with its commission."""
    since = midnight(gateway.clock.now())
    if request.time:
        asked = read_moment(request.time)
        if asked is None:
            session.complain(request.req_id, INVALID.about("b5", f"Invalid time {request.time}"))
            return
        since = max(since, asked)
    for execution in list(gateway.trading.executions.values()):
        if execution.at >= since and _passes(execution, request):
            session.send(execution_message(execution, request.req_id, session.version))
            session.send(commission(execution))
    session.send(replies.ExecutionsEnd(req_id=request.req_id))


def _passes(execution: Execution, wanted: requests.Executions) -> bool:
    contract = execution.contract
    exchanges = {contract.exchange, contract.primary_exchange, "ISLAND"}
    return (
        (not wanted.client_id or wanted.client_id == execution.client_id)
        and (not wanted.account or wanted.account == execution.account)
        and (not wanted.symbol or wanted.symbol.upper() == contract.symbol)
        and (not wanted.sec_type or wanted.sec_type.upper() == contract.sec_type)
        and (not wanted.exchange or wanted.exchange.upper() in exchanges)
        and (not wanted.side or _SIDES.get(wanted.side.upper()) is execution.is_buy)
    )
