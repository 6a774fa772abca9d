"""Prices land where they should and labels stay on the tick."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.ui.charts.numbers import decimals_of
from app.ui.charts.scale import PriceScale, levels, nice_step, padded
from app.ui.charts.values import ScaleMode


@given(st.floats(1e-6, 1e6), st.floats(1.001, 100), st.floats(0, 1), st.sampled_from(list(ScaleMode)))
def test_a_price_and_its_pixel_are_one_another(low: float, ratio: float, share: float, mode: ScaleMode) -> None:
    scale = PriceScale(low, low * ratio, 10, 400, mode, low)
    price = low + (low * ratio - low) * share
    assert scale.price_at(scale.y_of(price)) == pytest.approx(price, rel=1e-6)


def test_the_highest_price_is_at_the_top() -> None:
    scale = PriceScale(10.0, 20.0, 5, 100)
    assert scale.y(np.array([20.0, 15.0, 10.0])).tolist() == [5.0, 55.0, 105.0]


@given(st.floats(0.5, 5000), st.floats(0.05, 500), st.sampled_from([0.01, 0.05, 0.25, 0.5]))
def test_labels_stay_on_the_tick_grid_and_apart(low: float, span: float, tick: float) -> None:
    assume(span > 8 * tick)
    scale = PriceScale(low, low + span, 0, 480)
    found = [level.price for level in levels(scale, tick, 2, 44.0)]
    assert all(abs(price / tick - round(price / tick)) < 1e-6 for price in found)
    assert all(step >= 44 * span / 480 * 0.999 for step in np.diff(found))


def test_a_quarter_tick_is_never_labelled_in_tenths() -> None:
    found = levels(PriceScale(4000.0, 4003.0, 0, 400), 0.25, 2, 44.0)
    assert [level.label for level in found][:3] == ["4,000.00", "4,000.50", "4,001.00"]


def test_prices_far_below_the_tick_get_the_decimals_they_need() -> None:
    found = levels(PriceScale(1.0e-8, 2.0e-8, 0, 400), 0.01, 2, 44.0)
    assert len(found) >= 5
    assert len({level.label for level in found}) == len(found)


def test_log_labels_are_round_over_many_decades() -> None:
    found = levels(PriceScale(0.5, 20000.0, 0, 400, ScaleMode.LOG), 0.01, 2, 44.0)
    assert [level.price for level in found] == [1.0, 10.0, 100.0, 1000.0, 10000.0]


def test_percent_labels_count_from_the_base() -> None:
    found = levels(PriceScale(90.0, 120.0, 0, 400, ScaleMode.PERCENT, 100.0), 0.01, 2, 44.0)
    assert [level.label for level in found] == [
        "−10.00 %",
        "−5.00 %",
        "0.00 %",
        "+5.00 %",
        "+10.00 %",
        "+15.00 %",
        "+20.00 %",
    ]


@pytest.mark.parametrize("price", [0.0, 1e-8, -37.0, 1e7, 187.2])
def test_a_flat_series_gets_room_around_it(price: float) -> None:
    low, high = padded(price, price, ScaleMode.LINEAR, 0.1, 0.1)
    assert low < price < high


def test_padding_leaves_the_asked_shares_free() -> None:
    assert padded(10.0, 20.0, ScaleMode.LINEAR, 0.3, 0.2) == pytest.approx((6.0, 26.0))


@pytest.mark.parametrize(("raw", "nice"), [(0.7, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (6.0, 10.0), (0.013, 0.02)])
def test_steps_are_one_two_or_five(raw: float, nice: float) -> None:
    assert nice_step(raw) == pytest.approx(nice)


def test_a_step_says_how_many_decimals_it_takes() -> None:
    assert [decimals_of(step) for step in (5.0, 0.25, 0.01, 2e-9)] == [0, 2, 2, 9]


def test_log_labels_stay_apart_and_are_enough_within_a_decade() -> None:
    scale = PriceScale(40.0, 260.0, 0, 400, ScaleMode.LOG)
    found = [level.price for level in levels(scale, 0.01, 2, 44.0)]
    assert len(found) >= 4
    assert np.diff([-scale.y_of(price) for price in found]).min() >= 44.0
