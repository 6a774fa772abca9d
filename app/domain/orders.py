"""Orders as we mean them and as they stand: types, legs, intents. How they may move is in `order_states`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, NewType, get_args, get_type_hints

from app.domain.instruments import ConId
from app.domain.money import ZERO
from app.domain.order_states import OrderState as OrderState
from app.domain.order_states import may_move as may_move
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
    """How long an order may work, in the broker's words: GTD until a moment, OPG in the next opening auction only."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    GTD = "GTD"
    OPG = "OPG"


class Role(StrEnum):
    """What an order is for within its intent."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    CLOSE = "close"


class Term(StrEnum):
    """What a field of an order type is: how a ticket asks for it and a line says it."""

    LIMIT = "limit"
    TRIGGER = "trigger"
    START = "start"
    TRAIL = "trail"
    OFFSET = "offset"


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a trailing stop stays behind the best price: in price units, or as a percentage of that price."""

    value: Decimal
    is_percent: bool = False

    def from_price(self, price: Decimal) -> Decimal:
        """Return the distance in price units at `price`."""
        return price * self.value / 100 if self.is_percent else self.value


@dataclass(frozen=True, slots=True)
class Market:
    """Buy or sell at once, at whatever the market gives."""

    name: ClassVar[str] = "MKT"


@dataclass(frozen=True, slots=True)
class Limit:
    """Buy or sell at `price` or better."""

    name: ClassVar[str] = "LMT"
    price: Annotated[Decimal, Term.LIMIT]


@dataclass(frozen=True, slots=True)
class Stop:
    """Become a market order once the market trades at `price` or worse."""

    name: ClassVar[str] = "STP"
    price: Annotated[Decimal, Term.TRIGGER]


@dataclass(frozen=True, slots=True)
class StopLimit:
    """Become a limit order at `price` once the market trades at `trigger` or worse."""

    name: ClassVar[str] = "STP LMT"
    trigger: Annotated[Decimal, Term.TRIGGER]
    price: Annotated[Decimal, Term.LIMIT]


@dataclass(frozen=True, slots=True)
class Trail:
    """A stop that starts at `start` and follows the best price at a distance, never back."""

    name: ClassVar[str] = "TRAIL"
    by: Annotated[Distance, Term.TRAIL]
    start: Annotated[Decimal, Term.START]


@dataclass(frozen=True, slots=True)
class TrailLimit:
    """A trailing stop that becomes a limit order, `offset` beyond where its stop stood."""

    name: ClassVar[str] = "TRAIL LIMIT"
    by: Annotated[Distance, Term.TRAIL]
    start: Annotated[Decimal, Term.START]
    offset: Annotated[Decimal, Term.OFFSET]


@dataclass(frozen=True, slots=True)
class MarketOnClose:
    """Take part in the closing auction at whatever it gives."""

    name: ClassVar[str] = "MOC"


@dataclass(frozen=True, slots=True)
class LimitOnClose:
    """Take part in the closing auction at `price` or better."""

    name: ClassVar[str] = "LOC"
    price: Annotated[Decimal, Term.LIMIT]


OrderType = Market | Limit | Stop | StopLimit | Trail | TrailLimit | MarketOnClose | LimitOnClose
ORDER_TYPES: Mapping[str, type[OrderType]] = {type_.name: type_ for type_ in get_args(OrderType)}
"""Every order type we place, by the broker's short name."""
TRIGGERED = (Stop, StopLimit, Trail, TrailLimit)
"""The types that sleep until the market reaches their trigger."""


def terms_of_type(type_: type[OrderType]) -> dict[str, Term]:
    """Return what an order type is made of: each field of its class and what it is, in their order."""
    hints = get_type_hints(type_, include_extras=True)
    return {part.name: hints[part.name].__metadata__[0] for part in fields(type_)}


def limit_price(type_: OrderType) -> Decimal | None:
    """Return the limit price of an order type, None where it has none or lets it follow its stop."""
    return type_.price if isinstance(type_, Limit | StopLimit | LimitOnClose) else None


def stop_price(type_: OrderType) -> Decimal | None:
    """Return the trigger price of an order type, of a trailing one where it starts; None where it has none."""
    match type_:
        case Stop(price=trigger) | StopLimit(trigger=trigger) | Trail(start=trigger) | TrailLimit(start=trigger):
            return trigger
        case Market() | Limit() | MarketOnClose() | LimitOnClose():
            return None


