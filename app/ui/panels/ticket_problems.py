"""What keeps a ticket's terms from being an order: each problem in one sentence, beside the field it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from app.domain.money import Rounding, on_tick
from app.domain.order_rules import why_combination_unfit, why_end_unfit
from app.domain.orders import Side, Term, TimeInForce
from app.ui.panels.ticket_terms import HIGHEST_MONEY, Entry, Kind, Problem, SizeBy, Terms, entries_of
from app.ui.widgets.format import price as price_text
from app.ui.widgets.format import quantity as quantity_text

HIGHEST_PRICE = Decimal(10) ** 9
NAMES = {
    Entry.PRICE: "price",
    Entry.TRIGGER: "trigger",
    Entry.DISTANCE: "distance",
    Entry.START: "starting price",
    Entry.OFFSET: "limit offset",
    Entry.OTHER: "price of the other order",
    Entry.STOP: "stop",
    Entry.TARGET: "target",
}


def problems_of(terms: Terms) -> tuple[Problem, ...]:
    """Return what keeps these terms from being an order, in the order of the fields."""
    return tuple(_problems(terms))


def _problems(terms: Terms) -> Iterator[Problem]:
    yield from _size_problems(terms)
    for entry, (_, term) in entries_of(terms.kind).items():
        if term is Term.TRAIL:
            yield from _distance_problems(terms)
        else:
            yield from bad_price(terms, entry, may_be_zero=term is Term.OFFSET)
    yield from _time_problems(terms)
    if terms.has_pair:
        yield from _pair_problems(terms)
    yield from _bracket_problems(terms)


def _size_problems(terms: Terms) -> Iterator[Problem]:
    match terms.size_by:
        case SizeBy.QUANTITY:
            yield from _quantity_problems(terms)
        case SizeBy.MONEY:
            yield from _money_problems(terms)
        case SizeBy.RISK:
            yield from _risk_problems(terms)
        case SizeBy.CLOSE if not terms.is_against:
            way = "sell" if terms.side is Side.BUY else "buy"
            text = f"No {terms.instrument.symbol} is held that this side would close; choose {way} or another size."
            yield Problem(Entry.QUANTITY, text)


def _quantity_problems(terms: Terms) -> Iterator[Problem]:
    lot, value = terms.instrument.lot, terms.quantity.value
    if value is None:
        yield Problem(Entry.QUANTITY, not_a_number("quantity", terms.quantity.text))
    elif value <= 0 or value % lot != 0:
        kind = "A whole number above 0" if lot == 1 else f"A positive multiple of {quantity_text(lot)}"
        yield Problem(Entry.QUANTITY, f"{kind} is needed, not {quantity_text(value)}.")
    else:
        yield from _most_problems(terms, value)


def _most_problems(terms: Terms, count: Decimal) -> Iterator[Problem]:
    owner, held = terms.lot.owner, abs(terms.lot.held)
    if terms.is_against and owner is not None and count > held:
        yield Problem(Entry.QUANTITY, f"{owner.name} holds {quantity_text(held)}; at most that comes from its lot.")
    elif count > terms.max_quantity:
        most = quantity_text(terms.max_quantity)
        yield Problem(Entry.QUANTITY, f"One order may have {most}, not {quantity_text(count)}; split it.")


def _money_problems(terms: Terms) -> Iterator[Problem]:
    value, count = terms.quantity.value, terms.count
    if value is None:
        yield Problem(Entry.QUANTITY, not_a_number("sum of money", terms.quantity.text))
    elif not 0 < value < HIGHEST_MONEY:
        yield Problem(Entry.QUANTITY, f"A sum above 0 and below 1,000,000,000,000 is needed, not {_shown(value)}.")
    elif count is None:
        yield Problem(Entry.QUANTITY, "Without a price it is not known how many this buys; enter a quantity.")
    elif count <= 0:
        lot = quantity_text(terms.instrument.lot)
        yield Problem(Entry.QUANTITY, f"{_shown(value)} is less than {lot} {terms.instrument.symbol} cost.")
    else:
        yield from _most_problems(terms, count)


def _risk_problems(terms: Terms) -> Iterator[Problem]:
    value = terms.quantity.value
    if value is None:
        yield Problem(Entry.QUANTITY, not_a_number("risk in percent of equity", terms.quantity.text))
    elif not 0 < value <= 100:
        yield Problem(Entry.QUANTITY, f"A risk above 0 and up to 100 % of equity is needed, not {_shown(value)}.")
    elif terms.is_against:
        yield Problem(Entry.QUANTITY, "A size by risk opens a position; this order reduces one: enter a quantity.")


def _distance_problems(terms: Terms) -> Iterator[Problem]:
    value = terms.distance.value
    if value is not None and terms.is_percent and not 0 < value < 100:
        yield Problem(Entry.DISTANCE, f"A distance above 0 and below 100 % is needed, not {_shown(value)}.")
    elif value is None or not terms.is_percent:
        yield from bad_price(terms, Entry.DISTANCE)


def _time_problems(terms: Terms) -> Iterator[Problem]:
    kind = terms.instrument.kind
    if why := why_combination_unfit(terms.kind.type, terms.tif, outside_hours=terms.outside_hours, kind=kind):
        yield Problem(Entry.ENDS, why)
    elif terms.tif is TimeInForce.GTD:
        if terms.ends.value is None:
            yield Problem(Entry.ENDS, f"An end like 2026-11-24 16:00 is needed{_found(terms.ends.text)}.")
        elif terms.now is not None and (why := why_end_unfit(terms.tif, terms.ends.value, terms.now)):
            yield Problem(Entry.ENDS, why)


def _pair_problems(terms: Terms) -> Iterator[Problem]:
    if terms.kind not in (Kind.LIMIT, Kind.STOP):
        yield Problem(Entry.OTHER, "A pair is made of a limit and a stop order; choose LMT or STP.")
        return
    yield from bad_price(terms, Entry.OTHER)
    first, other = terms.price.value, terms.other.value
    if first is None or other is None:
        return
    limit, stop = (first, other) if terms.kind is Kind.LIMIT else (other, first)
    if (stop - limit) * terms.side.sign <= 0:
        where = "above" if terms.side is Side.BUY else "below"
        yield Problem(Entry.OTHER, f"Of a pair to {terms.side.lower()} the stop belongs {where} the limit.")


def _bracket_problems(terms: Terms) -> Iterator[Problem]:
    if not terms.bracketed:
        if terms.size_by is SizeBy.RISK and not terms.is_against:
            yield Problem(Entry.STOP, "A size by risk needs a stop; switch the bracket on.")
        return
    stop = list(bad_price(terms, Entry.STOP)) or _wrong_side(terms, Entry.STOP)
    target = list(bad_price(terms, Entry.TARGET)) or _wrong_side(terms, Entry.TARGET)
    yield from (*stop, *target)


def _wrong_side(terms: Terms, entry: Entry) -> list[Problem]:
    way, at, value = terms.side.sign, terms.reckoned, terms.written(entry).value
    if at is None or value is None or terms.kind in (Kind.MARKET, Kind.MARKET_ON_CLOSE):
        return []
    is_stop = entry is Entry.STOP
    if (at - value if is_stop else value - at) * way > 0:
        return []
    side = "below" if is_stop == (terms.side is Side.BUY) else "above"
    return [Problem(entry, f"The {entry} belongs {side} the entry at {price_text(at, terms.instrument.decimals)}.")]


def bad_price(terms: Terms, entry: Entry, *, may_be_zero: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with a price by itself: no number, out of all bounds, off the tick."""
    written, instrument, name = terms.written(entry), terms.instrument, NAMES[entry]
    value = written.value
    if value is None:
        yield Problem(entry, not_a_number(name, written.text))
    elif not (value >= 0 if may_be_zero else value > 0) or value >= HIGHEST_PRICE:
        least = "of 0 or more" if may_be_zero else "above 0"
        yield Problem(entry, f"A {name} {least} and below 1,000,000,000 is needed, not {_shown(value)}.")
    elif not instrument.is_on_tick(value):
        tick = instrument.tick_at(value)
        low, high = (on_tick(value, tick, way) for way in (Rounding.DOWN, Rounding.UP))
        yield Problem(entry, f"{instrument.symbol} moves in steps of {tick}: {low} or {high}, not {_shown(value)}.")


def not_a_number(name: str, text: str) -> str:
    """Return what is said of a field that holds no number."""
    if not text.strip():
        return f"A {name} is needed."
    return f"A {name} in figures is needed{_found(text)}."


def _found(text: str) -> str:
    return f", not “{text.strip()[:24]}”" if text.strip() else ""


def _shown(value: Decimal) -> str:
    return f"{value.normalize():f}"[:24]
