"""The part of the fold that keeps fills and positions: idempotent by execution, corrections replace.

What belongs to an execution may come before it, after it, or again: the ledger ends the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain import events as ev
from app.domain.fold_orders import with_fills
from app.domain.instruments import Instrument
from app.domain.kept import but
from app.domain.ledger import (
    Cost,
    ExecId,
    Fill,
    Position,
    apply_commission,
    apply_fill,
    execution_key,
    happened,
    rebuild,
    restated,
    revision_of,
)
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
    state = _keeping(state, fill)
    positions = tuple(_position(state, key, fill, is_correction=known is not None) for key in _keys(fill))
    orders = (_counted(state, order, event),) if order else ()
    steps = _steps(state, event, fill, order, positions[-1])
    after = replace(
        state,
        orders=but(state.orders, {order.ref: order for order in orders}),
        positions=but(state.positions, {_key(position): position for position in positions}),
        origins=but(state.origins, {str(fill.exec_id): steps[0].id}),
    )
    return after, (fill, *orders, *positions, *steps)


def commission_reported(state: State, event: ev.CommissionReported) -> Change:
    """Count what an execution cost, once; it may come early, late, again, or changed.

    What an earlier revision of the execution cost counts only while nothing better is known.
    """
    fill, revision = state.fill_of(event.account, event.exec_id), revision_of(event.exec_id)
    if fill is None or revision > fill.revision:
        return _kept_for_later(state, event)
    if revision < fill.cost_revision or (fill.commission, fill.cost_revision) == (event.commission, revision):
        return state, ()
    change = event.commission - (fill.commission or 0)
    fill = replace(fill, commission=event.commission, currency=event.currency, cost_revision=revision)
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
        _keeping(state, fill),
        positions=but(state.positions, {_key(position): position for position in positions}),
    )
    return after, (fill, *positions, step)


def split(state: State, event: ev.SharesSplit) -> Change:
    """Restate what was traded before a split in the shares after it; the same split counts once."""
    told = event.split
    known = state.splits.get((told.account, told.con_id), ())
    if told in known:
        return state, ()
    splits = tuple(sorted((*known, told), key=lambda each: each.since))
    state = replace(state, splits=but(state.splits, {(told.account, told.con_id): splits}))
    keys = [key for key in state.positions if key[:2] == (told.account, told.con_id)]
    state, positions = _rebuilt(state, keys)
    steps = tuple(
        step_of(
            event,
            ev.StepName.POSITION,
            subject=f"{told.account}:{told.con_id}",
            inputs={"split": told.in_words},
            outputs=_position_numbers(position),
        )
        for position in positions
        if position.strategy is None
    )
    return state, (told, *positions, *steps)


def described(state: State, instrument: Instrument) -> Change:
    """Put right what was booked before the broker said what a unit of the instrument is worth."""
    worth = (instrument.multiplier, instrument.price_magnifier)
    changed = tuple(
        replace(fill, multiplier=worth[0], price_magnifier=worth[1])
        for fill in state.fills.values()
        if fill.con_id == instrument.con_id and (fill.multiplier, fill.price_magnifier) != worth
    )
    if not changed:
        return state, ()
    state = _keeping(state, *changed)
    state, positions = _rebuilt(state, list(dict.fromkeys(key for fill in changed for key in _keys(fill))))
    return state, (*changed, *positions)


def _keeping(state: State, *fills: Fill) -> State:
    kept = but(state.fills, {fill.key: fill for fill in fills})
    return replace(state, fills=kept, index=state.index.with_fills(state.fills, fills))


def _kept_for_later(state: State, event: ev.CommissionReported) -> Change:
    cost = Cost(event.account, event.exec_id, event.commission, event.currency)
    key = (event.account, event.exec_id)
    if state.costs.get(key) == cost:
        return state, ()
    return replace(state, costs=but(state.costs, {key: cost})), (cost,)


def _attributed(fill: Fill, known: Fill | None, order: Order | None, state: State) -> Fill:
    instrument = state.instruments.get(fill.con_id)
    return _with_cost(
        replace(
            fill,
            strategy=order.strategy if order else fill.strategy,
            multiplier=instrument.multiplier if instrument else fill.multiplier,
            price_magnifier=instrument.price_magnifier if instrument else fill.price_magnifier,
        ),
        known,
        state,
    )


def _with_cost(fill: Fill, known: Fill | None, state: State) -> Fill:
    """Return the execution with the best known cost: its own, one that waited for it, or an earlier revision's."""
    if fill.commission is not None:
        return replace(fill, cost_revision=fill.revision)
    key = execution_key(fill.exec_id)
    for revision in range(fill.revision, known.cost_revision if known else -1, -1):
        exec_id = ExecId(f"{key}.{revision:02d}") if key != fill.exec_id else fill.exec_id
        if cost := state.costs.get((fill.account, exec_id)):
            return replace(fill, commission=cost.amount, currency=cost.currency, cost_revision=revision)
    if known is None:
        return fill
    return replace(fill, commission=known.commission, cost_revision=known.cost_revision)


def _rebuilt(state: State, keys: Sequence[PositionKey]) -> tuple[State, tuple[Position, ...]]:
    """Add positions up anew from their executions."""
    positions = tuple(_added_up(state, key) for key in keys)
    return replace(state, positions=but(state.positions, dict(zip(keys, positions, strict=True)))), positions


def _added_up(state: State, key: PositionKey) -> Position:
    account, con_id, strategy = key
    fills = [
        fill
        for fill in state.fills.values()
        if fill.con_id == con_id and fill.account == account and strategy in (None, fill.strategy)
    ]
    return rebuild(_empty(key, fills[-1]), fills, state.splits.get(key[:2], ()))


def _position(state: State, key: PositionKey, fill: Fill, *, is_correction: bool) -> Position:
    position = state.positions.get(key, _empty(key, fill))
    if is_correction or _is_late(state, position, fill):
        return _added_up(state, key)
    return apply_fill(position, restated(fill, state.splits.get(key[:2], ())))


def _empty(key: PositionKey, fill: Fill) -> Position:
    account, con_id, strategy = key
    return Position(
        account,
        con_id,
        fill.symbol,
        strategy=strategy,
        multiplier=fill.multiplier,
        price_magnifier=fill.price_magnifier,
    )


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
    return with_fills(order, event, tuple((fill.quantity, fill.price) for fill in state.fills_of(order.ref)))


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
