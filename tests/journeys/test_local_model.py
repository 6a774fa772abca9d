"""A real model on this machine, driven through the window: set up, tested, asked by hand and by a strategy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.test_first_run import display
from tests.support.small_model import running_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
ANSWERED = {"valid", "invalid", "outdated"}
PICTURES = ("model-tested", "analysis-preview", "analysis-read", "signal-and-lineage")
__all__ = ["display"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    yield from running_model()


@pytest.mark.parametrize(("theme", "language"), [("dark", "en"), ("light", "zh")])
def test_a_local_model_is_set_up_tested_and_read_with_in_the_window(
    display: str, address: str, theme: str, language: str, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("TAPELINE_SCREENSHOTS", str(tmp_path / "pictures")))
    environment = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    command = ["tests.support.model_window", str(tmp_path / "data"), str(pictures), theme, language, address]
    played = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        timeout=1500,
        env={**environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
    )
    assert played.returncode == 0, played.stderr[-3000:]
    told = json.loads(played.stdout.splitlines()[-1])
    assert told["models"]
    assert "It takes no pictures: charts are sent as numbers alone." in told["notes"]
    assert len(told["read"]) >= 2
    assert ANSWERED & set(told["read"]), told["read"]
    assert any(status in ANSWERED and "SmolLM2" in served for status, served in told["run"]), told["run"]
    assert {"Strategy loaded", "Signal"} & set(told["steps"]) or "信号" in told["steps"], told["steps"]
    assert {f"{theme}-{language}-{step}.png" for step in PICTURES} <= {each.name for each in pictures.iterdir()}
    assert "Traceback" not in played.stderr
    sys.stdout.write(played.stdout)
