"""The benchmark of the panels of analysis does every act in the product's window."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_every_act_is_done_in_the_window_and_measured() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.panels", "--rounds", "1"],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(lines) == 9
    assert all(line["longest_cpu_ms"] > 0 and line["goal_ms"] == 50 for line in lines)
