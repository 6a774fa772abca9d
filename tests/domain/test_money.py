"""Exact numbers and the tick grid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Rounding, exact, on_tick

ticks = st.sampled_from([Decimal(text) for text in ("0.01", "0.05", "0.25", "0.0001", "0.00005", "1", "5", "0.125")])
prices = st.decimals(-(10**7), 10**7, allow_nan=False, allow_infinity=False, places=6)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("-Infinity"), "NaN"])
def test_what_is_not_a_number_is_no_money(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        exact(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_becomes_the_shortest_decimal_that_reads_as_it(value: float) -> None:
    assert float(exact(value)) == value
    assert str(exact(0.1)) == "0.1"


@given(prices, ticks, st.sampled_from(Rounding))
def test_a_price_on_the_tick_is_a_multiple_within_one_tick(price: Decimal, tick: Decimal, rounding: Rounding) -> None:
    rounded = on_tick(price, tick, rounding)
    assert rounded % tick == 0
    assert abs(rounded - price) < tick
    assert on_tick(rounded, tick, rounding) == rounded


@given(prices, ticks)
def test_rounding_goes_the_way_that_was_asked_for(price: Decimal, tick: Decimal) -> None:
    assert on_tick(price, tick, Rounding.DOWN) <= price <= on_tick(price, tick, Rounding.UP)
    assert abs(on_tick(price, tick, Rounding.NEAREST) - price) <= tick / 2


@given(prices, ticks)
def test_mirrored_prices_round_to_mirrored_ticks(price: Decimal, tick: Decimal) -> None:
    assert on_tick(-price, tick, Rounding.UP) == -on_tick(price, tick, Rounding.DOWN)


def test_a_rounded_price_shows_the_decimals_of_its_tick() -> None:
    assert str(on_tick(Decimal("101.2"), Decimal("0.01"), Rounding.NEAREST)) == "101.20"
    assert str(on_tick(Decimal("101.2"), Decimal("0.25"), Rounding.UP)) == "101.25"
    assert str(on_tick(Decimal("1234"), Decimal("5"), Rounding.UP)) == "1235"
