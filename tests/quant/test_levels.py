"""Levels: on the tick against us, mirrored for a short, and judged by side, sign and R."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand
from app.domain.money import Rounding
from app.domain.signals import Direction, Levels
from app.domain.strategies import ThreeOfFour
from app.quant.levels import draw_levels, judge_levels, round_price

CENT = Decimal("0.01")
DEFAULTS = ThreeOfFour()


def cents(price: Decimal) -> Decimal:
    return CENT


def test_a_long_is_drawn_from_the_close_and_the_atr() -> None:
    levels = draw_levels(Direction.BUY, 100.0, 2.0, DEFAULTS, cents)
    assert levels == Levels(99.5, 100.5, 100.5, 96.0, 108.0, 112.0, pytest.approx(7.5 / 4.5), pytest.approx(11.5 / 4.5))


def test_a_short_is_the_mirrored_long() -> None:
    levels = draw_levels(Direction.SELL, 100.0, 2.0, DEFAULTS, cents)
    assert levels == Levels(99.5, 100.5, 99.5, 104.0, 92.0, 88.0, pytest.approx(7.5 / 4.5), pytest.approx(11.5 / 4.5))


def test_each_price_is_rounded_against_us() -> None:
    long = draw_levels(Direction.BUY, 100.001, 1.0, DEFAULTS, cents)
    assert long is not None
    assert (long.entry_low, long.limit, long.stop) == (99.75, 100.26, 98.0)
    assert (long.target_1, long.target_2) == (104.0, 106.0)
    short = draw_levels(Direction.SELL, 100.001, 1.0, DEFAULTS, cents)
    assert short is not None
    assert (short.limit, short.entry_high, short.stop) == (99.75, 100.26, 102.01)
    assert (short.target_1, short.target_2) == (96.01, 94.01)


@pytest.mark.parametrize(
    ("price", "tick", "down", "up"),
    [
        (100.00000000000001, "0.01", "100.00", "100.00"),
        (99.99999999999999, "0.01", "100.00", "100.00"),
        (10.1, "0.01", "10.10", "10.10"),
        (0.1 + 0.2, "0.1", "0.3", "0.3"),
        (100.001, "0.01", "100.00", "100.01"),
        (0.00010000000000000002, "0.0001", "0.0001", "0.0001"),
        (12345678.900000002, "0.05", "12345678.90", "12345678.90"),
        (12.3, "5", "10", "15"),
        (15.0, "5", "15", "15"),
        (15.000000001, "5", "15", "15"),
        (15.00000001, "5", "15", "20"),
        (-0.001, "0.01", "-0.01", "0"),
        (1e15, "0.01", "1000000000000000", "1000000000000000"),
    ],
)
def test_float_rounding_never_moves_a_price_a_whole_tick(price: float, tick: str, down: str, up: str) -> None:
    step = Decimal(tick)
    assert round_price(price, lambda _: step, Rounding.DOWN) == Decimal(down)
    assert round_price(price, lambda _: step, Rounding.UP) == Decimal(up)


@given(
    ticks=st.integers(1, 10**9), tick=st.sampled_from(["0.01", "0.05", "0.0001", "5", "0.25"]), noise=st.integers(-4, 4)
)
def test_a_price_on_the_tick_but_for_a_few_last_bits_stays(ticks: int, tick: str, noise: int) -> None:
    exact = ticks * Decimal(tick)
    price = float(exact) * (1 + noise * 2.3e-16)
    for rounding in Rounding:
        assert round_price(price, lambda _: Decimal(tick), rounding) == exact


@given(price=st.floats(0.001, 1e6), tick=st.sampled_from(["0.01", "0.05", "0.0001", "5"]))
def test_rounding_moves_less_than_a_tick_and_in_the_direction_asked_for(price: float, tick: str) -> None:
    step, exact = Decimal(tick), Decimal(repr(price))
    slack = max(Decimal("1e-9") * step, Decimal("1e-12") * exact)
    down, up = (round_price(price, lambda _: step, way) for way in (Rounding.DOWN, Rounding.UP))
    assert down % step == 0
    assert up % step == 0
    assert exact - step < down <= exact + slack
    assert exact - slack <= up < exact + step


def test_the_tick_is_that_of_each_price() -> None:
    bands = (TickBand(Decimal(0), Decimal("0.0001")), TickBand(Decimal(1), CENT))
    penny = Instrument(ConId(1), "P", InstrumentKind.STOCK, "SMART", "NYSE", "USD", bands=bands)
    levels = draw_levels(Direction.BUY, 1.01, 0.05, DEFAULTS, penny.tick_at)
    assert levels is not None
    assert (levels.limit, levels.entry_low, levels.stop) == (1.03, 0.9975, 0.91)


def test_a_hold_and_a_missing_atr_have_no_levels() -> None:
    assert draw_levels(Direction.HOLD, 100.0, 2.0, DEFAULTS, cents) is None
    assert draw_levels(Direction.BUY, 100.0, None, DEFAULTS, cents) is None


def judged(direction: Direction, price: float, atr: float, tick: str = "0.01", **factors: float) -> tuple[bool, str]:
    parameters = ThreeOfFour(**factors)  # type: ignore[arg-type]
    levels = draw_levels(direction, price, atr, parameters, lambda _: Decimal(tick))
    assert levels is not None
    judgement = judge_levels(levels, direction, parameters)
    return judgement.actionable, " ".join(judgement.reasons)


@pytest.mark.parametrize("direction", [Direction.BUY, Direction.SELL])
def test_the_default_plan_is_actionable_without_a_word(direction: Direction) -> None:
    assert judged(direction, 100.0, 2.0) == (True, "")


@pytest.mark.parametrize("direction", [Direction.BUY, Direction.SELL])
def test_a_thin_r_warns_and_a_thinner_one_refuses(direction: Direction) -> None:
    assert judged(direction, 100.0, 2.0, target_1_atr=2.5) == (True, "R to target 1 is only 1.00, below 1.50.")
    refused = judged(direction, 100.0, 2.0, target_1_atr=2.4)
    assert refused == (False, "R to target 1 is 0.96, below the 1.00 a trade needs.")


@pytest.mark.parametrize("direction", [Direction.BUY, Direction.SELL])
def test_levels_on_the_wrong_side_are_named(direction: Direction) -> None:
    actionable, reasons = judged(direction, 100.0, 2.0, target_1_atr=0.1)
    assert not actionable
    assert "The target 1" in reasons
    assert "The target 2" not in reasons
    actionable, reasons = judged(direction, 100.0, 1e-12)
    assert not actionable
    assert "The stop 100 is not" in reasons


def test_without_any_risk_there_is_no_r() -> None:
    levels = draw_levels(Direction.BUY, 100.0, 0.0, DEFAULTS, cents)
    assert levels is not None
    assert levels.r_1 is None
    assert not judge_levels(levels, Direction.BUY, DEFAULTS).actionable


def test_a_price_that_is_not_positive_refuses() -> None:
    assert judged(Direction.BUY, 10.0, 5.0) == (False, "The stop would be 0, and a price must be above 0.")
    actionable, reasons = judged(Direction.SELL, 10.0, 2.0)
    assert not actionable
    assert reasons == "The target 2 would be -2, and a price must be above 0."


def test_a_coarse_tick_can_put_a_target_below_the_limit() -> None:
    actionable, reasons = judged(Direction.BUY, 21.0, 1.0, tick="5")
    assert not actionable
    assert reasons == "The target 1 25 is not above the limit 25. The target 2 25 is not above the limit 25."
