"""Rows D3, D4 and D6 of the fault list: a machine that slept, clocks that are wrong, a machine of another zone."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.adapters.calendar import EXCHANGE, open_calendar
from app.domain.strategies import Mode, RunStatus
from app.services import absence, session
from app.services.absence import ClockIsOff
from app.services.session import SessionState
from tests.services.test_session import views_of
from tests.support.core import Trader, prepare, trading
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


@dataclass(frozen=True)
class Sleeper:
    """The app in a process that is frozen and thawed, and what it says."""

    process: asyncio.subprocess.Process

    async def until(self, says: str, within_s: float = 40) -> list[str]:
        """Return all lines up to one that begins so."""
        assert self.process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith(says):
            line = await asyncio.wait_for(self.process.stdout.readline(), within_s)
            assert line, lines
            lines.append(line.decode().strip())
        return lines

    async def freeze(self, seconds: float, gateway: PracticeGateway, market_s: float) -> None:
        """Stop it as a closed lid does, let the market go on meanwhile, and let it go on."""
        self.process.send_signal(signal.SIGSTOP)
        began = asyncio.get_running_loop().time()
        await gateway.control({"do": "clock", "advance_s": market_s})
        await asyncio.sleep(began + seconds - asyncio.get_running_loop().time())  # being away takes its time
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def sleeper(data_dir: Path, gateway: PracticeGateway, *slept_s: float) -> AsyncIterator[Sleeper]:
    prepare(data_dir)
    where = f"{gateway.endpoint.host}:{gateway.endpoint.port}"
    words = ["-m", "tests.support.drill", str(data_dir), where, "sleep", *map(str, slept_s)]
    process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        yield Sleeper(process)
    finally:
        process.kill()
        await process.wait()


async def to_noon(gateway: PracticeGateway) -> None:
    """Have it be half past noon of the next session."""
    now = datetime.fromtimestamp((await gateway.control({"do": "clock", "advance_s": 0}))["now"], UTC)
    day = open_calendar(EXCHANGE, now.date(), now.date() + timedelta(days=30)).next_session(now.date())
    noon = datetime(day.year, day.month, day.day, 12, 30, 20, tzinfo=ZoneInfo("America/New_York"))
    await gateway.control({"do": "clock", "advance_s": (noon - now).total_seconds()})


async def slept_through(tmp_path: Path, gateway: PracticeGateway, seconds: float, *slept_s: float) -> None:
    """Freeze the app for so long, with four slots in it, and see what it does on its return."""
    await to_noon(gateway)
    async with sleeper(tmp_path / "app", gateway, *slept_s) as app:
        await app.until("READY")
        await gateway.control({"do": "clock", "advance_s": 60})
        await app.until("run 20")  # it is at work
        await app.freeze(seconds, gateway, 240)
        back = await app.until("session ready")
        after = list[str]()
        while sum(line.endswith("skipped") for line in [*back, *after]) < 3:
            after += await app.until("run")
    gone = next(place for place, line in enumerate(back) if "slept or its clock jumped" in line)
    assert back[gone].startswith("session syncing"), "the link is checked"
    assert [line for line in back[gone:] if line.startswith("gate")], "nothing could leave meanwhile"
    assert not [line for line in back[gone:] if line.startswith("run") and not line.endswith("skipped")]
    skipped = [line.split()[1] for line in [*back, *after] if line.endswith("skipped")]
    assert len(set(skipped)) == len(skipped), "each slot that passed is listed, once"


async def test_d3_a_process_that_was_frozen_matches_before_anything_leaves_and_lists_what_it_missed(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    await slept_through(tmp_path, practice_gateway, 2.0, 1.5)


@pytest.mark.slow
async def test_d3_a_minute_of_sleep_as_it_is(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    await slept_through(tmp_path, practice_gateway, 60.0)


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
