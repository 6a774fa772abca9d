"""The strategy cycle without a model, from stored bars to a durable signal with its lineage, against the plain way.

`python -m tests.benchmarks.strategy_cycle --bars 500 --symbols 50` prints one JSON object a line, figures per symbol.
`one_by_one` runs a symbol after the other, each waiting for the disk several times; `together` lets the symbols
of a strategy run at once and share their commits. The plain way commits once a symbol.
All keep WAL and synchronous FULL.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.bars import Bars, BarsKey, Source, Timeframe, weekly
from app.domain.instruments import ConId
from app.domain.signals import Analysis, RunId, Signal, SignalId, StrategyId
from app.domain.strategies import Run, RunStatus, ThreeOfFour
from app.quant.analysis import analyse
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.trail import Trail
from tests.benchmarks import plain_way
from tests.support.walks import walk

STRATEGY = StrategyId("three_of_four")


class Ours:
    """The product's own rooms, without a gateway."""

    def __init__(self, store: Store, bars: int) -> None:
        self._store = store
        self._bars = bars
        self._clock = Clock()
        self.facts = Facts(store.journal, Bus(), Tasks())

    async def run(self, number: int) -> Analysis:
        """Run one symbol, awaiting what the product awaits: the start, the signal and the end."""
        run, symbol, began = RunId(ev.new_id()), name_of(number), time.perf_counter()
        started = Run(run, STRATEGY, symbol, ConId(number), None, RunStatus.RUNNING, self._clock.now())
        fact = ev.RunStarted(at=started.started, run=run, started=started)
        await self.facts.enter(fact)
        trail = Trail(self.facts, self._clock, run, fact.id)
        with trail.step(ev.StepName.LOAD_STRATEGY, strategy=STRATEGY, symbol=symbol) as note:
            note.outputs = asdict(ThreeOfFour())
        days, weeks = await self._load(number, trail)
        analysis = self._analyse(symbol, days, weeks, trail)
        now = self._clock.now()
        signal = Signal(SignalId(ev.new_id()), STRATEGY, run, ConId(number), analysis, now, now + timedelta(days=1))
        await self.facts.enter(ev.SignalRaised(at=now, cause=trail.last, run=run, signal=signal))
        took = (time.perf_counter() - began) * 1000
        done = ev.RunFinished(at=self._clock.now(), run=run, status=RunStatus.OBSERVED, reason="", duration_ms=took)
        await self.facts.enter(done)
        return analysis

    async def _load(self, number: int, trail: Trail) -> tuple[Bars, Bars]:
        with trail.step(ev.StepName.LOAD_BARS, timeframe="1d") as note:
            days = await self._store.bars.read(key_of(number), self._bars)
            note.outputs = {"bars": len(days)}
        with trail.step(ev.StepName.LOAD_BARS, timeframe="1w") as note:
            weeks = weekly(days, [sunday_of(days.date_at(len(days) - 1))]).closed_only
            note.outputs = {"bars": len(weeks)}
        return days, weeks

    def _analyse(self, symbol: str, days: Bars, weeks: Bars, trail: Trail) -> Analysis:
        with trail.step(ev.StepName.INDICATORS, bars=len(days)) as note:
            analysis = analyse(
                symbol,
                Timeframe.D1,
                days,
                tick_at=lambda _: Decimal("0.01"),
                confirmation_timeframe=Timeframe.W1,
                confirmation_bars=weeks,
            )
            note.outputs = asdict(analysis.indicators)
        with trail.step(ev.StepName.CHECKS, close=analysis.close) as note:
            note.outputs = {"checks": [asdict(check) for check in analysis.primary.checks]}
        return analysis


def name_of(number: int) -> str:
    """Return the symbol of a made-up instrument."""
    return f"S{number:03}"


def key_of(number: int) -> BarsKey:
    """Return where its bars are kept."""
    return BarsKey(Source.PRACTICE, ConId(number), Timeframe.D1)


def sunday_of(day: date) -> date:
    """Return the last session of a week in a market that never closes."""
    return day + timedelta(days=6 - day.weekday())


async def measure(bars: int, symbols: int, rounds: int) -> dict[str, object]:
    """Return the figures of all ways, each round in turns."""
    with TemporaryDirectory() as place:
        store = await Store.open(Path(place) / "tapeline.db")
        engine = plain_way.open_plain(Path(place) / "plain.db")
        for number in range(symbols):
            made = walk(number, bars)
            await store.bars.write(key_of(number), made)
            plain_way.save_core(engine, name_of(number), made)
        ours = Ours(store, bars)
        taken: dict[str, list[float]] = {"one_by_one": [], "together": [], "plain": []}
        for turn in range(rounds + 1):
            found = {
                "one_by_one": await _one_by_one(ours, symbols),
                "together": await _together(ours, symbols),
                "plain": _plainly(engine, symbols, bars),
            }
            for name, (took, said) in found.items():
                assert said == found["plain"][1], f"{name} decides otherwise than the plain way"
                if turn:  # the first is for warming up
                    taken[name].append(took / symbols)
        engine.dispose()
        await store.close()
    return _line(bars, symbols, rounds, {name: median(found) for name, found in taken.items()})


Said = list[tuple[str, float]]


async def _one_by_one(ours: Ours, symbols: int) -> tuple[float, Said]:
    start = time.perf_counter()
    found = [await ours.run(number) for number in range(symbols)]
    return (time.perf_counter() - start) * 1000, _said(found)


async def _together(ours: Ours, symbols: int) -> tuple[float, Said]:
    start = time.perf_counter()
    found = await asyncio.gather(*(ours.run(number) for number in range(symbols)))
    return (time.perf_counter() - start) * 1000, _said(found)


def _plainly(engine: Engine, symbols: int, bars: int) -> tuple[float, Said]:
    start = time.perf_counter()
    found = [plain_way.cycle(engine, name_of(number), bars) for number in range(symbols)]
    return (time.perf_counter() - start) * 1000, [(direction, round(sure, 9)) for direction, sure in found]


def _said(found: list[Analysis]) -> Said:
    return [(analysis.direction.value, round(analysis.confidence.value or 0.0, 9)) for analysis in found]


def _line(bars: int, symbols: int, rounds: int, figures: dict[str, float]) -> dict[str, object]:
    return {
        "bench": "strategy_cycle",
        "bars": bars,
        "symbols": symbols,
        "rounds": rounds,
        "one_by_one_ms": round(figures["one_by_one"], 3),
        "together_ms": round(figures["together"], 3),
        "plain_ms": round(figures["plain"], 3),
        "one_by_one_ratio": round(figures["plain"] / figures["one_by_one"], 1),
        "together_ratio": round(figures["plain"] / figures["together"], 1),
        "same_decisions": True,
    }


def main() -> None:
    """Measure once and print a line; figures are per symbol."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=500)
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    line = asyncio.run(measure(asked.bars, asked.symbols, asked.rounds))
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
