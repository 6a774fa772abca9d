"""Which order types, times in force and instruments go together, and a sentence for each pair that does not.

The first rule that speaks counts; what no rule forbids may be sent, and the broker has the last word.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from app.domain.instruments import InstrumentKind
from app.domain.orders import (
    Distance,
    Leg,
    Limit,
    LimitOnClose,
    Market,
    MarketOnClose,
    OrderType,
    Stop,
    StopLimit,
    TimeInForce,
    TrailLimit,
    limit_price,
    offset_of,
    stop_price,
    trail_of,
)

ON_CLOSE = (MarketOnClose, LimitOnClose)
FRACTIONAL = (Market, Limit, Stop, StopLimit)
WITH_AUCTIONS = (InstrumentKind.STOCK, InstrumentKind.ETF, InstrumentKind.OTHER)
WITH_OUTSIDE_HOURS = (*WITH_AUCTIONS, InstrumentKind.FUTURE)
_PLURAL = {InstrumentKind.FX: "Currencies", InstrumentKind.OPTION: "Options", InstrumentKind.FUTURE: "Futures"}
_NOT_IMMEDIATE = "IOC trades at once or not at all; an order that waits for its trigger cannot: choose DAY or GTC."
_NOT_OPENING = "OPG goes into the opening auction, which takes MKT and LMT only; choose DAY or GTC."
_CLOSING = "An order for the closing auction lives on its own day only: choose DAY."
_WAITS = {TimeInForce.IOC: _NOT_IMMEDIATE, TimeInForce.OPG: _NOT_OPENING}
_ENDS_TODAY: dict[TimeInForce, str] = {tif: _CLOSING for tif in TimeInForce if tif is not TimeInForce.DAY}
WHY_TIF: dict[str, dict[TimeInForce, str]] = {
    "MKT": {TimeInForce.GTD: "A market order trades at once and needs no end; choose DAY."},
    "LMT": {},
    "STP": _WAITS,
    "STP LMT": _WAITS,
    "TRAIL": _WAITS,
    "TRAIL LIMIT": _WAITS,
    "MOC": _ENDS_TODAY,
    "LOC": _ENDS_TODAY,
}
"""Of each order type, the times in force it cannot have and why."""
WHY_NOT_OUTSIDE: dict[str, str] = {
    "MKT": "Outside regular hours only orders with a limit or a trigger trade; choose LMT.",
    "MOC": "The closing auction is part of regular hours; take the outside-hours mark off.",
    "LOC": "The closing auction is part of regular hours; take the outside-hours mark off.",
}
"""The order types that cannot work outside regular hours, and why."""


def why_tif_unfit(type_: type[OrderType], tif: TimeInForce) -> str:
    """Return in one sentence why an order type cannot have a time in force, empty when it can."""
    return WHY_TIF[type_.name].get(tif, "")


def why_outside_unfit(type_: type[OrderType], tif: TimeInForce, kind: InstrumentKind) -> str:
    """Return in one sentence why an order cannot work outside regular hours, empty when it can."""
    if tif is TimeInForce.OPG:
        return "The opening auction is part of regular hours; take the outside-hours mark off."
    if kind not in WITH_OUTSIDE_HOURS:
        return f"{_PLURAL.get(kind, 'These')} have no hours outside the regular ones; take the mark off."
    return WHY_NOT_OUTSIDE.get(type_.name, "")


def why_kind_unfit(type_: type[OrderType], tif: TimeInForce, kind: InstrumentKind) -> str:
    """Return in one sentence why an instrument of this kind cannot be traded so, empty when it can."""
    if kind is InstrumentKind.INDEX:
        return "An index cannot be traded; trade a fund or a future on it."
    if kind not in WITH_AUCTIONS and (type_ in ON_CLOSE or tif is TimeInForce.OPG):
        which = "closing" if type_ in ON_CLOSE else "opening"
        return f"{_PLURAL.get(kind, 'These')} have no {which} auction here; choose another type."
    return ""


def why_combination_unfit(
    type_: type[OrderType], tif: TimeInForce, *, outside_hours: bool, kind: InstrumentKind
) -> str:
    """Return in one sentence why type, time in force, hours and instrument do not go together, empty when they do."""
    rules: tuple[Callable[[], str], ...] = (
        lambda: why_kind_unfit(type_, tif, kind),
        lambda: why_tif_unfit(type_, tif),
        lambda: why_outside_unfit(type_, tif, kind) if outside_hours else "",
    )
    return next(filter(None, (rule() for rule in rules)), "")


def why_leg_unfit(leg: Leg, kind: InstrumentKind, now: datetime) -> str:
    """Return in one sentence why one order could not be sent at `now` (the market's time), empty when it could."""
    if why := why_combination_unfit(type(leg.type), leg.tif, outside_hours=leg.outside_hours, kind=kind):
        return why
    if leg.quantity != leg.quantity.to_integral_value() and not isinstance(leg.type, FRACTIONAL):
        return f"Fractions trade as MKT, LMT, STP or STP LMT only, not as {leg.type.name}; use a whole quantity."
    return why_end_unfit(leg.tif, leg.good_till, now) or why_prices_unfit(leg.type)


def why_end_unfit(tif: TimeInForce, good_till: datetime | None, now: datetime) -> str:
    """Return why an order cannot end then, empty when it can."""
    if tif is TimeInForce.GTD:
        if good_till is None:
            return "A GTD order needs the moment at which it ends; give date and time."
        return "" if good_till > now else "The order would end in the past; give a later moment."
    return "" if good_till is None else f"Only a GTD order ends at a given moment, not {tif}; choose GTD."


def why_prices_unfit(type_: OrderType) -> str:
    """Return why the numbers of a type make no order, empty when they do."""
    if isinstance(type_, TrailLimit) and type_.offset < 0:
        return "The limit offset counts from the stop in the order's own direction; give 0 or more."
    return why_distance_unfit(trail_of(type_))


def why_distance_unfit(by: Distance | None) -> str:
    """Return why an order cannot trail at this distance, empty when it can."""
    if by is None or (by.value > 0 and (not by.is_percent or by.value < 100)):
        return ""
    return "A trailing distance lies above 0, and below 100 where it is a percentage."


def grid_prices(type_: OrderType) -> tuple[tuple[str, Decimal], ...]:
    """Return every number of an order type that must lie on the tick, with its name; distances among them."""
    by = trail_of(type_)
    named = (
        ("limit", limit_price(type_)),
        ("stop", stop_price(type_)),
        ("distance", by.value if by and not by.is_percent else None),
        ("offset", offset_of(type_)),
    )
    return tuple((name, value) for name, value in named if value is not None)
