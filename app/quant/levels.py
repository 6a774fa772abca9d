"""Entry, stop and targets of a confirmed direction, on the tick, and the judgement of what they are worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.domain.money import Rounding, exact, on_tick
from app.domain.signals import Direction, Levels
from app.domain.strategies import ThreeOfFour

TickRule = Callable[[Decimal], Decimal]
"""The price step that applies at a price, such as `Instrument.tick_at`."""

_OF_PRICE = Decimal("1e-12")
_OF_TICK = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether levels may be acted on, judged by themselves alone, and the sentences that say why or warn."""

    actionable: bool
    reasons: tuple[str, ...]


def draw_levels(
    direction: Direction, price: float, atr: float | None, parameters: ThreeOfFour, tick_at: TickRule
) -> Levels | None:
    """Return the levels of a BUY, or mirrored of a SELL, rounded to the tick against us; None for HOLD or no ATR.

    Long: limit up; entry low, stop and targets down. Short: limit down; entry high, stop and targets up.
    """
    if direction is Direction.HOLD or atr is None:
        return None
    side = 1.0 if direction is Direction.BUY else -1.0
    away, against = (Rounding.DOWN, Rounding.UP) if direction is Direction.BUY else (Rounding.UP, Rounding.DOWN)

    def place(atrs: float, rounding: Rounding) -> Decimal:
        return round_price(price + side * atrs * atr, tick_at, rounding)

    limit = place(parameters.entry_atr, against)
    other_end = place(-parameters.entry_atr, away)
    stop = place(-parameters.stop_atr, away)
    first, second = place(parameters.target_1_atr, away), place(parameters.target_2_atr, away)
    return Levels(
        entry_low=float(min(limit, other_end)),
        entry_high=float(max(limit, other_end)),
        limit=float(limit),
        stop=float(stop),
        target_1=float(first),
        target_2=float(second),
        r_1=reward(limit, stop, first),
        r_2=reward(limit, stop, second),
    )


def round_price(price: float, tick_at: TickRule, rounding: Rounding) -> Decimal:
    """Return a computed price on the tick.

    A price that misses a tick by float rounding alone (1e-9 of the tick, or 1e-12 of the price where that is
    more) lies on it and is not moved a whole tick: 100.00000000000001 is 100.
    """
    value = exact(price)
    tick = tick_at(value)
    nearest = on_tick(value, tick, Rounding.NEAREST)
    if abs(value - nearest) <= max(_OF_TICK * tick, _OF_PRICE * abs(value)):
        return nearest + 0
    return on_tick(value, tick, rounding) + 0  # + 0 makes −0.00 plain


def reward(limit: Decimal, stop: Decimal, target: Decimal) -> float | None:
    """Return R: (target − limit) / (limit − stop), the same for both sides; None where limit and stop meet."""
    return float((target - limit) / (limit - stop)) if limit != stop else None


def judge_levels(levels: Levels, direction: Direction, parameters: ThreeOfFour) -> Judgement:
    """Say whether levels could be traded: right order, prices above 0, enough R; a thin R1 only warns."""
    objections = [*_price_objections(levels), *_order_objections(levels, direction)]
    if objections:
        return Judgement(False, tuple(objections))
    r_1 = levels.r_1 or 0.0
    if r_1 < parameters.minimum_r:
        return Judgement(False, (f"R to target 1 is {r_1:.2f}, below the {parameters.minimum_r:.2f} a trade needs.",))
    if r_1 < parameters.warn_r:
        return Judgement(True, (f"R to target 1 is only {r_1:.2f}, below {parameters.warn_r:.2f}.",))
    return Judgement(True, ())


def _price_objections(levels: Levels) -> list[str]:
    named = {
        "entry low": levels.entry_low,
        "entry high": levels.entry_high,
        "stop": levels.stop,
        "target 1": levels.target_1,
        "target 2": levels.target_2,
    }
    return [
        f"The {name} would be {price:.10g}, and a price must be above 0." for name, price in named.items() if price <= 0
    ]


def _order_objections(levels: Levels, direction: Direction) -> list[str]:
    above, below = ("above", "below") if direction is Direction.BUY else ("below", "above")
    side = 1.0 if direction is Direction.BUY else -1.0
    objections = []
    if side * levels.stop >= side * levels.limit:
        objections.append(f"The stop {levels.stop:.10g} is not {below} the limit {levels.limit:.10g}.")
    for name, target in (("target 1", levels.target_1), ("target 2", levels.target_2)):
        if side * target <= side * levels.limit:
            objections.append(f"The {name} {target:.10g} is not {above} the limit {levels.limit:.10g}.")
    return objections
