"""What a chain is of, in words, and what happened last. No Qt."""

from __future__ import annotations

from app.domain.instruments import ConId
from app.domain.orders import OrderRef
from app.domain.signals import RunId, SignalId
from app.domain.state import State
from app.ui.language import say
from app.ui.panels.cells import words
from app.ui.panels.lineage_words import join, price_text
from app.ui.panels.runs import STATUS_WORDS
from app.ui.widgets.format import quantity


def subject_of(state: State, subject: str) -> str:
    """Return what a chain is of, in words; the id itself when nothing has it."""
    named = _order_words(state, subject) or _signal_words(state, subject) or _run_words(state, subject)
    return named or _fill_words(state, subject) or _position_words(state, subject) or subject


def newest_subject(state: State, account: str) -> str | None:
    """Return the id of what happened last, an order of ours or a run; None before anything did."""
    orders = [order for order in state.orders.values() if not order.is_foreign and account in ("", order.account)]
    order = max((each for each in orders if str(each.intent) == each.ref), key=lambda each: each.created, default=None)
    run = max(state.runs.values(), key=lambda each: each.started, default=None)
    if order is not None and (run is None or order.created >= run.started):
        return str(order.ref)
    return str(run.id) if run is not None else None


def _order_words(state: State, subject: str) -> str:
    order = state.orders.get(OrderRef(subject))
    if order is None:
        return ""
    price = order.limit if order.limit is not None else order.stop
    what = f"{order.side} {quantity(order.quantity)} {order.symbol} {order.type_name}"
    priced = f"{what} {price_text(price)}" if price is not None else what
    return join(f"{words(order.role)}: {priced}", words(order.state).lower())


def _signal_words(state: State, subject: str) -> str:
    signal = state.signals.get(SignalId(subject))
    return f"Signal: {signal.analysis.direction} {signal.analysis.symbol}" if signal else ""


def _run_words(state: State, subject: str) -> str:
    run = state.runs.get(RunId(subject))
    if run is None:
        return ""
    name = state.strategy_name(run.strategy)
    return join(say(f"Run: {name}, {run.symbol}"), say(STATUS_WORDS[run.status][0]).lower())


def _fill_words(state: State, subject: str) -> str:
    fill = next((fill for fill in state.fills.values() if fill.exec_id == subject), None)
    return f"Fill: {fill.side} {quantity(fill.quantity)} {fill.symbol} at {price_text(fill.price)}" if fill else ""


def _position_words(state: State, subject: str) -> str:
    account, _, con_id = subject.rpartition(":")
    position = state.position(account, ConId(int(con_id))) if con_id.isdecimal() else None
    return f"Position: {quantity(position.quantity)} {position.symbol}" if position else ""
