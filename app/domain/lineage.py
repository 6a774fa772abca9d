"""Steps of lineage that facts explain by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.events import Event, EventId, StepName
from app.domain.state import Step
from app.domain.strategies import StepStatus


def step_of(
    event: Event,
    name: StepName,
    *,
    subject: str,
    inputs: dict[str, Any] | None = None,
    outputs: dict[str, Any] | None = None,
    since: datetime | None = None,
    cause: EventId | None = None,
    suffix: str = "",
    status: StepStatus = StepStatus.OK,
    error: str = "",
) -> Step:
    """Return the step that `event` is, lasting from `since` to the event; `suffix` tells two of one event apart."""
    started = min(since, event.at) if since else event.at
    return Step(
        id=EventId(event.id + suffix),
        cause=cause or event.cause,
        run=event.run,
        step=name,
        status=status,
        attempt=1,
        started=started,
        duration_ms=round((event.at - started).total_seconds() * 1000, 3),
        subject=subject,
        inputs=inputs or {},
        outputs=outputs or {},
        error=error,
    )
