"""The strategy cycle without a model, from stored bars to a durable signal with its lineage, against the plain way.

`python -m tests.benchmarks.strategy_cycle --bars 500 --symbols 500` prints one JSON object, figures per symbol; exit 1
above MOST_MS a symbol, or when the event loop was silent for longer than MOST_SILENT_MS in the same run.
The product's own `Runs` and `Batches` do it, without a gateway: `one_by_one` waits for the disk several times a
symbol, `together` has so many side by side as a scheduled strategy and shares their commits. The inputs of every run
are stored. `where` says what a symbol of `together` costs: reading bars, the analysis, committing (all three on other
threads or C code but for their calls), and the rest, which is facts, steps and tasks in Python.
The plain way commits once a symbol and stores no inputs; its averages start otherwise, so a symbol on the edge may
differ (`agreeing_percent`). All keep WAL and synchronous FULL.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from app.adapters.calendar import EXCHANGE, open_calendar
from app.adapters.store.codec import to_json
from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.bars import BarsKey, Source, Timeframe, weekly
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.quotes import Quote
from app.domain.signals import Signal, StrategyId
from app.domain.strategies import RunStatus, Strategy
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services import conclusion
from app.services.batches import SIDE_BY_SIDE, Batches
from app.services.facts import Facts
from app.services.market import BarsLoaded
from app.services.opinions import Opinions
from app.services.run_result import RunResult
from app.services.runs import Runs
from app.services.trail import Trail
from tests.benchmarks import plain_way
from tests.benchmarks.loop import Heartbeat
from tests.support.walks import walk

MOST_MS = 2.0
MOST_SILENT_MS = 50.0
STRATEGY = Strategy(StrategyId("three_of_four"), "Three of four", ())
Said = dict[str, tuple[str, float]]


class StoredMarket:
    """A market that knows what its store holds (what `Runs` asks of services.market.Market)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def resolve(self, symbol: str) -> Instrument:
        """Return a made-up listing."""
        con_id = ConId(int(symbol[1:]))
        return Instrument(con_id, symbol, InstrumentKind.STOCK, "SMART", "NASDAQ", "USD", multiplier=Decimal(1))

    async def load(self, instrument: Instrument, timeframe: Timeframe, count: int) -> BarsLoaded:
        """Read days from the store, and build weeks from them."""
        key = key_of(instrument.con_id)
        if timeframe is Timeframe.D1:
            return BarsLoaded(key, await self._store.bars.read(key, count), was_asked=False)
        days = await self._store.bars.read(key, count * 5)
        weeks = weekly(days, [sunday_of(days.date_at(len(days) - 1))])
        return BarsLoaded(replace(key, timeframe=timeframe), weeks, was_asked=False)

    def quote(self, con_id: ConId) -> Quote | None:
        """Know no quote."""
        return None


class Observing:
    """Acts on nothing (what `Runs` asks of services.signal_orders.SignalOrders)."""

    def why_paused(self, instrument: Instrument) -> str:
        """Pause nothing."""
        return ""

    async def act(self, strategy: Strategy, instrument: Instrument, signal: Signal, trail: Trail) -> RunResult:
        """Only observe."""
        assert trail.run is not None
        return RunResult(trail.run, RunStatus.OBSERVED, "", signal.id)


class Ours:
    """The product's own rooms, without a gateway."""

    def __init__(self, store: Store, bars: int) -> None:
        clock, bus, self.tasks = Clock(), Bus(), Tasks()
        self.facts = Facts(store.journal, bus, self.tasks)
        market: Any = StoredMarket(store, clock)
        nothing: Any = None
        opinions = Opinions(self.facts, market, nothing, nothing, bus, clock)
        today = date(1970, 1, 1)
        calendar = open_calendar(EXCHANGE, today, today + timedelta(days=bars + 365))
        observing: Any = Observing()
        self.runs = Runs(self.facts, market, calendar, observing, opinions, to_json, clock)
        self.batches = Batches(self.runs, bus, self.tasks)
        self._strategy = replace(STRATEGY, bars=bars)

    async def begin(self) -> None:
        """Save the strategy."""
        await self.facts.enter(ev.StrategySaved(at=datetime.now(UTC), strategy=self._strategy))

    def said(self) -> Said:
        """Return what was concluded of each symbol, and forget it, so that each round is the first."""
        signals = self.facts.state.signals.values()
        found = {
            one.analysis.symbol: (one.analysis.direction.value, round(one.analysis.confidence.value or 0.0, 9))
            for one in signals
        }
        self.facts.state = replace(self.facts.state, signals={}, runs={}, origins={})
        return found


def name_of(number: int) -> str:
    """Return the symbol of a made-up instrument."""
    return f"S{number:03}"


def key_of(con_id: ConId) -> BarsKey:
    """Return where its bars are kept."""
    return BarsKey(Source.PRACTICE, con_id, Timeframe.D1)