def trail_of(type_: OrderType) -> Distance | None:
    """Return the distance at which an order type trails, None for one that does not."""
    return type_.by if isinstance(type_, Trail | TrailLimit) else None


def offset_of(type_: OrderType) -> Decimal | None:
    """Return how far beyond its stop the limit of a trailing order lies, None where it has none."""
    return type_.offset if isinstance(type_, TrailLimit) else None


def type_of(
    name: str,
    limit: Decimal | None,
    stop: Decimal | None,
    trail: Distance | None = None,
    offset: Decimal | None = None,
) -> OrderType | None:
    """Return the order type of a broker's short name with these prices, None for a type that we do not place."""
    made: OrderType | None = None
    match name:
        case "MKT":
            made = Market()
        case "MOC":
            made = MarketOnClose()
        case "LMT" if limit is not None:
            made = Limit(limit)
        case "LOC" if limit is not None:
            made = LimitOnClose(limit)
        case "STP" if stop is not None:
            made = Stop(stop)
        case "STP LMT" if stop is not None and limit is not None:
            made = StopLimit(stop, limit)
        case "TRAIL" if trail is not None and stop is not None:
            made = Trail(trail, stop)
        case "TRAIL LIMIT" if trail is not None and stop is not None and offset is not None:
            made = TrailLimit(trail, stop, offset)
    return made


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
    good_till: datetime | None = None


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
    def is_pair(self) -> bool:
        """Say whether its legs are equals of which one cancels the other, and not an entry with its protection."""
        return len(self.legs) > 1 and (self.entry.role is not Role.ENTRY or self.legs[1].role is Role.ENTRY)

    @property
    def children(self) -> tuple[Leg, ...]:
        """The legs that protect the entry; live only once it fills, one cancels the other."""
        return () if self.is_pair else self.legs[1:]


def leg_ref(intent: IntentId, role: Role) -> OrderRef:
    """Return the ref of one leg: the intent's own id for its first order, with the role behind it for children."""
    return OrderRef(intent if role in (Role.ENTRY, Role.CLOSE) else f"{intent}.{role}")


def pair_ref(intent: IntentId) -> OrderRef:
    """Return the ref of the second order of a pair."""
    return OrderRef(f"{intent}.pair")


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a working order can be changed: its whole quantity and its prices, None where it has none.

    The stop of a trailing order, and the limit that follows it, move by themselves: they are none of its terms.
    """

    quantity: Decimal
    limit: Decimal | None
    stop: Decimal | None
    trail: Distance | None = None
    offset: Decimal | None = None


def standing_terms(
    quantity: Decimal,
    limit: Decimal | None,
    stop: Decimal | None,
    trail: Distance | None = None,
    offset: Decimal | None = None,
) -> Terms:
    """Return the terms of an order that has these numbers now."""
    return Terms(quantity, limit, stop) if trail is None else Terms(quantity, None, None, trail, offset)


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it stands, ours or another program's (`is_foreign`); its identity is `ref`.

    `order_id` is valid only within one connection; `perm_id` is the broker's lasting id, None until acknowledged.
    `change_asked` are terms that the broker was asked for and has not answered; its own terms stand until it does.
    `client_id` is who placed it where that was not us; the broker lets nobody else cancel or change it.
    `was_undone` says that the exchange took an execution of it back, wholly or in part.
    `type_name` is the broker's word, also for types that we do not place; `type` is None for those. `cancel_by` says
    who asked for its cancel, `shrunk` how many it gave up for a close that takes them off by itself.
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
    trail: Distance | None = None
    offset: Decimal | None = None
    good_till: datetime | None = None
    outside_hours: bool = False
    cancel_by: str = ""
    shrunk: Decimal = ZERO
    client_id: int | None = None

    @property
    def type(self) -> OrderType | None:
        """Its type with the prices that stand now, None for one that we do not place."""
        return type_of(self.type_name, self.limit, self.stop, self.trail, self.offset)

    @property
    def terms(self) -> Terms:
        """Its quantity and prices as they stand at the broker."""
        return standing_terms(self.quantity, self.limit, self.stop, self.trail, self.offset)

    @property
    def remaining(self) -> Decimal:
        """The quantity still to be filled."""
        return self.quantity - self.filled


@dataclass(frozen=True, slots=True)
class OrderGroup:
    """An intent with its orders as they stand, in the order of its legs; a foreign order is a group without intent."""

    intent: Intent | None
    orders: tuple[Order, ...]
