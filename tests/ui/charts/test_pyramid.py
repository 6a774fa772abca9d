"""Extremes over groups equal a plain reading of the values, however they arrived."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.charts.pyramid import FINEST, Pyramid, folded, group_size, last_of_each


def plain(values: np.ndarray, first: int, stop: int, size: int) -> list[float]:
    parts = (values[k * size : (k + 1) * size] for k in range(first, stop))
    return [float(np.nanmax(part)) if np.isfinite(part).any() else float("nan") for part in parts]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5000), st.sampled_from([1, 2, 3, 7, 16, 48, 64, 80, 112, 256, 320, 1024]), st.randoms())
def test_groups_equal_a_plain_reading(count: int, size: int, random: object) -> None:
    values = np.random.default_rng(count).normal(size=count)
    values[:: 11 + size % 5] = np.nan
    pyramid = Pyramid(np.fmax)
    pyramid.extend(values)
    groups = -(-count // size)
    first = random.randint(0, groups - 1)  # type: ignore[attr-defined]
    stop = random.randint(first + 1, groups)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(pyramid.groups(values, first, stop, size), plain(values, first, stop, size))


def test_growing_piece_by_piece_equals_building_at_once() -> None:
    values = np.random.default_rng(3).normal(size=9000)
    pieces, whole = Pyramid(np.fmin), Pyramid(np.fmin)
    for stop in (1, 15, 16, 17, 63, 64, 900, 4096, 4097, 9000):
        pieces.extend(values[:stop])
    whole.extend(values)
    for size in (1, 16, 80, 256, 1024):
        stop = -(-9000 // size)
        np.testing.assert_array_equal(pieces.groups(values, 0, stop, size), whole.groups(values, 0, stop, size))
    assert pieces.overall(values) == values.min()


def test_growing_reads_only_what_is_new() -> None:
    values = np.arange(10 * FINEST, dtype=float)
    pyramid = Pyramid(np.fmax)
    pyramid.extend(values)
    more = np.r_[np.full(10 * FINEST, -1.0), np.arange(FINEST, dtype=float)]  # the old part must not matter any more
    pyramid.extend(more)
    assert pyramid.groups(more, 0, 11, FINEST)[:10].tolist() == [FINEST * (k + 1) - 1 for k in range(10)]


@given(st.floats(0.001, 2e5))
def test_a_group_is_about_one_pixel_wide(bars_per_pixel: float) -> None:
    size = group_size(bars_per_pixel)
    assert size >= bars_per_pixel - 1e-6
    assert size <= max(1.0, bars_per_pixel * 1.25 + 1)


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, 12, 15])
def test_folding_equals_a_reduce(step: int) -> None:
    values = np.random.default_rng(step).normal(size=step * 40)
    np.testing.assert_array_equal(folded(np.fmax, values, step), values.reshape(-1, step).max(axis=1))


def test_no_values_have_no_extreme() -> None:
    pyramid = Pyramid(np.fmax)
    pyramid.extend(np.empty(0))
    assert np.isnan(pyramid.overall(np.empty(0)))
    assert np.isnan(pyramid.groups(np.empty(0), 0, 1, 4)).all()


@pytest.mark.parametrize("count", [0, 1, 9, 10, 29, 30, 31, 60])
@pytest.mark.parametrize("size", [1, 10])
def test_the_last_of_each_group_is_the_last_there_is(count: int, size: int) -> None:
    values = np.arange(count, dtype=float)
    found = last_of_each(values, 2, 5, size)
    groups = (values[k * size : (k + 1) * size] for k in range(2, 5))
    np.testing.assert_array_equal(found, [group[-1] if len(group) else np.nan for group in groups])
