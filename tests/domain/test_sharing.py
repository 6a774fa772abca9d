"""What an order that names no lot takes off, and from whom."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.orders import Side
from app.domain.sharing import owned, pro_rata, taken
from app.domain.signals import StrategyId
from tests.domain.examples import fill

D = Decimal
A, B = StrategyId("a"), StrategyId("b")


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        ("3", ["5", "5"], ["2", "1"]),
        ("10", ["5", "5"], ["5", "5"]),
        ("1", ["90", "10"], ["1", "0"]),
        ("0", ["5"], ["0"]),
    ],
)
def test_what_was_taken_elsewhere_falls_on_the_lots_pro_rata(amount: str, shares: list[str], parts: list[str]) -> None:
    found = pro_rata(Decimal(amount), [Decimal(share) for share in shares])
    assert found == [Decimal(part) for part in parts]


@given(st.integers(0, 10_000), st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_pro_rata_gives_all_there_is_to_take_and_no_lot_more_than_it_has(amount: int, shares: list[int]) -> None:
    parts = pro_rata(Decimal(amount), [Decimal(share) for share in shares])
    assert sum(parts) == min(amount, sum(shares))
    assert all(0 <= part <= share for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize(
    ("change", "whole", "a", "b", "parts"),
    [
        ("-4", "15", "10", "5", {A: D(3), B: D(1)}),  # 2.67 and 1.33: the rest of a share goes to the first
        ("-4", "19", "10", "5", {}),  # the hand holds 4 and gives them first
        ("-6", "19", "10", "5", {A: D(2)}),
        ("-15", "15", "10", "5", {A: D(10), B: D(5)}),
        ("-20", "15", "10", "5", {A: D(10), B: D(5)}),  # what goes beyond flat is the hand's
        ("4", "15", "10", "5", {}),
        ("4", "-15", "-10", "-5", {A: D(3), B: D(1)}),
        ("-3", "5", "10", "0", {A: D(3)}),  # the hand is short 5 against it
        ("-9", "5", "10", "0", {A: D(5)}),
        ("-3", "-2", "10", "0", {}),  # the account is short: this reduces nothing
        ("-8", "6", "10", "-4", {A: D(6)}),
    ],
)
def test_what_an_execution_takes_off_each_lot(change: str, whole: str, a: str, b: str, parts: dict[str, D]) -> None:
    assert taken(D(change), D(whole), {B: D(b), A: D(a)}) == parts


def test_every_part_bears_its_part_of_the_cost_and_the_hand_the_rest() -> None:
    from_a = fill("x.01", "10", "100")
    sold = fill("y.01", "16", "110", Side.SELL, seconds=1, commission="3.2")
    lots = owned([sold, fill("z.01", "2", "100", seconds=0.5), replace(from_a, strategy=A)])
    assert [(one.quantity, one.strategy, one.commission) for one in lots[A]] == [(D(10), A, None), (D(10), A, D(2))]
    assert [(one.quantity, one.commission) for one in lots[None]] == [(D(2), None), (D(6), D("1.2"))]
