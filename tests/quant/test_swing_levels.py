"""Targets at swings: the nearest ones worth the risk, mirrored for a short, never nearer than what they replace."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import Timeframe
from app.domain.signals import Direction
from app.domain.strategies import Targets, ThreeOfFour
from app.quant.analysis import analyse
from app.quant.levels import draw_levels
from app.quant.swing_levels import draw_swing_levels
from app.quant.swings import find_swings
from tests.support.paths import flipped, path
from tests.support.walks import walk

DEFAULTS = ThreeOfFour()
#         below R 1   worth it        half an ATR beyond, not a target of its own
HILLS = [100, 104, 99, 107, 98, 107.4, 97, 115, 96, 100]


def cents(price: Decimal) -> Decimal:
    return Decimal("0.01")


def test_targets_are_the_nearest_resistances_that_pay_for_the_risk() -> None:
    drawn = draw_swing_levels(Direction.BUY, path(HILLS), 1.0, DEFAULTS, cents)
    assert drawn is not None
    levels = drawn.levels
    assert (levels.entry_low, levels.limit, levels.stop) == (99.75, 100.25, 98.0)  # as by the ATR
    assert (levels.target_1, levels.target_2) == (104.5, 107.5)
    assert (levels.r_1, levels.r_2) == (pytest.approx(4.25 / 2.25), pytest.approx(7.25 / 2.25))
    assert drawn.notes == ()
    demanding = draw_swing_levels(Direction.BUY, path(HILLS), 1.0, ThreeOfFour(minimum_r=2.0), cents)
    assert demanding is not None
    assert (demanding.levels.target_1, demanding.levels.target_2) == (107.5, 115.5)


def test_supports_serve_a_short_as_the_mirror_image() -> None:
    long = draw_swing_levels(Direction.BUY, path(HILLS), 1.0, DEFAULTS, cents)
    short = draw_swing_levels(Direction.SELL, flipped(path(HILLS), 1000.0), 1.0, DEFAULTS, cents)
    assert long is not None
    assert short is not None
    for name in ("limit", "stop", "target_1", "target_2"):
        assert getattr(short.levels, name) == pytest.approx(1000.0 - getattr(long.levels, name))
    assert (short.levels.r_1, short.levels.r_2) == (pytest.approx(long.levels.r_1), pytest.approx(long.levels.r_2))


def test_a_target_between_two_ticks_moves_towards_us() -> None:
    bars = path([100, 110.126, 99, 120.129, 100])
    long = draw_swing_levels(Direction.BUY, bars, 1.0, DEFAULTS, lambda _: Decimal("0.05"))
    assert long is not None
    assert (long.levels.target_1, long.levels.target_2) == (110.6, 120.6)
    short = draw_swing_levels(Direction.SELL, flipped(bars, 200.0), 1.0, DEFAULTS, lambda _: Decimal("0.05"))
    assert short is not None
    assert (short.levels.target_1, short.levels.target_2) == (89.4, 79.4)


@pytest.mark.parametrize(
    ("turns", "first", "second", "note"),
    [
        ([100, 130, 100], 130.5, 130.5, "Only one swing resistance above gives 1 R; target 2 is that of the ATR."),
        ([100, 103, 100], 103.5, 106.0, "Only one swing resistance above gives 1 R; target 2 is that of the ATR."),
        ([96, 98, 96, 100], 104.0, 106.0, "No swing resistance above gives 1 R; both targets are those of the ATR."),
    ],
)
def test_where_the_chart_has_none_the_atr_takes_the_place_and_a_sentence_says_so(
    turns: list[float], first: float, second: float, note: str
) -> None:
    drawn = draw_swing_levels(Direction.BUY, path(turns), 1.0, DEFAULTS, cents)
    assert drawn is not None
    assert (drawn.levels.target_1, drawn.levels.target_2, drawn.notes) == (first, second, (note,))


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 200),
    direction=st.sampled_from([Direction.BUY, Direction.SELL]),
    minimum=st.floats(0, 3),
)
def test_t1_is_the_nearest_swing_beyond_the_minimum_r(
    seed: int, count: int, direction: Direction, minimum: float
) -> None:
    bars, parameters = walk(seed, count), ThreeOfFour(minimum_r=minimum)
    drawn = draw_swing_levels(direction, bars, 2.0, parameters, cents)
    plain = draw_levels(direction, float(bars.close[-1]), 2.0, parameters, cents)
    assert drawn is not None
    assert plain is not None
    levels, side = drawn.levels, 1 if direction is Direction.BUY else -1
    assert (levels.entry_low, levels.entry_high, levels.limit, levels.stop) == (
        plain.entry_low,
        plain.entry_high,
        plain.limit,
        plain.stop,
    )
    risk = abs(levels.limit - levels.stop)
    worth = []
    for swing in find_swings(bars):
        rounded = float(np.floor(side * swing.price * 100 + 1e-7) / 100 * side)
        if swing.is_high is (side > 0) and side * (rounded - levels.limit) / risk >= max(minimum, 1e-9):
            worth.append(rounded)
    worth.sort(key=lambda price: side * price)
    assert levels.target_1 == pytest.approx(worth[0] if worth else plain.target_1)
    assert side * levels.target_2 >= side * levels.target_1
    if worth:
        assert levels.r_1 is not None
        assert levels.r_1 >= minimum


def test_a_swing_at_the_limit_itself_is_no_target_however_little_r_is_asked() -> None:
    drawn = draw_swing_levels(
        Direction.BUY, path([98, 99.75, 97, 110, 97, 100]), 1.0, ThreeOfFour(minimum_r=0.0), cents
    )
    assert drawn is not None
    assert (drawn.levels.limit, drawn.levels.target_1) == (100.25, 110.5)


def test_a_hold_and_a_missing_atr_have_no_levels() -> None:
    assert draw_swing_levels(Direction.HOLD, path(HILLS), 1.0, DEFAULTS, cents) is None
    assert draw_swing_levels(Direction.BUY, path(HILLS), None, DEFAULTS, cents) is None
    assert draw_swing_levels(Direction.BUY, walk(1, 0), 1.0, DEFAULTS, cents) is None


def test_an_analysis_draws_by_the_policy_of_its_strategy() -> None:
    bars = path([100, 112, 99, 125, 97, 98, 104], step=8)
    plain = analyse("X", Timeframe.D1, bars, tick_at=cents)
    chosen = analyse("X", Timeframe.D1, bars, tick_at=cents, parameters=ThreeOfFour(targets=Targets.LEVELS))
    assert plain.direction is chosen.direction is Direction.BUY
    assert plain.levels is not None
    assert chosen.levels is not None
    assert (chosen.levels.target_1, chosen.levels.target_2) == (112.5, 125.5)
    assert plain.levels.target_1 != 112.5
    high = analyse("X", Timeframe.D1, walk(3, 34), tick_at=cents, parameters=ThreeOfFour(targets=Targets.LEVELS))
    assert (high.levels is None) == (high.direction is Direction.HOLD)
