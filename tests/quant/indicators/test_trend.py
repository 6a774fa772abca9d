"""SuperTrend: when it becomes available, what mirrored prices give, and what a tie does."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quant.indicators.trend import supertrend
from tests.support import formulas
from tests.support.walks import walk


@st.composite
def small_prices(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """High, low and close in whole numbers, so small that ties are frequent and floats are exact."""
    count = draw(st.integers(3, 24))
    close = draw(st.lists(st.integers(1, 12), min_size=count, max_size=count))
    above = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    below = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    middle = np.array(close, np.float64)
    return middle + above, middle - below, middle


@settings(max_examples=300, deadline=None)
@given(small_prices(), st.sampled_from([0.5, 1.0, 2.0]), st.integers(-64, 64))
def test_mirrored_prices_give_the_mirrored_line_ties_included(
    prices: tuple[np.ndarray, np.ndarray, np.ndarray], factor: float, constant: int
) -> None:
    high, low, close = prices
    line, direction = supertrend(high, low, close, 2, factor)
    flipped_line, flipped = supertrend(constant - low, constant - high, constant - close, 2, factor)
    np.testing.assert_array_equal(flipped, -direction)
    np.testing.assert_allclose(flipped_line, constant - line, rtol=1e-12, atol=1e-12)


@settings(max_examples=300, deadline=None)
@given(small_prices(), st.sampled_from([0.5, 1.0, 2.0]))
def test_it_equals_the_definition_in_exact_fractions(
    prices: tuple[np.ndarray, np.ndarray, np.ndarray], factor: float
) -> None:
    high, low, close = ([Fraction(value) for value in column] for column in prices)
    line, direction = supertrend(*prices, 2, factor)
    exact_line, exact_direction = formulas.supertrend(high, low, close, 2, Fraction(factor), as_talib=True)
    assert [None if np.isnan(way) else int(way) for way in direction] == exact_direction
    for found, expected in zip(line, exact_line, strict=True):
        assert np.isnan(found) if expected is None else abs(found - float(expected)) < 1e-12


def test_a_first_flip_up_is_found_however_late_it_comes() -> None:
    for wait in (11, 200, 255, 256, 257, 1023, 1024, 5000):
        close = np.r_[np.full(wait, 50.0), 80.0, 81.0, 82.0]
        line, direction = supertrend(close + 1, close - 1, close)
        assert np.isnan(direction[:wait]).all(), wait
        assert direction[wait:].tolist() == [1.0, 1.0, 1.0], wait
        assert not np.isnan(line[wait:]).any()


def test_a_first_flip_down_is_found_however_late_it_comes() -> None:
    for wait in (11, 256, 3000):
        close = np.r_[np.full(wait, 50.0), 20.0, 19.0]
        _, direction = supertrend(close + 1, close - 1, close)
        assert np.isnan(direction[:wait]).all(), wait
        assert direction[wait:].tolist() == [-1.0, -1.0], wait


def test_it_stays_unavailable_without_a_flip() -> None:
    close = np.tile([50.0, 50.5], 700)
    line, direction = supertrend(close + 1, close - 1, close)
    assert np.isnan(line).all()
    assert np.isnan(direction).all()


def test_views_and_read_only_columns_are_taken_as_they_are() -> None:
    bars = walk(6, 400)
    expected = supertrend(bars.high, bars.low, bars.close)[0][100:]
    columns = [np.repeat(column, 2)[::2] for column in (bars.high, bars.low, bars.close)]
    for column in columns:
        column.setflags(write=False)
    np.testing.assert_array_equal(supertrend(*columns)[0][100:], expected)
