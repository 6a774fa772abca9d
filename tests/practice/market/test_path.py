"""The bridge and the sharing of volume: exact for any bar."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.practice.market.draws import uniforms
from app.practice.market.path import DRAWS_BEYOND_STEPS, MIN_STEPS, bridge, shared

keys = st.integers(0, 2**64 - 1)


@st.composite
def day_bars(draw: st.DrawFn) -> tuple[int, int, int, int]:
    low = draw(st.integers(1, 2_000_000))
    high = low + draw(st.integers(0, 50_000))
    return draw(st.integers(low, high)), high, low, draw(st.integers(low, high))


@given(day_bars(), st.integers(MIN_STEPS, 900), keys)
def test_a_path_begins_ends_and_peaks_where_the_bar_says(bar: tuple[int, int, int, int], steps: int, key: int) -> None:
    knots = bridge(uniforms(key, steps + DRAWS_BEYOND_STEPS), bar, steps)
    assert (knots[0], knots.max(), knots.min(), knots[-1]) == bar
    assert len(knots) == steps + 1


@given(st.integers(0, 10**9), st.integers(1, 500), st.integers(0, 5), keys)
def test_parts_add_up_and_keep_their_floor(total: int, count: int, least: int, key: int) -> None:
    parts = shared(total, 0.1 + uniforms(key, count), least)
    assert parts.sum() == total
    assert parts.min() >= (least if total >= least * count else 0)


def test_a_path_wanders_between_its_anchors() -> None:
    steps = 390
    knots = bridge(uniforms(5, steps + DRAWS_BEYOND_STEPS), (10_000, 10_200, 9_900, 10_100), steps)
    turns = np.count_nonzero(np.diff(np.sign(np.diff(knots))))
    assert turns > steps / 4
    assert len(np.unique(knots)) > 100
