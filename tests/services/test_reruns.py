"""Runs again from what they stored: every kind of run, whatever became of its strategy, listing and bars since."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.adapters.calendar import EXCHANGE, open_calendar
from app.adapters.store.codec import from_json, to_json
from app.domain import events as ev
from app.domain.bars import BarsKey, Source, Timeframe
from app.domain.bulk import RETENTION
from app.domain.errors import UserError
from app.domain.instruments import TickBand
from app.domain.signals import RunId
from app.domain.strategies import Mode, RunStatus, Targets, ThreeOfFour
from app.services.reruns import Repetition, Reruns
from app.services.run_result import RunResult
from tests.support.core import Trader


async def again(trader: Trader, result: RunResult) -> Repetition:
    await trader.core.facts.settle()
    store = trader.core.store
    reruns = Reruns(store.lineage, store.readings, store.bulk, open_calendar, EXCHANGE, to_json, from_json)
    return await reruns.rerun(result.run)


@pytest.mark.parametrize(
    ("way", "changes"),
    [
        (+1, {}),
        (-1, {"confirmation": None}),
        (+1, {"parameters": ThreeOfFour(rsi_length=7, targets=Targets.LEVELS), "expiry_sessions": 3}),
        (+1, {"primary": Timeframe.W1, "confirmation": None, "bars": 100}),
        (-1, {"primary": Timeframe.MO1, "confirmation": Timeframe.MO1, "bars": 40}),
    ],
)
async def test_a_run_repeats_itself_after_everything_around_it_has_changed(
    trader: Trader, way: int, changes: dict[str, object]
) -> None:
    instrument = await trader.instrument()
    await trader.trending(instrument, way)
    strategy = await trader.strategy(Mode.OBSERVE, **changes)
    result = await trader.core.runs.run(strategy.id, "AAPL")
    if result.signal is None:
        assert "months" in str(changes) or result.status is RunStatus.FAILED
    finer = replace(instrument, bands=(TickBand(Decimal(0), Decimal("0.05")),))
    await trader.core.facts.enter(ev.InstrumentLearned(at=trader.core.clock.now(), instrument=finer))
    await trader.strategy(Mode.AUTO, parameters=ThreeOfFour(sma_length=50))
    await trader.trending(instrument, -way)
    done = await again(trader, result)
    assert done.differences == ()
    other = await trader.core.runs.run(strategy.id, "AAPL")
    assert (await again(trader, other)).is_identical
    if result.signal and other.signal:
        signals = trader.state.signals
        assert signals[result.signal].analysis != signals[other.signal].analysis, "what changed matters to new runs"


async def test_a_run_that_failed_for_too_few_bars_fails_again(trader: Trader) -> None:
    instrument = await trader.instrument()
    bars = await trader.trending(instrument, +1)
    await trader.core.store.bars.write(BarsKey(Source.PRACTICE, instrument.con_id, Timeframe.D1), bars)
    strategy = await trader.strategy(Mode.OBSERVE, bars=500, parameters=ThreeOfFour(sma_length=900))
    result = await trader.core.runs.run(strategy.id, "AAPL")
    assert result.status is RunStatus.FAILED
    done = await again(trader, result)
    assert done.is_identical
    assert done.said == result.reason


async def test_a_run_that_never_got_its_inputs_says_so(trader: Trader) -> None:
    strategy = await trader.strategy(Mode.OBSERVE)
    result = await trader.core.runs.run(strategy.id, "NOSUCH")
    with pytest.raises(UserError, match="ended before it had its bars, so there is nothing to repeat"):
        await again(trader, result)
    with pytest.raises(UserError, match="There is no run elsewhere"):
        await again(trader, RunResult(RunId("elsewhere"), RunStatus.FAILED, ""))


async def test_inputs_are_kept_for_their_time_and_then_the_run_says_that_they_are_gone(trader: Trader) -> None:
    await trader.trending(await trader.instrument(), +1)
    strategy = await trader.strategy(Mode.OBSERVE)
    result = await trader.core.runs.run(strategy.id, "AAPL")
    await trader.core.facts.settle()
    now = trader.core.clock.now()
    await trader.core.store.bulk.forget_before(now - RETENTION)
    assert (await again(trader, result)).is_identical
    await trader.core.store.bulk.forget_before(now + RETENTION)
    with pytest.raises(UserError, match="kept for 180 days"):
        await again(trader, result)
