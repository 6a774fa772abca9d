"""Orders in IB's words and in ours: what we send, and what its statuses mean.

A state comes from a status string of the broker alone, never from an error code.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from ib_async.contract import Contract
from ib_async.objects import CommissionReport, Execution
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState

from app.adapters.ib.values import exact_or_none, plain, price_or_none
from app.domain.broker import Commission, Margin, OrderReport
from app.domain.changes import OrderChange
from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill
from app.domain.money import ZERO
from app.domain.orders import Intent, Leg, Limit, Market, OrderRef, OrderState, OrderType, Role, Side, Stop, Terms

log = logging.getLogger(__name__)

# IB: 2 reduces the others in proportion and keeps two legs from filling at once.
REDUCE_WITH_BLOCK = 2
_OUR_REF = re.compile(r"[0-9a-f]{32}(\.[a-z0-9_]+)?")
_NOTHING_AS_WORDS = ("deltaNeutralOrderType", "deltaNeutralOpenClose", "adjustedOrderType", "openClose")
"""Fields that IB fills with a word for nothing, which it would not take back."""
_CHILD_ROLES = (Role.STOP, Role.TARGET)


def ib_order(leg: Leg, account: str) -> IbOrder:
    """Return a fresh ib order for one leg; an order object must never be sent twice."""
    order = IbOrder(
        action=leg.side.value,
        totalQuantity=plain(leg.quantity),  # type: ignore[arg-type]  # ib_async writes a Decimal as it reads
        tif=leg.tif.value,
        account=account,
        orderRef=leg.ref,
        outsideRth=leg.outside_hours,
    )
    _set_type(order, leg.type)
    return order


def _set_type(order: IbOrder, type_: OrderType) -> None:
    match type_:
        case Market():
            order.orderType = "MKT"
        case Limit(price=price):
            order.orderType, order.lmtPrice = "LMT", plain(price)
        case Stop(price=price):
            order.orderType, order.auxPrice = "STP", plain(price)
        case _:
            assert_never(type_)


def ib_orders(intent: Intent, ids: Sequence[int]) -> list[IbOrder]:
    """Return an intent's orders, tied together: children name their parent, exclude each other and are sent last.

    Protection without an entry is a plain one-cancels-all group.
    """
    orders = [ib_order(leg, intent.account) for leg in intent.legs]
    has_parent = intent.entry.role not in _CHILD_ROLES
    children = orders[1:] if has_parent else orders
    for order, id_ in zip(orders, ids, strict=True):
        order.orderId = id_
    for child in children:
        child.parentId = ids[0] if has_parent else 0
        if len(children) > 1:
            child.ocaGroup, child.ocaType = f"{intent.id}.oca", REDUCE_WITH_BLOCK
    if has_parent:
        for order in orders[:-1]:
            order.transmit = False
    return orders


def changed_order(told: IbOrder, part: OrderChange) -> IbOrder:
    """Return the order that asks the broker to give one it described new terms, and to keep all else.

    IB: what is left out of a change counts as taken away, so that everything it told goes back as it is.
    """
    order = copy.copy(told)
    order.totalQuantity = plain(part.new.quantity)  # type: ignore[assignment]  # ib_async writes it as it reads
    if part.new.limit is not None:
        order.lmtPrice = plain(part.new.limit)
    if part.new.stop is not None:
        order.auxPrice = plain(part.new.stop)
    order.transmit, order.whatIf = True, False
    for name in _NOTHING_AS_WORDS:
        if getattr(order, name) in ("None", "?"):
            setattr(order, name, "")
    return order


def order_state(status: str, filled: Decimal | None) -> OrderState | None:
    """Return what a status string of the broker means; None where it says nothing."""
    match status:
        case "PreSubmitted" | "Submitted":
            return OrderState.PARTIALLY_FILLED if filled else OrderState.ACCEPTED
        case "Filled":
            return OrderState.FILLED
        case "Cancelled" | "ApiCancelled":
            return OrderState.CANCELLED
        case "PendingCancel":
            return OrderState.PENDING_CANCEL
        case "Inactive":
            return OrderState.INACTIVE
        case "PendingSubmit" | "ApiPending" | "":
            return None
        case _:
            log.warning("the broker said the unknown order status %r", status)
            return None


def completed_state(state: IbOrderState, filled: Decimal | None, quantity: Decimal) -> OrderState:
    """Return how an order of the broker's list of completed orders ended."""
    if state.status == "Filled" or (filled and filled >= quantity):
        return OrderState.FILLED
    words = state.completedStatus.lower()
    if state.status == "Inactive" or "reject" in words:
        return OrderState.REJECTED
    return OrderState.EXPIRED if "expire" in words else OrderState.CANCELLED


