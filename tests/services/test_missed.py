"""Rows D3 of the fault list and the ledger of runs: what was missed is listed with its reason, and done as is set."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.errors import UserError
from app.domain.events import StrategySaved
from app.domain.signals import StrategyId
from app.domain.strategies import Misfire, Run, RunStatus, Strategy
from app.services.missed import SlotsMissed, slot_of
from tests.services.test_schedule import Hand, at
from tests.support.core import Trader, running_core, trading
from tests.support.gateway import PracticeGateway

EVERY_HOUR = "0 * * * *"


@pytest.fixture
async def hand(wide_trader: Trader, monkeypatch: pytest.MonkeyPatch) -> Hand:
    found = Hand(wide_trader, monkeypatch)
    found.trader.core.schedule._next.clear()
    return found


def slots(runs: list[Run]) -> list[str | None]:
    return sorted({str(run.slot)[5:16] for run in runs})


async def asleep(hand: Hand, until: datetime, **settings: object) -> Strategy:
    """Schedule a strategy every hour, look at Monday noon, and look next at a later moment."""
    strategy = await hand.trader.strategy(is_scheduled=True, cron=EVERY_HOUR, symbols=("AAPL",), **settings)
    await hand.look_at(at(23, 12, 30))
    await hand.look_at(until)
    return strategy


async def test_d3_every_slot_that_was_slept_through_is_listed_and_none_is_run(hand: Hand) -> None:
    told: list[SlotsMissed] = []
    hand.trader.core.bus.on(SlotsMissed, told.append)
    await asleep(hand, at(23, 16, 5))
    missed = await hand.skipped(4)
    assert slots(missed) == ["11-23T18:00", "11-23T19:00", "11-23T20:00", "11-23T21:00"]
    assert all("slept or was busy" in run.reason for run in missed)
    assert hand.fired == []
    assert [(len(one.slots), one.is_question) for one in told] == [(4, False)]


async def test_d3_a_slot_that_is_due_now_is_run_whatever_was_slept_through_before_it(hand: Hand) -> None:
    await asleep(hand, at(23, 15, 0, 20))
    assert hand.fired == [("AAPL", "2026-11-23T20:00:00Z")]
    assert slots(await hand.skipped(2)) == ["11-23T18:00", "11-23T19:00"]


async def test_with_once_the_newest_is_run_late_within_its_grace_and_the_others_are_listed(hand: Hand) -> None:
    await asleep(hand, at(23, 16, 5), misfire=Misfire.ONCE, grace_minutes=10)
    assert hand.fired == [("AAPL", "2026-11-23T21:00:00Z")]
    assert slots(await hand.skipped(3)) == ["11-23T18:00", "11-23T19:00", "11-23T20:00"]
    await hand.look_at(at(23, 16, 6))
    assert len(hand.fired) == 1


async def test_with_once_nothing_is_run_when_its_grace_is_over(hand: Hand) -> None:
    await asleep(hand, at(23, 16, 11), misfire=Misfire.ONCE, grace_minutes=10)
    assert hand.fired == []
    assert len(await hand.skipped(4)) == 4


async def test_with_once_a_run_waits_for_the_connection_as_long_as_its_grace(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = ["The gateway is away."]
    monkeypatch.setattr(hand.trader.core.schedule._missed, "_why_not_now", lambda: why[0])
    monkeypatch.setattr(hand.trader.core.schedule, "_why_not_now", lambda: why[0])
    await asleep(hand, at(23, 13, 0), misfire=Misfire.ONCE, grace_minutes=10)
    assert hand.fired == []
    why[0] = ""
    await hand.look_at(at(23, 13, 8))
    assert hand.fired == [("AAPL", "2026-11-23T18:00:00Z")]
    why[0] = "The gateway is away."
    await hand.look_at(at(23, 14, 0))
    await hand.look_at(at(23, 14, 11))
    (given_up,) = await hand.skipped(1)
    assert given_up.reason == "The gateway is away. It could not be run within 10 min."


async def test_with_ask_it_is_listed_and_a_person_is_asked_each_time(hand: Hand) -> None:
    told: list[SlotsMissed] = []
    hand.trader.core.bus.on(SlotsMissed, told.append)
    strategy = await asleep(hand, at(23, 13, 5), misfire=Misfire.ASK)
    await hand.look_at(at(23, 14, 5))
    assert hand.fired == []
    assert [one.is_question for one in told] == [True, True]
    await hand.skipped(2)
    await hand.trader.core.schedule.run_now(strategy)
    assert hand.fired == [("AAPL", None)]


async def test_a_night_of_minutes_lists_the_newest_alone(hand: Hand) -> None:
    await hand.trader.strategy(is_scheduled=True, cron="* * * * *", symbols=("AAPL",))
    await hand.look_at(at(23, 18, 0, 30))
    await hand.look_at(at(24, 8, 0, 30))
    assert len(await hand.skipped(19)) == 19, "the newest twenty, the last of which is due now"
    assert hand.fired == [("AAPL", "2026-11-24T13:00:00Z")]


async def test_what_was_missed_while_the_program_was_closed_is_listed_once(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        plan = await trader.strategy(cron=EVERY_HOUR, symbols=("AAPL",), is_scheduled=True)
        trader.core.schedule._look()
        await trader.until(lambda state: state.strategies[plan.id].scheduled_since is not None)
        closed = trader.core.clock.market()
    await practice_gateway.control({"do": "clock", "advance_s": 4 * 86400})
    for _ in range(2):
        async with running_core(tmp_path / "app", practice_gateway) as core:
            core.schedule._look()
            assert await core.facts.until(lambda state: len(skipped(list(state.runs.values()))) >= 20, 10)
            missed = skipped(list(core.facts.state.runs.values()))
            assert len(missed) == len({run.slot for run in missed}) == 20
            assert all(str(run.slot) > slot_of(closed) for run in missed)
            assert {run.reason for run in missed} == {"Tapeline was not running then."}


def skipped(runs: list[Run]) -> list[Run]:
    return [run for run in runs if run.status is RunStatus.SKIPPED]


async def test_nothing_counts_as_missed_from_before_the_strategy_had_its_schedule(hand: Hand) -> None:
    schedule, now = hand.trader.core.schedule, hand.trader.core.clock.now()
    await hand.trader.strategy(is_scheduled=False, cron=EVERY_HOUR, symbols=("AAPL",))
    await hand.look_at(at(23, 8, 0))
    strategy = await hand.trader.strategy(is_scheduled=True, cron=EVERY_HOUR, symbols=("AAPL",))
    await hand.look_at(at(23, 12, 30))
    await hand.trader.until(lambda state: state.strategies[strategy.id].scheduled_since is not None)
    assert hand.trader.state.strategies[strategy.id].scheduled_since == at(23, 12, 30).astimezone(UTC)
    schedule._has_caught_up = False
    schedule._plans.clear()
    schedule._next.clear()
    await hand.look_at(at(23, 12, 45))
    other = replace(strategy, id=StrategyId("other"), scheduled_since=at(23, 10, 30).astimezone(UTC))
    await hand.trader.core.facts.enter(StrategySaved(at=now, strategy=other))
    schedule._has_caught_up = False
    schedule._plans.clear()
    await hand.look_at(at(23, 12, 46))
    missed = await hand.skipped(2)
    assert slots(missed) == ["11-23T16:00", "11-23T17:00"]
    assert {run.strategy for run in missed} == {"other"}


async def test_a_schedule_that_cannot_be_read_lists_nothing(hand: Hand) -> None:
    strategy = await hand.trader.strategy(cron="not cron", is_scheduled=True)
    assert hand.trader.core.schedule._passed(strategy, at(23, 8, 0) - timedelta(days=40), at(23, 8, 0)) == []
    with pytest.raises(UserError):
        hand.trader.core.schedule.upcoming(strategy)
    await asyncio.sleep(0)
