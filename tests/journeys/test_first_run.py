"""A newcomer's first run in a real window: no gesture before the chart, two until an order is filled, nothing asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

SCREEN = "1440x900x24"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed, so there is no real window to look at")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_newcomer_has_a_chart_at_once_and_a_filled_order_after_two_gestures(
    display: str, theme: str, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("TAPELINE_SCREENSHOTS", str(tmp_path / "pictures")))
    environment = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    played = subprocess.run(
        [sys.executable, "-m", "tests.support.window", str(tmp_path / "data"), str(pictures), theme],
        capture_output=True,
        text=True,
        timeout=120,
        env={**environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
    )
    assert played.returncode == 0, played.stderr[-3000:]
    told = json.loads(played.stdout.splitlines()[-1])
    assert told["gestures_before_chart"] == 0
    assert told["gestures_to_filled"] == 2
    assert told["empty_docks"] == []
    assert {f"{theme}-{step}.png" for step in ("opened", "review", "filled")} <= {p.name for p in pictures.iterdir()}
    assert "Traceback" not in played.stderr
    sys.stdout.write(f"{theme}: {played.stdout}")


def test_a_display_that_goes_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed, so there is no display to lose")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp"], pass_fds=[writer], stderr=subprocess.DEVNULL
    )
    os.close(writer)
    with os.fdopen(reader) as told:
        display = f":{told.readline().strip()}"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "app", "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as window:
        while window.poll() is None and not (tmp_path / "data/practice/gateway.json").exists():
            with suppress(subprocess.TimeoutExpired):
                window.wait(0.05)
        server.terminate()
        server.wait()
        _, said = window.communicate(timeout=60)
    assert window.returncode == 2
    assert "The display went away" in said
    assert "Traceback" not in said
