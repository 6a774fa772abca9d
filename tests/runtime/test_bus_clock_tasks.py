"""The bus, the clock and the tasks: what everything else stands on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks


def test_observers_hear_in_the_order_they_came_and_subclasses_too() -> None:
    bus, heard = Bus(), list[tuple[str, object]]()
    bus.on(int, lambda thing: heard.append(("first", thing)))
    stop = bus.on(int, lambda thing: heard.append(("second", thing)))
    bus.publish(True)
    assert heard == [("first", True), ("second", True)]
    stop()
    bus.publish(7)
    assert heard[2:] == [("first", 7)]


def test_e9_an_observer_that_fails_hinders_no_other(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(), list[int]()

    def fail(_: int) -> None:
        raise ValueError("broken")

    bus.on(int, fail)
    bus.on(int, heard.append)
    bus.publish(1)
    assert heard == [1]
    assert "an observer of int failed" in caplog.text


def test_an_observer_may_leave_while_it_is_told() -> None:
    bus, heard = Bus(), list[int]()
    stops = []

    def once(thing: int) -> None:
        heard.append(thing)
        stops[0]()

    stops.append(bus.on(int, once))
    bus.publish(1)
    bus.publish(2)
    assert heard == [1]


def test_market_time_is_carried_forward_from_what_the_gateway_said(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, ticks = Clock(), [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: ticks[0])
    assert abs((clock.market() - clock.now()).total_seconds()) < 1, "the wall until it was read"
    start = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    clock.set_market(start)
    ticks[0] += 90
    assert clock.market() == start + timedelta(seconds=90)
    clock.set_market(start, speed=60.0)
    ticks[0] += 1
    assert clock.market() == start + timedelta(seconds=60)


async def test_e9_a_task_that_fails_is_logged_by_its_name_and_told(caplog: pytest.LogCaptureFixture) -> None:
    tasks, told = Tasks(), list[str]()
    tasks.on_vital_failure = told.append

    async def fail() -> None:
        raise ValueError("broken")

    await asyncio.wait(
        [tasks.spawn(fail(), name="the failing one"), tasks.spawn(fail(), name="the heart", is_vital=True)]
    )
    await asyncio.sleep(0)
    assert "the failing one" in caplog.text
    assert told == ["the heart"]
    assert tasks.names == []


async def test_closing_cancels_and_awaits_what_runs() -> None:
    tasks, ended = Tasks(), asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.spawn(wait(), name="waiting")
    await asyncio.sleep(0)
    assert tasks.names == ["waiting"]
    await tasks.close()
    assert ended.is_set()
    assert tasks.names == []
