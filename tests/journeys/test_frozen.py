"""A machine that sleeps: a process that was frozen while an order filled asks the broker before it goes on."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.test_kill_drill import ledger_of, settle
from tests.support.core import WIDE_LIMITS
from tests.support.gateway import PracticeGateway, practice_gateway
from tests.support.ledger import differences

__all__ = ["practice_gateway"]

FROZEN_S = float(os.environ.get("TAPELINE_FROZEN_S", "25"))


@contextmanager
def waiting_app(data_dir: Path, gateway: PracticeGateway) -> Iterator[tuple[subprocess.Popen[str], queue.Queue[str]]]:
    """Yield the app in a process of its own, with what it tells of its session and its fills."""
    place = f"{gateway.endpoint.host}:{gateway.endpoint.port}"
    with (data_dir / "stderr.log").open("a") as log:
        command = [sys.executable, "-m", "tests.support.drill", str(data_dir), place, "wait"]
        app = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    told: queue.Queue[str] = queue.Queue()
    reading = threading.Thread(target=lambda: [told.put(line.strip()) for line in app.stdout or ()])
    reading.start()
    try:
        yield app, told
    finally:
        app.send_signal(signal.SIGCONT)
        app.kill()
        app.wait()
        reading.join()
        assert app.stdout is not None
        app.stdout.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="freezing a process is a signal of POSIX")
@pytest.mark.timeout(120 + 2 * FROZEN_S)
async def test_d3_a_frozen_process_asks_the_broker_before_it_goes_on(
    practice_gateway: PracticeGateway, tmp_path: Path
) -> None:
    data_dir = tmp_path / "app"
    data_dir.mkdir()
    (data_dir / "settings.json").write_text(json.dumps({"schema": 1, "limits": WIDE_LIMITS}))
    with waiting_app(data_dir, practice_gateway) as (app, told):
        assert told.get(timeout=60) == "READY"
        app.send_signal(signal.SIGSTOP)
        await practice_gateway.fault("manual_order", symbol="AAPL", action="BUY", quantity=3)
        threading.Event().wait(FROZEN_S)
        app.send_signal(signal.SIGCONT)
        woke, states = time.monotonic(), list[str]()
        while "ready" not in states:
            states.append(told.get(timeout=60))
        took = time.monotonic() - woke
    assert any(state in ("syncing", "connecting") for state in states), states
    settle(data_dir, practice_gateway)
    state, book = await ledger_of(data_dir), await practice_gateway.book()
    assert len(book["executions"]) == 1
    assert differences(state, book) == []
    sys.stdout.write(f"frozen for {FROZEN_S:g} s, ready {took:.1f} s after it woke: {', '.join(states)}\n")
