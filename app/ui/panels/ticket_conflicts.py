"""What a ticket's terms would collide with: working orders, the lot they name, the market as it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.broker import AccountClass
from app.domain.orders import TRIGGERED, Order, Role, limit_price, stop_price
from app.domain.quotes import Quote
from app.services.session_view import SessionView
from app.ui.panels.ticket_terms import Kind, Terms
from app.ui.panels.ticket_words import order_names
from app.ui.widgets.format import age, quantity
from app.ui.widgets.format import price as price_text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What terms are held against: the account's working orders in the instrument, those of the lot, the quote."""

    orders: Sequence[Order]
    companions: Sequence[Order]
    quote: Quote | None
    tick_age_s: float | None
    most_age_s: float
    account: str
    whole: Decimal
    shut: str = ""
    """Why nothing may be sent at all, empty while it may."""


def why_shut(view: SessionView) -> str:
    """Return why no order may be sent whatever its terms, in a sentence with the way out; empty while it may."""
    if view.account_class is AccountClass.LIVE and not view.is_armed and view.account:
        return f"{view.account} is a live account: read-only until you arm it (Trade › Arm live trading…)."
    if view.is_read_only:
        return "The gateway takes no orders: its API is read-only. Switch Read-Only API off in its API settings."
    return ""


def conflicts(terms: Terms, count: Decimal | None, around: Surroundings) -> tuple[str, ...]:
    """Return in sentences what a person should know of before these terms become an order, the gravest first."""
    return tuple(_about_the_market(terms, around)) + tuple(_about_orders(terms, count, around))


def _about_the_market(terms: Terms, around: Surroundings) -> Iterator[str]:
    symbol, quote = terms.instrument.symbol, around.quote
    if around.shut:
        yield around.shut
    if not around.account:
        yield "No account is connected: nothing can be sent. See Connection."
    if quote is None or not (quote.last or quote.bid or quote.ask):
        yield f"No price of {symbol} is known, so nothing can be reckoned; wait for one, or check its data."
    elif quote.is_halted:
        yield f"Trading in {symbol} is halted: an order waits until it resumes, at a price nobody knows."
    elif around.tick_age_s is not None and around.tick_age_s > around.most_age_s:
        yield f"The newest price of {symbol} is {age(around.tick_age_s)} old."
    yield from _about_triggers(terms, quote)


def _about_triggers(terms: Terms, quote: Quote | None) -> Iterator[str]:
    last = Decimal(str(quote.last)) if quote and quote.last else None
    trigger = terms.price.value if terms.kind is Kind.STOP else terms.trigger.value
    trigger = terms.start.value if terms.kind in (Kind.TRAIL, Kind.TRAIL_LIMIT) else trigger
    if not terms.kind.is_triggered or last is None or trigger is None:
        return
    if (trigger - last) * terms.side.sign <= 0:
        where = "below" if terms.side.sign > 0 else "above"
        yield f"The trigger lies {where} the last price {_at(terms, last)}: it would be reached at once."
    limit = terms.price.value if terms.kind is Kind.STOP_LIMIT else None
    if limit is not None and (limit - trigger) * terms.side.sign < 0:
        yield "The limit is passed by the time the trigger is reached: it may not fill."


def _about_orders(terms: Terms, count: Decimal | None, around: Surroundings) -> Iterator[str]:
    live = [order for order in around.orders if not order.state.is_final]
    if terms.reduces and around.companions:
        yield _room(terms, count, around)
    elif count is not None:
        yield from _too_many(terms, count, around, live)
    if not _has_numbers(terms):
        return
    twin = next((order for order in live if order.side is terms.side and _is_twin(terms, order)), None)
    if twin is not None:
        yield f"The same order works already: {_named(terms, twin)}."
    against = [o for o in live if o.side is not terms.side and o.role is Role.ENTRY and o not in around.companions]
    if against:
        yield f"An order for the other side works: {_named(terms, against[0])}."


def _room(terms: Terms, count: Decimal | None, around: Surroundings) -> str:
    """Say what happens to the orders of a lot before something is taken off it."""
    whose = f"{terms.lot.owner.name}'s lot" if terms.lot.owner else "the lot"
    orders = order_names([order for order in around.companions if order.role is not Role.ENTRY])
    if count is None or count >= abs(terms.lot.held) or not orders:
        return f"First {orders or 'the rest of the entry'} of {whose} will be cancelled."
    return f"First {orders} of {whose} will shrink by {quantity(count)}."


def _too_many(terms: Terms, count: Decimal, around: Surroundings, live: Sequence[Order]) -> Iterator[str]:
    """Say when the stops of a position would be for more than is held."""
    if terms.bracketed or around.whole * terms.side.sign >= 0 or not (terms.kind.is_triggered or terms.has_pair):
        return
    stops = [o for o in live if o.side is terms.side and o.stop is not None and o.role is not Role.ENTRY]
    total = count + sum((order.remaining for order in stops), Decimal(0))
    if total > abs(around.whole):
        yield f"Stop quantity would be {quantity(total)} for {quantity(abs(around.whole))} {terms.instrument.symbol}."


def _has_numbers(terms: Terms) -> bool:
    try:
        terms.order_type()
    except ValueError:
        return False
    return True


def _is_twin(terms: Terms, order: Order) -> bool:
    type_ = terms.order_type()
    prices = None if isinstance(type_, TRIGGERED) and order.trail is not None else (order.limit, order.stop)
    mine = (limit_price(type_), stop_price(type_))
    return order.type_name == type_.name and order.role in (Role.ENTRY, Role.CLOSE) and prices == mine


def _named(terms: Terms, order: Order) -> str:
    at = order.limit if order.limit is not None else order.stop
    price = f" {_at(terms, at)}" if at is not None else ""
    return f"{order.side.lower()} {quantity(order.remaining)} {order.type_name}{price}"


def _at(terms: Terms, price: Decimal) -> str:
    return price_text(price, terms.instrument.decimals)
