"""What a reading does to an analysis by the strategy's policy: confidence, levels, actionable or not. Pure.

No policy lets a reading originate a trade: a HOLD of the checks stays as it is. A reading whose key claim is false
supports nothing, so it adds nothing and `confirm` goes without; where it disagrees it counts all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.money import Rounding
from app.domain.readings import View
from app.domain.signals import Analysis, Direction, Levels, Policy
from app.domain.strategies import ThreeOfFour
from app.quant.confidence import split, weigh
from app.quant.levels import TickRule, judge_levels, reward, round_price

SHARE = 0.3
"""What a whole confidence of the reading adds or takes; a reading of HOLD takes half of it."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was read: a view, or why there is none; `is_withdrawn` when a key claim of it is false.

    `reading` is the id of the reading whose view this is, empty without one.
    """

    view: View | None = None
    missing: str = ""
    is_withdrawn: bool = False
    reading: str = ""


def with_opinion(
    analysis: Analysis,
    policy: Policy,
    opinion: Opinion,
    *,
    parameters: ThreeOfFour,
    use_levels: bool,
    tick_at: TickRule,
) -> Analysis:
    """Return the analysis with what the reading does to it."""
    if policy is Policy.OFF or analysis.direction is Direction.HOLD:
        return analysis
    view = opinion.view
    if view is None:
        return _without(analysis, policy, opinion.missing)
    if policy is Policy.VETO and view.direction is not analysis.direction:
        return _vetoed(analysis, view)
    weighed = replace(
        analysis, confidence=weigh(analysis.primary, analysis.relation, term(analysis.direction, opinion))
    )
    if view.direction is not analysis.direction:
        return _objected(weighed, policy, f"The reading says {view.direction}, not {analysis.direction}.")
    if opinion.is_withdrawn:
        return _objected(weighed, policy, "A key claim of the reading is false, so it supports no trade.")
    return _with_levels(weighed, view, parameters, tick_at) if use_levels else weighed


def term(direction: Direction, opinion: Opinion) -> float:
    """Return what a reading adds to the confidence of a BUY or SELL; 0 without one."""
    view = opinion.view
    if view is None:
        return 0.0
    if view.direction is direction:
        return 0.0 if opinion.is_withdrawn else SHARE * view.confidence
    return -SHARE * view.confidence * (0.5 if view.direction is Direction.HOLD else 1.0)


def _without(analysis: Analysis, policy: Policy, missing: str) -> Analysis:
    why = missing or "Nothing was read."
    if policy is not Policy.CONFIRM:
        return replace(analysis, reasons=(*analysis.reasons, f"There is no reading: {why}"))
    return _objected(analysis, policy, f"The reading that must agree is missing: {why}")


def _objected(analysis: Analysis, policy: Policy, objection: str) -> Analysis:
    """Say what speaks against a trade; under `confirm` there is none then."""
    actionable = analysis.actionable and policy is not Policy.CONFIRM
    return replace(analysis, actionable=actionable, reasons=(*analysis.reasons, objection))


def _vetoed(analysis: Analysis, view: View) -> Analysis:
    why = f"HOLD: the checks say {analysis.direction}, the reading says {view.direction}, and its veto holds."
    return replace(
        analysis,
        direction=Direction.HOLD,
        confidence=split(analysis.primary),
        levels=None,
        actionable=False,
        reasons=(why, *analysis.reasons),
    )


def _with_levels(analysis: Analysis, view: View, parameters: ThreeOfFour, tick_at: TickRule) -> Analysis:
    """Take the model's prices where they pass the checks that drawn ones pass; else keep the drawn ones and say why."""
    levels = model_levels(analysis.direction, view, tick_at)
    if levels is None:
        return replace(analysis, reasons=(*analysis.reasons, "The reading names no levels; the drawn ones hold."))
    judgement = judge_levels(levels, analysis.direction, parameters)
    if not judgement.actionable:
        why = " ".join(judgement.reasons)
        return replace(
            analysis, reasons=(*analysis.reasons, f"The reading's levels do not hold, the drawn ones do: {why}")
        )
    told = (*judgement.reasons, "The levels are the reading's.")
    return replace(analysis, levels=levels, actionable=True, reasons=told)


def model_levels(direction: Direction, view: View, tick_at: TickRule) -> Levels | None:
    """Return a view's prices as levels, rounded to the tick against us; None where one is missing."""
    if direction is Direction.HOLD or view.entry_low is None or view.entry_high is None or view.stop is None:
        return None
    if len(view.targets) < 2:
        return None
    is_long = direction is Direction.BUY
    away, against = (Rounding.DOWN, Rounding.UP) if is_long else (Rounding.UP, Rounding.DOWN)
    low = round_price(view.entry_low, tick_at, away if is_long else against)
    high = round_price(view.entry_high, tick_at, against if is_long else away)
    stop, first, second = (
        round_price(price, tick_at, away) for price in (view.stop, view.targets[0].price, view.targets[1].price)
    )
    limit = high if is_long else low
    return Levels(
        entry_low=float(low),
        entry_high=float(high),
        limit=float(limit),
        stop=float(stop),
        target_1=float(first),
        target_2=float(second),
        r_1=reward(limit, stop, first),
        r_2=reward(limit, stop, second),
    )
