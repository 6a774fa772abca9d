"""A run again from what it stored, without asking the network: its signal must come out the same, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.domain import events as ev
from app.domain.bars import Bars
from app.domain.bulk import RETENTION, bars_of_bytes
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.readings import Digest
from app.domain.signals import Policy, RunId, Signal
from app.domain.state import Step
from app.domain.strategies import StepStatus, Strategy
from app.services.conclusion import Inputs, analysis_of, bars_by_timeframe, conclude, signal_of
from app.services.opinions import opinion_of
from app.services.ports import Calendar, LineageStore, OpenCalendar, Pack, Unpack
from app.services.ports_readings import Bulk, Readings

T = TypeVar("T")
_AROUND = timedelta(days=400)
_BEFORE_THE_SIGNAL = (
    ev.StepName.LOAD_BARS,
    ev.StepName.INDICATORS,
    ev.StepName.CHECKS,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of the signal that came out otherwise; `path` names it, such as `analysis.levels.stop`."""

    path: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Repetition:
    """What repeating a run came to."""

    run: RunId
    differences: tuple[Difference, ...]
    said: str

    @property
    def is_identical(self) -> bool:
        """Say whether the signal is the same, byte for byte."""
        return not self.differences


class Reruns:
    """Repeats runs from the store alone."""

    def __init__(
        self,
        lineage: LineageStore,
        readings: Readings,
        bulk: Bulk,
        open_calendar: OpenCalendar,
        exchange: str,
        pack: Pack,
        unpack: Unpack,
    ) -> None:
        self._lineage = lineage
        self._readings = readings
        self._bulk = bulk
        self._open_calendar = open_calendar
        self._exchange = exchange
        self._pack = pack
        self._unpack = unpack

    async def rerun(self, run: RunId) -> Repetition:
        """Return how a run's signal compares with the one its stored inputs give now.

        Raise UserError for an unknown run, one that never got its inputs, and inputs that are not kept any more.
        """
        steps = await self._lineage.steps_of_run(run)
        if not steps:
            raise UserError(f"There is no run {run}; take an id from the list of runs.")
        recorded = await self._recorded(steps)
        inputs = await self._inputs(run, steps)
        try:
            analysis = conclude(inputs, analysis_of(inputs))
        except UserError as error:
            return _compared_refusal(run, steps, recorded, str(error))
        if recorded is None:
            return _compared_refusal(run, steps, None, f"the signal {analysis.direction.value}")
        again = signal_of(
            inputs, analysis, self._calendar(inputs), id_=recorded.id, run=recorded.run, raised=recorded.raised
        )
        was, now = self._pack(recorded), self._pack(again)
        found = tuple(_differences("", json.loads(was), json.loads(now)))
        if was != now and not found:
            found = (Difference("bytes", was, now),)
        return Repetition(run, found, analysis.direction.value)

    async def _recorded(self, steps: Sequence[Step]) -> Signal | None:
        """Return the run's signal as it was raised, None when it came to none."""
        step = next((step for step in steps if step.step is ev.StepName.SIGNAL), None)
        fact = await self._lineage.fact(step.id) if step else None
        return fact.signal if isinstance(fact, ev.SignalRaised) else None

    async def _inputs(self, run: RunId, steps: Sequence[Step]) -> Inputs:
        begun = next((step for step in steps if step.step is ev.StepName.LOAD_STRATEGY), None)
        loads = [step for step in steps if step.step is ev.StepName.LOAD_BARS and step.status is StepStatus.OK]
        if begun is None or "instrument" not in begun.outputs or not loads:
            raise UserError(f"The run {run} ended before it had its bars, so there is nothing to repeat.")
        strategy = await self._record(run, begun.digest, Strategy)
        instrument = await self._record(run, begun.outputs["instrument"], Instrument)
        bars = [bars_of_bytes(await self._bytes(run, load.digest)) for load in loads]
        inputs = Inputs(
            strategy=strategy,
            instrument=instrument,
            market=datetime.fromisoformat(begun.inputs["market"]),
            primary=bars[0],
            confirming=_confirming(strategy, bars),
            policy=Policy(begun.outputs["policy"]),
        )
        if inputs.policy is Policy.OFF:
            return inputs
        readings = await self._readings.of_run(run)
        return replace(inputs, opinion=opinion_of(readings, bars_by_timeframe(inputs), _unread(steps)))

    async def _record(self, run: RunId, digest: str, kind: type[T]) -> T:
        return self._unpack((await self._bytes(run, digest)).decode(), kind)

    async def _bytes(self, run: RunId, digest: str) -> bytes:
        data = await self._bulk.fetch(Digest(digest)) if digest else None
        if data is None:
            raise UserError(
                f"The inputs of the run {run} are not in the store: they are kept for {RETENTION.days} days; "
                "its signal and its lineage are kept for ever."
            )
        return data

    def _calendar(self, inputs: Inputs) -> Calendar:
        last = inputs.primary.date_at(len(inputs.primary) - 1)
        latest = max(last, inputs.market.date())
        return self._open_calendar(self._exchange, last - _AROUND, latest + _AROUND)


def _confirming(strategy: Strategy, bars: Sequence[Bars]) -> Bars | None:
    return bars[1] if strategy.confirmation is not None and len(bars) > 1 else None


def _unread(steps: Sequence[Step]) -> str:
    """Return why no chart could be read."""
    return next((step.error for step in steps if step.step is ev.StepName.CHART_PICTURES), "")


def _compared_refusal(run: RunId, steps: Sequence[Step], recorded: Signal | None, now: str) -> Repetition:
    """Compare a run that came to no signal, then or now, by the sentence why."""
    if recorded is not None:
        return Repetition(run, (Difference("signal", recorded.analysis.direction.value, now),), now)
    refused = [step for step in steps if step.status is StepStatus.FAILED and step.step in _BEFORE_THE_SIGNAL]
    if not refused:
        raise UserError(f"The run {run} was interrupted before its signal, so there is nothing to compare.")
    was = refused[-1].error
    return Repetition(run, () if was == now else (Difference("signal", was, now),), now)


def _differences(path: str, was: Any, now: Any) -> Iterator[Difference]:
    """Yield the values at which two trees of plain JSON part, each under its path."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*was, *(key for key in now if key not in was)]:
            yield from _differences(f"{path}.{key}" if path else key, was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for place, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _differences(f"{path}[{place}]", one, other)
    elif was != now or type(was) is not type(now):
        yield Difference(path, was, now)
