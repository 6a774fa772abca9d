"""What a ticket says before it is an order: its terms, what is wrong with them in words, and how the act is called.

Pure: no widgets. The gates judge the order itself; here only what could not even be made into one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.instruments import Instrument
from app.domain.money import Rounding, on_tick
from app.domain.orders import (
    Limit,
    Market,
    OrderType,
    Role,
    Side,
    Stop,
    TimeInForce,
    limit_price,
    stop_price,
)
from app.domain.quotes import Quote
from app.domain.signals import Signal
from app.domain.strategies import Strategy
from app.services.desk import Proposal
from app.ui.widgets.format import price as price_text
from app.ui.widgets.format import quantity as quantity_text

HIGHEST_PRICE = Decimal(10) ** 9
PROTECTION_PERCENT = Decimal("0.1")
"""How far beyond the other side of the quote a price that follows it is set, so that it still fills when it moves."""
USUAL_SHARE_PERCENT = Decimal(10)
"""The share of equity that a ticket proposes by itself."""
ROOM = Decimal("0.95")
"""What is proposed stays this far within the limits, since prices move until the order is confirmed."""


class Kind(StrEnum):
    """The order types a ticket offers, by the broker's short names."""

    LIMIT = "LMT"
    MARKET = "MKT"
    STOP = "STP"


class Entry(StrEnum):
    """The fields of a ticket that can be wrong."""

    QUANTITY = "quantity"
    PRICE = "price"
    STOP = "stop"
    TARGET = "target"


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


@dataclass(frozen=True, slots=True)
class Terms:
    """A ticket's fields at one moment; `by_risk` lets the desk find the quantity."""

    instrument: Instrument
    side: Side
    kind: Kind
    tif: TimeInForce
    quantity: Written
    price: Written
    has_bracket: bool
    stop: Written
    target: Written
    by_risk: bool = False
    max_quantity: Decimal = Decimal(10_000)

    def problems(self) -> tuple[Problem, ...]:
        """Return what keeps these terms from being an order, in the order of the fields."""
        found = [self._quantity_problem(), self._price_problem(), *self._bracket_problems()]
        return tuple(problem for problem in found if problem is not None)

    def order_type(self) -> OrderType:
        """Return the order type; raise ValueError while its price is none."""
        if self.kind is Kind.MARKET:
            return Market()
        if self.price.value is None:
            raise ValueError("the price is no number")
        return Limit(self.price.value) if self.kind is Kind.LIMIT else Stop(self.price.value)

    def proposal(self, decision: str) -> Proposal:
        """Return what these terms propose; call it only without problems."""
        return Proposal(
            decision=decision,
            instrument=self.instrument,
            side=self.side,
            type=self.order_type(),
            quantity=None if self.by_risk else self.quantity.value,
            tif=self.tif,
            stop=self.stop.value if self.has_bracket else None,
            target=self.target.value if self.has_bracket else None,
        )

    def act(self) -> str:
        """Return what the primary button says."""
        verb = "Buy" if self.side is Side.BUY else "Sell"
        if self.problems():
            wrong = ", ".join(dict.fromkeys(problem.entry.value for problem in self.problems()))
            return f"{verb} {self.instrument.symbol}: check the {wrong}"
        if self.by_risk:
            return f"{verb} {self.instrument.symbol} {type_words(self.order_type(), self.instrument)} by risk"
        assert self.quantity.value is not None
        return act_words(self.side, self.quantity.value, self.instrument, self.order_type())

    def _quantity_problem(self) -> Problem | None:
        if self.by_risk:
            return None
        lot, value = self.instrument.lot, self.quantity.value
        if value is None:
            return Problem(Entry.QUANTITY, _not_a_number("quantity", self.quantity.text))
        if value <= 0 or value % lot != 0:
            kind = "A whole number above 0" if lot == 1 else f"A positive multiple of {quantity_text(lot)}"
            return Problem(Entry.QUANTITY, f"{kind} is needed, not {quantity_text(value)}.")
        if value > self.max_quantity:
            most = quantity_text(self.max_quantity)
            return Problem(Entry.QUANTITY, f"One order may have {most}, not {quantity_text(value)}; split it.")
        return None

    def _price_problem(self) -> Problem | None:
        if self.by_risk and self.kind is not Kind.LIMIT:
            return Problem(Entry.PRICE, "A size by risk needs a limit order; choose LMT.")
        if self.kind is Kind.MARKET:
            return None
        return self._bad_price(Entry.PRICE, "price", self.price)

    def _bracket_problems(self) -> list[Problem | None]:
        if not self.has_bracket:
            text = "A size by risk needs a stop; switch the bracket on."
            return [Problem(Entry.STOP, text)] if self.by_risk else []
        found = [
            self._bad_price(Entry.STOP, "stop", self.stop),
            self._bad_price(Entry.TARGET, "target", self.target),
        ]
        if self.kind is Kind.MARKET or self.price.value is None:
            return found
        way, entry = self.side.sign, self.price.value
        below, above = ("below", "above") if self.side is Side.BUY else ("above", "below")
        at = price_text(entry, self.instrument.decimals)
        if found[0] is None and self.stop.value is not None and way * self.stop.value >= way * entry:
            found[0] = Problem(Entry.STOP, f"The stop belongs {below} the entry at {at}.")
        if found[1] is None and self.target.value is not None and way * self.target.value <= way * entry:
            found[1] = Problem(Entry.TARGET, f"The target belongs {above} the entry at {at}.")
        return found

    def _bad_price(self, entry: Entry, name: str, written: Written) -> Problem | None:
        value, instrument = written.value, self.instrument
        if value is None:
            return Problem(entry, _not_a_number(name, written.text))
        if not 0 < value < HIGHEST_PRICE:
            return Problem(entry, f"A {name} above 0 and below 1,000,000,000 is needed, not {_shown(value)}.")
        if not instrument.is_on_tick(value):
            tick = instrument.tick_at(value)
            low, high = (on_tick(value, tick, way) for way in (Rounding.DOWN, Rounding.UP))
            return Problem(
                entry, f"{instrument.symbol} moves in steps of {tick}: {low} or {high}, not {_shown(value)}."
            )
        return None


