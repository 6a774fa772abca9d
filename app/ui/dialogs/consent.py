"""Consents: to trade real money, to begin the practice account anew, to stop everything, to begin again."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.broker import AccountClass
from app.domain.errors import UserError
from app.domain.orders import Order
from app.services.session import ARMING_PHRASE
from app.ui.handles import Handles
from app.ui.panels.cells import Prices
from app.ui.widgets.ask import CANCEL, Choice, ask, ask_phrase
from app.ui.widgets.format import quantity


async def arm_live(handles: Handles) -> bool:
    """Ask for the typed consent and arm the account for this session; raise UserError for one that needs none."""
    view = handles.session.view
    if view.account_class is not AccountClass.LIVE:
        kind = f"is a {view.account_class} account" if view.account_class else "is not connected"
        raise UserError(f"{view.account or 'The account'} {kind}; only a live account is armed.")
    text = (
        f"{view.account} is a live account: from now until you disconnect, orders by hand and from strategies in auto "
        f"trade real money. To allow that, type: {ARMING_PHRASE}"
    )
    act = Choice("arm", f"Arm {view.account}", "danger")
    meant = await ask_phrase(handles.theme, handles.window, "Arm live trading?", text, ARMING_PHRASE, act)
    if meant:
        handles.session.arm(ARMING_PHRASE)
    return meant


async def reset_practice(handles: Handles) -> bool:
    """Ask, then give the practice account its first cash back; raise TapelineError when that does not work."""
    view = handles.session.view
    if view.account_class is not AccountClass.PRACTICE:
        raise UserError("Only the practice account can be reset; connect to the practice gateway first.")
    held = [
        f"{quantity(position.quantity)} {position.symbol}"
        for (account, _, strategy), position in handles.facts.state.positions.items()
        if account == view.account and strategy is None and position.quantity
    ]
    orders = [o for o in handles.facts.state.orders.values() if o.account == view.account and not o.state.is_final]
    lines = [*(f"Position  {line}" for line in held), *(f"Order  {line}" for line in order_lines(handles, orders))]
    text = f"{view.account} starts again with its first cash; its orders and positions are gone. The market goes on."
    act = Choice("reset", f"Reset {view.account}", "danger", hold=True)
    title = "Reset the practice account?"
    answer = await ask(handles.theme, handles.window, title, text, [CANCEL, act], details="\n".join(lines))
    if answer == act.id:
        await handles.reset_practice()
    return answer == act.id


async def stop_trading(handles: Handles) -> bool:
    """Ask by a held button, then let nothing leave any more and cancel what works."""
    working = [
        order for order in handles.facts.state.orders.values() if not order.state.is_final and not order.is_foreign
    ]
    lines = order_lines(handles, working)
    keys = handles.window.actions_.shortcut("kill_switch")
    text = (
        f"Nothing but cancels leaves from that moment on, and what works is cancelled, stops "
        f"included; positions stay as they are. It stays so until you resume. {keys} does this at once."
    )
    act = Choice("stop", "Stop trading and cancel everything", "danger", hold=True)
    answer = await ask(
        handles.theme, handles.window, "Stop all trading?", text, [CANCEL, act], details="\n".join(lines)
    )
    if answer == act.id:
        handles.desk.halt("Stopped by hand.")
    return answer == act.id


async def resume_trading(handles: Handles) -> bool:
    """Ask, then let orders leave again."""
    trading = handles.facts.state.trading
    act = Choice("resume", "Resume trading", "primary")
    text = f"Orders may leave again, by hand and from strategies. It was stopped because: {trading.reason}"
    meant = await ask(handles.theme, handles.window, "Resume trading?", text, [CANCEL, act]) == act.id
    if meant:
        await handles.desk.resume()
    return meant


def order_lines(handles: Handles, orders: Sequence[Order]) -> list[str]:
    """Return each order in a line to be read before they are cancelled."""
    prices = Prices(handles)
    return [
        f"{order.side} {quantity(order.remaining)} {order.symbol} {order.type_name} "
        f"{prices.on_tick(order.limit if order.limit is not None else order.stop, order.con_id) or ''}".strip()
        for order in orders
    ]
