"""Outcomes of signals from the bars after them: found once, after the close, as steps of the signal's own run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.domain import events as ev
from app.domain.bars import Bars, BarsKey, Source, Timeframe, epoch
from app.domain.errors import Retryable
from app.domain.outcomes import OutcomeResult
from app.domain.signals import Direction, Signal, SignalState
from app.domain.strategies import Mode
from tests.support.core import Trader


async def past_signal(trader: Trader, sessions: int, way: int = +1, **changes: object) -> Signal:
    """Return a signal as it was raised so many sessions ago."""
    aapl = await trader.instrument()
    bars = await trader.trending(aapl, way)
    strategy = await trader.strategy(Mode.OBSERVE, may_short=True, **changes)
    result = await trader.core.runs.run(strategy.id, "AAPL")
    assert result.signal is not None
    signal = trader.state.signals[result.signal]
    day = int(bars.time[-1 - sessions])
    calendar = trader.core.runs._calendar
    close = calendar.close_of(calendar.next_session(datetime.fromtimestamp(day, UTC).date()))
    aged = replace(signal, analysis=replace(signal.analysis, last_bar=day), expires=close)
    trader.core.facts.state = replace(trader.state, signals={**trader.state.signals, signal.id: aged})
    return aged


async def after(trader: Trader, signal: Signal, *ways: float) -> None:
    """Have the bars after a signal move so far, in its ATRs from the limit: the low and the high of each in turn."""
    levels, atr = signal.analysis.levels, signal.analysis.indicators.atr
    assert levels is not None
    assert atr is not None
    key = BarsKey(Source.PRACTICE, signal.con_id, Timeframe.D1)
    stored = await trader.core.store.bars.read(key)
    columns = {name: np.array(getattr(stored, name)) for name in ("open", "high", "low", "close")}
    first = int(np.searchsorted(stored.time, signal.analysis.last_bar + 1))
    for at in range(first, len(stored)):
        for name in columns:
            columns[name][at] = levels.limit
    for number, way in enumerate(ways):
        at = first + number
        columns["high" if way > 0 else "low"][at] = levels.limit + way * atr
    await trader.core.store.bars.write(key, Bars(stored.time, *columns.values(), stored.volume, closed=len(stored)))


@pytest.mark.parametrize(
    ("ways", "result", "r"),
    [((0.0, 5.0), OutcomeResult.WIN, "r_1"), ((0.0, 1.0, -3.0), OutcomeResult.LOSS, -1.0)],
)
async def test_a_win_and_a_loss_are_found_once_and_explain_themselves(
    trader: Trader, ways: tuple[float, ...], result: OutcomeResult, r: str | float
) -> None:
    signal = await past_signal(trader, 6)
    assert signal.analysis.direction is Direction.BUY
    await after(trader, signal, *ways)
    said = await trader.core.outcomes.find()
    assert said == f"1 {result.value}."
    outcome = trader.state.outcomes[signal.id]
    assert outcome.result is result
    assert outcome.r == pytest.approx(getattr(signal.analysis.levels, r) if isinstance(r, str) else r)
    assert outcome.found is not None
    assert outcome.bars_held == len(ways)
    await trader.core.facts.settle()
    steps = await trader.core.store.lineage.steps_of_run(signal.run)
    assert steps[-1].step is ev.StepName.OUTCOME
    assert steps[-1].outputs["result"] == result.value
    assert next(one for one in steps if one.id == steps[-1].cause).step is ev.StepName.SIGNAL
    assert await trader.core.outcomes.find() == "No plan to judge."
    assert (await trader.core.store.journal.load()).outcomes == trader.state.outcomes
    assert await trader.core.outcomes.of(signal) == outcome


async def test_what_is_not_decided_is_no_fact_yet(trader: Trader) -> None:
    signal = await past_signal(trader, 3)
    await after(trader, signal, 0.0, 1.0)
    assert await trader.core.outcomes.find() == "1 open."
    assert trader.state.outcomes == {}
    standing = await trader.core.outcomes.of(signal)
    assert standing is not None
    assert standing.result is OutcomeResult.OPEN
    fresh = await past_signal(trader, 0)
    standing = await trader.core.outcomes.of(fresh)
    assert standing is not None
    assert standing.result is OutcomeResult.WAITING


async def test_an_entry_that_was_never_touched_expires_without_r(trader: Trader) -> None:
    signal = await past_signal(trader, 4)
    levels = signal.analysis.levels
    assert levels is not None
    moved = replace(signal.analysis, levels=replace(levels, limit=1.0, stop=0.5, target_1=2.0))
    signals = {**trader.state.signals, signal.id: replace(signal, analysis=moved)}
    trader.core.facts.state = replace(trader.state, signals=signals)
    assert await trader.core.outcomes.find() == "1 expired."
    outcome = trader.state.outcomes[signal.id]
    assert (outcome.result, outcome.r, outcome.entered) == (OutcomeResult.EXPIRED, None, None)


async def test_a_short_is_judged_by_its_mirror_and_a_superseded_signal_leaves_it_to_its_heir(trader: Trader) -> None:
    signal = await past_signal(trader, 6, way=-1)
    assert signal.analysis.direction is Direction.SELL
    await after(trader, signal, 0.0, -5.0)
    gone = replace(signal, state=SignalState.SUPERSEDED)
    signals = trader.state.signals
    trader.core.facts.state = replace(trader.state, signals={**signals, signal.id: gone})
    assert await trader.core.outcomes.find() == "No plan to judge."
    trader.core.facts.state = replace(trader.state, signals=signals)
    assert await trader.core.outcomes.find() == "1 win."


async def test_a_weekly_signal_is_judged_by_the_days_after_it(trader: Trader) -> None:
    signal = await past_signal(trader, 0, primary=Timeframe.W1, confirmation=None, bars=80)
    key = BarsKey(Source.PRACTICE, signal.con_id, Timeframe.D1)
    stored = await trader.core.store.bars.read(key)
    day = stored.date_at(len(stored) - 3)
    calendar = trader.core.runs._calendar
    week = epoch(day - timedelta(days=day.weekday() + 7))
    aged = replace(signal, analysis=replace(signal.analysis, last_bar=week), expires=calendar.close_of(day))
    trader.core.facts.state = replace(trader.state, signals={signal.id: aged})
    before = replace(aged, analysis=replace(aged.analysis, last_bar=epoch(stored.date_at(len(stored) - 4))))
    await after(trader, before, 0.0, 20.0)
    assert await trader.core.outcomes.find() == "1 win."
    assert trader.state.outcomes[signal.id].entered == epoch(day)


async def test_without_a_gateway_it_is_tried_again(trader: Trader) -> None:
    await past_signal(trader, 6)
    await trader.core.session.stop()
    with pytest.raises(Retryable, match="No gateway is connected"):
        await trader.core.outcomes.find()
