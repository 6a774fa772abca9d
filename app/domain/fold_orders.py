"""The part of the fold that keeps orders: intended, sent, reported by the broker, or lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.fold_changes import change_step, is_change_made, settled
from app.domain.kept import but
from app.domain.lineage import step_of
from app.domain.orders import (
    Intent,
    IntentId,
    Leg,
    Order,
    OrderState,
    Role,
    limit_price,
    may_move,
    offset_of,
    stop_price,
    trail_of,
)
from app.domain.state import Record, State
from app.domain.strategies import StepStatus

Change = tuple[State, tuple[Record, ...]]


def intend(state: State, event: ev.OrderIntended) -> Change:
    """Write the intent and its orders down; one decision can make one intent only."""
    intent = event.intent
    if intent.decision in state.decisions:
        raise UserError("This decision has placed its order already; look at it in Orders, or decide anew.")
    orders = intended_orders(intent, event.at)
    step = step_of(event, ev.StepName.INTENT, subject=intent.id, inputs=event.inputs, outputs=_legs(intent))
    step = replace(step, duration_ms=event.duration_ms)
    after = replace(
        state,
        intents=but(state.intents, {intent.id: intent}),
        decisions=but(state.decisions, {intent.decision: intent.id}),
        orders=but(state.orders, {order.ref: order for order in orders}),
        origins=but(state.origins, {f"intent:{intent.id}": step.id}),
    )
    return after, (intent, *orders, step)


def intended_orders(intent: Intent, at: datetime) -> tuple[Order, ...]:
    """Return an intent's orders as they stand when it is written down."""
    return tuple(_intended(intent, leg, at) for leg in intent.legs)


def sent(state: State, event: ev.OrderSent) -> Change:
    """Note that the orders of an intent left; a report of the broker that was quicker stands."""
    orders = [
        replace(order, state=OrderState.SENT, updated=event.at)
        for order in _orders_of(state, event.intent)
        if order.state is OrderState.INTENDED
    ]
    return _with(state, *orders)


def ask_cancel(state: State, event: ev.CancelAsked) -> Change:
    """Remember that a cancel was asked for; whether it happens is the broker's to say."""
    order = state.orders.get(event.ref)
    if order is None or order.state.is_final:
        return state, ()
    return _with(state, replace(order, cancel_asked=True, cancel_by=event.by, updated=event.at))


def reported(state: State, event: ev.OrderReported) -> Change:
    """Take over what the broker said; the first acknowledgement and the end are steps of lineage."""
    order = state.orders.get(event.ref)
    if order is None:
        return state, ()
    after = _told(order, event)
    if replace(after, updated=order.updated) == order:
        return state, ()
    changed = _with(state, after)
    if is_change_made(order, after):
        changed = _change_made(changed, order, after, event)
    if after.state is order.state or not _is_milestone(order.state, after.state):
        return changed
    return _explained(changed, order, after, event)


def foreign_seen(state: State, event: ev.ForeignOrderSeen) -> Change:
    """Take in an order of another program, or its newest state."""
    known = state.orders.get(event.order.ref)
    if known is None:
        return _with(state, event.order)
    newest = replace(event.order, created=known.created, filled=max(known.filled, event.order.filled))
    return (state, ()) if replace(newest, updated=known.updated) == known else _with(state, newest)


def verifying(state: State, event: ev.OrderVerifying) -> Change:
    """Mark an order whose fate only the broker knows."""
    order = state.orders.get(event.ref)
    if order is None or not may_move(order.state, OrderState.VERIFYING):
        return state, ()
    return _with(state, replace(order, state=OrderState.VERIFYING, reason=event.reason, updated=event.at))


def never_sent(state: State, event: ev.OrderNeverSent) -> Change:
    """Close an order that never reached the broker."""
    order = state.orders.get(event.ref)
    if order is None or not may_move(order.state, OrderState.NEVER_SENT):
        return state, ()
    after = replace(order, state=OrderState.NEVER_SENT, reason=event.reason, updated=event.at)
    return _explained(_with(state, after), order, after, event)


def with_fills(order: Order, event: ev.Filled, filled: tuple[tuple[Any, Any], ...]) -> Order:
    """Return the order with its executions counted: (quantity, price) pairs of all of them.

    Where the exchange took some back (a bust, a smaller correction) only the broker can say how the order stands.
    """
    quantity = sum((quantity for quantity, _ in filled), start=order.quantity * 0)
    value = sum((quantity * price for quantity, price in filled), start=order.quantity * 0)
    state = order.state
    asked = order.change_asked.quantity if order.change_asked else order.quantity
    if quantity >= max(order.quantity, asked):  # that more was asked for, the broker may know before it says so
        state = OrderState.FILLED
    elif quantity > 0 and state in _BEFORE_PARTIAL:
        state = OrderState.PARTIALLY_FILLED
    was_undone = order.was_undone or quantity < order.filled or event.fill.quantity == 0
    reason = order.reason
    if state is OrderState.FILLED and was_undone and quantity < max(order.quantity, asked):
        state, reason = OrderState.VERIFYING, _UNDONE
    average = value / quantity if quantity else None
    after = replace(
        order,
        filled=quantity,
        average=average,
        state=state,
        reason=reason,
        was_undone=was_undone,
        updated=event.at,
    )
    return settled(order, after)


