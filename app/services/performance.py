"""What prompts, strategies and models came to, from the outcomes of signals: every night, and whenever one asks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from app.domain.outcomes import Outcome
from app.domain.performance import Case, Comparison, Performance, Stats
from app.domain.prompts import PromptVersionId
from app.domain.readings import Reading
from app.domain.signals import Signal, SignalId, StrategyId
from app.quant.performance import compare, measure, rank
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.ports_readings import Readings

K = TypeVar("K", bound=Hashable)


class Performances:
    """Keeps the newest figures and publishes each `Performance`; readings of ended signals are looked up once."""

    def __init__(self, facts: Facts, readings: Readings, bus: Bus, clock: Clock) -> None:
        self._facts = facts
        self._readings = readings
        self._bus = bus
        self._clock = clock
        self._read: dict[SignalId, tuple[Reading, ...]] = {}
        self._measured: Mapping[SignalId, Outcome] | None = None
        self.latest: Performance | None = None

    @property
    def is_current(self) -> bool:
        """Whether no signal has ended since the figures were worked out."""
        return self.latest is not None and self._measured is self._facts.state.outcomes

    async def work(self) -> str:
        """Work everything out anew, as a background job; return what came of it in a sentence."""
        found = await self.refresh()
        prompts = len(found.prompts)
        return f"{found.signals:,} ended signals, {prompts} versions of prompts, {len(found.models)} models."

    async def refresh(self) -> Performance:
        """Return the figures of all signals that have ended."""
        state = self._facts.state
        ended = [
            (state.signals[id_], outcome)
            for id_, outcome in state.outcomes.items()
            if outcome.result.is_final and id_ in state.signals
        ]
        prompts: dict[PromptVersionId, list[Case]] = {}
        strategies: dict[StrategyId, list[Case]] = {}
        models: dict[str, list[Case]] = {}
        for signal, outcome in ended:
            strategies.setdefault(signal.strategy, []).append(_case(outcome, signal.analysis.confidence.value))
            for reading in await self._agreeing(signal):
                case = _case(outcome, reading.view.confidence if reading.view else None)
                models.setdefault(reading.model_served or reading.model, []).append(case)
                for version in _versions(reading):
                    prompts.setdefault(version, []).append(case)
        self.latest = Performance(
            at=self._clock.now(),
            signals=len(ended),
            prompts=_ranked(prompts),
            strategies=_ranked(strategies),
            models=_ranked(models),
        )
        self._measured = state.outcomes
        self._bus.publish(self.latest)
        return self.latest

    def compare(self, first: Stats, second: Stats) -> Comparison:
        """Return two groups side by side."""
        return compare(first, second)

    async def _agreeing(self, signal: Signal) -> Iterable[Reading]:
        """Return the valid readings of the signal's run that said the same: they share its outcome."""
        if signal.id not in self._read:
            self._read[signal.id] = await self._readings.of_run(signal.run)
        return [
            each
            for each in self._read[signal.id]
            if each.is_valid and each.view is not None and each.view.direction is signal.analysis.direction
        ]


def _case(outcome: Outcome, confidence: float | None) -> Case:
    return Case(outcome.result, outcome.r, confidence)


def _versions(reading: Reading) -> Iterable[PromptVersionId]:
    return (PromptVersionId(each) for each in (reading.prompt_version, reading.system_version) if each)


def _ranked(groups: Mapping[K, list[Case]]) -> dict[K, Stats]:
    stats = {key: measure(cases) for key, cases in groups.items()}
    return {key: stats[key] for key in rank(stats)}
