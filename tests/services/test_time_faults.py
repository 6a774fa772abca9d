"""Rows D3, D4 and D6 of the fault list: a machine that slept, clocks that are wrong, a machine of another zone."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.strategies import Mode, RunStatus
from app.services import absence, session
from app.services.absence import ClockIsOff
from app.services.session import SessionState
from tests.services.test_session import views_of
from tests.support.core import Trader, trading
from tests.support.gateway import PracticeGateway, running_gateway
from tests.support.ledger import ledger_equals_book

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("jump", [timedelta(hours=8), timedelta(seconds=-90)])
async def test_d3_d4_after_a_sleep_or_a_jump_the_gate_is_shut_until_a_match(
    trader: Trader, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.05)
    seen, now = views_of(trader), trader.core.clock.now
    monkeypatch.setattr(trader.core.clock, "now", lambda: now() + jump)
    view = await trader.until_view(lambda view: view.state is SessionState.SYNCING)
    assert "slept or its clock jumped" in view.why
    await trader.until_view(lambda view: view.is_ready)
    assert seen == [SessionState.SYNCING, SessionState.READY], "the sockets stayed, the broker was asked"
    await ledger_equals_book(trader)


@pytest.fixture
def paper_gateway(tmp_path: Path) -> Iterator[PracticeGateway]:
    yield from running_gateway(tmp_path / "paper", "--account", "DU1234567")


async def test_d4_a_clock_that_is_off_is_told_and_beyond_thirty_seconds_nothing_runs_by_itself(
    tmp_path: Path, paper_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(absence, "LOOK_EVERY_S", 0.05)
    async with trading(tmp_path / "app", paper_gateway) as trader:
        told, came = list[ClockIsOff](), asyncio.Event()
        trader.core.bus.on(ClockIsOff, lambda news: (told.append(news), came.set()))
        await paper_gateway.fault("clock_offset", s=45)
        await asyncio.wait_for(came.wait(), 10)
        assert re.search(r"4[45] s behind the broker's", str(told[0]))
        strategy = await trader.strategy(Mode.OBSERVE, symbols=("AAPL",))
        monkeypatch.setattr(trader.core.schedule, "_is_session", lambda moment: True)
        now = trader.core.clock.market()
        trader.core.schedule._fire(strategy, now, now)
        await trader.until(lambda state: any(run.status is RunStatus.SKIPPED for run in state.runs.values()))
        assert "s off the broker's" in next(iter(trader.state.runs.values())).reason
        assert len(told) == 1, "it is told once"


READS_TIMES = ["adapters/ib/test_translate.py", "adapters/test_cron.py::test_d2_an_expression_fires_when_cron_says"]
ROOMS = ["domain", "quant", "adapters", "runtime", "services/test_schedule.py"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("modules", [READS_TIMES, pytest.param(ROOMS, marks=pytest.mark.slow)])
def test_d6_a_machine_in_tokyo_reads_the_same_times(modules: list[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *(f"tests/{module}" for module in modules)],
        cwd=ROOT,
        env={**os.environ, "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
