"""Rows B6 and E9 of the fault list: work that comes twice, in two processes, and work that ends by an error."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.errors import Fault, UserError
from app.domain.orders import Limit, OrderState
from app.services import absence, schedule
from tests.support.core import WIDE_LIMITS, Trader, trading
from tests.support.drill import one_slot
from tests.support.gateway import PracticeGateway
from tests.support.oracle import Oracle, watched


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (schedule, absence):
        monkeypatch.setattr(module, "LOOK_EVERY_S", 0.05)


@pytest.mark.slow
async def test_b6_a_slot_that_ran_in_one_process_is_no_order_in_the_next(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    endpoint = practice_gateway.endpoint
    program = [sys.executable, "-m", "tests.support.drill", str(tmp_path / "app"), f"{endpoint.host}:{endpoint.port}"]
    first = await asyncio.to_thread(subprocess.run, [*program, "slot"], capture_output=True, text=True, timeout=100)
    assert first.stdout == "ordered\n", first.stderr[-2000:]
    async with trading(tmp_path / "app", practice_gateway, limits=WIDE_LIMITS) as trader:
        with watched(trader) as oracle:
            assert "has run already" in await one_slot(trader)
            assert len(trader.state.intents) == 1
            await oracle.holds()
            assert oracle.sent == []


@pytest.mark.parametrize(
    ("owner", "method", "name"), [(schedule.Schedule, "_look", "schedule"), (absence.Absence, "look", "absence")]
)
async def test_e9_trading_halts_when_the_work_it_lives_by_ends_by_an_error(
    clean: Trader, oracle: Oracle, monkeypatch: pytest.MonkeyPatch, owner: type, method: str, name: str
) -> None:
    aapl, told = await clean.instrument(), list[Fault]()
    clean.core.bus.on(Fault, told.append)
    resting = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -3)), 1))
    await clean.until_state(resting.entry.ref, OrderState.ACCEPTED)
    review = await clean.core.desk.review(clean.proposal(aapl, Limit(clean.near(aapl, -4)), 2))
    monkeypatch.setattr(owner, method, broken)
    await oracle.told(f"“{name}” ended by an error")
    assert [str(fault) for fault in told] == [clean.state.trading.reason], "it is told once"
    with pytest.raises(UserError, match="halted"):
        await clean.core.desk.submit(review)
    await oracle.holds()
    assert clean.state.orders[resting.entry.ref].state is OrderState.ACCEPTED, "what works at the broker stays"
    assert oracle.sent == [resting.entry.ref]


def broken(*_: object) -> None:
    raise ZeroDivisionError("a bug nobody foresaw")
