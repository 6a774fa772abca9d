"""Where users' own functions run: one process beside ours, ended when a function takes too long.

`run` waits for the answer, at most the limit: call it from a thread, never from the window's own.
"""

from __future__ import annotations

import json
import multiprocessing
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock

import numpy as np

from app.domain.bars import FloatArray
from app.domain.errors import UserError
from app.quant.indicators.workshop_child import Job, serve

LIMIT_S = 2.0
_START_S = 30.0
_HEADER = 64 * 1024


class Workshop:
    """Runs jobs one after another; its process starts with the first, and anew after one that was ended."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self.limit_s = limit_s
        self._lock = Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def run(self, title: str, job: Job) -> tuple[FloatArray, ...]:
        """Return the job's outputs in their order; raise UserError with the one sentence that says what is wrong."""
        with self._lock:
            connection = self._open()
            try:
                connection.send(job)
                if not connection.poll(job.limit_s):
                    self._end()
                    raise UserError(
                        f"{title} gave no answer within {job.limit_s:g} s over {_count(job):,} bars; "
                        "look for an endless loop in its code."
                    )
                return self._received(title, job, connection)
            except (EOFError, OSError):
                self._end()
                raise UserError(f"{title} ended the process it ran in; correct its code.") from None

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _received(self, title: str, job: Job, connection: Connection) -> tuple[FloatArray, ...]:
        header: dict[str, str] = json.loads(connection.recv_bytes(_HEADER))
        if "wrong" in header:
            raise UserError(f"{title} {header['wrong']}; correct its code.")
        size = 8 * _count(job)
        return tuple(np.frombuffer(connection.recv_bytes(size), np.float64).copy() for _ in job.outputs)

    def _open(self) -> Connection:
        if self._connection is not None and self._process is not None and self._process.is_alive():
            return self._connection
        self._end()
        context = multiprocessing.get_context("spawn")  # a fork would take the window's threads and locks along
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), name="own indicators", daemon=True)
        process.start()
        theirs.close()
        self._process, self._connection = process, ours
        with suppress(EOFError, OSError):
            if ours.poll(_START_S) and ours.recv_bytes(_HEADER) == b"ready":
                return ours
        self._end()
        raise UserError("The process for your own indicators did not start; restart Tapeline and try again.")

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._connection = None


def _count(job: Job) -> int:
    return len(next(iter(job.columns.values())))
