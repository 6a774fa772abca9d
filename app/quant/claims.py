"""Claims of a reading recomputed from the closed bars: true, false or not checkable, with the number and a sentence.

Nothing here raises for any bars or any claim, and no number that leaves is NaN or infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import assert_never

import numpy as np

from app.domain.bars import COLUMNS, Bars
from app.domain.claims import (
    Assertion,
    CandleClaim,
    Claim,
    CrossClaim,
    DivergenceClaim,
    Finding,
    LevelClaim,
    ShapeClaim,
    StructureClaim,
    TrendLineClaim,
    Truth,
    ValueClaim,
    VolumeClaim,
)
from app.quant.claim_lines import check_cross, check_divergence, check_value, check_volume
from app.quant.claim_prices import check_candle, check_level, check_structure, check_trend_line
from app.quant.claim_terms import NotCheckable, Result, counted
from app.quant.shapes import DEFINITIONS, look

_LONGEST = 300


def check_claims(claims: Iterable[Claim], bars: Bars) -> tuple[Finding, ...]:
    """Return what came of each claim, in their order."""
    return tuple(check_claim(claim, bars) for claim in claims)


def check_claim(claim: Claim, bars: Bars) -> Finding:
    """Return what recomputing one claim over the closed bars came to."""
    try:
        with np.errstate(all="ignore"):  # prices beyond all measure overflow; what comes of it is not checkable
            result = _check(claim.assertion, _usable(bars))
    except NotCheckable as trouble:
        return Finding(claim, Truth.NOT_CHECKABLE, None, _short(str(trouble)))
    if not _is_finite(result):
        return Finding(claim, Truth.NOT_CHECKABLE, None, "The number could not be worked out from these bars.")
    return Finding(claim, Truth.TRUE if result.holds else Truth.FALSE, result.number, result.sentence, result.points)


def _short(sentence: str) -> str:
    """Return a sentence that stays one, whatever name a model made up."""
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}…."


def _usable(bars: Bars) -> Bars:
    bars = bars.closed_only
    if not len(bars):
        raise NotCheckable("There are no closed bars.")
    if not all(np.isfinite(getattr(bars, name)).all() for name in COLUMNS):
        raise NotCheckable("Some of the bars hold values that are no numbers.")
    return bars


def _is_finite(result: Result) -> bool:
    numbers = [point.price for point in result.points]
    return all(map(math.isfinite, numbers if result.number is None else [*numbers, result.number]))


def _check(assertion: Assertion, bars: Bars) -> Result:
    match assertion:
        case LevelClaim():
            return check_level(assertion, bars)
        case ValueClaim():
            return check_value(assertion, bars)
        case CrossClaim():
            return check_cross(assertion, bars)
        case TrendLineClaim():
            return check_trend_line(assertion, bars)
        case StructureClaim():
            return check_structure(assertion, bars)
        case ShapeClaim():
            return _check_shape(assertion, bars)
        case CandleClaim():
            return check_candle(assertion, bars)
        case DivergenceClaim():
            return check_divergence(assertion, bars)
        case VolumeClaim():
            return check_volume(assertion, bars)
        case _:
            assert_never(assertion)


def _check_shape(claim: ShapeClaim, bars: Bars) -> Result:
    definition, sign = DEFINITIONS[claim.shape]
    return definition(look(bars, counted(claim.within, "span of a shape"), sign))
