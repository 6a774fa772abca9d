"""Claims about prices: levels, trend lines, the structure of swings, and candlestick patterns."""

from __future__ import annotations

import numpy as np

from app.domain.bars import Bars
from app.domain.claims import CANDLES, CandleClaim, LevelClaim, Line, Point, Side, StructureClaim, TrendLineClaim, Way
from app.quant.claim_terms import (
    SWING_REACH,
    NotCheckable,
    Result,
    counted,
    known,
    point,
    shown,
    tolerance,
    values_of,
)
from app.quant.swings import find_swings


def check_level(claim: LevelClaim, bars: Bars) -> Result:
    """Count the swings of either kind at a price; the number is how many there are.

    A support that the close lies under, or a resistance it lies above, by more than the tolerance is false.
    """
    price = known(claim.price, "price claimed")
    if claim.touches < 1:
        raise NotCheckable(f"A level needs at least one touch, not {claim.touches}.")
    near, close = tolerance(bars), float(bars.close[-1])
    touches = [swing for swing in find_swings(bars, SWING_REACH) if abs(swing.price - price) <= near]
    beyond = price - close if claim.side is Side.SUPPORT else close - price
    sentence = (
        f"{len(touches)} swings lie within {shown(near)} of {shown(price)} ({claim.touches} claimed), "
        f"and the last close is {shown(close)}."
    )
    holds = len(touches) >= claim.touches and beyond <= near
    return Result(holds, float(len(touches)), sentence, tuple(point(swing) for swing in touches))


def check_trend_line(claim: TrendLineClaim, bars: Bars) -> Result:
    """Draw the line and look for closes beyond it by more than the tolerance; the number is its last value."""
    first, second = _bar_at(bars, claim.first), _bar_at(bars, claim.second)
    if first >= second:
        raise NotCheckable("A trend line goes from an earlier bar to a later one.")
    near = tolerance(bars)
    column = bars.low if claim.side is Side.SUPPORT else bars.high
    start, slope = float(column[first]), float(column[second] - column[first]) / (second - first)
    line = start + slope * np.arange(len(bars) - first)
    close = bars.close[first:]
    beyond = line - close if claim.side is Side.SUPPORT else close - line
    breaks = int(np.sum(beyond > near))
    last = float(line[-1])
    sentence = f"The line stands at {shown(last)} on the last bar, and {breaks} closes since lie beyond it."
    ends = (Point(claim.first, start), Point(claim.second, float(column[second])), Point(int(bars.time[-1]), last))
    return Result(breaks == 0, last, sentence, ends)


def _bar_at(bars: Bars, time: int) -> int:
    found = np.flatnonzero(bars.time == time)
    if not len(found):
        raise NotCheckable("A trend line's bar is not among the bars.")
    return int(found[0])


def check_structure(claim: StructureClaim, bars: Bars) -> Result:
    """Compare the last two swings of each kind; the number is the change from high to high."""
    within = counted(claim.within, "span of a structure")
    recent = [swing for swing in find_swings(bars, SWING_REACH) if swing.index >= len(bars) - within]
    highs = [swing for swing in recent if swing.is_high][-2:]
    lows = [swing for swing in recent if not swing.is_high][-2:]
    if len(highs) < 2 or len(lows) < 2:
        return Result(False, None, f"There are no two swing highs and two swing lows in the last {within} bars.")
    up, low_up = highs[1].price - highs[0].price, lows[1].price - lows[0].price
    holds = (up > 0 and low_up > 0) if claim.way is Way.UP else (up < 0 and low_up < 0)
    sentence = (
        f"The last swing highs were {shown(highs[0].price)} and {shown(highs[1].price)}, "
        f"the last swing lows {shown(lows[0].price)} and {shown(lows[1].price)}."
    )
    points = sorted((*highs, *lows), key=lambda swing: (swing.index, swing.is_high))
    return Result(holds, up, sentence, tuple(point(swing) for swing in points))


def check_candle(claim: CandleClaim, bars: Bars) -> Result:
    """Look for the pattern as TA-Lib defines it; the number is how many bars ago it was last completed."""
    within = counted(claim.within, "span of a candlestick pattern")
    if claim.candle not in CANDLES:
        raise NotCheckable(f"There is no candlestick pattern {claim.candle:.40}.")
    marks = values_of(Line(f"cdl{claim.candle}"), bars)
    sign = {Way.UP: 1, Way.DOWN: -1, None: 0}[claim.way]
    found = np.flatnonzero(marks * sign > 0 if sign else np.abs(marks) > 0)
    way = f" pointing {claim.way.value}" if claim.way else ""
    if not len(found):
        return Result(False, None, f"No {claim.candle}{way} is among the {len(bars)} bars.")
    at = int(found[-1])
    ago = len(bars) - 1 - at
    points = (Point(int(bars.time[at]), float(bars.close[at])),)
    return Result(
        ago < within, float(ago), f"The last {claim.candle}{way} came {ago} bars before the last one.", points
    )
