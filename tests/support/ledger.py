"""The ledger against the gateway's own book, for a core that still runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.orders import OrderState
from app.domain.state import State
from tests.support.core import Trader

IN_DOUBT = (OrderState.INTENDED, OrderState.SENT, OrderState.VERIFYING, OrderState.PENDING_CANCEL)


def exact(value: Any) -> Decimal:
    return Decimal(str(value))


async def until_nothing_is_in_doubt(trader: Trader, within_s: float = 30.0) -> None:
    """Return once the fate of every order is known and a match found no difference."""
    trader.core.session.match_again()
    await trader.until(
        lambda state: not any(order.state in IN_DOUBT for order in state.orders.values()), within_s=within_s
    )
    await trader.core.session.matched(within_s)
    await trader.until_view(lambda view: view.is_reconciled, within_s)


async def ledger_equals_book(trader: Trader, within_s: float = 10.0) -> None:
    """Fail unless ledger and book agree, once both have come to rest."""
    theirs: dict[str, Any] = {}

    def is_whole(state: State) -> bool:
        costs = {str(fill.exec_id): fill.commission for fill in state.fills.values()}
        return all(costs.get(done["exec_id"]) is not None for done in theirs["executions"])

    theirs.update(await trader.gateway.book())
    await trader.until(is_whole, within_s)
    await trader.core.facts.settle()
    assert differences(trader.state, theirs) == []


def differences(state: State, book: Mapping[str, Any]) -> list[str]:
    """Return each way in which a ledger is not the book: orders twice, unknown or lost, fills, positions."""
    return [*_orders(state, book), *_fills(state, book), *_positions(state, book)]


def _orders(state: State, book: Mapping[str, Any]) -> list[str]:
    ours = {str(ref): order for ref, order in state.orders.items() if not order.is_foreign}
    refs = Counter(order["ref"] for order in book["orders"] if order["ref"])
    found = [f"{ref} is {times} times at the broker" for ref, times in refs.items() if times > 1]
    found += [f"{ref} is at the broker and unknown here" for ref in refs.keys() - ours.keys()]
    for ref, order in ours.items():
        if (order.state is OrderState.NEVER_SENT) == (ref in refs):
            found.append(f"{ref} is {order.state.value} here and {'there' if ref in refs else 'not there'}")
    return found


def _fills(state: State, book: Mapping[str, Any]) -> list[str]:
    theirs = {
        done["exec_id"]: (exact(done["quantity"]), exact(done["price"]), exact(done["commission"]))
        for done in book["executions"]
    }
    ours = {str(fill.exec_id): (fill.quantity, fill.price, fill.commission) for fill in state.fills.values()}
    undone = {id_ for id_, (quantity, _, _) in ours.items() if not quantity}
    ours = {id_: values for id_, values in ours.items() if not id_.startswith("adopted-") and id_ not in undone}
    keys = sorted(theirs.keys() | ours.keys())
    return [f"fill {key}: {ours.get(key)} != {theirs.get(key)}" for key in keys if ours.get(key) != theirs.get(key)]


def _positions(state: State, book: Mapping[str, Any]) -> list[str]:
    held = {(p["account"], p["con_id"]): exact(p["quantity"]) for p in book["positions"] if p["quantity"]}
    ours = {key[:2]: p.quantity for key, p in state.positions.items() if key[2] is None and p.quantity}
    return [] if ours == held else [f"positions {ours} != {held}"]
