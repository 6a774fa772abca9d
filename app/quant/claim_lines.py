"""Claims about lines: an indicator's value or relation, a cross, a divergence, and the volume."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from app.domain.bars import Bars, FloatArray
from app.domain.claims import Comparison, CrossClaim, DivergenceClaim, Line, ValueClaim, VolumeClaim, Way
from app.domain.structure import Swing
from app.quant.claim_terms import (
    SWING_REACH,
    NotCheckable,
    Result,
    called,
    counted,
    is_price,
    known,
    point,
    shown,
    tolerance,
    value_at,
    values_of,
)
from app.quant.crosses import find_crosses
from app.quant.swings import find_swings

_SHARE = 0.01
"""Values that are no prices are the same within 1 %, or within half of the last decimal the claim states."""


def check_value(claim: ValueClaim, bars: Bars) -> Result:
    """Compare a line's last value; the number is that value."""
    values = values_of(claim.line, bars)
    value = value_at(claim.line, values, -1)
    name = called(claim.line)
    if claim.comparison in (Comparison.RISING, Comparison.FALLING):
        return _check_slope(claim, values, value)
    if claim.than is None:
        raise NotCheckable(f"Nothing is named that {name} should be {claim.comparison.value}.")
    other, other_name = _other(claim.than, bars)
    holds = {
        Comparison.ABOVE: value > other,
        Comparison.BELOW: value < other,
        Comparison.AT: abs(value - other) <= _same(claim, bars, value),
    }[claim.comparison]
    return Result(holds, value, f"{name} is {shown(value)}, {other_name}.")


def _other(than: Line | float, bars: Bars) -> tuple[float, str]:
    if isinstance(than, Line):
        other = value_at(than, values_of(than, bars), -1)
        return other, f"and {called(than)} is {shown(other)}"
    return known(than, "number claimed"), f"against the {shown(than)} claimed"


def _same(claim: ValueClaim, bars: Bars, value: float) -> float:
    if is_price(claim.line):
        return tolerance(bars)
    stated = 0.0
    if isinstance(claim.than, float | int):
        exponent = Decimal(repr(float(claim.than))).as_tuple().exponent
        stated = 0.5 * 10.0**exponent if isinstance(exponent, int) and exponent < 0 else 0.5
    return max(_SHARE * abs(value), stated)


def _check_slope(claim: ValueClaim, values: FloatArray, value: float) -> Result:
    back = counted(claim.bars, "look back")
    if back >= len(values):
        raise NotCheckable(f"{back + 1} closed bars are needed to look {back} back, and there are {len(values)}.")
    before = value_at(claim.line, values, -1 - back)
    holds = value > before if claim.comparison is Comparison.RISING else value < before
    return Result(holds, value - before, f"{called(claim.line)} went from {shown(before)} to {shown(value)}.")


def check_cross(claim: CrossClaim, bars: Bars) -> Result:
    """Look for the cross; the number is how many bars ago the latest one of its way was, None without any."""
    within = counted(claim.within, "span of a cross")
    first = values_of(claim.first, bars)
    if isinstance(claim.second, Line):
        second, name = values_of(claim.second, bars), called(claim.second)
    else:
        second, name = np.full(len(bars), known(claim.second, "number claimed")), shown(claim.second)
    if not (np.isfinite(first) & np.isfinite(second)).any():
        raise NotCheckable(f"{called(claim.first)} and {name} have no values on the same bar.")
    ways = [cross for cross in find_crosses(bars, first, second) if cross.is_up is (claim.way is Way.UP)]
    what = f"{called(claim.first)} crossed {name} {claim.way.value}wards"
    if not ways:
        return Result(False, None, f"{what} nowhere in {len(bars)} bars.")
    last = ways[-1]
    sentence = f"{what} {last.bars_ago} bars before the last one, at {shown(float(first[last.index]))}."
    return Result(last.bars_ago < within, float(last.bars_ago), sentence)


def check_divergence(claim: DivergenceClaim, bars: Bars) -> Result:
    """Compare the last two swings of price with the line there; the number is the line's change."""
    within = counted(claim.within, "span of a divergence")
    is_high = claim.way is Way.DOWN
    recent = [one for one in find_swings(bars, SWING_REACH) if one.is_high is is_high]
    recent = [one for one in recent if one.index >= len(bars) - within][-2:]
    word = "highs" if is_high else "lows"
    if len(recent) < 2:
        return Result(False, None, f"There are no two swing {word} in the last {within} bars.")
    values = values_of(claim.line, bars)
    change = value_at(claim.line, values, recent[1].index) - value_at(claim.line, values, recent[0].index)
    sentence = (
        f"The last swing {word} were {shown(recent[0].price)} and {shown(recent[1].price)}, "
        f"and {called(claim.line)} changed by {shown(change)} between them."
    )
    return Result(_diverges(recent, change, is_high), change, sentence, tuple(point(swing) for swing in recent))


def _diverges(recent: list[Swing], change: float, is_high: bool) -> bool:
    moved = recent[1].price - recent[0].price
    return moved > 0 > change if is_high else moved < 0 < change


def check_volume(claim: VolumeClaim, bars: Bars) -> Result:
    """Compare the volume with its mean; the number is their ratio, or that of the two latest means."""
    count = counted(claim.bars, "length of the mean")
    factor = known(claim.factor, "factor")
    needed = count if claim.comparison in (Comparison.ABOVE, Comparison.BELOW, Comparison.AT) else 2 * count
    if len(bars) < needed:
        raise NotCheckable(f"{needed} closed bars are needed for the mean volume, and there are {len(bars)}.")
    mean = float(bars.volume[-count:].mean())
    if needed == count:
        last, base, words = float(bars.volume[-1]), mean, f"the mean volume of {count} bars"
    else:
        last, base, words = mean, float(bars.volume[-2 * count : -count].mean()), f"that of the {count} bars before"
    if not base > 0:
        raise NotCheckable("No volume is known to compare with.")
    ratio = last / base
    holds = {
        Comparison.ABOVE: ratio > factor,
        Comparison.BELOW: ratio < factor,
        Comparison.AT: abs(ratio - factor) <= 0.1 * factor,
        Comparison.RISING: ratio > 1.0,
        Comparison.FALLING: ratio < 1.0,
    }[claim.comparison]
    what = "The last volume" if needed == count else f"The mean volume of the last {count} bars"
    return Result(holds, ratio, f"{what} is {ratio:.2f} times {words}.")
