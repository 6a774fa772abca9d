"""The part of the fold that keeps fills and positions: idempotent by execution, corrections replace.

What belongs to an execution may come before it, after it, or again: the ledger ends the same. An execution that names
no lot may take something off the strategies' lots; whose it is, `sharing` says.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from app.domain import events as ev
from app.domain.fold_orders import with_fills
from app.domain.instruments import ConId, Instrument
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
from app.domain.money import ZERO
from app.domain.orders import Order
from app.domain.sharing import owned, part_of, taken
from app.domain.signals import StrategyId
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
    positions = _booked(state, fill, is_correction=known is not None)
    orders = (_counted(state, order, event),) if order else ()
    steps = _steps(state, event, fill, order, positions)
    after = replace(
        state,
        orders=but(state.orders, {order.ref: order for order in orders}),
        positions=but(state.positions, _by_key(positions)),
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
    known, told = (fill.commission, fill.currency, fill.cost_revision), (event.commission, event.currency, revision)
    if revision < fill.cost_revision or known == told:
        return state, ()
    before = fill
    fill = replace(fill, commission=event.commission, currency=event.currency, cost_revision=revision)
    fill = _rated(fill, before, state)
    state = _keeping(state, fill)
    positions = _paid(state, before, fill)
    step = replace(
        step_of(
            event,
            ev.StepName.POSITION,
            subject=f"{fill.account}:{fill.con_id}",
            cause=state.origins.get(str(fill.exec_id)),
            inputs={"exec_id": event.exec_id, "commission": event.commission, "currency": event.currency},
            outputs={**_position_numbers(positions[-1]), "cost": fill.cost},
        ),
        run=state.run_of(state.orders.get(fill.ref) if fill.ref else None),
    )
    after = replace(state, positions=but(state.positions, _by_key(positions)))
    return after, (fill, *positions, step)


def commission_converted(state: State, event: ev.CommissionConverted) -> Change:
    """Count a commission in another currency at a rate that somebody told; once there is one it stands."""
    before = state.fill_of(event.account, event.exec_id)
    if before is None or before.rate is not None or before.currency != event.currency:
        return state, ()
    fill = replace(before, rate=event.rate, rate_source=event.source)
    state = _keeping(state, fill)
    positions = _paid(state, before, fill)
    step = step_of(
        event,
        ev.StepName.POSITION,
        subject=f"{fill.account}:{fill.con_id}",
        cause=state.origins.get(str(fill.exec_id)),
        inputs={"exec_id": fill.exec_id, "commission": fill.commission, "currency": fill.currency},
        outputs={**_position_numbers(positions[-1]), "cost": fill.cost, "rate": event.rate, "source": event.source},
    )
    step = replace(step, run=state.run_of(state.orders.get(fill.ref) if fill.ref else None))
    return replace(state, positions=but(state.positions, _by_key(positions))), (fill, *positions, step)


def split(state: State, event: ev.SharesSplit) -> Change:
    """Restate what was traded before a split in the shares after it; the same split counts once."""
    told = event.split
    known = state.splits.get((told.account, told.con_id), ())
    if told in known:
        return state, ()
    splits = tuple(sorted((*known, told), key=lambda each: each.since))
    state = replace(state, splits=but(state.splits, {(told.account, told.con_id): splits}))
    positions = _added_up(state, told.account, told.con_id)
    state = replace(state, positions=but(state.positions, _by_key(positions)))
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
        _rated(replace(fill, multiplier=worth[0], price_magnifier=worth[1]), fill, state)
        for fill in state.fills.values()
        if fill.con_id == instrument.con_id
        if (fill.multiplier, fill.price_magnifier) != worth or _is_misrated(fill, instrument)
    )
    if not changed:
        return state, ()
    state = _keeping(state, *changed)
    accounts = dict.fromkeys(fill.account for fill in changed)
    positions = tuple(one for account in accounts for one in _added_up(state, account, instrument.con_id))
    return replace(state, positions=but(state.positions, _by_key(positions))), (*changed, *positions)


def _keeping(state: State, *fills: Fill) -> State:
    new = {fill.key: fill for fill in fills}
    return replace(state, fills=but(state.fills, new), index=state.index.with_fills(state.fills, new))


def _kept_for_later(state: State, event: ev.CommissionReported) -> Change:
    cost = Cost(event.account, event.exec_id, event.commission, event.currency)
    key = (event.account, event.exec_id)
    if state.costs.get(key) == cost:
        return state, ()
    return replace(state, costs=but(state.costs, {key: cost})), (cost,)


def _attributed(fill: Fill, known: Fill | None, order: Order | None, state: State) -> Fill:
    instrument = state.instruments.get(fill.con_id)
    paid = _with_cost(
        replace(
            fill,
            strategy=order.strategy if order else fill.strategy,
            multiplier=instrument.multiplier if instrument else fill.multiplier,
            price_magnifier=instrument.price_magnifier if instrument else fill.price_magnifier,
        ),
        known,
        state,
    )
    return _rated(paid, known, state)


def _is_misrated(fill: Fill, instrument: Instrument) -> bool:
    """Say whether a commission was counted in another currency than it is in, or waits for a rate for nothing."""
    is_own = fill.currency in ("", instrument.currency)
    return not fill.rate_source and is_own == (fill.rate is None)


def _rated(fill: Fill, before: Fill | None, state: State) -> Fill:
    """Return an execution with the rate of its commission: 1 in the instrument's own currency, else as it was told."""
    instrument = state.instruments.get(fill.con_id)
    if instrument is None or fill.currency in ("", instrument.currency):
        return replace(fill, rate=Decimal(1), rate_source="")
    if before is not None and before.currency == fill.currency and before.rate_source:
        return replace(fill, rate=before.rate, rate_source=before.rate_source)
    return replace(fill, rate=None, rate_source="")


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
    return replace(fill, commission=known.commission, currency=known.currency, cost_revision=known.cost_revision)


