"""How a proposal becomes an intent: its legs, tied as a bracket or as a pair."""

from __future__ import annotations

from decimal import Decimal

from app.domain.events import new_id
from app.domain.orders import (
    Intent,
    IntentId,
    Leg,
    Limit,
    OrderType,
    Role,
    Side,
    Stop,
    TimeInForce,
    Trail,
    leg_ref,
    pair_ref,
)
from app.services.review import Proposal


def intent_of(proposal: Proposal, quantity: Decimal, account: str) -> Intent:
    """Return the orders that a proposal means, for so many of its instrument."""
    id_ = IntentId(new_id())
    legs = [_first(id_, proposal, quantity)]
    if proposal.other is not None:
        legs.append(_other(id_, proposal, proposal.other, quantity))
    away = proposal.side.opposite
    if proposal.stop is not None:
        stop = Trail(proposal.trail, proposal.stop) if proposal.trail else Stop(proposal.stop)
        legs.append(_child(id_, Role.STOP, away, stop, quantity, proposal))
    if proposal.target is not None:
        legs.append(_child(id_, Role.TARGET, away, Limit(proposal.target), quantity, proposal))
    return Intent(
        id=id_,
        decision=proposal.decision,
        account=account,
        con_id=proposal.instrument.con_id,
        symbol=proposal.instrument.symbol,
        legs=tuple(legs),
        strategy=proposal.strategy.id if proposal.strategy else None,
        signal=proposal.signal.id if proposal.signal else None,
    )


def _first(id_: IntentId, proposal: Proposal, quantity: Decimal) -> Leg:
    ref, role = leg_ref(id_, proposal.role), proposal.role
    return Leg(
        ref, role, proposal.side, quantity, proposal.type, proposal.tif, proposal.outside_hours, proposal.good_till
    )


def _other(id_: IntentId, proposal: Proposal, type_: OrderType, quantity: Decimal) -> Leg:
    """Return the second order of a pair; one that protects what is held is its target."""
    is_entry = proposal.role is Role.ENTRY
    role = Role.ENTRY if is_entry else Role.TARGET
    ref = pair_ref(id_) if is_entry else leg_ref(id_, role)
    return Leg(ref, role, proposal.side, quantity, type_, proposal.tif, proposal.outside_hours, proposal.good_till)


def _child(id_: IntentId, role: Role, side: Side, type_: OrderType, quantity: Decimal, proposal: Proposal) -> Leg:
    return Leg(leg_ref(id_, role), role, side, quantity, type_, TimeInForce.GTC, proposal.outside_hours)