def sunday_of(day: date) -> date:
    """Return the last session of a week in a market that never closes."""
    return day + timedelta(days=6 - day.weekday())


@dataclass
class Shares:
    """Adds up what parts of the work take, by wrapping them for as long as it is entered."""

    ms: dict[str, float]

    def wrap(self, owner: Any, name: str, share: str) -> Callable[[], None]:
        """Count the time in one function; call the result to undo it."""
        inner = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                self.ms[share] = self.ms.get(share, 0.0) + (time.perf_counter() - began) * 1000

        setattr(owner, name, timed)
        return lambda: setattr(owner, name, inner)


async def measure(bars: int, symbols: int, rounds: int) -> dict[str, object]:
    """Return the figures of all ways, each round in turns."""
    with TemporaryDirectory() as place:
        store = await Store.open(Path(place) / "tapeline.db")
        engine = plain_way.open_plain(Path(place) / "plain.db")
        for number in range(symbols):
            made = walk(number, bars)
            await store.bars.write(key_of(ConId(number)), made)
            plain_way.save_core(engine, name_of(number), made)
        ours = Ours(store, bars)
        await ours.begin()
        taken: dict[str, list[float]] = {"one_by_one": [], "together": [], "plain": []}
        silent: list[float] = []
        for turn in range(rounds + 1):
            found = {"one_by_one": await _one_by_one(ours, symbols)}
            gc.collect()  # what the plain way left behind is not the product's to clean up
            heart = Heartbeat()
            heart.beat()
            found["together"] = await _together(ours, symbols)
            heart.stop()
            found["plain"] = _plainly(engine, symbols, bars)
            assert found["one_by_one"][1] == found["together"][1]
            if turn:  # the first is for warming up
                silent.append(heart.longest_ms)
                for name, (took, _) in found.items():
                    taken[name].append(took / symbols)
        where = await _where(ours, store, symbols)
        engine.dispose()
        await ours.tasks.close()
        await store.close()
    figures = {name: median(one) for name, one in taken.items()}
    agreeing = _agreeing(found["together"][1], found["plain"][1])
    return {**_line(bars, symbols, rounds, figures, max(silent)), "agreeing_percent": agreeing, "where": where}


async def _one_by_one(ours: Ours, symbols: int) -> tuple[float, Said]:
    start = time.perf_counter()
    for number in range(symbols):
        await ours.runs.run(STRATEGY.id, name_of(number))
    return (time.perf_counter() - start) * 1000, ours.said()


async def _together(ours: Ours, symbols: int) -> tuple[float, Said]:
    start = time.perf_counter()
    await ours.batches.run(STRATEGY.id, [name_of(number) for number in range(symbols)])
    return (time.perf_counter() - start) * 1000, ours.said()


def _plainly(engine: Any, symbols: int, bars: int) -> tuple[float, Said]:
    start = time.perf_counter()
    found = {name_of(number): plain_way.cycle(engine, name_of(number), bars) for number in range(symbols)}
    took = (time.perf_counter() - start) * 1000
    return took, {name: (direction, round(sure, 9)) for name, (direction, sure) in found.items()}


async def _where(ours: Ours, store: Store, symbols: int) -> dict[str, float]:
    """Return what the parts of one more round take a symbol."""
    shares = Shares({})
    undo = [
        shares.wrap(store.bars, "_read", "bars_ms"),
        shares.wrap(conclusion, "analyse", "analysis_ms"),
        shares.wrap(store.journal, "_commit", "commit_ms"),
    ]
    took, _ = await _together(ours, symbols)
    for one in undo:
        one()
    parts = {name: round(spent / symbols, 3) for name, spent in sorted(shares.ms.items())}
    return {**parts, "rest_ms": round(took / symbols - sum(parts.values()), 3)}


def _agreeing(ours: Said, plain: Said) -> float:
    return round(100 * sum(ours[name] == plain[name] for name in ours) / len(ours), 1)


def _line(bars: int, symbols: int, rounds: int, figures: dict[str, float], silent: float) -> dict[str, object]:
    return {
        "bench": "strategy_cycle",
        "bars": bars,
        "symbols": symbols,
        "rounds": rounds,
        "side_by_side": SIDE_BY_SIDE,
        "one_by_one_ms": round(figures["one_by_one"], 3),
        "together_ms": round(figures["together"], 3),
        "plain_ms": round(figures["plain"], 3),
        "one_by_one_ratio": round(figures["plain"] / figures["one_by_one"], 1),
        "together_ratio": round(figures["plain"] / figures["together"], 1),
        "loop_silent_ms": round(silent, 1),
        "ok": figures["together"] <= MOST_MS and silent <= MOST_SILENT_MS,
    }


def main() -> int:
    """Measure once and print a line; figures are per symbol."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=500)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    line = asyncio.run(measure(asked.bars, asked.symbols, asked.rounds))
    sys.stdout.write(json.dumps(line) + "\n")
    return 0 if line["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
