"""Closed trades and what they add up to, against sums by hand and formulas written anew."""

from __future__ import annotations

import statistics as plain
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import ExecId, Fill, Split
from app.domain.orders import OrderRef, Side
from app.domain.trade_statistics import Result, losses_in_a_row, statistics
from app.domain.trades import Plan, Trade, trades
from tests.domain.examples import ACCOUNT, APPLE, at, fill
from tests.domain.lots import lots_of

NEAR = Fraction(1, 10**12)
PLAN = Plan(Decimal(100), Decimal(95), Decimal(110))


def planned(_: OrderRef) -> Plan:
    return PLAN


def unplanned(_: OrderRef) -> None:
    return None


def story(*signed: tuple[int, str], commission: str | None = "1", ref: str | None = "entry") -> list[Fill]:
    """Return one execution a second, bought where the quantity is positive."""
    return [
        fill(f"{place}.01", str(abs(quantity)), price, Side.BUY if quantity > 0 else Side.SELL, ref=ref,
             seconds=place, commission=commission)
        for place, (quantity, price) in enumerate(signed)
    ]  # fmt: skip


def test_a_trade_is_from_flat_to_flat_with_both_ends_averaged_and_all_costs() -> None:
    (trade,) = trades(story((100, "100"), (100, "104"), (-50, "110"), (-150, "106")), (), planned)
    assert (trade.side, trade.quantity, trade.entry, trade.exit) == (Side.BUY, 200, 102, 107)
    assert (trade.gross, trade.commission, trade.net) == (1000, 4, 996)
    assert trade.risk == (102 - 95) * 200
    assert trade.r == Decimal(996) / 1400
    assert trade.planned_r == 2
    assert (trade.held, trade.executions) == (timedelta(seconds=3), ("0.01", "1.01", "2.01", "3.01"))


def test_a_short_trade_earns_when_it_is_bought_back_lower() -> None:
    plan = Plan(Decimal(100), Decimal(104), Decimal(90))
    (trade,) = trades(story((-10, "100"), (10, "97")), (), lambda _: plan)
    assert (trade.side, trade.entry, trade.exit, trade.net) == (Side.SELL, 100, 97, 28)
    assert (trade.risk, trade.planned_r, trade.r) == (40, Decimal("2.5"), Decimal("0.7"))


def test_through_zero_one_trade_ends_and_the_next_begins_with_its_part_of_the_cost() -> None:
    first, second = trades(story((100, "10"), (-150, "12"), (50, "11"), commission="3"), (), unplanned)
    assert (first.quantity, first.exit, first.commission) == (100, 12, 3 + 2)
    assert (second.side, second.quantity, second.entry, second.commission) == (Side.SELL, 50, 12, 1 + 3)
    assert first.executions[-1] == second.executions[0]


def test_what_is_held_or_ended_by_bookkeeping_is_no_closed_trade() -> None:
    held = story((100, "10"), (-40, "11"))
    assert trades(held, (), unplanned) == ()
    booked = replace(held[1], exec_id=ExecId("adopted-1.01"), quantity=Decimal(100))
    assert trades([held[0], booked], (), unplanned) == ()


def test_an_unknown_cost_leaves_the_result_unknown() -> None:
    fills = story((10, "100"), (-10, "101"))
    fills[1] = replace(fills[1], commission=None)
    (trade,) = trades(fills, (), planned)
    assert (trade.gross, trade.commission, trade.net, trade.r) == (10, None, None, None)


def test_without_a_stop_or_with_one_beyond_the_entry_there_is_no_risk_to_measure_by() -> None:
    fills = story((10, "90"), (-10, "101"))
    assert [t.risk for t in trades(fills, (), unplanned)] == [None]
    assert [t.risk for t in trades(fills, (), planned)] == [None]


def test_a_split_in_between_changes_neither_cost_nor_result() -> None:
    split = Split(ACCOUNT, APPLE, Decimal(10), Decimal(1), at(0.5))
    (trade,) = trades(story((10, "100"), (-100, "11")), (split,), unplanned)
    assert (trade.quantity, trade.entry, trade.exit, trade.gross) == (100, 10, 11, 100)


