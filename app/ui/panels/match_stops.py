"""After a split was adopted: which stops it left out of place, and one question before they are placed anew."""

from __future__ import annotations

from app.domain.errors import UserError
from app.domain.instruments import ConId
from app.domain.orders import Order, stop_price
from app.services.desk import Review
from app.services.splits import StopPlan
from app.ui.handles import Handles
from app.ui.widgets.ask import CANCEL, Choice, ask
from app.ui.widgets.format import quantity


async def renew_stops(handles: Handles, con_id: ConId) -> None:
    """Show what an adopted split left without its stop, and place what a person confirms; raise TapelineError."""
    plan = await handles.splits.plan(handles.facts.state.instruments[con_id])
    if plan is None:
        return
    act = Choice("renew", act_words(plan), "primary")
    keep = Choice(CANCEL.id, "Leave it as it is")
    text = (
        "The split left this without the stop that it had. Each stop is put at its old price divided as the shares "
        "were, on the tick; it leaves when you confirm it."
    )
    details = "\n".join([*(gone_words(order) for order in plan.goes), *(stop_words(each) for each in plan.reviews)])
    symbol = plan.instrument.symbol
    title = f"Place the stops of {symbol} anew?"
    if await ask(handles.theme, handles.window, title, text, [keep, act], details=details) != act.id:
        return
    if refusals := dict.fromkeys(review.why_not for review in plan.reviews if not review.is_fit):
        raise UserError(f"The stops of {symbol} cannot be placed now: {' '.join(refusals)}")
    await handles.splits.carry_out(plan)


def act_words(plan: StopPlan) -> str:
    """Return the button's words."""
    stops = [stop_words(review) for review in plan.reviews]
    return ", ".join(stops) if stops else f"Cancel {len(plan.goes)} at the old price"


def stop_words(review: Review) -> str:
    """Return one new stop in words."""
    leg = review.intent.entry
    return f"{leg.side.value.title()} {quantity(leg.quantity)} {review.intent.symbol} stop {stop_price(leg.type)}"


def gone_words(order: Order) -> str:
    """Return one order that goes in words."""
    price = order.stop if order.stop is not None else order.limit
    return f"Cancel {order.side.value.title()} {quantity(order.remaining)} {order.symbol} {order.type_name} {price}"
