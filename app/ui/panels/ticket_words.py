"""How orders are called where a person decides about them: “Buy 53 AAPL limit 187.20”."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from app.domain.instruments import Instrument
from app.domain.orders import (
    Distance,
    Limit,
    LimitOnClose,
    Market,
    MarketOnClose,
    Order,
    OrderType,
    Role,
    Side,
    Stop,
    StopLimit,
    Trail,
    TrailLimit,
)
from app.services.desk import Proposal
from app.ui.widgets.format import number
from app.ui.widgets.format import price as price_text
from app.ui.widgets.format import quantity as quantity_text


def act_words(
    side: Side, quantity: Decimal, instrument: Instrument, type_: OrderType, other: OrderType | None = None
) -> str:
    """Return how an act is called."""
    verb = "Buy" if side is Side.BUY else "Sell"
    words = f"{verb} {quantity_text(quantity)} {instrument.symbol} {type_words(type_, instrument)}"
    return words if other is None else f"{words} or {type_words(other, instrument)}"


def proposal_words(proposal: Proposal, quantity: Decimal) -> str:
    """Return how the act of a proposal is called."""
    if proposal.role is Role.CLOSE:
        verb = "sell" if proposal.side is Side.SELL else "buy"
        words = f"{quantity_text(quantity)} {proposal.instrument.symbol}"
        return f"Close: {verb} {words} {type_words(proposal.type, proposal.instrument)}"
    return act_words(proposal.side, quantity, proposal.instrument, proposal.type, proposal.other)


def type_words(type_: OrderType, instrument: Instrument) -> str:
    """Return an order type in words with its prices: “limit 187.20”, “market”, “trail 2.50 % from 180.00”."""

    def at(price: Decimal) -> str:
        return price_text(price, instrument.decimals)

    match type_:
        case Market():
            return "market"
        case Limit(price=price):
            return f"limit {at(price)}"
        case Stop(price=trigger):
            return f"stop {at(trigger)}"
        case StopLimit(trigger=trigger, price=price):
            return f"stop {at(trigger)} limit {at(price)}"
        case Trail(by=by, start=start):
            return f"trail {distance_words(by, instrument)} from {at(start)}"
        case TrailLimit(by=by, start=start, offset=offset):
            return f"trail {distance_words(by, instrument)} from {at(start)} limit {at(offset)} on"
        case MarketOnClose():
            return "at the close"
        case LimitOnClose(price=price):
            return f"at the close, limit {at(price)}"
        case _:
            assert_never(type_)


def distance_words(by: Distance, instrument: Instrument) -> str:
    """Return a distance with its unit."""
    return f"{number(by.value, 2)} %" if by.is_percent else price_text(by.value, instrument.decimals)


def order_names(orders: list[Order]) -> str:
    """Return orders in words: “the stop for 53 at 180.20 and the target for 53 at 195.00”."""
    words = [
        f"the {order.role} for {quantity_text(order.remaining)} at "
        f"{order.stop if order.stop is not None else order.limit}"
        for order in orders
    ]
    return " and ".join(words)
