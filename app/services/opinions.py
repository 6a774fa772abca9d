"""What the model's readings come to for a run: pictures, readings and claims, each a step, and one opinion."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain import events as ev
from app.domain.bars import Bars, Timeframe
from app.domain.claims import Finding, withdraws_support
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.readings import ChartInput, Reading, ReadingKind, ReadingProgress
from app.domain.signals import Analysis, Policy, RunId, StrategyId
from app.domain.strategies import Strategy
from app.quant.claims import check_claims
from app.quant.opinion import Opinion
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.chart_inputs import ChartInputs
from app.services.conclusion import Inputs, bars_by_timeframe
from app.services.facts import Facts
from app.services.market import Market
from app.services.ports_readings import ReadsCharts
from app.services.trail import Trail

MODEL_OFF = "The strategy's policy towards the model is off."
NO_PROVIDER = "No model provider is in use, so the policy towards the model is off."
ONE_CHART = "There is one chart only, so there is nothing to weigh."
NO_CLAIMS = "No reading is valid, so there are no claims to check."
READ_TOGETHER = 4
"""Runs that have their charts read at one time; the others wait, whatever runs side by side."""
_STEPS = (ev.StepName.CHART_PICTURES, ev.StepName.READING, ev.StepName.CONSOLIDATION, ev.StepName.CLAIMS)


@dataclass(frozen=True, slots=True)
class ReadingNews:
    """A question of a run's reading began or ended; published on the bus for whoever shows progress."""

    run: RunId
    strategy: StrategyId
    symbol: str
    progress: ReadingProgress


class Opinions:
    """Has charts read where the strategy's policy wants it and a provider is in use."""

    def __init__(
        self, facts: Facts, market: Market, charts: ChartInputs, reader: ReadsCharts, bus: Bus, clock: Clock
    ) -> None:
        self._facts = facts
        self._market = market
        self._charts = charts
        self._reader = reader
        self._bus = bus
        self._clock = clock
        self._seats = asyncio.Semaphore(READ_TOGETHER)
        self._cancels: dict[RunId, tuple[StrategyId, asyncio.Event]] = {}

    def policy_of(self, strategy: Strategy) -> Policy:
        """Return the policy that holds: `off` without a provider."""
        return strategy.policy if self._facts.state.provider is not None else Policy.OFF

    def cancel(self, strategy: StrategyId) -> None:
        """End the readings under way for a strategy: its runs go on without them."""
        for whose, event in self._cancels.values():
            if whose == strategy:
                event.set()

    async def of(self, inputs: Inputs, analysis: Analysis, trail: Trail) -> Opinion:
        """Return what was read of the very bars that the analysis rests on."""
        if inputs.policy is Policy.OFF:
            why = MODEL_OFF if inputs.strategy.policy is Policy.OFF else NO_PROVIDER
            _skip(trail, _STEPS, why)
            return Opinion()
        assert trail.run is not None
        cancel = asyncio.Event()
        self._cancels[trail.run] = (inputs.strategy.id, cancel)
        try:
            async with self._seats:
                return await self._watched(inputs, cancel, trail)
        finally:
            del self._cancels[trail.run]

    async def _watched(self, inputs: Inputs, cancel: asyncio.Event, trail: Trail) -> Opinion:
        con_id = inputs.instrument.con_id
        await self._market.watch(inputs.instrument)  # an answer is held against the price of its moment
        try:
            await self._market.first_tick(con_id)
            return await self._read(inputs, cancel, trail)
        finally:
            await self._market.unwatch(con_id)

    async def _read(self, inputs: Inputs, cancel: asyncio.Event, trail: Trail) -> Opinion:
        try:
            charts = await self._charts.draw(inputs, self._market.quote(inputs.instrument.con_id), trail)
        except UserError as error:
            _skip(trail, _STEPS[1:], str(error))
            return Opinion(missing=str(error))
        readings = await self._ask(inputs, charts, cancel, trail)
        if len(charts) == 1:
            trail.skip(ev.StepName.CONSOLIDATION, ONE_CHART)
        bars = bars_by_timeframe(inputs)
        await self._check(inputs, readings, bars, trail)
        return opinion_of(readings, bars)

    async def _ask(
        self, inputs: Inputs, charts: tuple[ChartInput, ...], cancel: asyncio.Event, trail: Trail
    ) -> tuple[Reading, ...]:
        assert trail.run is not None
        run, strategy = trail.run, inputs.strategy

        def tell(progress: ReadingProgress) -> None:
            self._bus.publish(ReadingNews(run, strategy.id, inputs.instrument.symbol, progress))

        return await self._reader.read(
            inputs.instrument,
            charts,
            strategy=strategy,
            language=strategy.language.value,
            run=run,
            cause=trail.last,
            tell=tell,
            cancel=cancel,
        )

    async def _check(
        self, inputs: Inputs, readings: Sequence[Reading], bars: Mapping[Timeframe, Bars], trail: Trail
    ) -> None:
        """Recompute the claims of every valid reading, each as a fact."""
        valid = [reading for reading in readings if reading.is_valid]
        for reading in valid:
            checked = await claims_checked(reading, inputs.instrument, bars, self._clock, trail.run, trail.last)
            self._facts.post(checked)
            trail.last = checked.id
        if not valid:
            trail.skip(ev.StepName.CLAIMS, NO_CLAIMS)


def _skip(trail: Trail, steps: Sequence[ev.StepName], why: str) -> None:
    for step in steps:
        trail.skip(step, why)


async def claims_checked(
    reading: Reading,
    instrument: Instrument,
    bars: Mapping[Timeframe, Bars],
    clock: Clock,
    run: RunId | None,
    cause: ev.EventId | None,
) -> ev.ClaimsChecked:
    """Recompute a reading's claims and return the fact of what they came to."""
    began = clock.monotonic()
    findings = await asyncio.to_thread(findings_of, reading, bars)
    return ev.ClaimsChecked(
        at=clock.now(),
        cause=cause,
        run=run,
        reading=reading.id,
        con_id=instrument.con_id,
        timeframe=reading.timeframe or next(iter(bars)),
        findings=findings,
        duration_ms=round((clock.monotonic() - began) * 1000, 3),
    )


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
