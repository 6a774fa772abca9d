"""Outcomes of signals: what the bars after a signal say of its plan, with every doubt resolved against us."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.bars import Bars
from app.domain.outcomes import Outcome, OutcomeResult
from app.domain.signals import Direction, SignalId
from app.quant.outcomes import HORIZON, Plan, find_outcome
from tests.support.paths import flipped
from tests.support.walks import walk

DAY = 86400
R = OutcomeResult
LONG = Plan(SignalId("s"), Direction.BUY, limit=100.0, stop=96.0, target=106.0, until=2 * DAY)
Row = tuple[float, float, float, float]


def bars_of(*rows: Row) -> Bars:
    """Return daily bars of (open, high, low, close)."""
    columns = np.array(rows, np.float64).reshape(-1, 4).T
    return Bars(np.arange(len(rows), dtype=np.int64) * DAY, *columns, np.ones(len(rows)), closed=len(rows))


def outcome(*rows: Row, plan: Plan = LONG, now: int = 1000 * DAY) -> Outcome:
    found = find_outcome(plan, bars_of(*rows), now)
    assert found is not None
    return found


QUIET = (101.0, 102.0, 100.5, 101.0)
ENTERS = (99.0, 101.0, 98.0, 100.0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ENTERS, (101, 106, 100, 105)], (R.WIN, 1.5, 2, False)),
        ([ENTERS, (99, 100, 96, 97)], (R.LOSS, -1.0, 2, False)),
        ([ENTERS, (94, 95, 90, 91)], (R.LOSS, -1.5, 2, False)),  # opened below the stop: out at the open
        ([ENTERS, (110, 111, 109, 110)], (R.WIN, 1.5, 2, False)),  # opened above the target: no better than it
        ([ENTERS, (99, 107, 95, 100)], (R.LOSS, -1.0, 2, True)),  # both in one bar: against us
        ([(99, 107, 98, 105)], (R.WIN, 1.5, 1, False)),  # entered at the open, so the high came after
        ([(102, 107, 99, 105), (101, 103, 100, 102)], (R.OPEN, 0.5, 2, True)),  # the high may have come first
        ([(102, 103, 95, 97)], (R.LOSS, -1.0, 1, False)),
        ([(94, 103, 93, 97)], (R.LOSS, -1.0, 1, False)),
        ([QUIET, ENTERS, (101, 106, 100, 105)], (R.WIN, 1.5, 2, False)),
        ([QUIET, QUIET, ENTERS], (R.EXPIRED, None, 0, False)),  # touched after it had expired
        ([QUIET, QUIET], (R.EXPIRED, None, 0, False)),
        ([ENTERS, *[QUIET] * (HORIZON - 1)], (R.EXPIRED, 0.25, HORIZON, False)),
        ([ENTERS, *[QUIET] * (HORIZON - 2)], (R.OPEN, 0.25, HORIZON - 1, False)),
        ([ENTERS, *[QUIET] * (HORIZON - 1), (101, 107, 100, 106)], (R.EXPIRED, 0.25, HORIZON, False)),
    ],
)
def test_a_plan_is_held_against_later_bars(
    rows: list[Row], expected: tuple[OutcomeResult, float | None, int, bool]
) -> None:
    found = outcome(*rows)
    assert (found.result, found.r, found.bars_held, found.is_ambiguous) == expected


def test_an_entry_that_may_still_be_touched_is_waited_for() -> None:
    assert outcome(QUIET, now=DAY).result is R.WAITING
    assert outcome(now=DAY).result is R.WAITING
    assert outcome(now=2 * DAY).result is R.EXPIRED


def test_times_and_prices_are_those_of_the_bars() -> None:
    found = outcome(QUIET, ENTERS, QUIET, (95.0, 97.0, 94.0, 96.0))
    assert (found.entered, found.entry) == (DAY, 100.0)
    assert (found.exited, found.exit) == (3 * DAY, 95.0)
    assert (found.bars_held, found.bars_seen, found.target) == (3, 4, 106.0)


def test_the_forming_bar_decides_nothing() -> None:
    bars = bars_of(ENTERS, (99, 100, 90, 91))
    found = find_outcome(LONG, replace(bars, closed=1), 1000 * DAY)
    assert found is not None
    assert found.result is R.OPEN


@pytest.mark.parametrize("prices", [(100, 101, 106), (100, 96, 99), (100, 100, 106), (float("nan"), 96, 106)])
def test_what_is_no_plan_has_no_outcome(prices: tuple[float, float, float]) -> None:
    limit, stop, target = prices
    assert find_outcome(replace(LONG, limit=limit, stop=stop, target=target), bars_of(ENTERS), DAY) is None


def by_hand(plan: Plan, bars: Bars, now: int) -> tuple[OutcomeResult, float | None, int | None, int | None]:
    """Walk a long plan bar by bar, as a person with a pencil would."""
    entered: int | None = None
    for at in range(len(bars)):
        open_, high, low, close = (float(getattr(bars, name)[at]) for name in ("open", "high", "low", "close"))
        if entered is None:
            if bars.time[at] >= plan.until:
                return R.EXPIRED, None, None, None
            if low > plan.limit:
                continue
            entered = at
            if low <= plan.stop:
                return R.LOSS, -1.0, entered, at
            if high >= plan.target and open_ <= plan.limit:
                return R.WIN, (plan.target - plan.limit) / (plan.limit - plan.stop), entered, at
        else:
            if low <= plan.stop:
                return R.LOSS, (min(open_, plan.stop) - plan.limit) / (plan.limit - plan.stop), entered, at
            if high >= plan.target:
                return R.WIN, (plan.target - plan.limit) / (plan.limit - plan.stop), entered, at
        made = (close - plan.limit) / (plan.limit - plan.stop)
        if at - entered + 1 == HORIZON:
            return R.EXPIRED, made, entered, at
        if at == len(bars) - 1:
            return R.OPEN, made, entered, None
    return (R.WAITING if now < plan.until else R.EXPIRED), None, None, None


plans = st.tuples(st.integers(0, 10_000), st.integers(0, 200), st.floats(-3, 3), st.floats(0.1, 12), st.floats(0.1, 20))


@settings(max_examples=150, deadline=None)
@given(plans, st.integers(0, 20), st.integers(0, 20))
def test_it_is_what_a_pencil_finds_and_mirrored_bars_mirror_it(
    made: tuple[int, int, float, float, float], until: int, now: int
) -> None:
    seed, count, away, risk, reward = made
    bars = walk(seed, count)
    limit = 100.0 + away
    plan = Plan(SignalId("s"), Direction.BUY, limit, limit - risk, limit + reward, until * DAY)
    found = find_outcome(plan, bars, now * DAY)
    assert found is not None
    result, r, entered, exited = by_hand(plan, bars, now * DAY)
    times = tuple(None if at is None else at * DAY for at in (entered, exited))
    assert (found.result, found.entered, found.exited) == (result, *times)
    assert found.r == (None if r is None else pytest.approx(r))
    short = replace(plan, direction=Direction.SELL, limit=-plan.limit, stop=-plan.stop, target=-plan.target)
    mirrored = find_outcome(short, flipped(bars), now * DAY)
    assert mirrored is not None
    assert (mirrored.result, mirrored.r, mirrored.bars_held) == (found.result, found.r, found.bars_held)
    assert mirrored.exit == (None if found.exit is None else -found.exit)
