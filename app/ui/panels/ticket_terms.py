"""What a ticket says before it is an order: its fields at one moment, the order they mean, and how the act is called.

Pure: no widgets. What is wrong with them is in `ticket_problems`; the gates judge the order itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.instruments import Instrument
from app.domain.orders import (
    ORDER_TYPES,
    TRIGGERED,
    Distance,
    OrderType,
    Role,
    Side,
    Term,
    TimeInForce,
    terms_of_type,
    type_of,
)
from app.domain.strategies import Strategy
from app.services.desk import Proposal
from app.ui.panels.ticket_words import act_words, type_words


class Kind(StrEnum):
    """The order types a ticket offers, by the broker's short names."""

    LIMIT = "LMT"
    MARKET = "MKT"
    STOP = "STP"
    STOP_LIMIT = "STP LMT"
    TRAIL = "TRAIL"
    TRAIL_LIMIT = "TRAIL LIMIT"
    MARKET_ON_CLOSE = "MOC"
    LIMIT_ON_CLOSE = "LOC"

    @property
    def type(self) -> type[OrderType]:
        """The class of the order type."""
        return ORDER_TYPES[self.value]

    @property
    def is_triggered(self) -> bool:
        """Say whether it sleeps until a price is reached."""
        return issubclass(self.type, TRIGGERED)


class Entry(StrEnum):
    """The fields of a ticket that can be wrong."""

    QUANTITY = "quantity"
    PRICE = "price"
    TRIGGER = "trigger"
    DISTANCE = "distance"
    START = "start"
    OFFSET = "offset"
    ENDS = "end"
    OTHER = "other price"
    STOP = "stop"
    TARGET = "target"


class SizeBy(StrEnum):
    """What the size field holds: a quantity, money to spend, percent of equity to risk, or the lot to close."""

    QUANTITY = "quantity"
    MONEY = "money"
    RISK = "risk"
    CLOSE = "close"


def entries_of(kind: Kind) -> dict[Entry, tuple[str, Term]]:
    """Return the fields that an order type's class asks for, each with the class's own name for it and what it is.

    A type with one price has it in the field for the price, whatever it means.
    """
    terms = terms_of_type(kind.type)
    return {_ENTRIES[term] if len(terms) > 1 else Entry.PRICE: (name, term) for name, term in terms.items()}


