"""The part of the fold that keeps fills and positions: idempotent by execution, corrections replace."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain import events as ev
from app.domain.fold_orders import with_fills
from app.domain.ledger import Fill, Position, apply_commission, apply_fill, happened, rebuild
from app.domain.lineage import step_of
from app.domain.orders import Order
from app.domain.state import PositionKey, Record, State, Step

Change = tuple[State, tuple[Record, ...]]


def filled(state: State, event: ev.Filled) -> Change:
    """Book an execution once; a higher revision replaces the lower and the positions are added up anew."""
    known = state.fills.get(event.fill.key)
    if known is not None and event.fill.revision <= known.revision:
        return state, ()
    ref = event.fill.ref or (known.ref if known else None)
    order = state.orders.get(ref) if ref else None
    fill = _attributed(replace(event.fill, ref=ref), known, order, state)
    state = replace(state, fills={**state.fills, fill.key: fill})
    positions = tuple(_position(state, key, fill, is_correction=known is not None) for key in _keys(fill))
    orders = (_counted(state, order, event),) if order else ()
    steps = _steps(state, event, fill, order, positions[-1])
    after = replace(
        state,
        orders={**state.orders, **{order.ref: order for order in orders}},
        positions={**state.positions, **{_key(position): position for position in positions}},
        origins={**state.origins, str(fill.exec_id): steps[0].id},
    )
    return after, (fill, *orders, *positions, *steps)


def commission_reported(state: State, event: ev.CommissionReported) -> Change:
    """Count what an execution cost, once; it may come late, again, or changed.

    What another revision of the execution cost counts only while nothing better is known.
    """
    fill = state.fill_of(event.account, event.exec_id)
    if fill is None or fill.commission == event.commission:
        return state, ()
    if fill.exec_id != event.exec_id and fill.commission is not None:
        return state, ()
    change = event.commission - (fill.commission or 0)
    fill = replace(fill, commission=event.commission, currency=event.currency)
    positions = tuple(apply_commission(state.positions[key], change) for key in _keys(fill))
    step = replace(
        step_of(
            event,
            ev.StepName.POSITION,
            subject=f"{fill.account}:{fill.con_id}",
            cause=state.origins.get(str(fill.exec_id)),
            inputs={"exec_id": event.exec_id, "commission": event.commission, "currency": event.currency},
            outputs=_position_numbers(positions[-1]),
        ),
        run=state.run_of(state.orders.get(fill.ref) if fill.ref else None),
    )
    after = replace(
        state,
        fills={**state.fills, fill.key: fill},
        positions={**state.positions, **{_key(position): position for position in positions}},
    )
    return after, (fill, *positions, step)


def _attributed(fill: Fill, known: Fill | None, order: Order | None, state: State) -> Fill:
    instrument = state.instruments.get(fill.con_id)
    return replace(
        fill,
        strategy=order.strategy if order else fill.strategy,
        commission=fill.commission if fill.commission is not None else (known.commission if known else None),
        multiplier=instrument.multiplier if instrument else fill.multiplier,
        price_magnifier=instrument.price_magnifier if instrument else fill.price_magnifier,
    )


def _position(state: State, key: PositionKey, fill: Fill, *, is_correction: bool) -> Position:
    account, con_id, strategy = key
    empty = Position(
        account,
        con_id,
        fill.symbol,
        strategy=strategy,
        multiplier=fill.multiplier,
        price_magnifier=fill.price_magnifier,
    )
    position = state.positions.get(key, empty)
    if is_correction or _is_late(state, position, fill):
        return rebuild(empty, [other for other in state.fills.values() if key in _keys(other)])
    return apply_fill(position, fill)


def _is_late(state: State, position: Position, fill: Fill) -> bool:
    """Say whether an execution arrived after one that happened later: the average depends on their order."""
    last = state.fill_of(position.account, position.fills[-1]) if position.fills else None
    return last is not None and happened(fill) < happened(last)


def _keys(fill: Fill) -> tuple[PositionKey, ...]:
    whole: PositionKey = (fill.account, fill.con_id, None)
    return ((fill.account, fill.con_id, fill.strategy), whole) if fill.strategy else (whole,)


def _key(position: Position) -> PositionKey:
    return (position.account, position.con_id, position.strategy)


def _counted(state: State, order: Order, event: ev.Filled) -> Order:
    fills = tuple((fill.quantity, fill.price) for fill in state.fills.values() if fill.ref == order.ref)
    return with_fills(order, event, fills)


def _steps(state: State, event: ev.Filled, fill: Fill, order: Order | None, position: Position) -> tuple[Step, Step]:
    run, cause = state.run_of(order), None
    if order:
        cause = state.origins.get(str(order.ref)) or state.origins.get(f"intent:{order.intent}")
    booked = step_of(
        event,
        ev.StepName.FILLS,
        subject=fill.exec_id,
        since=_awaited_since(state, order) if order else None,
        cause=cause,
        inputs={"exec_id": fill.exec_id, "ref": fill.ref, "role": order.role.value if order else None},
        outputs={
            "side": fill.side.value,
            "quantity": fill.quantity,
            "price": fill.price,
            "at": fill.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        },
    )
    held = step_of(
        event,
        ev.StepName.POSITION,
        subject=f"{fill.account}:{fill.con_id}",
        cause=booked.id,
        suffix=":position",
        inputs={"exec_id": fill.exec_id},
        outputs=_position_numbers(position),
    )
    return replace(booked, run=run), replace(held, run=run)


def _awaited_since(state: State, order: Order) -> datetime:
    """Return when the order's bracket last changed: an exit is awaited from the entry's fill on, not before."""
    intent = state.intents.get(order.intent) if order.intent else None
    legs = (state.orders.get(leg.ref) for leg in intent.legs) if intent else ()
    return max((leg.updated for leg in legs if leg), default=order.updated)


def _position_numbers(position: Position) -> dict[str, object]:
    return {"quantity": position.quantity, "average": position.average, "realized": position.realized}
