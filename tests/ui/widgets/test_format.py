"""How numbers are written: a true minus, fixed decimals, ages, and a dash for the unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from app.ui.widgets import format as fmt
from app.ui.widgets.fields import parse_decimal


@pytest.mark.parametrize("write", [fmt.number, fmt.price, fmt.quantity, fmt.percent, fmt.money, fmt.compact])
@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_the_unknown_is_a_dash_everywhere(write: object, unknown: object) -> None:
    assert callable(write)
    assert write(unknown) == "–"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (fmt.price(Decimal("1234.5")), "1,234.50"),
        (fmt.price(0.123456, 4), "0.1235"),
        (fmt.number(-1234567, signed=True), "−1,234,567"),
        (fmt.number(5, signed=True), "+5"),
        (fmt.number(-0.001, 2, signed=True), "0.00"),
        (fmt.quantity(Decimal("100")), "100"),
        (fmt.quantity(Decimal("0.250")), "0.25"),
        (fmt.quantity(Decimal("1E+3")), "1,000"),
        (fmt.percent(0.0123), "+1.23 %"),
        (fmt.percent(-0.5), "−50.00 %"),
        (fmt.money(12.5, "USD", base="USD"), "12.50"),
        (fmt.money(-12.5, "EUR", base="USD"), "−12.50 EUR"),
        (fmt.compact(9999), "9,999"),
        (fmt.compact(12_345), "12.3 K"),
        (fmt.compact(1_234_567), "1.23 M"),
        (fmt.age(0.4), "0 s"),
        (fmt.age(59.9), "59 s"),
        (fmt.age(125), "2 m"),
        (fmt.age(7300), "2 h"),
        (fmt.age(None), "–"),
        (fmt.duration(0.44), "0.4 ms"),
        (fmt.duration(1250), "1.25 s"),
        (fmt.duration(125_000), "2 m 05 s"),
    ],
)
def test_numbers_read_as_the_style_guide_says(said: str, meant: str) -> None:
    assert said == meant


def test_times_are_shown_in_the_zone_asked_for() -> None:
    at = datetime(2026, 7, 1, 14, 30, 5, tzinfo=UTC)
    assert fmt.clock(at, ZoneInfo("America/New_York")) == "10:30:05"
    assert fmt.clock(None) == "–"
    assert fmt.moment(at, ZoneInfo("America/New_York")) == "2026-07-01 10:30:05 EDT"


@given(st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=4, allow_nan=False))
def test_what_is_written_can_be_read_back(value: Decimal) -> None:
    assert parse_decimal(fmt.number(value, 4)) == value


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1,5", "12,34", "NaN", "Infinity", "1e5", "--1", "٣"])
def test_what_is_no_number_here_is_refused_rather_than_guessed(text: str) -> None:
    assert parse_decimal(text) is None


def test_another_locale_separates_its_own_way() -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        assert fmt.price(Decimal("1234.5")) == "1.234,50"
        assert parse_decimal("1.234,50") == Decimal("1234.50")
        assert parse_decimal("1.5") is None
    finally:
        QLocale.setDefault(before)