def act_words(side: Side, quantity: Decimal, instrument: Instrument, type_: OrderType) -> str:
    """Return how an act is called: “Buy 53 AAPL limit 187.20”."""
    verb = "Buy" if side is Side.BUY else "Sell"
    return f"{verb} {quantity_text(quantity)} {instrument.symbol} {type_words(type_, instrument)}"


def proposal_words(proposal: Proposal, quantity: Decimal) -> str:
    """Return how the act of a proposal is called."""
    if proposal.role is Role.CLOSE:
        verb = "sell" if proposal.side is Side.SELL else "buy"
        words = f"{quantity_text(quantity)} {proposal.instrument.symbol}"
        return f"Close: {verb} {words} {type_words(proposal.type, proposal.instrument)}"
    return act_words(proposal.side, quantity, proposal.instrument, proposal.type)


def type_words(type_: OrderType, instrument: Instrument) -> str:
    """Return an order type in words with its price: “limit 187.20”, “market”, “stop 180.00”."""
    name = {"MKT": "market", "LMT": "limit", "STP": "stop"}[type_.name]
    at = limit_price(type_) or stop_price(type_)
    return name if at is None else f"{name} {price_text(at, instrument.decimals)}"


def following_price(instrument: Instrument, side: Side, kind: Kind, quote: Quote | None) -> Decimal | None:
    """Return the price a field shows until it is touched, on the tick.

    A limit crosses the quote with a small protection, so that it fills although the market moves meanwhile; a stop
    starts 1 % away from it. None without a quote.
    """
    near = _side_of(quote, side)
    if near is None or near <= 0:
        return None
    if kind is Kind.STOP:
        return instrument.round_to_tick(near * (1 + side.sign * Decimal("0.01")))
    tick = instrument.tick_at(near)
    beyond = max(2 * tick, near * PROTECTION_PERCENT / 100)
    rounding = Rounding.UP if side is Side.BUY else Rounding.DOWN
    return max(tick, instrument.round_to_tick(near + side.sign * beyond, rounding))


def bracket_prices(
    instrument: Instrument, side: Side, entry: Decimal | None, atr: float | None
) -> tuple[Decimal, Decimal] | None:
    """Return stop and target, 2 and 4 daily ATRs from the entry, on the tick; None without either number."""
    if entry is None or not atr or atr <= 0:
        return None
    step = Decimal(str(atr)) * side.sign
    against = Rounding.DOWN if side is Side.BUY else Rounding.UP
    stop, target = (instrument.round_to_tick(entry + factor * step, against) for factor in (-2, 4))
    return (stop, target) if min(stop, target) > 0 else None


@dataclass(frozen=True, slots=True)
class Means:
    """What a quantity is proposed from: money in the base currency, None where it is unknown."""

    equity: Decimal | None
    available: Decimal | None
    exposure: Decimal | None
    held: Decimal
    fx: Decimal | None
    position_percent: Decimal
    exposure_warn_percent: Decimal
    max_quantity: Decimal


def usual_quantity(instrument: Instrument, side: Side, price: Decimal | None, means: Means) -> Decimal:
    """Return what a ticket proposes: all that is held when it closes, else a tenth of equity within every limit."""
    if means.held * side.sign < 0:
        return abs(means.held)
    if price is None or price <= 0 or means.fx is None or means.equity is None:
        return instrument.lot
    unit = instrument.value(price, Decimal(1)) * means.fx
    room = [means.equity * USUAL_SHARE_PERCENT / 100]
    room.append(means.equity * means.position_percent / 100 * ROOM - abs(means.held) * unit)
    if means.exposure is not None:
        room.append(means.equity * means.exposure_warn_percent / 100 * ROOM - means.exposure)
    if means.available is not None:
        room.append(means.available * ROOM)
    lots = min(min(room) / unit, means.max_quantity) // instrument.lot
    return max(instrument.lot, lots * instrument.lot)


@dataclass(frozen=True, slots=True)
class Origin:
    """The signal that filled a ticket, with its strategy."""

    signal: Signal
    strategy: Strategy | None


def _side_of(quote: Quote | None, side: Side) -> Decimal | None:
    if quote is None:
        return None
    near = (quote.ask if side is Side.BUY else quote.bid) or quote.last
    return Decimal(str(near)) if near else None


def _not_a_number(name: str, text: str) -> str:
    if not text.strip():
        return f"A {name} is needed."
    return f"A {name} in figures is needed, not “{text.strip()[:24]}”."


def _shown(value: Decimal) -> str:
    return f"{value.normalize():f}"[:24]
