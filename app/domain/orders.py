"""Orders as we mean them and as they stand: types, legs, states and the table of legal moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from app.domain.instruments import ConId
from app.domain.money import ZERO
from app.domain.signals import SignalId, StrategyId

IntentId = NewType("IntentId", str)
OrderRef = NewType("OrderRef", str)
"""Our own id of one order; it travels to the broker as `orderRef` and comes back with everything about it."""


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, −1 for SELL."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """The side that undoes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class TimeInForce(StrEnum):
    """How long an order may work, in the broker's words."""

    DAY = "DAY"
    GTC = "GTC"


class Role(StrEnum):
    """What an order is for within its intent."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Market:
    """Buy or sell at once, at whatever the market gives."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Buy or sell at `price` or better."""

    price: Decimal


@dataclass(frozen=True, slots=True)
class Stop:
    """Become a market order once the market trades at `price` or worse."""

    price: Decimal


OrderType = Market | Limit | Stop


def limit_price(type_: OrderType) -> Decimal | None:
    """Return the limit price of an order type, None where it has none."""
    return type_.price if isinstance(type_, Limit) else None


def stop_price(type_: OrderType) -> Decimal | None:
    """Return the trigger price of an order type, None where it has none."""
    return type_.price if isinstance(type_, Stop) else None


def type_of(name: str, limit: Decimal | None, stop: Decimal | None) -> OrderType | None:
    """Return the order type of a broker's short name with these prices, None for a type that we do not place."""
    if name == "MKT":
        return Market()
    if name == "LMT" and limit is not None:
        return Limit(limit)
    return Stop(stop) if name == "STP" and stop is not None else None


def type_name(type_: OrderType) -> str:
    """Return the broker's short name of an order type."""
    match type_:
        case Market():
            return "MKT"
        case Limit():
            return "LMT"
        case Stop():
            return "STP"


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of an intent, complete enough to be sent."""

    ref: OrderRef
    role: Role
    side: Side
    quantity: Decimal
    type: OrderType
    tif: TimeInForce
    outside_hours: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """Orders we mean to place together: the entry first, then the children that protect it.

    `decision` names the one decision (strategy, slot and instrument, or one click) behind it; it is unique.
    """

    id: IntentId
    decision: str
    account: str
    con_id: ConId
    symbol: str
    legs: tuple[Leg, ...]
    strategy: StrategyId | None = None
    signal: SignalId | None = None

    @property
    def entry(self) -> Leg:
        """The leg that is not a child."""
        return self.legs[0]

    @property
    def children(self) -> tuple[Leg, ...]:
        """The legs that protect the entry; live only once it fills, one cancels the other."""
        return self.legs[1:]


def leg_ref(intent: IntentId, role: Role) -> OrderRef:
    """Return the ref of one leg: the intent's own id for its first order, with the role behind it for children."""
    return OrderRef(intent if role in (Role.ENTRY, Role.CLOSE) else f"{intent}.{role}")


class OrderState(StrEnum):
    """Where an order is; `verifying` means that only the broker knows."""

    INTENDED = "intended"
    SENT = "sent"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    PENDING_CANCEL = "pending_cancel"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    INACTIVE = "inactive"
    VERIFYING = "verifying"
    NEVER_SENT = "never_sent"

    @property
    def is_final(self) -> bool:
        """Say whether nothing more is expected (the broker's truth may still correct it)."""
        return self in _FINAL

    @property
    def is_working(self) -> bool:
        """Say whether the broker holds it, as far as we know."""
        return self in _WORKING


_S = OrderState
_FINAL = frozenset({_S.FILLED, _S.CANCELLED, _S.EXPIRED, _S.REJECTED, _S.NEVER_SENT})
_WORKING = frozenset({_S.ACCEPTED, _S.PARTIALLY_FILLED, _S.PENDING_CANCEL, _S.INACTIVE})
_BROKER_SAYS = frozenset(
    {_S.ACCEPTED, _S.PARTIALLY_FILLED, _S.FILLED, _S.PENDING_CANCEL, _S.CANCELLED, _S.EXPIRED, _S.REJECTED, _S.INACTIVE}
)

MOVES: Mapping[OrderState, frozenset[OrderState]] = {
    _S.INTENDED: _BROKER_SAYS | {_S.SENT, _S.VERIFYING, _S.NEVER_SENT},
    _S.SENT: _BROKER_SAYS | {_S.VERIFYING},
    _S.VERIFYING: _BROKER_SAYS | {_S.NEVER_SENT},
    _S.ACCEPTED: _BROKER_SAYS | {_S.VERIFYING},
    _S.PARTIALLY_FILLED: (_BROKER_SAYS - {_S.ACCEPTED, _S.REJECTED}) | {_S.VERIFYING},
    _S.PENDING_CANCEL: _BROKER_SAYS | {_S.VERIFYING},
    _S.INACTIVE: _BROKER_SAYS | {_S.VERIFYING},
    _S.CANCELLED: frozenset({_S.FILLED, _S.EXPIRED, _S.REJECTED}),
    _S.EXPIRED: frozenset({_S.FILLED, _S.CANCELLED}),
    _S.REJECTED: frozenset({_S.FILLED, _S.CANCELLED}),
    _S.NEVER_SENT: _BROKER_SAYS,
    _S.FILLED: frozenset(),
}
"""From each state, where an order may go. Final states give way only to stronger evidence of the broker."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a working order can be changed: its whole quantity and its prices, None where it has none."""

    quantity: Decimal
    limit: Decimal | None
    stop: Decimal | None


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it stands, ours or another program's (`is_foreign`); its identity is `ref`.

    `order_id` is valid only within one connection; `perm_id` is the broker's lasting id, None until acknowledged.
    `change_asked` are terms that the broker was asked for and has not answered; its own terms stand until it does.
    `was_undone` says that the exchange took an execution of it back, wholly or in part.
    """

    ref: OrderRef
    intent: IntentId | None
    account: str
    con_id: ConId
    symbol: str
    role: Role
    side: Side
    quantity: Decimal
    type_name: str
    limit: Decimal | None
    stop: Decimal | None
    tif: str
    state: OrderState
    created: datetime
    updated: datetime
    strategy: StrategyId | None = None
    signal: SignalId | None = None
    perm_id: int | None = None
    order_id: int | None = None
    filled: Decimal = ZERO
    average: Decimal | None = None
    reason: str = ""
    warning: str = ""
    is_foreign: bool = False
    cancel_asked: bool = False
    change_asked: Terms | None = None
    was_undone: bool = False

    @property
    def terms(self) -> Terms:
        """Its quantity and prices as they stand at the broker."""
        return Terms(self.quantity, self.limit, self.stop)

    @property
    def remaining(self) -> Decimal:
        """The quantity still to be filled."""
        return self.quantity - self.filled


@dataclass(frozen=True, slots=True)
class OrderGroup:
    """An intent with its orders as they stand, in the order of its legs; a foreign order is a group without intent."""

    intent: Intent | None
    orders: tuple[Order, ...]


def may_move(current: OrderState, new: OrderState) -> bool:
    """Say whether an order may go from `current` to `new`."""
    return new in MOVES[current]
