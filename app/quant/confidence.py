"""How sure a signal is, from 0 to 1, with the terms the number was made from."""

from __future__ import annotations

from app.domain.signals import Confidence, Confirmation, Direction, Relation, Term
from app.quant.confirmation import NEEDED_TO_BE_KNOWN

_BASE = {3: 0.5, 4: 0.6}
_RELATION = {Relation.ALIGNED: 0.1, Relation.OPPOSED: -0.1, Relation.NEUTRAL: 0.0, Relation.UNAVAILABLE: 0.0}
_DECIMALS = 9  # 0.6 + 0.1 is 0.7, not 0.7 less a rounding


def weigh(primary: Confirmation, relation: Relation, reading: float = 0.0) -> Confidence:
    """Return the confidence of what the checks confirm; `reading` is the model's share, 0 without one."""
    if primary.direction is Direction.HOLD:
        return split(primary)
    base = _BASE[max(primary.bullish, primary.bearish)]
    terms = (Term("base", base), Term("confirmation", _RELATION[relation]), Term("reading", reading))
    total = base + _RELATION[relation] + reading
    return Confidence(round(min(1.0, max(0.0, total)), _DECIMALS), terms)


def split(primary: Confirmation) -> Confidence:
    """Return how undecided a HOLD is: 1 for an even split; None with fewer than 3 checks known."""
    known = primary.available >= NEEDED_TO_BE_KNOWN
    value = 1.0 - abs(primary.bullish - primary.bearish) / 4 if known else None
    return Confidence(value, (Term("split", value),))
