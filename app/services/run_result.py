"""What became of a run."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.orders import Intent
from app.domain.signals import RunId, SignalId
from app.domain.strategies import RunStatus


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of a run: its signal and order where it came so far, and why it ended."""

    run: RunId
    status: RunStatus
    reason: str
    signal: SignalId | None = None
    intent: Intent | None = None
