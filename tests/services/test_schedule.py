"""The schedule: a slot fires once, by the market's time, on days with a session, and never into a run."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.state import State
from app.domain.strategies import Mode, Run, RunStatus
from app.runtime.settings import SettingsFile
from app.services.missed import SlotsMissed, slot_of
from tests.support.core import Trader

NEW_YORK = ZoneInfo("America/New_York")


class Hand:
    """Sets the market's time by hand, lets the schedule look, and keeps what it fired."""

    def __init__(self, trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
        self.trader = trader
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.fired: list[tuple[str, str | None]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        monkeypatch.setattr(trader.core.clock, "market", lambda: self.now)
        monkeypatch.setattr(trader.core.runs, "run", self._run)

    async def _run(self, strategy: str, symbol: str, *, slot: str | None = None, **_: Any) -> None:
        self.fired.append((symbol, slot))
        await self.go_on.wait()

    async def skipped(self, count: int) -> list[Run]:
        """Return the runs that are listed as skipped, once there are so many."""

        def found(state: State) -> list[Run]:
            return [run for run in state.runs.values() if run.status is RunStatus.SKIPPED]

        await self.trader.until(lambda state: len(found(state)) >= count)
        return found(self.trader.state)

    async def look_at(self, moment: datetime) -> None:
        self.now = moment.astimezone(UTC)
        self.trader.core.schedule._look()
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def hand(wide_trader: Trader, monkeypatch: pytest.MonkeyPatch) -> Hand:
    found = Hand(wide_trader, monkeypatch)
    found.trader.core.schedule._next.clear()
    return found


def at(day: int, hour: int, minute: int, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=NEW_YORK)


async def test_a_slot_fires_once_at_its_market_time(hand: Hand) -> None:
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, symbols=("AAPL", "MSFT"))
    await hand.look_at(at(23, 15, 44))
    assert hand.fired == []
    for second in (0, 0, 1, 2, 59):
        await hand.look_at(at(23, 15, 45, second))
    slot = "2026-11-23T20:45:00Z"
    assert hand.fired == [("AAPL", slot), ("MSFT", slot)]


async def test_what_is_not_scheduled_does_not_fire(hand: Hand) -> None:
    await hand.trader.strategy(Mode.AUTO, is_scheduled=False)
    await hand.look_at(at(23, 15, 44))
    await hand.look_at(at(23, 15, 45))
    assert hand.fired == []


@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2026, 12, 25), date(2026, 11, 21)])
async def test_d5_nothing_fires_on_a_day_without_a_session(hand: Hand, day: date) -> None:
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, cron="45 15 * * *")
    await hand.look_at(at(day.day, 15, 44, month=day.month))
    await hand.look_at(at(day.day, 15, 45, month=day.month))
    assert hand.fired == []


async def test_the_day_is_the_exchanges_own_even_late_in_the_evening(hand: Hand) -> None:
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, cron="0 20 * * *", symbols=("AAPL",))
    await hand.look_at(at(20, 19, 59))
    await hand.look_at(at(20, 20, 0))
    assert len(hand.fired) == 1, "Friday evening in New York is Saturday in UTC and still Friday's session day"
    await hand.look_at(at(22, 19, 59))
    await hand.look_at(at(22, 20, 0))
    assert len(hand.fired) == 1, "Sunday evening in New York is Monday in UTC and no session day"


async def test_d3_what_is_noticed_too_late_was_missed(hand: Hand) -> None:
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, symbols=("AAPL",))
    await hand.look_at(at(23, 15, 44))
    await hand.look_at(at(23, 15, 46, 1))
    assert hand.fired == []
    (skipped,) = await hand.skipped(1)
    assert (skipped.symbol, skipped.slot) == ("AAPL", "2026-11-23T20:45:00Z")
    assert "61 s late" in skipped.reason
    await hand.look_at(at(24, 15, 45))
    assert len(hand.fired) == 1


async def test_d7_a_run_that_goes_on_is_not_joined(hand: Hand) -> None:
    strategy = await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, cron="* * * * *", symbols=("AAPL",))
    hand.go_on.clear()
    await hand.look_at(at(23, 12, 0, 30))
    await hand.look_at(at(23, 12, 1))
    await hand.look_at(at(23, 12, 2))
    assert len(hand.fired) == 1
    assert "had not ended" in (await hand.skipped(1))[0].reason
    with pytest.raises(UserError, match="running already"):
        await hand.trader.core.schedule.run_now(strategy)
    hand.go_on.set()
    await asyncio.sleep(0.01)
    await hand.look_at(at(23, 12, 3))
    assert len(hand.fired) == 2


