"""What can be done with orders from their table: cancel many, duplicate, adopt, and have a reason explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.codes import code_in
from app.domain.orders import Order, OrderState
from app.domain.state import Step
from app.services.adoption import adopt_order
from app.ui.dialogs.codes import explain_code
from app.ui.handles import Handles
from app.ui.panels.cells import Moments, words
from app.ui.panels.following import attempt
from app.ui.panels.order_cancel import cancel_asked, cancel_orders, protecting
from app.ui.panels.orders_state import TIPS, state_word
from app.ui.widgets.ask import CANCEL, Choice, ask
from app.ui.widgets.format import number, quantity

CLOSE = Choice("close", "Close", "primary")
LEAVE = Choice("leave", "Leave it elsewhere")
ADOPT = Choice("adopt", "Adopt the order", "primary")
_MOST_NAMED = 12


class OrderActs:
    """The acts of one table of orders; each reads the orders as they stand when it is called."""

    def __init__(self, handles: Handles, belongs: Callable[[Order], bool]) -> None:
        self._h, self._belongs = handles, belongs
        self._moments = Moments(handles)

    def working(self) -> list[Order]:
        """Return the orders of the account that are not done."""
        orders = self._h.facts.state.orders.values()
        return [order for order in orders if not order.state.is_final and self._belongs(order)]

    def cancel(self, orders: Sequence[Order]) -> None:
        """Ask the broker to cancel these orders."""
        attempt(self._h, cancel_orders(self._h, orders), "cancel orders")

    def cancel_symbol(self, symbol: str) -> None:
        """Cancel every working order of ours in a symbol."""
        self._cancel_many([order for order in self.working() if order.symbol == symbol], f"in {symbol}")

    def cancel_strategy(self, order: Order) -> None:
        """Cancel every working order of the strategy that an order is of, or of those by hand."""
        name = f"of {self._h.facts.state.strategy_name(order.strategy)}" if order.strategy else "placed by hand"
        self._cancel_many([each for each in self.working() if each.strategy == order.strategy], name)

    def cancel_account(self) -> None:
        """Cancel every working order of ours in the account."""
        self._cancel_many(self.working(), f"of {self._h.session.view.account or 'the account'}")

    def duplicate(self, order: Order) -> None:
        """Open the ticket filled in as an order was; nothing is sent."""
        self._h.selection.copy_wanted.emit(order)

    def adopt(self, order: Order) -> None:
        """Ask whether an order placed elsewhere is to be followed as ours."""
        attempt(self._h, self._adopt(order), "adopt an order")

    def explain_elsewhere(self, order: Order) -> None:
        """Say who alone can cancel or change an order."""
        why = self._h.desk.why_elsewhere(order)
        attempt(self._h, ask(self._h.theme, self._h.window, _line(order), why, [CLOSE]), "say who placed an order")

    def explain(self, order: Order) -> None:
        """Show what the broker's code in an order's reason means."""
        explain_code(self._h, code_in(order.reason) or code_in(order.warning))

    def show_history(self, order: Order) -> None:
        """Show how an order came to its state, with its reason."""
        attempt(self._h, self._history(order), "history of an order")

    def _cancel_many(self, orders: list[Order], which: str) -> None:
        attempt(self._h, self._ask_and_cancel(orders, which), "cancel orders")

    async def _ask_and_cancel(self, orders: list[Order], which: str) -> None:
        """Cancel ours after one question that names them; other programs' orders are not ours to cancel."""
        ours = [order for order in orders if not self._h.desk.why_elsewhere(order)]
        elsewhere = len(orders) - len(ours)
        if not ours:
            return
        many = f"{number(len(ours))} orders" if len(ours) > 1 else "the order"
        text = f"The broker is asked to cancel {many} {which}; what happens comes back as its reports."
        if elsewhere:
            text += f" {number(elsewhere)} placed elsewhere stay: cancel them where they were placed."
        text += _naked_words(len(protecting(self._h, ours)))
        act = Choice("cancel_all", f"Cancel {many}", "danger")
        named = [_line(order) for order in ours[:_MOST_NAMED]]
        named += [f"… and {number(len(ours) - _MOST_NAMED)} more"] if len(ours) > _MOST_NAMED else []
        keep = Choice(CANCEL.id, "Keep them")
        title = f"Cancel all orders {which}?"
        answer = await ask(self._h.theme, self._h.window, title, text, [keep, act], details="\n".join(named))
        if answer == act.id:
            now = self._h.facts.state.orders
            still = [now[order.ref] for order in ours if order.ref in now]
            await cancel_asked(self._h, [order for order in still if not order.state.is_final])

    async def _adopt(self, order: Order) -> None:
        text = "From now on it is followed, counted and listed as one of ours, placed by hand. Nothing is sent."
        text = f"{text} {self._h.desk.why_elsewhere(order)}".strip()
        title = "Adopt the order placed elsewhere?"
        if await ask(self._h.theme, self._h.window, title, text, [LEAVE, ADOPT], details=_line(order)) == ADOPT.id:
            await adopt_order(self._h.facts, self._h.clock, order.ref)

    async def _history(self, order: Order) -> None:
        steps = () if order.is_foreign else await self._h.lineage.chain(order.ref)
        told = [self._told(step) for step in steps if step.subject in (order.ref, order.intent)]
        first = f"{self._moments.whole(order.created)}  {'First seen' if order.is_foreign else 'Written down'}"
        last = f"{self._moments.whole(order.updated)}  {state_word(order)}: {TIPS[order.state]}"
        reason = order.reason or order.warning or "The broker gave no reason."
        details = "\n".join([first, *told, last])
        await ask(self._h.theme, self._h.window, _line(order), reason, [CLOSE], details=details)

    def _told(self, step: Step) -> str:
        state = str(step.outputs.get("state", ""))
        what = words(state) if state in set(OrderState) else words(step.step)
        change = f", change {step.outputs['change']}" if "change" in step.outputs else ""
        why = step.error or str(step.outputs.get("reason") or "")
        return f"{self._moments.whole(step.started)}  {what}{change}{f': {why}' if why else ''}"


def _naked_words(count: int) -> str:
    """Say what cancelling so many protecting stops means; nothing where there are none."""
    if not count:
        return ""
    which = "One of them is a stop that protects" if count == 1 else f"{number(count)} of them are stops that protect"
    return f" {which} what is held: afterwards nothing at the broker limits that loss."


def _line(order: Order) -> str:
    price = order.limit if order.limit is not None else order.stop
    at = f" {price:f}" if price is not None else ""
    return f"{order.side} {quantity(order.remaining)} {order.symbol} {order.type_name}{at}"
