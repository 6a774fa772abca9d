"""Batches: every symbol once, so many at a time, with progress, and an end that starts nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.domain.errors import UserError
from app.domain.signals import RunId, StrategyId
from app.domain.strategies import Mode, RunStatus
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.batches import Batches, BatchProgress
from app.services.run_result import RunResult
from tests.support.core import Trader

ID = StrategyId("s")
SYMBOLS = [f"S{number}" for number in range(20)]


class Hand:
    """Runs that end when they are let, or refuse."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.begun: list[str] = []
        self.go_on = asyncio.Event()
        self.cancelled: list[StrategyId] = []

    def cancel_readings(self, strategy: StrategyId) -> None:
        self.cancelled.append(strategy)

    async def run(self, strategy: StrategyId, symbol: str, *, slot: str | None = None) -> RunResult:
        self.begun.append(symbol)
        self.running += 1
        self.most = max(self.most, self.running)
        await self.go_on.wait()
        self.running -= 1
        if symbol == "BAD":
            raise UserError("There is no BAD.")
        return RunResult(RunId(symbol), RunStatus.HELD, "")


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    found = Tasks()
    yield found
    await found.close()


async def test_so_many_run_side_by_side_and_each_change_is_told(tasks: Tasks) -> None:
    hand, bus = Hand(), Bus()
    seen: list[BatchProgress] = []
    bus.on(BatchProgress, seen.append)
    batches = Batches(hand, bus, tasks)  # type: ignore[arg-type]
    batch = batches.start(ID, [*SYMBOLS, "s0 ", "", "bad"], side_by_side=3)
    await asyncio.sleep(0.01)
    assert batches.of(ID) is batch
    assert batch.progress.running == ("S0", "S1", "S2")
    assert batch.progress.total == 21
    with pytest.raises(UserError, match="The strategy s is running already"):
        batches.start(ID, ["X"])
    hand.go_on.set()
    ended = await batch.ended()
    assert hand.most == 3
    assert hand.begun == [*SYMBOLS, "BAD"]
    assert ended.done == 21
    assert ended.refused == (("BAD", "There is no BAD."),)
    assert ended.is_over
    assert not ended.running
    assert seen[-1] == ended
    assert [view.done for view in seen] == sorted(view.done for view in seen)
    await asyncio.sleep(0)
    assert batches.of(ID) is None


async def test_a_cancel_begins_nothing_more_and_lets_what_runs_end(tasks: Tasks) -> None:
    hand = Hand()
    batch = Batches(hand, Bus(), tasks).start(ID, SYMBOLS, side_by_side=4)  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    batch.cancel()
    hand.go_on.set()
    ended = await batch.ended()
    assert ended.is_cancelled
    assert (ended.done, ended.total) == (4, 20)
    assert hand.begun == SYMBOLS[:4]
    assert hand.cancelled == [ID], "what a model is asked for takes longest"


@pytest.mark.parametrize(("symbols", "side_by_side"), [([], 8), (["  "], 8), (["A"], 0)])
async def test_nothing_to_run_is_said(tasks: Tasks, symbols: list[str], side_by_side: int) -> None:
    with pytest.raises(UserError):
        Batches(Hand(), Bus(), tasks).start(ID, symbols, side_by_side=side_by_side)  # type: ignore[arg-type]


async def test_a_watchlist_is_looked_at_for_real(wide_trader: Trader) -> None:
    strategy = await wide_trader.strategy(Mode.OBSERVE)
    batch = wide_trader.core.batches.start(strategy.id, ["AAPL", "MSFT", "IBM", "NOSUCH"], side_by_side=2)
    ended = await batch.ended()
    assert ended.done == 4
    statuses = {wide_trader.state.runs[result.run].symbol: result.status for result in ended.results}
    assert statuses["NOSUCH"] is RunStatus.FAILED
    raised = {signal.analysis.symbol for signal in wide_trader.state.signals.values()}
    assert raised == {"AAPL", "MSFT", "IBM"}