def _by_key(positions: tuple[Position, ...]) -> dict[PositionKey, Position]:
    """Return positions by their identity."""
    return {(one.account, one.con_id, one.strategy): one for one in positions}


def _booked(state: State, fill: Fill, *, is_correction: bool) -> tuple[Position, ...]:
    """Return the positions that an execution changes, the account's own last."""
    account, con_id = fill.account, fill.con_id
    whole = state.positions.get((account, con_id, None), _empty((account, con_id, None), fill))
    is_restated = restated(fill, state.splits.get((account, con_id), ())) is not fill
    if is_correction or is_restated or _is_late(state, whole, fill):
        return _added_up(state, account, con_id)
    parts = (
        {fill.strategy: fill.quantity} if fill.strategy else taken(fill.signed, whole.quantity, _shares(state, fill))
    )
    keys = {owner: (account, con_id, owner) for owner in parts}
    lots = {owner: state.positions.get(key, _empty(key, fill)) for owner, key in keys.items()}
    changed = (apply_fill(lot, part_of(fill, parts[owner], owner)) for owner, lot in lots.items())
    return (*changed, apply_fill(whole, fill))


def _paid(state: State, before: Fill, fill: Fill) -> tuple[Position, ...]:
    """Return the positions that bear what became known of an execution's cost, the account's own last."""
    account, con_id = fill.account, fill.con_id
    if fill.strategy is None and _shares(state, fill):  # whose it is, all executions together say
        return _added_up(state, account, con_id)
    keys = [(account, con_id, fill.strategy)] if fill.strategy else []
    change = (fill.cost or ZERO) - (before.cost or ZERO)
    unpaid = (fill.cost is None) - (before.cost is None) if fill.quantity else 0
    lots = (state.positions[key] for key in [*keys, (account, con_id, None)])
    return tuple(apply_commission(lot, change, unpaid=unpaid) for lot in lots)


def _shares(state: State, fill: Fill) -> dict[StrategyId, Decimal]:
    """Return what each strategy holds, or held, of the instrument of an execution."""
    return {
        key[2]: one.quantity
        for key, one in state.positions.items()
        if key[2] and key[:2] == (fill.account, fill.con_id)
    }


def _added_up(state: State, account: str, con_id: ConId) -> tuple[Position, ...]:
    """Add an instrument's positions up anew from their executions, the account's own last."""
    splits = state.splits.get((account, con_id), ())
    fills = [fill for fill in state.fills.values() if (fill.account, fill.con_id) == (account, con_id)]
    if not fills:
        return ()
    by_owner = owned(fills, splits)
    strategies = dict.fromkeys([*_shares(state, fills[-1]), *(owner for owner in by_owner if owner)])
    lots = (rebuild(_empty((account, con_id, each), fills[-1]), by_owner.get(each, ())) for each in strategies)
    return (*lots, rebuild(_empty((account, con_id, None), fills[-1]), fills, splits))


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


def _counted(state: State, order: Order, event: ev.Filled) -> Order:
    return with_fills(order, event, tuple((fill.quantity, fill.price) for fill in state.fills_of(order.ref)))


def _steps(
    state: State, event: ev.Filled, fill: Fill, order: Order | None, positions: tuple[Position, ...]
) -> tuple[Step, Step]:
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
        outputs={**_position_numbers(positions[-1]), **_lots_taken(state, fill, positions)},
    )
    return replace(booked, run=run), replace(held, run=run)


def _awaited_since(state: State, order: Order) -> datetime:
    """Return when the order's bracket last changed: an exit is awaited from the entry's fill on, not before."""
    intent = state.intents.get(order.intent) if order.intent else None
    legs = (state.orders.get(leg.ref) for leg in intent.legs) if intent else ()
    return max((leg.updated for leg in legs if leg), default=order.updated)


def _lots_taken(state: State, fill: Fill, positions: tuple[Position, ...]) -> dict[str, object]:
    """Return whose lots an execution made smaller that named none, empty where it made none so."""
    if fill.strategy is not None:
        return {}
    before = _shares(state, fill)
    lots = [
        {"strategy": one.strategy, "from": before.get(one.strategy), "to": one.quantity}
        for one in positions
        if one.strategy and before.get(one.strategy) != one.quantity
    ]
    return {"lots": lots, "why": "It named no lot, so it falls on the strategies' lots pro rata."} if lots else {}


def _position_numbers(position: Position) -> dict[str, object]:
    return {"quantity": position.quantity, "average": position.average, "realized": position.realized}
