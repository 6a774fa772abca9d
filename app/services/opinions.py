"""What the model's readings come to for a run: pictures, readings and claims, each a step, and one opinion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain import events as ev
from app.domain.bars import Bars, Timeframe
from app.domain.claims import Finding, withdraws_support
from app.domain.readings import Reading, ReadingKind
from app.domain.signals import Analysis, Policy
from app.domain.strategies import Strategy
from app.quant.claims import check_claims
from app.quant.opinion import Opinion
from app.services.conclusion import Inputs
from app.services.trail import Trail

MODEL_OFF = "The strategy's policy towards the model is off."
NO_PROVIDER = "No model provider is in use, so the policy towards the model is off."
_STEPS = (ev.StepName.CHART_PICTURES, ev.StepName.READING, ev.StepName.CONSOLIDATION, ev.StepName.CLAIMS)


class Opinions:
    """Has charts read where the strategy's policy wants it and a provider is in use."""

    def policy_of(self, strategy: Strategy) -> Policy:
        """Return the policy that holds: `off` without a provider."""
        return Policy.OFF

    async def of(self, inputs: Inputs, analysis: Analysis, trail: Trail) -> Opinion:
        """Return what was read of the bars that the analysis rests on."""
        why = MODEL_OFF if inputs.strategy.policy is Policy.OFF else NO_PROVIDER
        for step in _STEPS:
            trail.skip(step, why)
        return Opinion()


def bars_by_timeframe(inputs: Inputs) -> dict[Timeframe, Bars]:
    """Return the closed bars of each timeframe that is read, the primary first."""
    strategy = inputs.strategy
    read = {strategy.primary: inputs.primary}
    if strategy.confirmation is not None and inputs.confirming is not None:
        read.setdefault(strategy.confirmation, inputs.confirming)
    return read


def findings_of(reading: Reading, bars: Mapping[Timeframe, Bars]) -> tuple[Finding, ...]:
    """Recompute a reading's claims from the bars of its timeframe, those of a consolidation from the primary's."""
    if reading.view is None:
        return ()
    primary = next(iter(bars.values()))
    return check_claims(reading.view.claims, bars.get(reading.timeframe, primary) if reading.timeframe else primary)


def opinion_of(readings: Sequence[Reading], bars: Mapping[Timeframe, Bars], missing: str = "") -> Opinion:
    """Return what readings come to: the consolidation's view where there is one, else that of the primary timeframe.

    One false key claim in any valid reading withdraws the support: the consolidation rests on them all.
    """
    speaks = _speaking(readings, next(iter(bars)))
    if speaks is None:
        return Opinion(missing=missing or "Nothing was read.")
    if not speaks.is_valid or speaks.view is None:
        return Opinion(missing=speaks.why or f"The reading is {speaks.status.value.replace('_', ' ')}.")
    is_withdrawn = any(withdraws_support(findings_of(one, bars)) for one in readings if one.is_valid)
    return Opinion(speaks.view, is_withdrawn=is_withdrawn, reading=speaks.id)


def _speaking(readings: Sequence[Reading], primary: Timeframe) -> Reading | None:
    consolidated = [reading for reading in readings if reading.kind is ReadingKind.CONSOLIDATION]
    charts = [reading for reading in readings if reading.timeframe is primary]
    return next(iter([*consolidated[-1:], *charts[-1:]]), None)
