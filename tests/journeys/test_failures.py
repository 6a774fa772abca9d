"""Failures nobody foresaw, in processes of their own: a crash of native code, and errors wherever they may come up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from app.runtime.crash import CRASH, KEPT, take_crash

CRASHES = """
import ctypes, faulthandler, sys
with open(sys.argv[1], "a") as crashes:
    faulthandler.enable(crashes)
    ctypes.string_at(0)
"""
FAILS = """
import asyncio, sys, threading
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import qasync
from app import life
from app.runtime.logs import start_logging
from app.runtime.tasks import Tasks

start_logging(Path(sys.argv[1]))
app = QApplication([])
loop = qasync.QEventLoop(app)
asyncio.set_event_loop(loop)
loop.set_exception_handler(life._loop_failed)
life._catch_everything()

def fail(where):
    raise RuntimeError(f"broken {where}")

async def fail_later(where):
    fail(where)

async def main():
    tasks = Tasks()
    QTimer.singleShot(0, lambda: fail("slot"))
    threading.Thread(target=fail, args=("thread",)).start()
    asyncio.get_running_loop().call_soon(fail, "callback")
    tasks.spawn(fail_later("task"), name="the failing task")
    await asyncio.sleep(0.3)
    await tasks.close()
    sys.stdout.write("alive")

with loop:
    loop.run_until_complete(main())
"""


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


def test_e7_a_crash_of_native_code_is_told_once_at_the_next_start(tmp_path: Path) -> None:
    crashed = run(CRASHES, str(tmp_path / CRASH))
    assert crashed.returncode != 0
    told = take_crash(tmp_path)
    assert "ended unexpectedly the last time" in told
    assert "Segmentation fault" in told or "access violation" in told
    assert "checked with it now" in told
    assert "string_at" in (tmp_path / KEPT).read_text()
    assert take_crash(tmp_path) == "", "it is told once"


def test_e7_a_start_after_a_good_end_tells_nothing(tmp_path: Path) -> None:
    assert take_crash(tmp_path) == ""
    (tmp_path / CRASH).write_text("")
    assert take_crash(tmp_path) == ""


def test_e9_errors_of_slots_threads_callbacks_and_tasks_are_logged_and_end_nothing(tmp_path: Path) -> None:
    done = run(FAILS, str(tmp_path))
    assert done.stdout == "alive", done.stderr[-2000:]
    lines = [json.loads(line) for line in (tmp_path / "logs" / "tapeline.jsonl").read_text().splitlines()]
    for where in ("slot", "thread", "callback", "task"):
        (line,) = [line for line in lines if f"broken {where}" in line.get("trace", "")]
        assert line["level"] == "error"
