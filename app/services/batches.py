"""Batches: one strategy over many symbols, so many side by side, with progress and an end at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.errors import TapelineError, UserError
from app.domain.signals import StrategyId
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.run_result import RunResult
from app.services.runs import Runs

SIDE_BY_SIDE = 16
"""So many symbols of a strategy are looked at together; they share their commits, and the loop stays free."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is: published on the bus with every change, the last time with `is_over`.

    `refused` holds the symbols whose run could not begin, each with the sentence why. After a cancel `done` stays
    below `total`.
    """

    strategy: StrategyId
    total: int
    running: tuple[str, ...] = ()
    results: tuple[RunResult, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    is_cancelled: bool = False
    is_over: bool = False

    @property
    def done(self) -> int:
        """How many symbols have been looked at."""
        return len(self.results) + len(self.refused)


class Batch:
    """One batch under way."""

    def __init__(self, runs: Runs, bus: Bus, strategy: StrategyId, total: int, slot: str | None) -> None:
        self._runs = runs
        self._bus = bus
        self._slot = slot
        self._ended = asyncio.Event()
        self.progress = BatchProgress(strategy, total)

    def cancel(self) -> None:
        """Begin no further run and end the readings under way.

        Runs that have begun come to their end, since one may have an order on its way.
        """
        self._tell(is_cancelled=True)
        self._runs.cancel_readings(self.progress.strategy)

    async def ended(self) -> BatchProgress:
        """Return how it stood at its end."""
        await self._ended.wait()
        return self.progress

    async def run(self, symbols: Sequence[str], gate: asyncio.Semaphore) -> None:
        """Look at all symbols; raise what no run may raise once the others have come to their end."""
        try:
            done = await asyncio.gather(*(self._one(symbol, gate) for symbol in symbols), return_exceptions=True)
        finally:
            self._tell(is_over=True)
            self._ended.set()
        for failure in (one for one in done if isinstance(one, BaseException)):
            raise failure

    async def _one(self, symbol: str, gate: asyncio.Semaphore) -> None:
        async with gate:
            if self.progress.is_cancelled:
                return
            self._tell(running=(*self.progress.running, symbol))
            try:
                result = await self._runs.run(self.progress.strategy, symbol, slot=self._slot)
                self._tell(results=(*self.progress.results, result))
            except TapelineError as error:
                self._tell(refused=(*self.progress.refused, (symbol, str(error))))
            finally:
                self._tell(running=tuple(one for one in self.progress.running if one != symbol))

    def _tell(self, **changes: object) -> None:
        self.progress = replace(self.progress, **changes)  # type: ignore[arg-type]
        self._bus.publish(self.progress)


class Batches:
    """Starts batches; a strategy is never in two at once."""

    def __init__(self, runs: Runs, bus: Bus, tasks: Tasks) -> None:
        self._runs = runs
        self._bus = bus
        self._tasks = tasks
        self._busy: dict[StrategyId, Batch] = {}

    def of(self, strategy: StrategyId) -> Batch | None:
        """Return a strategy's batch under way, None when there is none."""
        return self._busy.get(strategy)

    def start(self, strategy: StrategyId, symbols: Sequence[str], *, side_by_side: int = SIDE_BY_SIDE) -> Batch:
        """Start a batch and return at once; raise UserError when the strategy runs already or nothing is to be run."""
        wanted = _each_once(symbols)
        if side_by_side < 1:
            raise UserError(f"At least one symbol must be looked at at a time, not {side_by_side}.")
        batch = self._begin(strategy, wanted, None)
        self._tasks.spawn(self._carry_out(batch, wanted, side_by_side), name=f"batch {strategy}")
        return batch

    async def run(self, strategy: StrategyId, symbols: Sequence[str], slot: str | None = None) -> BatchProgress:
        """Run a batch to its end; raise UserError when the strategy runs already, or what one of its runs raised."""
        wanted = _each_once(symbols)
        batch = self._begin(strategy, wanted, slot)
        await self._carry_out(batch, wanted, SIDE_BY_SIDE)
        return batch.progress

    def _begin(self, strategy: StrategyId, symbols: Sequence[str], slot: str | None) -> Batch:
        if strategy in self._busy:
            raise UserError(f"The strategy {strategy} is running already; wait for it to end.")
        if not symbols:
            raise UserError("There is no symbol to run the strategy for; add one to it or to the watchlist.")
        batch = self._busy[strategy] = Batch(self._runs, self._bus, strategy, len(symbols), slot)
        return batch

    async def _carry_out(self, batch: Batch, symbols: Sequence[str], side_by_side: int) -> None:
        try:
            await batch.run(symbols, asyncio.Semaphore(side_by_side))
        finally:
            self._busy.pop(batch.progress.strategy, None)


def _each_once(symbols: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols if symbol.strip()))
