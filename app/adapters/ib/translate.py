"""Orders in IB's words and in ours: what we send, and what its statuses mean.

A state comes from a status string of the broker alone, never from an error code.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ib_async.contract import Contract
from ib_async.objects import CommissionReport, Execution
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState
from ib_async.util import UNSET_DOUBLE

from app.adapters.ib.values import exact_or_none, plain, price_or_none
from app.domain.broker import Commission, Margin, OrderReport
from app.domain.changes import OrderChange
from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill
from app.domain.money import ZERO
from app.domain.orders import (
    Distance,
    Intent,
    Leg,
    Limit,
    LimitOnClose,
    Market,
    MarketOnClose,
    OrderRef,
    OrderState,
    OrderType,
    Side,
    Stop,
    StopLimit,
    Terms,
    Trail,
    TrailLimit,
    standing_terms,
)

log = logging.getLogger(__name__)

# IB: 2 reduces the others in proportion and keeps two legs from filling at once.
REDUCE_WITH_BLOCK = 2
_OUR_REF = re.compile(r"[0-9a-f]{32}(\.[a-z0-9_]+)?")
_NOTHING_AS_WORDS = ("deltaNeutralOrderType", "deltaNeutralOpenClose", "adjustedOrderType", "openClose")
"""Fields that IB fills with a word for nothing, which it would not take back."""
_MOMENT = re.compile(r"(\d{8})(?:(-)| +)(\d{2}:\d{2}:\d{2})(?: +(\S+))?$")


def ib_order(leg: Leg, account: str) -> IbOrder:
    """Return a fresh ib order for one leg; an order object must never be sent twice."""
    order = IbOrder(
        action=leg.side.value,
        totalQuantity=plain(leg.quantity),  # type: ignore[arg-type]  # ib_async writes a Decimal as it reads
        tif=leg.tif.value,
        account=account,
        orderRef=leg.ref,
        outsideRth=leg.outside_hours,
        goodTillDate=_worded(leg.good_till) if leg.good_till is not None else "",
    )
    _set_type(order, leg.type)
    return order


def _set_type(order: IbOrder, type_: OrderType) -> None:
    order.orderType = type_.name
    match type_:
        case Market() | MarketOnClose():
            pass
        case Limit(price=price) | LimitOnClose(price=price):
            order.lmtPrice = plain(price)
        case Stop(price=trigger):
            order.auxPrice = plain(trigger)
        case StopLimit(trigger=trigger, price=price):
            order.auxPrice, order.lmtPrice = plain(trigger), plain(price)
        case Trail(by=by, start=start):
            _set_trail(order, by, start)
        case TrailLimit(by=by, start=start, offset=offset):
            _set_trail(order, by, start)
            order.lmtPriceOffset = plain(offset)
        case _:
            assert_never(type_)


def _set_trail(order: IbOrder, by: Distance, start: Decimal | None = None) -> None:
    # IB: the two ways to say a distance exclude each other; the one that is not meant stays unset.
    order.trailingPercent = plain(by.value) if by.is_percent else UNSET_DOUBLE
    order.auxPrice = UNSET_DOUBLE if by.is_percent else plain(by.value)
    if start is not None:
        order.trailStopPrice = plain(start)


def _worded(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d-%H:%M:%S}"


def moment_of(text: str) -> datetime | None:
    """Return a moment as the broker words one, None for nothing or a form that is not known.

    IB: `20261123 16:00:00 US/Eastern`, and `20261123-21:00:00` for UTC. A time without a zone is not guessed at.
    """
    found = _MOMENT.match(text.strip())
    if found is None:
        return None
    day, dash, clock, zone = found.groups()
    if not dash and not zone:
        return None
    try:
        known = UTC if dash else ZoneInfo(zone)
        return datetime.strptime(f"{day} {clock}", "%Y%m%d %H:%M:%S").replace(tzinfo=known).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def ib_orders(intent: Intent, ids: Sequence[int]) -> list[IbOrder]:
    """Return an intent's orders, tied together: children name their parent, exclude each other and are sent last.

    A pair of equals, protection without an entry among them, is a plain one-cancels-all group.
    """
    orders = [ib_order(leg, intent.account) for leg in intent.legs]
    has_parent = not intent.is_pair
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
    if part.new.trail is not None:
        _set_trail(order, part.new.trail)
    if part.new.offset is not None:
        order.lmtPriceOffset = plain(part.new.offset)
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
    trail = _trail(order)
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
        trail=trail,
        offset=_offset(order, limit, stop) if trail is not None else None,
        good_till=moment_of(order.goodTillDate),
        outside_hours=order.outsideRth,
    )


def terms_of(report: OrderReport) -> Terms:
    """Return the terms that a report tells."""
    return standing_terms(report.quantity, report.limit, report.stop, report.trail, report.offset)


def _prices(order: IbOrder) -> tuple[Decimal | None, Decimal | None]:
    words = order.orderType.upper()
    has_limit = any(word in words for word in ("LMT", "LIMIT", "LIT", "LOC", "LOO", "REL"))
    is_trail = "TRAIL" in words
    has_stop = any(word in words for word in ("STP", "MIT", "LIT"))
    limit = price_or_none(order.lmtPrice) if has_limit else None
    stop = price_or_none(order.trailStopPrice if is_trail else order.auxPrice) if is_trail or has_stop else None
    return limit, stop


def _trail(order: IbOrder) -> Distance | None:
    """Return the distance of a trailing order, as a percentage where the broker tells one."""
    if "TRAIL" not in order.orderType.upper():
        return None
    percent, amount = price_or_none(order.trailingPercent), price_or_none(order.auxPrice)
    if percent is not None:
        return Distance(percent, is_percent=True)
    return Distance(amount) if amount is not None else None


def _offset(order: IbOrder, limit: Decimal | None, stop: Decimal | None) -> Decimal | None:
    """Return how far a trailing order's limit lies beyond its stop, None for one without a limit."""
    if "LIMIT" not in order.orderType.upper():
        return None
    told = exact_or_none(order.lmtPriceOffset)
    if told is None and limit is not None and stop is not None:
        told = abs(stop - limit)
    return told


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
