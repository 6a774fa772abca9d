"""What clients hear of orders: the exact messages, in a gateway's order, to the client that placed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.practice.contracts import Contract
from app.practice.exchange.order import Execution, Order
from app.practice.server.session import Session
from app.practice.server.times import moment
from app.practice.wire import records, replies, telling
from app.practice.wire.codes import CANCELLED, Complaint

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway

LIVE = -1
NAMES_OF_EXCHANGES = {"NASDAQ": "ISLAND"}


class Announcements:
    """The exchange's announcer: turns news of orders into messages for the placing client."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def accepted(self, order: Order) -> None:
        """Tell that an order was taken."""
        self.changed(order)

    def changed(self, order: Order) -> None:
        """Tell an order and its status."""
        self._send(order.client_id, [open_order(order), order_status(order)])

    def trailed(self, order: Order) -> None:
        """Tell where the stop of a trailing order has come to."""
        self._send(order.client_id, [open_order(order)])

    def filled(self, order: Order, execution: Execution) -> None:
        """Tell a fill: the execution, order and status twice, the commission last."""
        session = self._session(order.client_id)
        if session is None:
            return
        told = [open_order(order), order_status(order)]
        messages: list[Any] = [execution_message(execution, LIVE, session.version), *told, *told, commission(execution)]
        self._gateway.faults.fill_messages(session, order, messages)

    def cancelled(self, order: Order, reason: str) -> None:
        """Tell that an order is cancelled: its status and 202."""
        complaint = CANCELLED.about(reason)
        self._send(order.client_id, [order_status(order)])
        self.refused(order.client_id, order.order_id, complaint)

    def refused(self, client_id: int, order_id: int, complaint: Complaint) -> None:
        """Tell why something was not done."""
        session = self._session(client_id)
        if session is not None:
            session.complain(order_id, complaint)

    def _send(self, client_id: int, messages: Iterable[Any]) -> None:
        session = self._session(client_id)
        if session is not None:
            for message in messages:
                session.send(message)

    def _session(self, client_id: int) -> Session | None:
        return self._gateway.sessions.get(client_id)


def line_of(contract: Contract, *, exchange: str | None = None, right: str | None = None) -> records.ContractLine:
    """Return a contract as it is told beside orders, executions and positions."""
    return records.ContractLine(
        con_id=contract.con_id,
        symbol=contract.symbol,
        sec_type=contract.sec_type,
        expiry=contract.expiry,
        strike=contract.strike,
        right=right if right is not None else contract.right,
        multiplier=contract.multiplier,
        exchange=contract.exchange if exchange is None else exchange,
        currency=contract.currency,
        local_symbol=contract.local_symbol or contract.symbol,
        trading_class=contract.trading_class,
    )


def open_order(order: Order, state: telling.OrderState | None = None) -> telling.OpenOrder:
    """Return an order as open orders tell it."""
    terms = order.terms
    return telling.OpenOrder(
        order_id=order.order_id,
        contract=line_of(order.contract, right=order.contract.right or "?"),
        terms=_told_terms(order),
        client_id=order.client_id,
        perm_id=order.perm_id,
        allocation=f"{order.perm_id}.0/{terms.account}/100",
        state=state or telling.OrderState(status=order.status.value),
    )


def _told_terms(order: Order) -> Any:
    # IB: a gateway tells type 3 for orders in no group as well.
    return replace(
        order.terms,
        oca_type=order.terms.oca_type or 3,
        clearing_intent=order.terms.clearing_intent or "IB",
        trail_stop_price=order.terms.trail_stop_price if order.stop_level is None else round(order.stop_level, 4),
    )


def order_status(order: Order) -> replies.OrderStatus:
    """Return an order's status."""
    return replies.OrderStatus(
        order_id=order.order_id,
        status=order.status.value,
        filled=order.filled,
        remaining=order.remaining,
        average_price=float(order.average_price),
        perm_id=order.perm_id,
        parent_id=order.terms.parent_id,
        last_price=float(order.last_price),
        client_id=order.client_id,
        why_held=order.why_held,
        market_cap_price=0.0,
    )


def completed_order(order: Order, version: int) -> telling.CompletedOrder:
    """Return a finished order."""
    return telling.CompletedOrder(
        contract=line_of(order.contract, right=order.contract.right or "?"),
        terms=_told_terms(order),
        perm_id=order.perm_id,
        status=order.status.value,
        filled=order.filled,
        parent_perm_id=order.parent.perm_id if order.parent else 0,
        completed_time=moment(order.completed_at or order.placed_at, version),
        completed_status=order.completed_status,
    )


def execution_message(execution: Execution, req_id: int, version: int) -> replies.Execution:
    """Return an execution, live (−1) or as part of an answer."""
    primary = execution.contract.primary_exchange
    return replies.Execution(
        req_id=req_id,
        order_id=execution.order_id,
        contract=line_of(execution.contract),
        exec_id=execution.exec_id,
        time=moment(execution.at, version),
        account=execution.account,
        exchange=NAMES_OF_EXCHANGES.get(primary, primary),
        side="BOT" if execution.is_buy else "SLD",
        shares=execution.shares,
        price=float(execution.price),
        perm_id=execution.perm_id,
        client_id=execution.client_id,
        liquidation=1 if execution.order_id == -1 else 0,
        cumulative=execution.cumulative,
        average_price=float(execution.average_price),
        order_ref=execution.order_ref,
        last_liquidity=1 if execution.adds_liquidity else 2,
    )


def commission(execution: Execution) -> replies.Commission:
    """Return an execution's commission; the profit is unset on an opening trade."""
    return replies.Commission(
        exec_id=execution.exec_id,
        commission=float(execution.commission),
        currency=execution.charged_in,
        realized=None if execution.realized is None else float(round(execution.realized, 6)),
    )


def preview_state(before: Any, after: Any, fee: Decimal, currency: str) -> telling.OrderState:
    """Return the state that answers a what-if: margin before, change and after, and the commission."""
    return telling.OrderState(
        status="PreSubmitted",
        init_before=_cents(before.initial),
        maint_before=_cents(before.maintenance),
        equity_before=_cents(before.equity),
        init_change=_cents(after.initial - before.initial),
        maint_change=_cents(after.maintenance - before.maintenance),
        equity_change=_cents(after.equity - before.equity),
        init_after=_cents(after.initial),
        maint_after=_cents(after.maintenance),
        equity_after=_cents(after.equity),
        commission=float(fee),
        commission_currency=currency,
    )


def _cents(amount: Decimal) -> float:
    return float(round(amount, 2))
