"""The part of the fold that keeps changes of orders: asked for, made or refused by the broker, or made twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain import events as ev
from app.domain.changes import OrderChange, why_not_changeable
from app.domain.errors import UserError
from app.domain.kept import but
from app.domain.lineage import step_of
from app.domain.money import ZERO
from app.domain.orders import Order, Terms
from app.domain.state import Record, State, Step
from app.domain.strategies import StepStatus

Change = tuple[State, tuple[Record, ...]]


def intend_change(state: State, event: ev.OrderChangeIntended) -> Change:
    """Write down what is about to be asked; raise UserError when an order cannot be changed any more."""
    orders, steps = list[Order](), list[Step]()
    for place, part in enumerate(event.change.parts):
        order = state.orders.get(part.ref)
        if why := why_not_changeable(order) if order else f"There is no order {part.ref}.":
            raise UserError(why)
        assert order is not None
        orders.append(replace(order, change_asked=part.new, shrunk=_shrunk(order, part), updated=event.at))
        steps.append(_asked(state, event, order, part, place))
    after = replace(
        state,
        orders=but(state.orders, {order.ref: order for order in orders}),
        origins=but(state.origins, {step.subject: step.id for step in steps}),
    )
    return after, (*orders, *steps)


def change_refused(state: State, event: ev.OrderChangeRefused) -> Change:
    """Let an order stand as it was, and say why; an order that ended meanwhile has nothing to say about it."""
    order = state.orders.get(event.ref)
    if order is None or order.change_asked is None:
        return state, ()
    shrunk = order.shrunk - (order.quantity - order.change_asked.quantity) if order.shrunk else order.shrunk
    reason = f"Change refused: {event.reason}"
    after = replace(order, change_asked=None, reason=reason, shrunk=max(shrunk, ZERO), updated=event.at)
    step = change_step(state, event, order, order.change_asked, error=event.reason)
    return _with(state, after, step)


def twin_seen(state: State, event: ev.TwinOrderSeen) -> Change:
    """Keep both orders of one ref, and end the wait for the change that made two of one."""
    known, of = state.orders.get(event.order.ref), state.orders.get(event.of)
    if known is not None or of is None:
        return state, ()
    reason = f"A change made a second order of it at the broker (permanent id {event.order.perm_id}); cancel one."
    first = replace(of, change_asked=None, reason=reason, updated=event.at)
    step = change_step(state, event, of, event.order.terms, error=reason)
    changed, records = _with(state, first, step)
    origins = but(changed.origins, {str(event.order.ref): step.id})
    return replace(changed, orders=but(changed.orders, {event.order.ref: event.order}), origins=origins), (
        event.order,
        *records,
    )


def settled(before: Order, after: Order) -> Order:
    """Return an order without the change it waited for, if the broker made it or the order is over."""
    if before.change_asked is None or not (after.state.is_final or after.terms == before.change_asked):
        return after
    return replace(after, change_asked=None)


def is_change_made(before: Order, after: Order) -> bool:
    """Say whether the broker has just made the change that was asked for."""
    return before.change_asked is not None and after.terms == before.change_asked != before.terms


def change_step(state: State, event: ev.Event, order: Order, new: Terms, *, error: str = "") -> Step:
    """Return the step of lineage of a change that the broker made, or refused with `error`."""
    step = step_of(
        event,
        ev.StepName.ORDER,
        subject=order.ref,
        since=order.updated if order.change_asked else None,
        cause=state.origins.get(str(order.ref)),
        status=StepStatus.FAILED if error else StepStatus.OK,
        inputs={"ref": order.ref, "role": order.role.value, "side": order.side.value, "type": order.type_name},
        outputs={
            "state": order.state.value,
            "perm_id": order.perm_id,
            "change": "refused" if error else "made",
            "quantity": order.quantity if error else new.quantity,
            "limit": order.limit if error else new.limit,
            "stop": order.stop if error else new.stop,
            "from": terms_json(order.terms),
            "to": terms_json(new),
            "reason": error,
        },
        error=error,
        suffix=":change",
    )
    return replace(step, run=state.run_of(order))


def terms_json(terms: Terms) -> dict[str, Any]:
    """Return terms as lineage keeps them."""
    told: dict[str, Any] = {"quantity": terms.quantity, "limit": terms.limit, "stop": terms.stop}
    if terms.trail is not None:
        told |= {"trail": terms.trail.value, "trail_is_percent": terms.trail.is_percent, "offset": terms.offset}
    return told


def _shrunk(order: Order, part: OrderChange) -> Decimal:
    """Return how many an order has given up for a close; what a hand changes settles that."""
    return max(order.shrunk + part.old.quantity - part.new.quantity, ZERO) if part.for_close else ZERO


def _asked(state: State, event: ev.OrderChangeIntended, order: Order, part: OrderChange, place: int) -> Step:
    step = step_of(
        event,
        ev.StepName.INTENT,
        subject=order.ref,
        cause=state.origins.get(str(order.ref)),
        inputs=event.inputs,
        outputs={"change": "asked", "from": terms_json(part.old), "to": terms_json(part.new)},
        suffix=f":{place}" if place else "",
    )
    return replace(step, run=state.run_of(order), duration_ms=event.duration_ms)


def _with(state: State, order: Order, step: Step) -> Change:
    origins = but(state.origins, {str(order.ref): step.id})
    return replace(state, orders=but(state.orders, {order.ref: order}), origins=origins), (order, step)
