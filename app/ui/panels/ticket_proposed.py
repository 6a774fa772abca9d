"""What a ticket proposes by itself: prices from the quote, a bracket, a quantity within every limit. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.instruments import Instrument
from app.domain.money import Rounding
from app.domain.orders import Side
from app.domain.quotes import Quote
from app.ui.panels.ticket_terms import Entry, Kind, Terms

PROTECTION_PERCENT = Decimal("0.1")
"""How far beyond the other side of the quote a price that follows it is set, so that it still fills when it moves."""
AWAY = Decimal("0.01")
"""How far from the market a trigger starts."""
USUAL_SHARE_PERCENT = Decimal(10)
"""The share of equity that a ticket proposes by itself."""
ROOM = Decimal("0.95")
"""What is proposed stays this far within the limits, since prices move until the order is confirmed."""


def following_price(instrument: Instrument, side: Side, kind: Kind, quote: Quote | None) -> Decimal | None:
    """Return the price a field shows until it is touched, on the tick.

    A limit crosses the quote with a small protection, so that it fills although the market moves meanwhile; a trigger
    starts 1 % away from it. None without a quote.
    """
    near = near_price(quote, side)
    if near is None or near <= 0:
        return None
    if kind.is_triggered:
        return instrument.round_to_tick(near * (1 + side.sign * AWAY))
    return _beyond(instrument, near, side)


def proposed(terms: Terms, entry: Entry) -> Decimal | None:
    """Return what one of the further fields of a type starts with, None while it cannot be said."""
    near, instrument = terms.near, terms.instrument
    if near is None or near <= 0:
        return None
    way = terms.side.sign
    match entry:
        case Entry.TRIGGER:
            return instrument.round_to_tick(near * (1 + way * AWAY))
        case Entry.PRICE if terms.trigger.value is not None and terms.trigger.value > 0:
            return _beyond(instrument, terms.trigger.value, terms.side)
        case Entry.DISTANCE:
            return (
                Decimal(1) if terms.is_percent else max(instrument.tick_at(near), instrument.round_to_tick(near * AWAY))
            )
        case Entry.START:
            return _start(terms, near)
        case Entry.OFFSET:
            return instrument.round_to_tick(near * PROTECTION_PERCENT / 100, Rounding.UP)
        case Entry.OTHER:
            towards = way if terms.other_kind.is_triggered else -way
            return instrument.round_to_tick(near * (1 + towards * AWAY))
        case _:
            return None


def _start(terms: Terms, near: Decimal) -> Decimal | None:
    distance = terms.distance.value
    if distance is None or distance <= 0:
        return None
    away = near * distance / 100 if terms.is_percent else distance
    start = terms.instrument.round_to_tick(near + terms.side.sign * away)
    return start if start > 0 else None


def _beyond(instrument: Instrument, price: Decimal, side: Side) -> Decimal:
    tick = instrument.tick_at(price)
    beyond = max(2 * tick, price * PROTECTION_PERCENT / 100)
    rounding = Rounding.UP if side is Side.BUY else Rounding.DOWN
    return max(tick, instrument.round_to_tick(price + side.sign * beyond, rounding))


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
    buying_power: Decimal | None = None
    currency: str = ""


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


def near_price(quote: Quote | None, side: Side) -> Decimal | None:
    """Return the side of the quote that an order would meet, else the last price; None without either."""
    if quote is None:
        return None
    near = (quote.ask if side is Side.BUY else quote.bid) or quote.last
    return Decimal(str(near)) if near else None
