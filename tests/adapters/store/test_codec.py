"""What is stored is read back exactly, and what cannot be stored is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.store.codec import from_json, time_of, time_text, to_json, values_from_json, values_to_json
from app.domain.errors import Fault
from app.domain.fold import Fact
from app.domain.fold_orders import intended_orders
from app.domain.ledger import Fill
from app.domain.orders import (
    Distance,
    Intent,
    Limit,
    LimitOnClose,
    Market,
    MarketOnClose,
    Order,
    OrderType,
    Side,
    Stop,
    StopLimit,
    TimeInForce,
    Trail,
    TrailLimit,
)
from tests.domain.examples import bracket, fill, settle, signal
from tests.domain.stories import stories


@given(stories())
def test_every_fact_and_record_is_read_back_as_it_was(story: list[Fact]) -> None:
    _, kept, records = settle(story)
    for thing in (*kept, *records):
        assert from_json(to_json(thing), type(thing)) == thing


def test_order_types_with_the_same_fields_stay_apart() -> None:
    intent = bracket("a")
    read = from_json(to_json(intent), Intent)
    assert [type(leg.type) for leg in read.legs] == [Limit, Stop, Limit]


TYPES: tuple[OrderType, ...] = (
    Market(),
    Limit(Decimal("1.10")),
    Stop(Decimal("2.00")),
    StopLimit(Decimal("2.05"), Decimal("2.1")),
    Trail(Distance(Decimal("0.50")), Decimal(7)),
    Trail(Distance(Decimal("2.5"), is_percent=True), Decimal(7)),
    TrailLimit(Distance(Decimal(1)), Decimal(7), Decimal("0.05")),
    MarketOnClose(),
    LimitOnClose(Decimal("3.3")),
)


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_every_order_type_is_stored_and_read_back_without_loss(type_: OrderType) -> None:
    whole = bracket("a")
    entry = replace(whole.entry, type=type_, tif=TimeInForce.GTD, good_till=datetime(2026, 12, 1, tzinfo=UTC))
    intent = replace(whole, legs=(entry, *whole.children))
    assert from_json(to_json(intent), Intent) == intent
    (order, *_) = intended_orders(intent, datetime(2026, 11, 20, tzinfo=UTC))
    read = from_json(to_json(order), Order)
    assert read == order
    assert read.type == type_


def test_rows_of_before_are_still_read() -> None:
    intent = bracket("a")
    (order, *_) = intended_orders(intent, datetime(2026, 11, 20, tzinfo=UTC))
    older = json.loads(to_json(order))
    for name in ("trail", "offset", "good_till", "outside_hours", "cancel_by", "shrunk"):
        del older[name]
    assert from_json(json.dumps(older), Order) == order
    older = json.loads(to_json(intent))
    for leg in older["legs"]:
        del leg["good_till"]
    assert from_json(json.dumps(older), Intent) == intent
    asked = replace(order, change_asked=order.terms)
    older = json.loads(to_json(asked))
    for name in ("trail", "offset"):
        del older["change_asked"][name]
    assert from_json(json.dumps(older), Order) == asked


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_money_keeps_every_digit(number: Decimal) -> None:
    read = from_json(to_json(fill("a.01", "1", number)), Fill)
    assert str(read.price) == str(number)


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.just(UTC)))
def test_times_are_utc_and_sort_as_text(one: datetime, other: datetime) -> None:
    try:
        written = time_text(one), time_text(other)
    except OverflowError:
        return  # a zone away from the first or last moment there is
    assert time_of(written[0]) == one.astimezone(UTC)
    assert all(text.endswith("Z") for text in written)
    assert (written[0] < written[1]) == (one.astimezone(UTC) < other)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(Fault, match="zone"):
        to_json(replace(fill("a.01"), at=datetime(2026, 11, 20)))  # noqa: DTZ001 - the point


def test_a_record_that_holds_nan_is_refused() -> None:
    raised = signal("s", "r")
    broken = replace(raised, analysis=replace(raised.analysis, close=float("nan")))
    with pytest.raises(Fault, match="Finite numbers"):
        to_json(broken)


class Mood(Enum):
    GOOD = "good"


def test_the_free_values_of_a_step_become_plain_and_stay_exact() -> None:
    values = {
        "money": Decimal("1.10"),
        "deep": [{"price": Decimal("2")}, (1, 2)],
        "unknown": float("nan"),
        "endless": np.inf,
        "no_money": Decimal("NaN"),
        "side": Side.BUY,
        "mood": Mood.GOOD,
        "count": np.int64(3),
        "ratio": np.float64(0.5),
        "column": np.array([1.0, np.nan]),
        "at": datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=1))),
        "leg": bracket("a").entry.type,
        Side.SELL: True,
    }
    assert values_from_json(values_to_json(values)) == {
        "money": Decimal("1.10"),
        "deep": [{"price": Decimal("2")}, [1, 2]],
        "unknown": None,
        "endless": None,
        "no_money": None,
        "side": "BUY",
        "mood": "good",
        "count": 3,
        "ratio": 0.5,
        "column": [1.0, None],
        "at": "2026-11-20T11:00:00.000000Z",
        "leg": {"price": Decimal("102.00")},
        "SELL": True,
    }


def test_stored_values_are_json_that_anyone_can_read() -> None:
    assert json.loads(values_to_json({"limit": Decimal("1.10"), "rsi": float("nan")})) == {
        "limit": {"$decimal": "1.10"},
        "rsi": None,
    }


def test_a_thing_that_is_no_value_is_refused_by_its_name() -> None:
    with pytest.raises(Fault, match="object"):
        values_to_json({"what": object()})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"exec_id":1}', '{"exec_id":"a","quantity":"x"}'])
def test_a_damaged_body_is_a_fault_that_names_the_record(text: str) -> None:
    with pytest.raises(Fault, match="stored Fill"):
        from_json(text, Fill)
