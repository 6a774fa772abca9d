"""The analyst: has charts read side by side, then weighed; every answer, and every lack of one, becomes a fact.

A reading decides nothing here. Who reads on behalf of a run hands its charts in and gets readings back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.providers import Estimate
from app.domain.readings import ChartInput, Preview, Reading, ReadingKind, ReadingProgress
from app.domain.signals import RunId
from app.domain.strategies import Strategy
from app.runtime.clock import Clock
from app.services.budget import Budget
from app.services.facts import Facts
from app.services.ports_readings import Model
from app.services.questioner import OFF, Brief, Matter, Questioner

TIMEFRAMES_TO_WEIGH = 2
_TOKENS_TO_WEIGH = 2500
"""About what a consolidation's question takes beyond its frame: two readings with their claims."""

Weigh = Callable[[Mapping[str, Any], Sequence[Reading], str], Mapping[str, Any]]
"""Makes the context of a consolidation from that of the first chart, the readings, and the language."""
Tell = Callable[[ReadingProgress], None]


class Analyst:
    """Reads charts through the provider in use."""

    def __init__(
        self, facts: Facts, questioner: Questioner, model: Model, budget: Budget, weigh: Weigh, clock: Clock
    ) -> None:
        self._facts = facts
        self._questioner = questioner
        self._model = model
        self._budget = budget
        self._weigh = weigh
        self._clock = clock

    async def read(
        self,
        instrument: Instrument,
        charts: Sequence[ChartInput],
        *,
        strategy: Strategy | None = None,
        language: str = "en",
        run: RunId | None = None,
        cause: ev.EventId | None = None,
        tell: Tell = lambda _: None,
        cancel: asyncio.Event | None = None,
    ) -> tuple[Reading, ...]:
        """Return a reading of each chart, the primary timeframe's first, and their consolidation where there are two.

        Each is kept as a fact and a step of the run; setting `cancel` ends what is on its way as cancelled. Raise
        Fault when a reading could not be kept.
        """
        brief = Brief(
            instrument,
            strategy,
            language,
            self._clock.monotonic(),
            run,
            cause,
            tell,
            cancel or asyncio.Event(),
            run or ev.new_id(),
        )
        try:
            done = await asyncio.gather(
                *(self._questioner.put(brief, _matter(chart)) for chart in charts), return_exceptions=True
            )
            readings = tuple(_sound(result) for result in done)
            if len(charts) < TIMEFRAMES_TO_WEIGH:
                return readings
            return (*readings, await self._consolidate(brief, charts[0], readings))
        finally:
            self._budget.forget(brief.budget_run)

    async def preview(
        self,
        instrument: Instrument,
        charts: Sequence[ChartInput],
        *,
        strategy: Strategy | None = None,
        language: str = "en",
    ) -> Preview:
        """Return what reading charts would send, and the most it may use; raise UserError when nothing can be sent."""
        provider = self._facts.state.provider
        if provider is None:
            raise UserError(OFF)
        brief = Brief(instrument, strategy, language, self._clock.monotonic())
        asked = [await self._questioner.question(brief, _matter(chart), provider) for chart in charts]
        most = [self._budget.estimate(question, provider) for question in asked]
        notes = [f"This goes to {provider.name} at {provider.base_url}. Account numbers are never sent."]
        if len(asked) >= TIMEFRAMES_TO_WEIGH:
            most.append(self._budget.of(provider, 2 * _TOKENS_TO_WEIGH, provider.max_answer_tokens))
            notes.append("Then one more question weighs the readings; it holds what was read, and no picture.")
        if any(chart.picture for chart in charts) and not any(question.picture for question in asked):
            notes.append(f"{provider.model} does not see pictures: the numbers go alone.")
        requests = tuple(self._model.request(question, provider) for question in asked)
        return Preview(provider, tuple(asked), requests, _sum(most), tuple(notes))

    async def _consolidate(self, brief: Brief, primary: ChartInput, readings: tuple[Reading, ...]) -> Reading:
        brief = replace(brief, cause=ev.EventId(readings[-1].id))
        missing = next((reading for reading in readings if not reading.is_valid), None)
        if missing is not None:
            timeframe = missing.timeframe.value if missing.timeframe else ""
            matter = Matter(ReadingKind.CONSOLIDATION, None, {}, None, primary.last_price, primary.snapshot)
            why = f"There is no reading of {timeframe} to weigh: {missing.why}"
            return await self._questioner.leave(brief, matter, missing.status, why)
        context = self._weigh(primary.context, readings, brief.language)
        matter = Matter(ReadingKind.CONSOLIDATION, None, context, None, primary.last_price, primary.snapshot)
        return await self._questioner.put(brief, matter)


def _matter(chart: ChartInput) -> Matter:
    return Matter(ReadingKind.CHART, chart.timeframe, chart.context, chart.picture, chart.last_price, chart.snapshot)


def _sound(result: Reading | BaseException) -> Reading:
    """Return a reading; what hindered one is raised once all of them have ended."""
    if isinstance(result, BaseException):
        raise result
    return result


def _sum(parts: Sequence[Estimate]) -> Estimate:
    prices = [part.money for part in parts]
    known = [price for price in prices if price is not None]
    return Estimate(
        sum(part.tokens_in for part in parts),
        sum(part.tokens_out for part in parts),
        sum(known, Decimal(0)) if len(known) == len(parts) else None,
    )
