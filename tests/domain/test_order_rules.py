"""Which types, times in force, hours and instruments go together: everything else has a sentence of its own."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.instruments import InstrumentKind
from app.domain.order_rules import WHY_TIF, why_combination_unfit, why_leg_unfit
from app.domain.orders import (
    ORDER_TYPES,
    Distance,
    Leg,
    Limit,
    Market,
    OrderRef,
    OrderType,
    Role,
    Side,
    Term,
    TimeInForce,
    Trail,
    TrailLimit,
    terms_of_type,
    type_of,
)
from tests.domain.examples import NOON, at

D = Decimal
T = TimeInForce


def order(type_: OrderType, tif: T = T.DAY, quantity: str = "10") -> Leg:
    return Leg(OrderRef("r"), Role.ENTRY, Side.BUY, D(quantity), type_, tif)


def test_every_type_has_a_line_in_the_table() -> None:
    assert set(WHY_TIF) == set(ORDER_TYPES)


def test_of_all_combinations_of_a_stock_these_are_legal() -> None:
    def fit(name: str, tif: T, outside: bool) -> bool:
        return not why_combination_unfit(ORDER_TYPES[name], tif, outside_hours=outside, kind=InstrumentKind.STOCK)

    waiting = {"STP", "STP LMT", "TRAIL", "TRAIL LIMIT"}
    expected = {("MKT", tif) for tif in (T.DAY, T.GTC, T.IOC, T.OPG)} | {("LMT", tif) for tif in T}
    expected |= {(name, tif) for name in waiting for tif in (T.DAY, T.GTC, T.GTD)} | {("MOC", T.DAY), ("LOC", T.DAY)}
    assert {(n, t) for n, t in itertools.product(ORDER_TYPES, T) if fit(n, t, False)} == expected
    outside = {(n, t) for n, t in expected if n in waiting | {"LMT"} and t is not T.OPG}
    assert {(n, t) for n, t in itertools.product(ORDER_TYPES, T) if fit(n, t, True)} == outside


@pytest.mark.parametrize(
    ("name", "tif", "outside", "kind", "words"),
    [
        ("MOC", T.DAY, False, InstrumentKind.FX, "Currencies have no closing auction"),
        ("LMT", T.OPG, False, InstrumentKind.OPTION, "Options have no opening auction"),
        ("LMT", T.DAY, True, InstrumentKind.FX, "no hours outside"),
        ("LMT", T.DAY, False, InstrumentKind.INDEX, "An index cannot be traded"),
        ("MKT", T.DAY, True, InstrumentKind.STOCK, "choose LMT"),
        ("TRAIL", T.IOC, False, InstrumentKind.STOCK, "waits for its trigger"),
        ("LOC", T.GTC, False, InstrumentKind.STOCK, "choose DAY"),
    ],
)
def test_what_does_not_go_together_says_why(name: str, tif: T, outside: bool, kind: InstrumentKind, words: str) -> None:
    assert words in why_combination_unfit(ORDER_TYPES[name], tif, outside_hours=outside, kind=kind)


def test_an_end_belongs_to_gtd_alone_and_lies_ahead() -> None:
    stock, until = InstrumentKind.STOCK, order(Limit(D(1)), T.GTD)
    assert "date and time" in why_leg_unfit(until, stock, NOON)
    assert "in the past" in why_leg_unfit(replace(until, good_till=at(-1)), stock, NOON)
    assert why_leg_unfit(replace(until, good_till=at(1)), stock, NOON) == ""
    assert "choose GTD" in why_leg_unfit(replace(order(Limit(D(1))), good_till=at(1)), stock, NOON)


def test_fractions_trade_in_plain_types_only() -> None:
    assert why_leg_unfit(order(Market(), quantity="0.5"), InstrumentKind.FX, NOON) == ""
    trail = order(Trail(Distance(D(1)), D(90)), quantity="0.5")
    assert "whole quantity" in why_leg_unfit(trail, InstrumentKind.FX, NOON)


@pytest.mark.parametrize("by", [Distance(D(0)), Distance(D(-1)), Distance(D(100), is_percent=True)])
def test_a_distance_that_is_none_is_refused(by: Distance) -> None:
    assert "trailing distance" in why_leg_unfit(order(Trail(by, D(90))), InstrumentKind.STOCK, NOON)


def test_a_class_says_what_it_is_made_of() -> None:
    assert terms_of_type(TrailLimit) == {"by": Term.TRAIL, "start": Term.START, "offset": Term.OFFSET}
    assert terms_of_type(Market) == {}


def test_a_type_without_its_price_is_no_type() -> None:
    assert type_of("TRAIL LIMIT", None, D(1), Distance(D(1)), None) is None
    assert type_of("LMT", None, None) is None
    assert type_of("PEG MID", D(1), D(1)) is None
