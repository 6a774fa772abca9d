"""The policy `levels`: targets where the chart has turned before, instead of so many ATRs away.

Entry and stop are drawn as always. T1 is the nearest swing resistance above (for a SELL the nearest swing
support below) that gives at least the minimum R; T2 is the next one more than half an ATR beyond it. Both are
prices of swings, on the tick against us. Where the chart has none left, the ATR target takes the place, and T2
never lies nearer than T1; a sentence says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.bars import Bars
from app.domain.money import Rounding, exact
from app.domain.signals import Direction, Levels
from app.domain.strategies import ThreeOfFour
from app.domain.structure import Swing
from app.quant.levels import TickRule, draw_levels, reward, round_price
from app.quant.swings import REACH, TOUCH_ATRS, find_swings, gather


@dataclass(frozen=True, slots=True)
class Drawn:
    """Levels, and sentences about where their targets come from when the chart did not give both."""

    levels: Levels
    notes: tuple[str, ...]


def draw_swing_levels(
    direction: Direction,
    bars: Bars,
    atr: float | None,
    parameters: ThreeOfFour,
    tick_at: TickRule,
    reach: int = REACH,
) -> Drawn | None:
    """Return the levels from the last close and the swings of the closed bars; None for HOLD or no ATR."""
    bars = bars.closed_only
    if not len(bars):
        return None
    plain = draw_levels(direction, float(bars.close[-1]), atr, parameters, tick_at)
    if plain is None or atr is None:
        return None
    is_long = direction is Direction.BUY
    away = Rounding.DOWN if is_long else Rounding.UP
    limit, stop = exact(plain.limit), exact(plain.stop)

    def is_worth_it(swing: Swing) -> bool:
        gained = reward(limit, stop, round_price(swing.price, tick_at, away))
        return gained is not None and gained >= parameters.minimum_r and gained > 0

    side = [swing for swing in find_swings(bars, reach) if swing.is_high is is_long and is_worth_it(swing)]
    found = [round_price(zone.price, tick_at, away) for zone in gather(side, TOUCH_ATRS * atr)]
    first, second = _targets(found, exact(plain.target_1), exact(plain.target_2), is_long)
    levels = replace(
        plain,
        target_1=float(first),
        target_2=float(second),
        r_1=reward(limit, stop, first),
        r_2=reward(limit, stop, second),
    )
    return Drawn(levels, _notes(len(found), is_long, parameters.minimum_r))


def _targets(found: Sequence[Decimal], first: Decimal, second: Decimal, is_long: bool) -> tuple[Decimal, Decimal]:
    beyond = max if is_long else min
    nearest = found[0] if found else first
    return nearest, found[1] if len(found) > 1 else beyond(nearest, second)


def _notes(found: int, is_long: bool, minimum_r: float) -> tuple[str, ...]:
    word, where = ("resistance", "above") if is_long else ("support", "below")
    if found == 0:
        return (f"No swing {word} {where} gives {minimum_r:g} R; both targets are those of the ATR.",)
    if found == 1:
        return (f"Only one swing {word} {where} gives {minimum_r:g} R; target 2 is that of the ATR.",)
    return ()
