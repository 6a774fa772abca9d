"""Crosses on the bar they happen on, and golden from dead ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import Bars
from app.domain.structure import Cross
from app.quant.crosses import find_crosses, golden_cross
from tests.support.paths import flipped, path
from tests.support.walks import walk

NAN = np.nan


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ([-1, 1, 1, -1], [(1, True), (3, False)]),
        ([-1, 0, 1], [(2, True)]),  # through a touch: the bar on which the other side is reached
        ([-1, 0, -1], []),  # a touch without passing
        ([NAN, NAN, 1, 1], []),
        ([-1, NAN, 1], [(2, True)]),
        ([0, 0, 1], []),
        ([-1, 2e-14, 2e-14], []),  # equal but for rounding
        ([], []),
    ],
)
def test_a_cross_is_the_bar_on_which_the_other_side_is_reached(
    first: list[float], expected: list[tuple[int, bool]]
) -> None:
    bars = walk(1, len(first))
    found = find_crosses(bars, np.array(first, float) + 100, np.full(len(first), 100.0))
    assert [(cross.index, cross.is_up) for cross in found] == expected
    assert all(cross.bars_ago == len(first) - 1 - cross.index for cross in found)
    assert all(cross.time == bars.time[cross.index] for cross in found)


def test_the_golden_cross_is_where_two_plain_means_say() -> None:
    bars = path([100, 60, 140, 50], step=200)
    means = [
        [None if i + 1 < n else sum(bars.close[i + 1 - n : i + 1].tolist()) / n for i in range(len(bars))]
        for n in (50, 200)
    ]
    above = [None if quick is None or slow is None else quick > slow for quick, slow in zip(*means, strict=True)]
    turns = [i for i in range(1, len(above)) if above[i - 1] is not None and above[i] != above[i - 1]]
    golden, dead = turns[-2:]
    assert golden_cross(bars) == Cross(dead, dead * 86400, False, len(bars) - 1 - dead)
    assert golden_cross(bars.part(0, dead)) == Cross(golden, golden * 86400, True, dead - 1 - golden)
    assert golden_cross(bars.part(0, 200)) is None
    assert golden_cross(walk(1, 0)) is None


@given(st.integers(0, 2**32), st.integers(0, 400))
def test_mirrored_prices_turn_golden_into_dead(seed: int, count: int) -> None:
    one, two = golden_cross(walk(seed, count)), golden_cross(flipped(walk(seed, count)))
    assert (one is None) == (two is None)
    if one and two:
        assert (one.index, one.is_up) == (two.index, not two.is_up)


def test_the_forming_bar_crosses_nothing() -> None:
    bars = path([100, 60, 140, 50], step=200)
    forming = Bars(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, closed=500)
    assert golden_cross(forming) == golden_cross(bars.part(0, 500))