_ENTRIES = {
    Term.LIMIT: Entry.PRICE,
    Term.TRIGGER: Entry.TRIGGER,
    Term.TRAIL: Entry.DISTANCE,
    Term.START: Entry.START,
    Term.OFFSET: Entry.OFFSET,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, in one sentence."""

    entry: Entry
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A field as it stands: what is written in it and the number that is, None when it is none."""

    text: str
    value: Decimal | None


EMPTY = Written("", None)


@dataclass(frozen=True, slots=True)
class Moment:
    """The field of an order's end: what is written in it, and the moment (UTC) that is, None when it is none."""

    text: str = ""
    value: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """Whose share of the position an order is for (None: what no strategy owns), and how much that is, signed."""

    owner: Strategy | None = None
    held: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """A ticket's fields at one moment.

    `is_trailing` has the bracket's stop follow the best price at its first distance from the entry.
    `near` is what a market order would meet, `now` the market's time. `has_pair` adds a second order of `other_kind`,
    of which the first to fill cancels the other; `lot` is what an order for the other side takes off.
    """

    instrument: Instrument
    side: Side
    kind: Kind
    tif: TimeInForce
    quantity: Written
    price: Written
    has_bracket: bool
    stop: Written
    target: Written
    size_by: SizeBy = SizeBy.QUANTITY
    max_quantity: Decimal = Decimal(10_000)
    trigger: Written = EMPTY
    distance: Written = EMPTY
    is_percent: bool = False
    start: Written = EMPTY
    offset: Written = EMPTY
    ends: Moment = field(default_factory=Moment)
    outside_hours: bool = False
    has_pair: bool = False
    other_kind: Kind = Kind.STOP
    other: Written = EMPTY
    lot: Lot = field(default_factory=Lot)
    near: Decimal | None = None
    now: datetime | None = None
    is_trailing: bool = False

    @property
    def is_against(self) -> bool:
        """Say whether it trades against the lot that it names."""
        return self.lot.held * self.side.sign < 0

    @property
    def protects(self) -> bool:
        """Say whether it is one more order that protects what is held by hand, and takes nothing off now."""
        return self.is_against and (self.has_pair or (self.kind.is_triggered and self.lot.owner is None))

    @property
    def reduces(self) -> bool:
        """Say whether it takes something of its lot off, so that the lot's own orders make room for it."""
        return self.is_against and not self.protects

    @property
    def bracketed(self) -> bool:
        """Say whether stop and target go with it; an order that only reduces has nothing to protect."""
        return self.has_bracket and not self.has_pair and not (self.is_against and not self.crosses_zero)

    @property
    def crosses_zero(self) -> bool:
        """Say whether it trades more than its lot holds, and opens the other side."""
        count = self.count
        return self.is_against and count is not None and count > abs(self.lot.held)

    @property
    def reckoned(self) -> Decimal | None:
        """The price its size and cost are reckoned at: its own limit or trigger, else what the market gives."""
        if self.kind in (Kind.MARKET, Kind.MARKET_ON_CLOSE):
            return self.near
        own = self.start if self.kind in (Kind.TRAIL, Kind.TRAIL_LIMIT) else self.price
        return own.value

    @property
    def count(self) -> Decimal | None:
        """How many it trades, None while that is unknown or for the desk to find."""
        value = self.quantity.value
        match self.size_by:
            case SizeBy.QUANTITY:
                return value
            case SizeBy.CLOSE:
                return abs(self.lot.held)
            case SizeBy.RISK:
                return None
            case SizeBy.MONEY:
                unit = self.instrument.value(self.reckoned, Decimal(1)) if self.reckoned else None
                if value is None or unit is None or unit <= 0 or not 0 < value < HIGHEST_MONEY:
                    return None
                return value / unit // self.instrument.lot * self.instrument.lot

    def written(self, entry: Entry) -> Written:
        """Return a field of numbers as it stands."""
        return {
            Entry.QUANTITY: self.quantity,
            Entry.PRICE: self.price,
            Entry.TRIGGER: self.trigger,
            Entry.DISTANCE: self.distance,
            Entry.START: self.start,
            Entry.OFFSET: self.offset,
            Entry.OTHER: self.other,
            Entry.STOP: self.stop,
            Entry.TARGET: self.target,
        }[entry]

    def order_type(self) -> OrderType:
        """Return the order type; raise ValueError while one of its numbers is none."""
        told = {term: self.written(entry).value for entry, (_, term) in entries_of(self.kind).items()}
        distance = told.get(Term.TRAIL)
        made = type_of(
            self.kind.value,
            told.get(Term.LIMIT),
            told.get(Term.TRIGGER, told.get(Term.START)),
            None if distance is None else Distance(distance, self.is_percent),
            told.get(Term.OFFSET),
        )
        if made is None:
            raise ValueError(f"a number of {self.kind} is missing")
        return made

    def other_type(self) -> OrderType | None:
        """Return the type of the second order of a pair, None without one."""
        price = self.other.value if self.has_pair else None
        return type_of(self.other_kind.value, price, price)

    def proposal(self, decision: str) -> Proposal:
        """Return what these terms propose; call it only without problems."""
        by_risk = self.size_by is SizeBy.RISK
        return Proposal(
            decision=decision,
            instrument=self.instrument,
            side=self.side,
            type=self.order_type(),
            quantity=self.count,
            tif=self.tif,
            stop=self.stop.value if self.bracketed else None,
            target=self.target.value if self.bracketed else None,
            outside_hours=self.outside_hours,
            role=Role.STOP if self.protects and not self.crosses_zero else Role.ENTRY,
            strategy=self.lot.owner if self.is_against else None,
            good_till=self.ends.value if self.tif is TimeInForce.GTD else None,
            other=self.other_type(),
            risk_percent=self.quantity.value if by_risk else None,
            trail=self.trail,
        )

    @property
    def trail(self) -> Distance | None:
        """How far behind the best price a bracket's stop follows: as far as it begins from the entry."""
        entry, stop = self.reckoned, self.stop.value
        if not (self.bracketed and self.is_trailing) or entry is None or stop is None:
            return None
        return Distance(self.instrument.round_to_tick(abs(entry - stop)))

    def act(self, problems: tuple[Problem, ...]) -> str:
        """Return what the primary button says, `problems` being what is wrong with these terms."""
        verb = "Buy" if self.side is Side.BUY else "Sell"
        if problems:
            wrong = ", ".join(dict.fromkeys(problem.entry.value for problem in problems))
            return f"{verb} {self.instrument.symbol}: check the {wrong}"
        type_ = self.order_type()
        if self.size_by is SizeBy.RISK:
            return f"{verb} {self.instrument.symbol} {type_words(type_, self.instrument)} by risk"
        assert self.count is not None
        return act_words(self.side, self.count, self.instrument, type_, self.other_type())


HIGHEST_MONEY = Decimal(10) ** 12
