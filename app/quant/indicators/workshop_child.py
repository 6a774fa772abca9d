"""The other end of the workshop: a process that runs one user's function at a time and answers in plain bytes.

It is no sandbox: what runs here was read and confirmed by the person whose machine it is. It keeps a mistake
(an endless loop, a huge array, a crash) away from the window and from the orders.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

FILE = "<own indicator>"
_ROOM = 1 << 30  # bytes a function may use on top of what the process itself takes
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Job:
    """One call: the code, the function in it, its columns and settings by name, and the outputs expected."""

    code: str
    function: str
    columns: dict[str, np.ndarray[Any, Any]]
    settings: dict[str, int | float]
    outputs: tuple[str, ...]
    limit_s: float


class Wrong(Exception):
    """What came back is no column of numbers; the text ends the sentence `X …`."""


def serve(connection: Connection) -> None:
    """Answer jobs until the other end is gone."""
    _keep_small()
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # what a function prints is for nobody
    connection.send_bytes(b"ready")
    while True:
        try:
            job: Job = connection.recv()
        except EOFError:
            return
        header, arrays = _answer(job)
        connection.send_bytes(json.dumps(header).encode())
        for array in arrays:
            connection.send_bytes(array.tobytes())


def _keep_small() -> None:
    """Limit the memory where the system can: Linux tells what is used and holds to the limit."""
    try:
        import resource
        from pathlib import Path

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + _ROOM, used + _ROOM))
    except (ImportError, OSError, ValueError):
        return


def _answer(job: Job) -> tuple[dict[str, str], list[np.ndarray[Any, Any]]]:
    try:
        with _alarm(job.limit_s + 1.0):
            return {}, _columns(job, _call(job))
    except Wrong as wrong:
        return {"wrong": str(wrong)}, []
    except BaseException as error:  # noqa: BLE001  # the boundary to a user's code, which may raise anything, SystemExit included
        return {"wrong": _words(error)}, []


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End the process after the time even if nobody is left to kill it; Windows has no such timer."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _call(job: Job) -> Any:
    room: dict[str, Any] = {"__name__": job.function}
    exec(compile(job.code, FILE, "exec"), room)
    return room[job.function](**job.columns, **job.settings)


def _columns(job: Job, result: Any) -> list[np.ndarray[Any, Any]]:
    if not isinstance(result, dict):
        if len(job.outputs) > 1:
            raise Wrong(f"should give a dict of {_listed(job.outputs)}, and gave a {type(result).__name__}")
        result = {job.outputs[0]: result}
    if set(result) != set(job.outputs):
        raise Wrong(f"should give {_listed(job.outputs)}, and gave {_listed(map(str, result)) or 'nothing'}")
    count = len(next(iter(job.columns.values())))
    return [_column(name, result[name], count) for name in job.outputs]


def _column(name: str, value: Any, count: int) -> np.ndarray[Any, Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise Wrong(f"should give numbers for {name}, and gave {array.dtype}")
    if array.shape != (count,):
        raise Wrong(f"should give {count:,} values of {name}, one a bar, and gave the shape {array.shape}")
    return np.ascontiguousarray(array, dtype=np.float64)


def _listed(names: Any) -> str:
    return ", ".join(names)[:_LONGEST]


def _words(error: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    text = " ".join(str(error).split())[:_LONGEST]
    where = f" in line {lines[-1]}" if lines else ""
    return f"failed{where} with {type(error).__name__}{f': {text}' if text else ''}"
