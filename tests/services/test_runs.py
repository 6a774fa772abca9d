"""Runs of the sample strategy: what is sent is what the rules say, and every step can be walked back."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain import events as ev
from app.domain.bars import BarsKey, Source, Timeframe
from app.domain.errors import UserError
from app.domain.orders import OrderState, Role, Side
from app.domain.signals import Direction, SignalId, SignalState
from app.domain.state import Step
from app.domain.strategies import Mode, RunStatus, StepStatus, ThreeOfFour
from app.services.run_result import RunResult
from tests.support.core import Trader, stands

S = OrderState
STEPS = ["load_strategy", "load_bars", "load_bars", "indicators", "checks", "chart_pictures", "reading",
         "consolidation", "claims", "signal", "gates", "size", "intent"]  # fmt: skip


async def run(trader: Trader, way: int, mode: Mode = Mode.AUTO, symbol: str = "AAPL", **changes: Any) -> RunResult:
    """Run the sample strategy on bars that rise (+1) or fall (−1) to the last price."""
    instrument = await trader.instrument(symbol)
    await trader.trending(instrument, way)
    strategy = await trader.strategy(mode, **changes)
    return await trader.core.runs.run(strategy.id, symbol)


async def long_position(trader: Trader) -> RunResult:
    result = await run(trader, +1)
    assert result.status is RunStatus.ORDERED, result.reason
    intent = result.intent
    assert intent is not None
    await trader.until(lambda state: stands(state, intent))
    return result


async def test_a_buy_becomes_a_bracket_of_the_prices_and_size_that_the_rules_give(trader: Trader) -> None:
    result = await long_position(trader)
    assert result.signal is not None
    assert result.intent is not None
    analysis = trader.state.signals[result.signal].analysis
    levels, bars_atr = analysis.levels, analysis.indicators.atr
    assert levels is not None
    assert bars_atr is not None
    close = analysis.close
    assert levels.limit == pytest.approx(math.ceil(round((close + 0.25 * bars_atr) * 100, 6)) / 100)
    assert levels.stop == pytest.approx(math.floor(round((close - 2 * bars_atr) * 100, 6)) / 100)
    assert levels.target_1 == pytest.approx(math.floor(round((close + 4 * bars_atr) * 100, 6)) / 100)

    book = await trader.book_orders()
    entry, stop, target = (book[str(leg.ref)] for leg in result.intent.legs)
    assert (entry["side"], entry["type"], entry["tif"]) == ("BUY", "LMT", "DAY")
    assert entry["limit"] == pytest.approx(levels.limit)
    assert (stop["side"], stop["type"], stop["tif"]) == ("SELL", "STP", "GTC")
    assert stop["aux"] == pytest.approx(levels.stop)
    assert (target["side"], target["type"], target["tif"]) == ("SELL", "LMT", "GTC")
    assert target["limit"] == pytest.approx(levels.target_1)

    equity = 100_000.0
    by_risk = math.floor(equity * 0.005 / (levels.limit - levels.stop))
    by_position = math.floor(equity * 0.2 / levels.limit)
    assert entry["quantity"] == stop["quantity"] == target["quantity"] == min(by_risk, by_position)
    size = await step(trader, result, "size")
    assert size.outputs["bound_by"] == ("risk" if by_risk <= by_position else "position")


async def step(trader: Trader, result: RunResult, name: str) -> Step:
    steps = await trader.core.store.lineage.steps_of_run(result.run)
    return next(one for one in steps if one.step.value == name)


async def test_the_steps_are_those_of_the_rules_in_their_order_each_caused_by_the_one_before(
    trader: Trader,
) -> None:
    result = await long_position(trader)
    await trader.core.facts.settle()
    steps = await trader.core.store.lineage.steps_of_run(result.run)
    names = [one.step.value for one in steps]
    assert names[: len(STEPS)] == STEPS
    assert set(names[len(STEPS) :]) == {"order", "fills", "position"}
    assert {"chart_pictures", "reading", "consolidation", "claims"} == {
        one.step.value for one in steps if one.status is StepStatus.SKIPPED
    }
    assert all(one.duration_ms > 0 for one in steps if one.status is StepStatus.OK)
    chain = steps[: len(STEPS)]
    assert [one.cause for one in chain[1:]] == [one.id for one in chain[:-1]]
    assert all(one.cause in {each.id for each in steps} for one in steps[1:])


async def test_from_the_position_every_step_back_to_loading_the_strategy(trader: Trader) -> None:
    result = await long_position(trader)
    assert result.intent is not None
    await trader.core.facts.settle()
    lineage, intent = trader.core.store.lineage, result.intent
    fill = next(iter(trader.state.fills.values()))
    subjects = [
        f"{trader.account}:{intent.con_id}",
        str(fill.exec_id),
        str(intent.entry.ref),
        str(intent.id),
        str(result.signal),
    ]
    for subject in subjects:
        by_id = {one.id: one for one in await lineage.chain(subject)}
        last = list(by_id.values())[-1]
        back = [last.step.value]
        while last.cause in by_id:
            last = by_id[last.cause]
            back.append(last.step.value)
        assert back[-1] == "load_strategy", subject
        assert back[-len(STEPS[:10]) :] == list(reversed(STEPS[:10])), subject


async def test_hold_orders_nothing_and_says_why(trader: Trader) -> None:
    aapl = await trader.instrument()
    bars = await trader.trending(aapl, +1)
    flat = replace(bars, **{name: getattr(bars, name) * 0 + 100 for name in ("open", "high", "low", "close")})
    await trader.core.store.bars.write(BarsKey(Source.PRACTICE, aapl.con_id, Timeframe.D1), flat)
    strategy = await trader.strategy(Mode.AUTO)
    result = await trader.core.runs.run(strategy.id, "AAPL")
    assert (result.status, result.intent) == (RunStatus.HELD, None)
    assert result.signal is not None
    assert trader.state.signals[result.signal].analysis.direction is Direction.HOLD
    assert result.reason
    checks = await step(trader, result, "checks")
    assert len(checks.outputs["checks"]) == 4


async def test_sell_without_a_position_has_nothing_to_close(trader: Trader) -> None:
    result = await run(trader, -1)
    assert result.status is RunStatus.REFUSED
    assert "nothing to close" in result.reason
    assert trader.state.intents == {}


async def test_a_strategy_that_is_long_does_not_buy_again(trader: Trader) -> None:
    await long_position(trader)
    again = await trader.core.runs.run(next(iter(trader.state.strategies)), "AAPL")
    assert again.status is RunStatus.REFUSED
    assert "already long" in again.reason
    assert len(trader.state.intents) == 1


async def test_a_rerun_of_the_same_bar_supersedes_and_never_orders_twice(trader: Trader) -> None:
    first = await run(trader, +1, Mode.OBSERVE)
    second = await run(trader, +1, Mode.OBSERVE)
    assert first.signal is not None
    assert second.signal is not None
    assert trader.state.signals[first.signal].state is SignalState.SUPERSEDED
    assert trader.state.signals[second.signal].state is SignalState.ACTIVE
    ordered = await run(trader, +1, risk_percent=Decimal("0.1"))
    assert ordered.intent is not None
    await trader.until_state(ordered.intent.entry.ref, S.FILLED)
    assert ordered.signal is not None
    assert trader.state.signals[ordered.signal].state is SignalState.ACTED
    strategy = await trader.strategy(Mode.AUTO, may_scale_in=True, risk_percent=Decimal("0.1"))
    again = await trader.core.runs.run(strategy.id, "AAPL")
    assert again.status is RunStatus.REFUSED
    assert "used" in again.reason
    assert len(trader.state.intents) == 1


async def test_two_runs_at_once_make_one_order(trader: Trader) -> None:
    aapl = await trader.instrument()
    await trader.trending(aapl, +1)
    strategy = await trader.strategy(Mode.AUTO)
    results = await asyncio.gather(*(trader.core.runs.run(strategy.id, "AAPL") for _ in range(4)))
    assert sorted(result.status.value for result in results).count("ordered") == 1
    assert len(trader.state.intents) == 1
    assert len([ref for ref in await trader.book_orders() if "." not in ref]) == 1


async def test_observe_raises_the_signal_and_nothing_else(trader: Trader) -> None:
    result = await run(trader, +1, Mode.OBSERVE)
    assert (result.status, result.intent) == (RunStatus.OBSERVED, None)
    assert result.signal is not None
    assert trader.state.intents == {}


async def test_ask_waits_and_an_approved_signal_goes_on_in_its_own_run(trader: Trader) -> None:
    result = await run(trader, +1, Mode.ASK)
    assert (result.status, result.intent) == (RunStatus.WAITING, None)
    assert result.signal is not None
    review = await trader.core.runs.approve(result.signal)
    assert review.is_fit, review.why_not
    intent = await trader.core.runs.submit(review)
    await trader.until(lambda state: stands(state, intent))
    await trader.core.facts.settle()
    names = [one.step.value for one in await trader.core.store.lineage.steps_of_run(result.run)]
    assert names[: len(STEPS)] == STEPS
    assert trader.state.signals[result.signal].state is SignalState.ACTED
    with pytest.raises(UserError, match="already long"):
        await trader.core.runs.approve(result.signal)
    with pytest.raises(UserError):
        await trader.core.runs.submit(review)
    assert len(trader.state.intents) == 1


async def test_two_signals_of_different_bars_cannot_both_be_approved(trader: Trader) -> None:
    trader.core.situations.limits = replace(trader.core.situations.limits, duplicate_s=0)
    first = await run(trader, +1, Mode.ASK, risk_percent=Decimal("0.05"))
    assert first.signal is not None
    signal = trader.state.signals[first.signal]
    older = replace(
        signal,
        id=SignalId("older"),
        analysis=replace(signal.analysis, last_bar=signal.analysis.last_bar - 86400),
    )
    await trader.core.facts.enter(ev.SignalRaised(at=trader.core.clock.now(), run=signal.run, signal=older))
    reviews = [await trader.core.runs.approve(id_) for id_ in (signal.id, older.id)]
    results = await asyncio.gather(*(trader.core.runs.submit(one) for one in reviews), return_exceptions=True)
    assert [isinstance(one, Exception) for one in results].count(False) == 1
    assert "does not add to that" in str(results[1])
    assert len(trader.state.intents) == 1


async def test_an_approved_sell_closes_the_long_and_opens_nothing(trader: Trader) -> None:
    bought = await long_position(trader)
    assert bought.intent is not None
    trader.pass_a_bar()
    result = await run(trader, -1, Mode.ASK)
    assert result.status is RunStatus.WAITING
    assert result.signal is not None
    review = await trader.core.runs.approve(result.signal)
    assert (review.proposal.role, review.proposal.side) == (Role.CLOSE, Side.SELL)
    assert review.intent.children == ()
    assert review.intent.entry.quantity == bought.intent.entry.quantity
    sold = await trader.core.runs.submit(review)
    await trader.until_state(sold.entry.ref, S.FILLED)
    assert trader.state.positions[(trader.account, sold.con_id, None)].quantity == 0


async def test_an_unknown_symbol_fails_with_a_sentence(trader: Trader) -> None:
    strategy = await trader.strategy(Mode.AUTO)
    result = await trader.core.runs.run(strategy.id, "NOSUCH")
    assert result.status is RunStatus.FAILED
    assert "NOSUCH" in result.reason
    loading = await step(trader, result, "load_strategy")
    assert loading.status is StepStatus.FAILED


async def test_an_unknown_strategy_is_refused_with_those_there_are(trader: Trader) -> None:
    from app.domain.signals import StrategyId

    with pytest.raises(UserError, match=r"There is no strategy nothing; there are: three-of-four"):
        await trader.core.runs.run(StrategyId("nothing"), "AAPL")
    assert trader.state.runs == {}


async def test_too_few_bars_are_refused_with_both_numbers(trader: Trader) -> None:
    parameters = replace((await trader.strategy()).parameters, sma_length=2000)
    result = await run(trader, +1, parameters=parameters)
    assert result.status is RunStatus.FAILED
    held = (await step(trader, result, "load_bars")).outputs["bars"]
    assert {"2000", str(held)} <= set(re.findall(r"\d+", result.reason)), result.reason


async def test_a_step_that_failed_keeps_its_error_with_the_trace_and_what_it_was_given(trader: Trader) -> None:
    await trader.trending(await trader.instrument(), +1)
    strategy = await trader.strategy(Mode.OBSERVE, parameters=ThreeOfFour(sma_length=900))
    result = await trader.core.runs.run(strategy.id, "AAPL")
    assert result.status is RunStatus.FAILED
    await trader.core.facts.settle()
    steps = await trader.core.store.lineage.steps_of_run(result.run)
    failed = steps[-1]
    assert (failed.step.value, failed.status, failed.attempt) == ("indicators", StepStatus.FAILED, 1)
    assert failed.error == result.reason
    assert failed.inputs["parameters"]["sma_length"] == 900
    assert "Traceback" in failed.outputs["trace"]
    assert "NotEnoughBars" in failed.outputs["trace"]
    assert failed.started >= steps[0].started
    assert all(one.digest for one in steps if one.step.value in ("load_strategy", "load_bars"))


async def test_b6_a_slot_runs_once(trader: Trader) -> None:
    aapl = await trader.instrument()
    await trader.trending(aapl, +1)
    strategy = await trader.strategy(Mode.OBSERVE)
    await trader.core.runs.run(strategy.id, "AAPL", slot="2026-11-23T20:45:00+00:00")
    with pytest.raises(UserError, match="has run already"):
        await trader.core.runs.run(strategy.id, "AAPL", slot="2026-11-23T20:45:00+00:00")
    assert len(trader.state.runs) == 1


async def test_an_order_too_small_for_one_share_is_not_made_one_share(trader: Trader) -> None:
    result = await run(trader, +1, risk_percent=Decimal("0.000001"))
    assert result.status is RunStatus.REFUSED
    assert "no order" in result.reason
    assert trader.state.intents == {}


async def test_a_run_whose_send_is_in_doubt_names_its_order(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.domain.errors import Retryable

    async def lost(*_: object) -> None:
        raise Retryable("The connection broke while the order was being sent; the broker is asked what arrived.")

    monkeypatch.setattr(trader.core.desk._channel, "place", lost)
    result = await run(trader, +1)
    assert result.status is RunStatus.FAILED
    assert result.signal is not None
    assert result.intent is not None
    assert trader.state.orders[result.intent.entry.ref].state is S.VERIFYING
