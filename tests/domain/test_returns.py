"""The equity curve: time-weighted, with falls from the peak, against formulas written anew."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.returns import Snapshot, equity_curve, total_return, worst_drawdown
from tests.domain.examples import NOON

DAYS = [f"2026-11-{day:02}" for day in range(1, 31)]


def snapshot(day: int, worth: str, earned: str | None = None, *, before: int | None = None) -> Snapshot:
    return Snapshot(
        "DU1", DAYS[day], NOON, 0.0, "USD", Decimal(worth), day_pnl=None if earned is None else Decimal(earned),
        before=DAYS[day - 1 if before is None else before] if day else "",
    )  # fmt: skip


def test_money_paid_in_is_not_earned() -> None:
    points = equity_curve([snapshot(0, "1000"), snapshot(1, "1600", "100"), snapshot(2, "1440", "-160")])
    assert [point.change for point in points] == [None, Decimal("0.1"), Decimal("-0.1")]
    assert [point.flow for point in points] == [None, 500, 0]
    assert points[-1].growth == Decimal("1.1") * Decimal("0.9") - 1
    assert points[-1].drawdown == Decimal("-0.1")


@pytest.mark.parametrize(
    ("worth", "earned", "cash", "traded", "flow"),
    [
        ("1600", "100", "700", "-300", 500),  # 200 in cash before: 800 came that no execution brought
        ("1600", "100", "-100", "-300", 0),  # cash is explained: the broker's day is another than ours
        ("1600", "600", "1200", "-300", 0),  # the day explains it: a future's gain came in cash
        ("1600", None, "700", "-300", 800),
        ("1600", "100", None, None, 500),
        ("1600", None, None, None, None),
        ("505", "5", "-300", "0", -500),
        ("1009", "0", "209", "0", 0),  # a dividend is earned
    ],
)
def test_a_flow_is_what_every_witness_agrees_on(
    worth: str, earned: str | None, cash: str | None, traded: str | None, flow: int | None
) -> None:
    before = replace(snapshot(0, "1000"), cash=Decimal(200))
    told = {"cash": cash, "traded": traded}
    now = replace(snapshot(1, worth, earned), **{k: None if v is None else Decimal(v) for k, v in told.items()})
    point = equity_curve([before, now])[1]
    assert point.flow == flow
    assert point.change == (Decimal(worth) - (flow or 0)) / 1000 - 1


def test_over_a_gap_the_broker_s_day_tells_nothing() -> None:
    points = equity_curve([snapshot(0, "1000"), snapshot(1, "1100"), snapshot(3, "990", "-50")])
    assert [(point.change, point.flow) for point in points[1:]] == [(Decimal("0.1"), None), (Decimal("-0.1"), None)]


def test_one_snapshot_says_nothing_of_return_or_fall() -> None:
    points = equity_curve([snapshot(0, "1000")])
    assert (total_return(points), worst_drawdown(points)) == (None, None)
    assert (total_return(()), worst_drawdown(())) == (None, None)


def test_an_account_that_was_empty_has_no_return() -> None:
    assert equity_curve([snapshot(0, "0"), snapshot(1, "100", "5")])[1].change is None


@given(st.lists(st.integers(100, 5000), min_size=2, max_size=28))
def test_without_flows_the_curve_is_worth_over_worth_and_its_fall_from_the_running_peak(worths: list[int]) -> None:
    taken = [
        snapshot(day, str(worth), None if not day else str(worth - worths[day - 1])) for day, worth in enumerate(worths)
    ]
    points = equity_curve(list(reversed(taken)))
    peaks = accumulate(worths, max)
    falls = [worth / peak - 1 for worth, peak in zip(worths, peaks, strict=True)]
    assert [float(point.growth) for point in points] == pytest.approx([worth / worths[0] - 1 for worth in worths])
    assert [float(point.drawdown) for point in points] == pytest.approx(falls)
    assert float(worst_drawdown(points) or 0) == pytest.approx(min(falls))
