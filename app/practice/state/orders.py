"""Orders as they are stored: the terms as the newest wire text, everything else as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.practice.contracts import Contract
from app.practice.exchange.order import Execution, Order, Status
from app.practice.wire.layout import Fields, write
from app.practice.wire.placing import PLACE_ORDER, PlaceOrder
from app.practice.wire.records import ContractQuery
from app.practice.wire.terms import OrderTerms
from app.practice.wire.text import NEWEST


@dataclass(frozen=True, slots=True)
class _Flat:
    """An order's terms seen as the fields of the wire message."""

    order_id: int
    contract: ContractQuery
    terms: OrderTerms
    sec_id_type: str = ""
    sec_id: str = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.terms, name)


def order_to_json(order: Order) -> str:
    """Return an order as text."""
    texts: list[str] = []
    contract = ContractQuery(con_id=order.contract.con_id)
    write(PLACE_ORDER, _Flat(order.order_id, contract, order.terms), NEWEST, texts)
    return json.dumps(
        {
            "terms": texts,
            # The wire text escapes what is not ASCII, and a reference may be anything.
            "ref": order.terms.order_ref,
            "client_id": order.client_id,
            "placed_at": order.placed_at,
            "status": order.status.value,
            "filled": str(order.filled),
            "spent": str(order.spent),
            "last_price": str(order.last_price),
            "why_held": order.why_held,
            "is_triggered": order.is_triggered,
            "stop_level": order.stop_level,
            "expires_at": order.expires_at,
            "wakes_at": order.wakes_at,
            "parent": order.parent.perm_id if order.parent else 0,
            "completed_at": order.completed_at,
            "completed_status": order.completed_status,
            "is_released": order.is_released,
            "is_located": order.is_located,
        }
    )


def order_from_json(perm_id: int, text: str, contract: Contract, known: dict[int, Order]) -> Order:
    """Return the order that was stored; its parent must be among the known ones."""
    kept = json.loads(text)
    placed = PlaceOrder.read_from(Fields(kept["terms"]), NEWEST)
    parent = known.get(kept["parent"])
    order = Order(
        perm_id,
        placed.order_id,
        kept["client_id"],
        contract,
        replace(placed.terms, order_ref=kept["ref"]),
        kept["placed_at"],
        status=Status(kept["status"]),
        filled=Decimal(kept["filled"]),
        spent=Decimal(kept["spent"]),
        last_price=Decimal(kept["last_price"]),
        why_held=kept["why_held"],
        is_triggered=kept["is_triggered"],
        stop_level=kept["stop_level"],
        expires_at=kept["expires_at"],
        wakes_at=kept["wakes_at"],
        parent=parent,
        completed_at=kept["completed_at"],
        completed_status=kept["completed_status"],
        is_released=kept.get("is_released", False),
        is_located=kept.get("is_located", False),
    )
    if parent is not None:
        parent.children.append(order)
    return order


_DECIMALS = ("shares", "price", "cumulative", "average_price", "commission")
_PLAIN = ("perm_id", "order_id", "client_id", "account", "is_buy", "at", "order_ref", "adds_liquidity", "fee_currency")


def execution_to_json(execution: Execution) -> str:
    """Return an execution as text."""
    kept: dict[str, Any] = {name: getattr(execution, name) for name in _PLAIN}
    kept |= {name: str(getattr(execution, name)) for name in _DECIMALS}
    kept["realized"] = None if execution.realized is None else str(execution.realized)
    return json.dumps(kept)


def execution_from_json(exec_id: str, text: str, contract: Contract) -> Execution:
    """Return the execution that was stored."""
    kept: dict[str, Any] = json.loads(text)
    for name in _DECIMALS:
        kept[name] = Decimal(kept[name])
    if kept["realized"] is not None:
        kept["realized"] = Decimal(kept["realized"])
    return Execution(exec_id=exec_id, contract=contract, **kept)
