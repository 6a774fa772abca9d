"""A run's trail: each step timed, chained to the one before, and written as it happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.domain import events as ev
from app.domain.errors import TapelineError
from app.domain.signals import RunId
from app.domain.strategies import StepStatus
from app.runtime.clock import Clock
from app.services.facts import Facts


@dataclass(slots=True)
class Note:
    """What a step adds to its record while it runs."""

    outputs: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    status: StepStatus = StepStatus.OK


class Trail:
    """Writes the steps of one run; `last` is the newest, the cause of the next."""

    def __init__(self, facts: Facts, clock: Clock, run: RunId | None, cause: ev.EventId | None) -> None:
        self._facts = facts
        self._clock = clock
        self.run = run
        self.last = cause

    @contextmanager
    def step(self, name: ev.StepName, **inputs: Any) -> Iterator[Note]:
        """Time what happens inside and write it as a step, failed when it raises."""
        at, began, note = self._clock.now(), self._clock.monotonic(), Note()
        error = ""
        try:
            yield note
        except TapelineError as failure:
            note.status, error = StepStatus.FAILED, str(failure)
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
                )
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

    def _post(self, step: ev.StepTaken) -> None:
        self._facts.post(step)
        self.last = step.id