_UNDONE = "The exchange undid an execution; the broker is asked how the order stands."
_ENDED_UNDONE = "The exchange undid an execution, and the broker works the order no more."


_BEFORE_PARTIAL = (
    OrderState.INTENDED,
    OrderState.SENT,
    OrderState.ACCEPTED,
    OrderState.VERIFYING,
    OrderState.INACTIVE,
    OrderState.NEVER_SENT,  # the execution proves the opposite
)
_ACKNOWLEDGED = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.FILLED)


def _is_milestone(before: OrderState, after: OrderState) -> bool:
    is_first = after in _ACKNOWLEDGED and before in (OrderState.INTENDED, OrderState.SENT, OrderState.VERIFYING)
    return is_first or (after.is_final and after is not OrderState.FILLED) or after is OrderState.INACTIVE


def _told(order: Order, event: ev.OrderReported) -> Order:
    state = order.state
    told, reason = event.state, event.reason
    if told is OrderState.FILLED and order.was_undone and order.remaining > 0:
        told, reason = OrderState.CANCELLED, reason or _ENDED_UNDONE  # it ended, but not all of it counts any more
    if told and may_move(state, told):
        state = told
    if state is OrderState.ACCEPTED and order.filled:
        state = OrderState.PARTIALLY_FILLED
    after = replace(
        order,
        state=state,
        perm_id=event.perm_id or order.perm_id,
        order_id=event.order_id if event.order_id is not None else order.order_id,
        quantity=event.quantity or order.quantity,
        limit=event.limit if event.limit is not None else order.limit,
        stop=event.stop if event.stop is not None else order.stop,
        type_name=event.type_name or order.type_name,
        tif=event.tif or order.tif,
        trail=event.trail or order.trail,
        offset=event.offset if event.offset is not None else order.offset,
        good_till=event.good_till or order.good_till,
        reason=reason or order.reason,
        warning=event.warning or order.warning,
        updated=event.at,
    )
    if is_change_made(order, after):
        after = replace(after, reason=event.reason)  # why an earlier change was refused is over
    return settled(order, after)


def _change_made(change: Change, before: Order, after: Order, event: ev.Event) -> Change:
    state, records = change
    step = change_step(state, event, before, after.terms)
    return replace(state, origins=but(state.origins, {str(after.ref): step.id})), (*records, step)


def _explained(change: Change, before: Order, after: Order, event: ev.Event) -> Change:
    state, records = change
    cause = state.origins.get(f"intent:{after.intent}") if after.intent else None
    is_bad = after.state in (OrderState.REJECTED, OrderState.NEVER_SENT, OrderState.INACTIVE)
    step = step_of(
        event,
        ev.StepName.ORDER,
        subject=after.ref,
        since=before.updated if before.state in (OrderState.INTENDED, OrderState.SENT) else None,
        cause=state.origins.get(str(after.ref), cause),
        status=StepStatus.FAILED if is_bad else StepStatus.OK,
        inputs={"ref": after.ref, "role": after.role.value, "side": after.side.value, "type": after.type_name},
        outputs={
            "state": after.state.value,
            "perm_id": after.perm_id,
            "quantity": after.quantity,
            "limit": after.limit,
            "stop": after.stop,
            "reason": after.reason,
        },
        error=after.reason if is_bad else "",
    )
    step = replace(step, run=state.run_of(after))
    return replace(state, origins=but(state.origins, {str(after.ref): step.id})), (*records, step)


def _orders_of(state: State, intent: str) -> list[Order]:
    known = state.intents.get(IntentId(intent))
    return [state.orders[leg.ref] for leg in known.legs] if known else []


def _intended(intent: Intent, leg: Leg, at: datetime) -> Order:
    return Order(
        ref=leg.ref,
        intent=intent.id,
        account=intent.account,
        con_id=intent.con_id,
        symbol=intent.symbol,
        role=leg.role,
        side=leg.side,
        quantity=leg.quantity,
        type_name=leg.type.name,
        limit=limit_price(leg.type),
        stop=stop_price(leg.type),
        tif=leg.tif.value,
        state=OrderState.INTENDED,
        created=at,
        updated=at,
        strategy=intent.strategy,
        signal=intent.signal,
        trail=trail_of(leg.type),
        offset=offset_of(leg.type),
        good_till=leg.good_till,
        outside_hours=leg.outside_hours,
    )


def _legs(intent: Intent) -> dict[str, Any]:
    names = [leg.role.value for leg in intent.legs[:1]]
    names += ["pair" if intent.is_pair and leg.role is Role.ENTRY else leg.role.value for leg in intent.legs[1:]]
    return {name: _leg(leg) for name, leg in zip(names, intent.legs, strict=True)}


def _leg(leg: Leg) -> dict[str, Any]:
    trail = trail_of(leg.type)
    told: dict[str, Any] = {"side": leg.side.value, "quantity": leg.quantity, "type": leg.type.name}
    told |= {"limit": limit_price(leg.type), "stop": stop_price(leg.type), "tif": leg.tif.value}
    if trail is not None:
        told |= {"trail": trail.value, "trail_is_percent": trail.is_percent, "offset": offset_of(leg.type)}
    return told if leg.good_till is None else {**told, "good_till": leg.good_till}


def _with(state: State, *orders: Order) -> Change:
    return replace(state, orders=but(state.orders, {order.ref: order for order in orders})), orders
