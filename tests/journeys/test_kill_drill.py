"""kill -9 of the app at random moments of the order path: no order twice, no fill lost, the ledger equals the book."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from random import Random

import pytest

from app.adapters.store.store import Store
from app.compose import DATABASE
from app.domain.state import State
from tests.support.gateway import PracticeGateway, practice_gateway
from tests.support.ledger import differences

__all__ = ["practice_gateway"]

LOOK_EVERY = 100
KILLS = int(os.environ.get("TAPELINE_KILLS", "100"))
LIMITS = {
    "orders_per_minute": 1000,
    "orders_per_day": 100_000,
    "duplicate_s": 0,
    "position_percent": "100",
    "exposure_percent": "100",
    "exposure_warn_percent": "100",
    "open_positions": 100,
    "daily_loss_percent": "100",
}


def start(data_dir: Path, gateway: PracticeGateway, task: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.drill", str(data_dir)]
    command += [f"{gateway.endpoint.host}:{gateway.endpoint.port}", task]
    log = (data_dir / "stderr.log").open("a")
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)


def one_life(data_dir: Path, gateway: PracticeGateway, chance: Random) -> None:
    """Let the app live for a random while, counted from its first order or, now and then, from its start."""
    process = start(data_dir, gateway, "trade")
    assert process.stdout is not None
    if chance.random() < 0.7:
        assert process.stdout.readline() == "READY\n", (data_dir / "stderr.log").read_text()[-2000:]
        threading.Event().wait(chance.uniform(0.0, 0.5))
    else:
        threading.Event().wait(chance.uniform(0.2, 2.5))
    process.kill()
    process.wait()
    process.stdout.close()


def settle(data_dir: Path, gateway: PracticeGateway) -> None:
    process = start(data_dir, gateway, "settle")
    out, _ = process.communicate(timeout=120)
    assert out == "SETTLED\n", (data_dir / "stderr.log").read_text()[-2000:]


async def ledger_of(data_dir: Path) -> State:
    store = await Store.open_read_only(data_dir / DATABASE)
    try:
        return await store.journal.load()
    finally:
        await store.close()


@pytest.mark.slow
@pytest.mark.timeout(60 + 20 * KILLS)
async def test_b1_b2_b3_random_kills_send_nothing_twice_and_lose_nothing(
    practice_gateway: PracticeGateway, tmp_path: Path
) -> None:
    data_dir, chance = tmp_path / "app", Random(20_261_122)
    data_dir.mkdir()
    (data_dir / "settings.json").write_text(json.dumps({"schema": 1, "limits": LIMITS}))
    for kills in range(1, KILLS + 1):
        one_life(data_dir, practice_gateway, chance)
        if kills % LOOK_EVERY and kills != KILLS:
            continue
        settle(data_dir, practice_gateway)
        book, state = await practice_gateway.book(), await ledger_of(data_dir)
        assert differences(state, book) == []
        orders, fills = len(book["orders"]), len(state.fills)
        sys.stdout.write(f"{kills} kills, {orders} orders at the broker, {fills} fills, 0 twice, 0 lost\n")
    assert orders >= KILLS, "the drill placed fewer orders than it was killed"
