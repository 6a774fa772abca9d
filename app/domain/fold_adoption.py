"""The part of the fold that takes an order placed elsewhere into our book, as ours by hand."""

from __future__ import annotations

from dataclasses import replace

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.kept import but
from app.domain.ledger import Fill
from app.domain.lineage import step_of
from app.domain.money import ZERO
from app.domain.orders import Order
from app.domain.state import Record, State

Change = tuple[State, tuple[Record, ...]]


def adopt(state: State, event: ev.OrderAdopted) -> Change:
    """Make a working foreign order ours, with the executions that it has had; raise UserError where that is not one."""
    order = state.orders.get(event.ref)
    if order is None or not order.is_foreign:
        raise UserError("Only an order that was placed elsewhere is adopted; this one is in our book already.")
    if order.state.is_final:
        raise UserError("The order has ended; there is nothing left to adopt.")
    fills = _fills_of(state, order)
    if sum((fill.quantity for fill in fills), ZERO) < order.filled:
        raise UserError(
            f"The broker filled {order.filled:f} of this order, and not every execution of it is known here; "
            "it stays as placed elsewhere."
        )
    adopted = replace(order, is_foreign=False, warning="", reason="Adopted: placed elsewhere.", updated=event.at)
    step = step_of(
        event,
        ev.StepName.ORDER,
        subject=order.ref,
        inputs={"ref": order.ref, "side": order.side.value, "type": order.type_name, "adopted": True},
        outputs={
            "state": order.state.value,
            "perm_id": order.perm_id,
            "quantity": order.quantity,
            "limit": order.limit,
            "stop": order.stop,
            "reason": adopted.reason,
        },
    )
    new = {fill.key: fill for fill in fills}
    after = replace(
        state,
        orders=but(state.orders, {order.ref: adopted}),
        fills=but(state.fills, new),
        index=state.index.with_fills(state.fills, new),
        origins=but(state.origins, {str(order.ref): step.id}),
    )
    return after, (adopted, *fills, step)


def _fills_of(state: State, order: Order) -> tuple[Fill, ...]:
    """Return the executions of an order under its ref, found by the broker's permanent id."""
    return tuple(
        replace(fill, ref=order.ref)
        for fill in state.fills.values()
        if fill.account == order.account and order.perm_id and fill.perm_id == order.perm_id
    )
