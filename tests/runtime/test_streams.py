"""Started with closed or narrow streams the program answers without a trace, and no file takes their place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BARS = "date,open,high,low,close,volume\n" + "".join(
    f"2026-{1 + day // 28:02}-{1 + day % 28:02},{10 + day},{11 + day},{9 + day},{10 + day},1\n" for day in range(40)
)


def analyse(tmp_path: Path, words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `analyse` under a shell's redirections."""
    (tmp_path / "é.csv").write_text(BARS)
    command = f'exec "{sys.executable}" -m app analyse --csv "{tmp_path}/é.csv" {words}'
    return subprocess.run(
        command, shell=True, capture_output=True, text=True, timeout=60, env={**os.environ, **(environment or {})}
    )


@pytest.mark.skipif(os.name == "nt", reason="the redirections are a POSIX shell's")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing_but_what_is_heard(tmp_path: Path, closed: str) -> None:
    done = analyse(tmp_path, f"--json {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("{") == (">&-" not in closed)


@pytest.mark.skipif(os.name == "nt", reason="the redirections are a POSIX shell's")
def test_letters_that_the_terminal_lacks_are_replaced(tmp_path: Path) -> None:
    done = analyse(tmp_path, "--tick ○", {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"})
    assert done.returncode == 2
    assert done.stderr.startswith("tapeline: ")
    assert "Traceback" not in done.stderr
