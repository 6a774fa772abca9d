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
    """Ask the broker to cancel orders; what hinders one of them is told and does not keep the others."""
    naked = [order for order in orders if order.role is Role.STOP and _protects(handles, order)]
    if naked and not await _is_meant(handles, naked):
        return
    for order in orders:
        try:
            await handles.desk.cancel(order.ref, "hand")
        except TapelineError as error:
            handles.window.notify(Notice(str(error), Level.WARN, handles.clock.now()))


def _protects(handles: Handles, order: Order) -> bool:
    position = handles.facts.state.position(order.account, order.con_id, order.strategy)
    return position is not None and position.quantity * order.side.sign < 0


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
