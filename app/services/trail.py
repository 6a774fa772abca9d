"""A run's trail: each step timed, chained to the one before, and written as it happens."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import format_exception
from typing import Any

from app.domain import events as ev
from app.domain.bulk import BulkData
from app.domain.errors import TapelineError
from app.domain.signals import RunId
from app.domain.strategies import StepStatus
from app.runtime.clock import Clock
from app.services.facts import Facts


@dataclass(slots=True)
class Note:
    """What a step adds to its record while it runs; `keep` is the bulk data it names, written with it."""

    outputs: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    status: StepStatus = StepStatus.OK
    keep: tuple[BulkData, ...] = ()


def flat(record: Any) -> dict[str, Any]:
    """Return the fields of a slotted record by name, as they are: what `asdict` would copy value by value."""
    return {name: getattr(record, name) for name in record.__slots__}


class Trail:
    """Writes the steps of one run; `last` is the newest, the cause of the next."""

    def __init__(self, facts: Facts, clock: Clock, run: RunId | None, cause: ev.EventId | None) -> None:
        self._facts = facts
        self._clock = clock
        self.run = run
        self.last = cause

    @contextmanager
    def step(self, name: ev.StepName, **inputs: Any) -> Iterator[Note]:
        """Time what happens inside and write it as a step, failed with its error and trace when it raises."""
        at, began, note = self._clock.now(), self._clock.monotonic(), Note()
        error = ""
        try:
            yield note
        except BaseException as failure:  # whatever ends a step is told in its record, and goes on
            note.status, error = StepStatus.FAILED, _told(failure)
            note.outputs = {**note.outputs, "trace": "".join(format_exception(failure))}
            raise
        finally:
            took = round((self._clock.monotonic() - began) * 1000, 3)
            self._post(
                ev.StepTaken(
                    at=at,
                    cause=self.last,
                    run=self.run,
                    step=name,
                    status=note.status,
                    duration_ms=took,
                    inputs=inputs,
                    outputs=note.outputs,
                    digest=note.digest,
                    error=error,
                ),
                note.keep,
            )

    def skip(self, name: ev.StepName, why: str) -> None:
        """Write that a step was left out, and why."""
        self._post(
            ev.StepTaken(
                at=self._clock.now(),
                cause=self.last,
                run=self.run,
                step=name,
                status=StepStatus.SKIPPED,
                outputs={"why": why},
            )
        )

    def _post(self, step: ev.StepTaken, keep: tuple[BulkData, ...] = ()) -> None:
        self._facts.post(step, keep=keep)
        self.last = step.id


def _told(failure: BaseException) -> str:
    if isinstance(failure, TapelineError):
        return str(failure)
    return "It was interrupted." if isinstance(failure, CancelledError) else f"It failed unforeseen: {failure!r}."
