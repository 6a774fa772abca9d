"""Ways from an entry to an exit, read from executions: what each closing order brought, after costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from app.domain.ledger import ExecId, Fill, Position, apply_fill, happened
from app.domain.money import ZERO
from app.domain.orders import OrderRef, Side


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What one order closed of a holding, from its first entry at its average price; open while there is no exit.

    `result` is in the instrument's currency with the commissions of both ends taken off, as far as they are known.
    """

    key: ExecId
    side: Side
    quantity: Decimal
    entered: datetime
    entry: Decimal
    entry_ref: OrderRef | None
    exited: datetime | None = None
    exit: Decimal | None = None
    exit_ref: OrderRef | None = None
    result: Decimal | None = None


@dataclass(slots=True)
class _Holding:
    """What is held while the executions are read; `costs` are the commissions of what was entered and is still held."""

    position: Position
    first: Fill
    costs: Decimal = ZERO


def round_trips(fills: Iterable[Fill]) -> tuple[RoundTrip, ...]:
    """Return the ways of one account's executions in one instrument, oldest first, the open one last."""
    trips: list[RoundTrip] = []
    held: _Holding | None = None
    for fill in sorted((one for one in fills if one.quantity), key=happened):
        held = _after(trips, held, fill)
    if held is not None:
        trips.append(_open(held))
    return tuple(trips)


def _after(trips: list[RoundTrip], held: _Holding | None, fill: Fill) -> _Holding | None:
    """Return what is held after one execution, with what it closed put down."""
    if held is None:
        return _begun(fill, fill.cost or ZERO)
    if held.position.quantity * fill.signed > 0:
        held.position = apply_fill(held.position, fill)
        held.costs += fill.cost or ZERO
        return held
    before = abs(held.position.quantity)
    closed = min(before, fill.quantity)
    cost_in = held.costs * closed / before
    cost_out = (fill.cost or ZERO) * closed / fill.quantity
    _close(trips, held, fill, closed, cost_in + cost_out)
    rest = fill.quantity - closed
    if rest:
        return _begun(replace(fill, quantity=rest), (fill.cost or ZERO) - cost_out)
    held.position = apply_fill(held.position, fill)
    held.costs -= cost_in
    return held if held.position.quantity else None


def _begun(fill: Fill, costs: Decimal) -> _Holding:
    empty = Position(
        fill.account, fill.con_id, fill.symbol, multiplier=fill.multiplier, price_magnifier=fill.price_magnifier
    )
    return _Holding(apply_fill(empty, fill), fill, costs)


def _open(held: _Holding) -> RoundTrip:
    position, first = held.position, held.first
    return RoundTrip(first.exec_id, first.side, abs(position.quantity), first.at, position.average, first.ref)


def _close(trips: list[RoundTrip], held: _Holding, fill: Fill, closed: Decimal, costs: Decimal) -> None:
    """Put down what an execution closed; further executions of the same order are one way with it."""
    position = held.position
    worth = fill.multiplier / fill.price_magnifier
    result = (fill.price - position.average) * closed * held.first.side.sign * worth - costs
    now = replace(
        _open(held), key=fill.exec_id, quantity=closed, exited=fill.at, exit=fill.price, exit_ref=fill.ref,
        result=result,
    )  # fmt: skip
    if trips and _is_same_way(trips[-1], now):
        trips[-1] = _joined(trips[-1], now)
    else:
        trips.append(now)


def _is_same_way(one: RoundTrip, other: RoundTrip) -> bool:
    same = (one.entered, one.entry, one.side, one.exit_ref) == (other.entered, other.entry, other.side, other.exit_ref)
    return same and one.exit_ref is not None


def _joined(one: RoundTrip, other: RoundTrip) -> RoundTrip:
    quantity = one.quantity + other.quantity
    average = ((one.exit or ZERO) * one.quantity + (other.exit or ZERO) * other.quantity) / quantity
    return replace(other, quantity=quantity, exit=average, result=(one.result or ZERO) + (other.result or ZERO))
