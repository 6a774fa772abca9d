"""JSON objects of what trades: runs, signals, orders, fills, positions and lineage, as scripts rely on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from app.cli.shapes import Json, analysis_object
from app.domain.ledger import Fill, Position
from app.domain.orders import Order, OrderGroup
from app.domain.signals import Signal
from app.domain.state import Step
from app.domain.strategies import Run


def run_object(run: Run) -> Json:
    """Return a run."""
    return {
        "id": run.id,
        "strategy": run.strategy,
        "symbol": run.symbol,
        "status": run.status.value,
        "started": iso(run.started),
        "duration_ms": run.duration_ms,
        "slot": run.slot,
        "reason": run.reason or None,
    }


def signal_object(signal: Signal) -> Json:
    """Return a signal: its id and state around the analyse object."""
    return {
        "id": signal.id,
        **analysis_object(signal.analysis),
        "strategy": signal.strategy,
        "run": signal.run,
        "raised": iso(signal.raised),
        "expires": iso(signal.expires),
        "state": signal.state.value,
        "state_by": signal.state_by or None,
        "state_why": signal.state_why or None,
        "snoozed_until": iso(signal.snoozed_until) if signal.snoozed_until else None,
        "policy": signal.policy.value,
        "reading": signal.reading or None,
    }


def order_object(group: OrderGroup) -> Json:
    """Return the orders of one intent, or one foreign order, with each order as a leg."""
    first = group.orders[0]
    return {
        "id": group.intent.id if group.intent else first.ref,
        "ref": first.ref,
        "symbol": first.symbol,
        "account": first.account,
        "side": first.side.value,
        "quantity": number(first.quantity),
        "status": first.state.value,
        "legs": [_leg(order) for order in group.orders],
        "strategy": first.strategy,
        "signal": first.signal,
        "foreign": first.is_foreign,
        "created": iso(first.created),
        "reason": first.reason or None,
    }


def _leg(order: Order) -> Json:
    return {
        "role": order.role.value,
        "type": order.type_name,
        "limit": number(order.limit),
        "stop": number(order.stop),
        "status": order.state.value,
        "perm_id": order.perm_id,
        "ref": order.ref,
        "side": order.side.value,
        "quantity": number(order.quantity),
        "filled": number(order.filled),
        "tif": order.tif,
    }


def fill_object(fill: Fill) -> Json:
    """Return an execution."""
    return {
        "exec_id": fill.exec_id,
        "side": fill.side.value,
        "quantity": number(fill.quantity),
        "price": number(fill.price),
        "commission": number(fill.commission),
        "currency": fill.currency or None,
        "at": iso(fill.at),
        "symbol": fill.symbol,
        "account": fill.account,
        "ref": fill.ref,
        "perm_id": fill.perm_id,
    }


def position_object(position: Position, last: Decimal | None = None) -> Json:
    """Return a position; unrealised needs the last price, null without it."""
    return {
        "symbol": position.symbol,
        "quantity": number(position.quantity),
        "average": number(position.average) if position.quantity else None,
        "unrealized": number(position.unrealized(last)) if last is not None else None,
        "realized": number(position.realized),
        "id": f"{position.account}:{position.con_id}",
        "account": position.account,
        "con_id": position.con_id,
    }


def step_object(step: Step, *, with_data: bool = False) -> Json:
    """Return a step of lineage, with its inputs and outputs where asked for."""
    data: Json = {"inputs": plain(step.inputs), "outputs": plain(step.outputs), "digest": step.digest or None}
    return {
        "id": step.id,
        "cause": step.cause,
        "step": step.step.value,
        "status": step.status.value,
        "attempt": step.attempt,
        "started": iso(step.started),
        "duration_ms": step.duration_ms,
        "error": step.error or None,
        **(data if with_data else {}),
    }


def steps_objects(steps: Iterable[Step]) -> list[Json]:
    """Return steps without their data."""
    return [step_object(step) for step in steps]


def iso(moment: datetime) -> str:
    """Return a moment as ISO 8601 UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def number(value: Decimal | None) -> float | int | None:
    """Return money or a quantity as a JSON number; whole quantities stay whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def plain(value: Any) -> Any:
    """Return what lineage keeps as plain JSON: Decimals as numbers, enums by value, NaN as null."""
    match value:
        case Decimal():
            return number(value)
        case Enum():
            return value.value
        case float() if not math.isfinite(value):
            return None
        case datetime():
            return iso(value)
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return value
