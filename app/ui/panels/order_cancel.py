"""Cancelling orders by hand: a stop that protects a position is taken away only after a question."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.errors import TapelineError
from app.domain.orders import Order, Role
from app.ui.handles import Handles
from app.ui.widgets.ask import CANCEL, Choice, ask
from app.ui.widgets.format import quantity
from app.ui.widgets.notices import Level, Notice


async def cancel_orders(handles: Handles, orders: Sequence[Order]) -> None:
    """Ask the broker to cancel orders, after a question where that takes protection away."""
    naked = protecting(handles, orders)
    if not naked or await _is_meant(handles, naked):
        await cancel_asked(handles, orders)


async def cancel_asked(handles: Handles, orders: Sequence[Order]) -> None:
    """Cancel what a person was already asked about; what hinders one order is told and does not keep the others."""
    for order in orders:
        try:
            await handles.desk.cancel(order.ref, "hand")
        except TapelineError as error:
            handles.window.notify(Notice(str(error), Level.WARN, handles.clock.now()))


def protecting(handles: Handles, orders: Sequence[Order]) -> list[Order]:
    """Return the stops among orders that limit the loss of something held."""
    return [order for order in orders if order.role is Role.STOP and _protects(handles, order)]


def _protects(handles: Handles, order: Order) -> bool:
    """Say whether something is held behind a stop; one whose own entry has not filled guards nothing yet."""
    state = handles.facts.state
    position = state.position(order.account, order.con_id, order.strategy)
    if position is None or position.quantity * order.side.sign >= 0:
        return False
    entries = [each for each in state.orders.values() if each.intent == order.intent and each.role is Role.ENTRY]
    return order.intent is None or not entries or any(entry.filled for entry in entries)


async def _is_meant(handles: Handles, stops: Sequence[Order]) -> bool:
    act = Choice("cancel_stop", "Cancel the stop" if len(stops) == 1 else "Cancel the stops", "danger")
    answer = await ask(
        handles.theme,
        handles.window,
        "Take the protection away?",
        "A position is held behind this; afterwards nothing at the broker limits its loss.",
        [CANCEL, act],
        details="\n".join(f"{one.side} {quantity(one.remaining)} {one.symbol} stop {one.stop}" for one in stops),
    )
    return answer == act.id
