"""Ticks, values and decimals of listings, against known contracts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.instruments import TickBand
from app.domain.money import Rounding
from tests.domain.examples import instrument

LSE_BANDS = (
    TickBand(Decimal(0), Decimal("0.0001")),
    TickBand(Decimal(1), Decimal("0.005")),
    TickBand(Decimal(10), Decimal("0.01")),
)


@pytest.mark.parametrize(
    ("price", "tick"),
    [("0.5", "0.0001"), ("0.9999", "0.0001"), ("1", "0.005"), ("9.99", "0.005"), ("10", "0.01"), ("-12", "0.01")],
)
def test_the_tick_follows_the_price_band(price: str, tick: str) -> None:
    assert replace(instrument(), bands=LSE_BANDS).tick_at(Decimal(price)) == Decimal(tick)


@pytest.mark.parametrize(
    ("multiplier", "magnifier", "price", "quantity", "value"),
    [
        ("1", 1, "101.25", "10", "1012.5"),  # a share in dollars
        ("1", 100, "150", "200", "300"),  # a London share in pence
        ("50", 1, "5000.25", "1", "250012.5"),  # an index future
        ("5000", 100, "450.25", "2", "45025"),  # wheat in cents a bushel
        ("100", 1, "2.35", "-3", "-705"),  # an option sold short
    ],
)
def test_value_counts_multiplier_and_magnifier(
    multiplier: str, magnifier: int, price: str, quantity: str, value: str
) -> None:
    listing = instrument(multiplier=multiplier, magnifier=magnifier)
    assert listing.value(Decimal(price), Decimal(quantity)) == Decimal(value)


def test_a_price_is_rounded_on_the_grid_of_its_own_band() -> None:
    listing = replace(instrument(), bands=LSE_BANDS)
    assert listing.round_to_tick(Decimal("1.003"), Rounding.UP) == Decimal("1.005")
    assert listing.round_to_tick(Decimal("0.12345"), Rounding.DOWN) == Decimal("0.1234")


@pytest.mark.parametrize(("price", "fits"), [("101.25", True), ("101.255", False)])
def test_a_price_off_the_grid_is_known_before_it_is_sent(price: str, fits: bool) -> None:
    assert instrument().is_on_tick(Decimal(price)) is fits


def test_decimals_follow_the_finest_tick() -> None:
    assert instrument().decimals == 2
    assert replace(instrument(), bands=LSE_BANDS).decimals == 4
    assert replace(instrument(), bands=(TickBand(Decimal(0), Decimal("0.250")),)).decimals == 2