def our_ref(order_ref: str, *, is_own_client: bool) -> OrderRef | None:
    """Return an order's ref when it is one of ours: sent by this client id, or in the form of our ids."""
    if order_ref and (is_own_client or _OUR_REF.fullmatch(order_ref)):
        return OrderRef(order_ref)
    return None


def side_of(action: str) -> Side:
    """Return the side of an action or execution as IB writes it."""
    return Side.BUY if action in ("BUY", "BOT") else Side.SELL


def report_of(contract: Contract, order: IbOrder, *, client_id: int, ours: int) -> OrderReport:
    """Return what openOrder or completedOrder says of an order, without its state."""
    limit, stop = _prices(order)
    return OrderReport(
        ref=our_ref(order.orderRef, is_own_client=client_id == ours),
        perm_id=order.permId or None,
        order_id=order.orderId if order.orderId > 0 else None,
        client_id=client_id,
        account=order.account,
        con_id=ConId(contract.conId),
        symbol=contract.symbol,
        side=side_of(order.action),
        type_name=order.orderType,
        quantity=exact_or_none(order.totalQuantity) or ZERO,
        limit=limit,
        stop=stop,
        tif=order.tif,
        state=None,
    )


def terms_of(report: OrderReport) -> Terms:
    """Return the terms that a report tells."""
    return Terms(report.quantity, report.limit, report.stop)


def _prices(order: IbOrder) -> tuple[Decimal | None, Decimal | None]:
    words = order.orderType.upper()
    has_limit = any(word in words for word in ("LMT", "LIMIT", "LIT", "LOC", "LOO", "REL"))
    is_trail = "TRAIL" in words
    has_stop = any(word in words for word in ("STP", "MIT", "LIT"))
    limit = price_or_none(order.lmtPrice) if has_limit else None
    stop = price_or_none(order.trailStopPrice if is_trail else order.auxPrice) if is_trail or has_stop else None
    return limit, stop


def fill_of(contract: Contract, execution: Execution, ref: OrderRef | None) -> Fill:
    """Return an execution as a fill; its time is UTC."""
    return Fill(
        exec_id=ExecId(execution.execId),
        account=execution.acctNumber,
        con_id=ConId(contract.conId),
        symbol=contract.symbol,
        side=side_of(execution.side),
        quantity=exact_or_none(execution.shares) or ZERO,
        price=exact_or_none(execution.price) or ZERO,
        at=execution.time,
        ref=ref,
        perm_id=execution.permId or None,
        currency=contract.currency,
        multiplier=exact_or_none(contract.multiplier) or Decimal(1),
    )


def commission_of(report: CommissionReport) -> Commission | None:
    """Return what an execution cost; None while the broker does not know it (unset, or −1)."""
    amount = exact_or_none(report.commission)
    if amount is None or amount == -1 or not report.execId:
        return None
    return Commission(ExecId(report.execId), amount, report.currency)


def margin_of(state: IbOrderState) -> Margin:
    """Return a what-if answer; IB writes margins as text and the unknown ones as 1.797e308."""
    return Margin(
        initial_change=exact_or_none(state.initMarginChange),
        maintenance_change=exact_or_none(state.maintMarginChange),
        equity_after=exact_or_none(state.equityWithLoanAfter),
        commission=exact_or_none(state.commission),
        warning=state.warningText,
    )