@given(
    st.lists(st.tuples(st.integers(-5, 5).filter(bool), st.integers(1, 50), st.integers(0, 9)), max_size=30),
    st.sampled_from([("1", 1), ("50", 1), ("10", 100)]),
)
def test_closed_trades_bring_what_the_lots_realised_when_flat(
    drawn: list[tuple[int, int, int]], worth: tuple[str, int]
) -> None:
    fills = [
        replace(
            fill(f"{place:02}.01", str(abs(q)), str(price), Side.BUY if q > 0 else Side.SELL, seconds=place,
                 commission=str(cost)),
            multiplier=Decimal(worth[0]),
            price_magnifier=worth[1],
        )
        for place, (q, price, cost) in enumerate(drawn)
    ]  # fmt: skip
    held = sum(fill.signed for fill in fills)
    if held:
        last = fill("99.01", abs(held), "7", Side.SELL if held > 0 else Side.BUY, seconds=99, commission="2")
        fills.append(replace(last, multiplier=Decimal(worth[0]), price_magnifier=worth[1]))
    lots = lots_of(fills, Fraction(worth[0]) / worth[1])
    net = sum((Fraction(trade.net) for trade in trades(fills, (), unplanned) if trade.net is not None), Fraction(0))
    assert abs(net - (lots.realized - lots.commission)) < NEAR


def a_trade(net: str | None, *, risk: str | None = None, planned: str | None = None, minutes: int = 60) -> Trade:
    number = None if net is None else Decimal(net)
    return Trade(
        ACCOUNT, APPLE, "AAPL", None, Side.BUY, Decimal(1), Decimal(1), Decimal(1), at(0), at(minutes * 60),
        number if number is not None else Decimal(0), None if number is None else Decimal(0),
        None if risk is None else Decimal(risk), None if planned is None else Decimal(planned), (),
    )  # fmt: skip


def results(*made: Trade) -> list[Result]:
    return [Result(trade, trade.net) for trade in made]


def test_the_figures_of_five_trades_by_hand() -> None:
    found = statistics(
        results(
            a_trade("100", risk="50", planned="2", minutes=30),
            a_trade("-50", risk="50", planned="2.5", minutes=60),
            a_trade("30", minutes=90),
            a_trade("-30", risk="20", minutes=120),
            a_trade("0", minutes=0),
        )
    )
    assert (found.count, found.unknown, found.wins, found.losses) == (5, 0, 2, 2)
    assert (found.total, found.win_rate, found.expectancy) == (50, Decimal("0.4"), 10)
    assert found.profit_factor == Decimal(130) / 80
    assert (found.average_win, found.average_loss, found.best, found.worst) == (65, -40, 100, -50)
    assert found.planned_r == Decimal("2.25")
    assert found.achieved_r == (Decimal(2) - 1 - Decimal("1.5")) / 3
    assert found.held == timedelta(minutes=60)


def test_nothing_known_is_none_and_never_zero() -> None:
    for found in (statistics([]), statistics(results(a_trade(None)))):
        figures = (found.total, found.win_rate, found.profit_factor, found.expectancy, found.average_win,
                   found.average_loss, found.best, found.worst, found.planned_r, found.achieved_r)  # fmt: skip
        assert set(figures) == {None}
    assert statistics(results(a_trade(None), a_trade("5"))).unknown == 1
    assert statistics(results(a_trade("5"))).profit_factor is None


@given(st.lists(st.integers(-1000, 1000), min_size=1))
def test_statistics_equal_the_formulas_written_anew(nets: list[int]) -> None:
    found = statistics(results(*(a_trade(str(net)) for net in nets)))
    assert float(found.expectancy or 0) == pytest.approx(plain.fmean(nets))
    assert float(found.win_rate or 0) == pytest.approx(len([n for n in nets if n > 0]) / len(nets))
    lost = -sum(net for net in nets if net < 0)
    assert (None if found.profit_factor is None else float(found.profit_factor)) == (
        pytest.approx(sum(net for net in nets if net > 0) / lost) if lost else None
    )


def test_losses_in_a_row_are_counted_from_the_newest() -> None:
    made = [a_trade("-1", minutes=1), a_trade("1", minutes=2), a_trade("-1", minutes=3), a_trade("-2", minutes=4)]
    assert [losses_in_a_row(made), losses_in_a_row(made[:2]), losses_in_a_row([])] == [2, 0, 0]
