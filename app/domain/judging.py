"""What the gates say of a whole intent: an order with its protection, or both orders of a pair."""

from __future__ import annotations

from dataclasses import replace

from app.domain.gates import review
from app.domain.risk import GateResult, GateVerdict, Situation


def judge(situation: Situation) -> tuple[GateResult, ...]:
    """Return what the gates say of an intent: of both orders of a pair the graver verdict at each gate."""
    results = review(situation)
    if not situation.intent.is_pair:
        return results
    first, second = situation.intent.legs
    swapped = replace(situation, intent=replace(situation.intent, legs=(second, first)))
    others = {result.name: result for result in review(swapped)}
    order = list(GateVerdict)
    return tuple(
        max(result, others.get(result.name, result), key=lambda r: order.index(r.verdict)) for result in results
    )