async def test_d7_a_run_that_hangs_is_ended_in_time_and_the_slot_after_it_is_skipped_and_told(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, told, began = wide_trader.core, list[SlotsMissed](), asyncio.Event()
    core.bus.on(SlotsMissed, told.append)

    async def sleeps(*_: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    longest = [30.0]
    monkeypatch.setattr(core.runs._look, "load", sleeps)
    monkeypatch.setattr(core.runs, "_longest_s", lambda: longest[0])
    strategy = await wide_trader.strategy(Mode.OBSERVE, symbols=("AAPL",))
    first = asyncio.ensure_future(core.schedule._run_slot(strategy, at(23, 12, 1)))
    await asyncio.wait_for(began.wait(), 10)
    await core.schedule._run_slot(strategy, at(23, 12, 2))
    await wide_trader.until(lambda state: any(run.status is RunStatus.SKIPPED for run in state.runs.values()))
    assert [one.why for one in told] == ["The run before it had not ended."]
    first.cancel()
    await asyncio.wait([first])

    longest[0] = 0.05
    await core.schedule._run_slot(strategy, at(23, 12, 3))
    ended = next(run for run in wide_trader.state.runs.values() if run.slot == slot_of(at(23, 12, 3)))
    assert ended.status is RunStatus.FAILED
    assert "no signal after 0.05 s, the longest that a run may take" in ended.reason
    assert core.batches.of(strategy.id) is None, "the next slot finds nothing in its way"


@pytest.mark.parametrize("seconds", [4, 3601, "long", None])
def test_d7_the_longest_run_is_a_setting_with_bounds(tmp_path: Path, seconds: object) -> None:
    settings = SettingsFile(tmp_path)
    assert settings.change(run_timeout_s=5).run_timeout_s == 5
    with pytest.raises(ValidationError):
        settings.change(run_timeout_s=seconds)
    assert SettingsFile(tmp_path).current.run_timeout_s == 5


async def test_a_change_of_the_schedule_counts_from_now_on(hand: Hand) -> None:
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, symbols=("AAPL",))
    await hand.look_at(at(23, 12, 0))
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, symbols=("AAPL",), cron="5 12 * * 1-5")
    await hand.look_at(at(23, 12, 4))
    await hand.look_at(at(23, 12, 5))
    await hand.look_at(at(23, 15, 45))
    assert len(hand.fired) == 1


async def test_a_schedule_that_cannot_be_read_stops_no_other(hand: Hand) -> None:
    from dataclasses import replace

    from app.compose import SAMPLE
    from app.domain.signals import StrategyId

    plans = [("a", "not cron", "UTC"), ("b", "45 15 * * *", "Nowhere/Town"), ("c", "45 15 * * *", "America/New_York")]
    for id_, cron, zone in plans:
        strategy = replace(SAMPLE, id=StrategyId(id_), cron=cron, zone=zone, is_scheduled=True, symbols=("AAPL",))
        await hand.trader.core.facts.enter(ev.StrategySaved(at=hand.trader.core.clock.now(), strategy=strategy))
    await hand.look_at(at(23, 15, 44))
    await hand.look_at(at(23, 15, 45))
    assert len(hand.fired) == 1


async def test_nothing_fires_while_the_session_is_not_ready(hand: Hand) -> None:
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, symbols=("AAPL",))
    await hand.look_at(at(23, 15, 44))
    await hand.trader.gateway.fault("lost")
    await hand.trader.until_view(lambda view: not view.is_ready)
    await hand.look_at(at(23, 15, 45))
    assert hand.fired == []
    assert "lost its connection" in (await hand.skipped(1))[0].reason
    await hand.trader.gateway.fault("restored", data_lost=False)
    await hand.trader.until_view(lambda view: view.is_ready)


async def test_d1_the_clock_change_fires_each_day_once(hand: Hand) -> None:
    await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True, cron="30 1 * * *", symbols=("AAPL",))
    strategy = next(iter(hand.trader.state.strategies.values()))
    hand.now = datetime(2026, 10, 30, 12, tzinfo=UTC)
    days = [moment.astimezone(NEW_YORK).date() for moment in hand.trader.core.schedule.upcoming(strategy, 5)]
    assert len(set(days)) == 5
    fired = hand.trader.core.schedule._cron.next_after("30 1 1 11 *", "America/New_York", hand.now)
    again = hand.trader.core.schedule._cron.next_after("30 1 1 11 *", "America/New_York", fired)
    assert (again - fired) > timedelta(days=300)


async def test_upcoming_shows_sessions_alone(hand: Hand) -> None:
    strategy = await hand.trader.strategy(Mode.OBSERVE, is_scheduled=True)
    hand.now = at(24, 12, 0).astimezone(UTC)
    days = [moment.astimezone(NEW_YORK).date() for moment in hand.trader.core.schedule.upcoming(strategy, 4)]
    assert days == [date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27), date(2026, 11, 30)]


async def test_it_fires_by_the_gateways_clock_and_not_by_ours(wide_trader: Trader) -> None:
    calendar, market = wide_trader.core.runs._calendar, wide_trader.core.clock.market()
    session = calendar.next_session(market.astimezone(NEW_YORK).date())
    noon = datetime(session.year, session.month, session.day, 12, tzinfo=NEW_YORK).astimezone(UTC)
    await wide_trader.strategy(Mode.OBSERVE, is_scheduled=True, symbols=("AAPL",), cron="0 12 * * *")
    wide_trader.core.schedule._next[next(iter(wide_trader.state.strategies))] = noon
    ahead = (noon - wide_trader.core.clock.market()).total_seconds() + 1
    await wide_trader.gateway.control({"do": "clock", "advance_s": ahead})
    await wide_trader.until(lambda state: any(run.slot == f"{noon:%Y-%m-%dT%H:%M:%SZ}" for run in state.runs.values()))
