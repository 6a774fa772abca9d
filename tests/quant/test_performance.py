"""Statistics of ended signals against formulas worked out by other means, and what small numbers may claim."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outcomes import OutcomeResult
from app.domain.performance import ENOUGH, Case, Interval
from app.quant.performance import calibrate, compare, measure, rank, wilson

WIN, LOSS, EXPIRED, OPEN = OutcomeResult.WIN, OutcomeResult.LOSS, OutcomeResult.EXPIRED, OutcomeResult.OPEN


def cases(wins: int, losses: int, confidence: float | None = 0.6, reward: float = 2.0) -> list[Case]:
    """Return so many wins and losses of one R each."""
    return [Case(WIN, reward, confidence)] * wins + [Case(LOSS, -1.0, confidence)] * losses


anything = st.lists(
    st.builds(
        Case,
        st.sampled_from(OutcomeResult),
        st.none() | st.floats(-5, 20),
        st.none() | st.floats(0, 1),
    ),
    max_size=60,
)


def test_a_worked_example() -> None:
    stats = measure([*cases(6, 4), Case(EXPIRED, None, 0.5), Case(EXPIRED, 0.5, 0.5), Case(OPEN, 3.0, 0.9)])
    assert (stats.count, stats.wins, stats.losses, stats.expired) == (12, 6, 4, 2)
    assert stats.win_rate == pytest.approx(0.6)
    assert stats.average_r == pytest.approx((6 * 2 - 4 + 0.5) / 11)
    assert (stats.best_r, stats.worst_r) == (2.0, -1.0)
    assert stats.expectancy == pytest.approx(0.6 * 2 - 0.4 * 1)
    assert stats.is_too_few


def test_nothing_is_unknown_and_not_zero() -> None:
    stats = measure([Case(OPEN, 1.0, 0.5)])
    assert (stats.count, stats.win_rate, stats.average_r, stats.expectancy) == (0, None, None, None)
    assert (stats.win_interval, stats.calibration, stats.calibration_error) == (None, (), None)


@pytest.mark.parametrize(
    ("wins", "trials", "low", "high"),
    [(5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_intervals_are_the_published_ones(wins: int, trials: int, low: float, high: float) -> None:
    found = wilson(wins, trials)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 500), st.data())
def test_a_wilson_interval_solves_its_quadratic(trials: int, data: st.DataObject) -> None:
    wins = data.draw(st.integers(0, trials))
    found = wilson(wins, trials)
    assert found is not None
    z2, share = 1.959963984540054**2, wins / trials
    roots = np.roots([1 + z2 / trials, -(2 * share + z2 / trials), share * share]).real
    assert found.low == pytest.approx(max(0.0, min(roots)), abs=1e-6)
    assert found.high == pytest.approx(min(1.0, max(roots)), abs=1e-6)


def test_the_difference_of_two_shares_is_newcombes() -> None:
    first, second = measure(cases(56, 14)), measure(cases(48, 32))  # Newcombe 1998, table II (a), method 10
    found = compare(first, second).win_interval
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


@given(anything)
def test_the_numbers_are_those_of_a_plain_count(many: list[Case]) -> None:
    stats = measure(many)
    r_values = [case.r for case in many if case.result in (WIN, LOSS, EXPIRED) and case.r is not None]
    assert stats.count == stats.wins + stats.losses + stats.expired
    assert stats.wins == sum(case.result is WIN for case in many)
    assert stats.average_r == (pytest.approx(float(np.mean(r_values))) if r_values else None)
    decided = [case.r for case in many if case.result in (WIN, LOSS) and case.r is not None]
    assert stats.expectancy == (pytest.approx(float(np.mean(decided)), abs=1e-9) if decided else None)


@given(anything)
def test_every_stated_confidence_falls_into_its_tenth_once(many: list[Case]) -> None:
    bins = calibrate([case for case in many if case.result in (WIN, LOSS)])
    stated = [case.confidence for case in many if case.result in (WIN, LOSS) and case.confidence is not None]
    assert sum(each.count for each in bins) == len(stated)
    for each in bins:
        assert each.low - 1e-9 <= each.stated <= each.high + 1e-9
        assert each.interval.low <= each.realised <= each.interval.high
        assert 0 <= each.wins <= each.count


@pytest.mark.parametrize(("stated", "low"), [(0.0, 0.0), (0.3, 0.3), (0.7, 0.7), (0.29999, 0.2), (1.0, 0.9)])
def test_a_confidence_on_an_edge_belongs_above_it(stated: float, low: float) -> None:
    (only,) = calibrate([Case(WIN, 1.0, stated)])
    assert only.low == pytest.approx(low)


def test_a_perfect_prophet_has_no_error_and_a_boaster_has() -> None:
    honest = [*cases(3, 7, 0.3), *cases(8, 2, 0.8)]
    assert measure(honest).calibration_error == pytest.approx(0.0)
    assert measure(cases(5, 5, 0.9)).calibration_error == pytest.approx(0.4)


def test_too_few_is_said_and_never_called_clear() -> None:
    few, many = measure(cases(ENOUGH - 1, 0)), measure(cases(0, 10 * ENOUGH))
    assert few.is_too_few
    assert not measure(cases(ENOUGH, 0)).is_too_few
    assert not compare(few, many).is_clear
    assert compare(measure(cases(ENOUGH, 0)), many).is_clear


def test_chance_is_not_called_a_difference() -> None:
    same = compare(measure(cases(20, 20)), measure(cases(22, 18)))
    assert not same.is_clear
    assert not same.is_too_few


@given(anything, anything)
def test_a_comparison_turned_round_is_its_negative(one: list[Case], other: list[Case]) -> None:
    there, back = compare(measure(one), measure(other)), compare(measure(other), measure(one))
    assert there.is_clear == back.is_clear
    for first, second in ((there.win_interval, back.win_interval), (there.r_interval, back.r_interval)):
        if first is not None and second is not None:
            assert first == Interval(pytest.approx(-second.high), pytest.approx(-second.low))


def test_the_leaderboard_puts_luck_below_evidence() -> None:
    groups = {
        "lucky": measure(cases(3, 0)),
        "good": measure(cases(30, 20)),
        "poor": measure(cases(10, 40)),
        "none": measure([]),
    }
    assert rank(groups) == ("good", "poor", "lucky", "none")
    assert math.isclose(groups["good"].expectancy or 0, 0.8)
    assert replace(groups["good"], wins=0, losses=0).is_too_few
