"""The command as a script starts it, and one self-test whose data directory the readers share."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.services import session

COMMAND = [sys.executable, "-m", "app"]
HIDDEN = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def one(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out, parse_constant=_no_constant)

    @property
    def lines(self) -> list[Any]:
        """The JSON lines on stdout."""
        return [json.loads(line, parse_constant=_no_constant) for line in self.out.splitlines()]

    @property
    def sentence(self) -> str:
        """The one plain sentence on stderr; fail when there is more, less, or a trace."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("tapeline: ")
        assert "Traceback" not in self.err
        return lines[0].removeprefix("tapeline: ")


def _no_constant(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


def without_display() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in HIDDEN}


def tapeline(*words: object) -> Answer:
    """Run a command to its end in this process: quick, for what needs no process of its own."""
    out, err, root = io.StringIO(), io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in HIDDEN:
            patch.delenv(name, raising=False)
        patch.setattr(session, "BACK_OFF_S", (0.1, 0.1, 0.1))
        try:
            code = main([str(word) for word in words])
        finally:
            for handler in root.handlers[:]:
                if handler not in handlers:
                    root.removeHandler(handler)
                    handler.close()
            root.handlers[:], root.level = handlers, level
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return Answer(code, out.getvalue(), err.getvalue())


def process(*words: object) -> Answer:
    """Run a command to its end in a process of its own."""
    return ended(start(*words))


def start(*words: object) -> subprocess.Popen[str]:
    """Start a command and return at once."""
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=without_display(),
    )


def ended(process: subprocess.Popen[str], within_s: float = 90.0) -> Answer:
    """Return what a started command said."""
    out, err = process.communicate(timeout=within_s)
    assert "Traceback" not in err, err
    return Answer(process.returncode, out, err)


def children_of(pid: int) -> Iterable[int]:
    """Return the processes that a process started."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                yield int(folder.name)


@dataclass(frozen=True)
class Proof:
    """A self-test that was done: where, and what it said."""

    data_dir: Path
    told: dict[str, Any]
    seconds: float


@pytest.fixture(scope="session")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    """Do the self-test once in a data directory of its own."""
    import time

    data_dir, began = tmp_path_factory.mktemp("tested") / "app", time.monotonic()
    answer = process("--self-test", "--json", "--seed", 7, "--data-dir", data_dir)
    assert answer.code == 0, answer.err
    return Proof(data_dir, answer.one, time.monotonic() - began)
