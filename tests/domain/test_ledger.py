"""The position rule against an independent model of lots, and its exact cases by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import Fill, Position, apply_commission, apply_fill, rebuild
from app.domain.orders import Side
from tests.domain.examples import ACCOUNT, APPLE, fill
from tests.domain.lots import lots_of

NEAR = Fraction(1, 10**15)

cents = st.integers(1, 10**7).map(lambda number: Decimal(number) / 100)
trades = st.lists(
    st.tuples(
        st.sampled_from(Side), st.integers(1, 400).map(lambda eighths: Decimal(eighths) / 8), cents, cents | st.none()
    ),
    max_size=25,
)


def executions(trades: list[tuple[Side, Decimal, Decimal, Decimal | None]]) -> list[Fill]:
    """Return one execution a second, with or without commission."""
    return [
        replace(fill(f"x{place:02}.01", quantity, price, side, seconds=place), commission=cost)
        for place, (side, quantity, price, cost) in enumerate(trades)
    ]


def flat(multiplier: str = "1", magnifier: int = 1) -> Position:
    """Return a position nothing happened to."""
    return Position(ACCOUNT, APPLE, "AAPL", multiplier=Decimal(multiplier), price_magnifier=magnifier)


@given(trades, st.sampled_from([("1", 1), ("50", 1), ("10", 100)]))
def test_any_sequence_of_fills_equals_its_lots(
    drawn: list[tuple[Side, Decimal, Decimal, Decimal | None]], worth: tuple[str, int]
) -> None:
    fills = executions(drawn)
    position = rebuild(flat(*worth), fills)
    lots = lots_of(fills, Fraction(worth[0]) / worth[1])
    assert Fraction(position.quantity) == lots.quantity
    assert abs(Fraction(position.average) - abs(lots.average)) <= NEAR
    assert abs(Fraction(position.realized) - (lots.realized - lots.commission)) <= NEAR
    assert Fraction(position.commission) == lots.commission
    assert list(position.fills) == lots.since_flat


@given(trades, cents)
def test_realised_and_unrealised_add_up_to_the_cash(
    drawn: list[tuple[Side, Decimal, Decimal, Decimal | None]], last: Decimal
) -> None:
    fills = executions(drawn)
    position = rebuild(flat(), fills)
    lots = lots_of(fills)
    worth = lots.cash - lots.commission + lots.quantity * Fraction(last)
    assert abs(Fraction(position.realized + position.unrealized(last)) - worth) <= NEAR


@given(trades, st.randoms(use_true_random=False))
def test_rebuilding_takes_executions_in_the_order_they_happened(drawn: list, random: object) -> None:  # type: ignore[type-arg]
    fills = executions(drawn)
    shuffled = list(fills)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rebuild(flat(), shuffled) == rebuild(flat(), fills)


def test_reducing_realises_against_the_average_and_leaves_it() -> None:
    position = rebuild(flat(), [fill("a.01", "10", "100"), fill("b.01", "4", "105", Side.SELL, seconds=1)])
    assert (position.quantity, position.average, position.realized) == (Decimal(6), Decimal(100), Decimal(20))


def test_going_through_zero_closes_and_opens_the_rest_at_the_fills_price() -> None:
    position = rebuild(flat(), [fill("a.01", "10", "100"), fill("b.01", "15", "90", Side.SELL, seconds=1)])
    assert (position.quantity, position.average, position.realized) == (Decimal(-5), Decimal(90), Decimal(-100))
    assert position.fills == ("b.01",)


def test_closing_a_short_below_its_average_is_a_gain() -> None:
    position = rebuild(flat("50"), [fill("a.01", "2", "100", Side.SELL), fill("b.01", "2", "98.5", seconds=1)])
    assert (position.quantity, position.average, position.realized) == (Decimal(0), Decimal(0), Decimal(150))


def test_what_was_realised_survives_reopening() -> None:
    before = rebuild(flat(), [fill("a.01", "1", "10"), fill("b.01", "1", "12", Side.SELL, seconds=1)])
    after = apply_fill(before, fill("c.01", "1", "50", seconds=2))
    assert (before.realized, after.realized, after.fills) == (Decimal(2), Decimal(2), ("c.01",))


def test_a_commission_counts_in_what_was_realised_and_not_in_the_average() -> None:
    position = apply_commission(apply_fill(flat(), fill("a.01", "10", "100")), Decimal("1.05"))
    assert (position.average, position.realized, position.commission) == (
        Decimal(100),
        Decimal("-1.05"),
        Decimal("1.05"),
    )


def test_prices_in_pence_are_worth_a_hundredth() -> None:
    held = apply_fill(flat("1", 100), fill("a.01", "200", "150"))
    assert held.unrealized(Decimal(175)) == Decimal(50)


@pytest.mark.parametrize(
    ("exec_id", "key", "revision"),
    [
        ("0001.aa.01.01", "0001.aa.01", 1),
        ("0001.aa.01.02", "0001.aa.01", 2),
        ("plain", "plain", 0),
        ("a.x", "a.x", 0),
        ("12.345", "12.345", 0),
    ],
)
def test_a_correction_shares_its_key_and_carries_a_higher_revision(exec_id: str, key: str, revision: int) -> None:
    execution = fill(exec_id)
    assert (execution.key, execution.revision) == ((ACCOUNT, key), revision)
