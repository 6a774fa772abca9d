"""What became of a signal on the bars after it: entered or not, won at its target, lost at its stop, or ran out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.signals import Signal, SignalId, SignalState


class OutcomeResult(StrEnum):
    """How a signal's plan ended, or that it has not yet (`waiting` for its entry, `open` in the market).

    Only `win`, `loss` and `expired` are final and become facts.
    """

    WIN = "win"
    LOSS = "loss"
    EXPIRED = "expired"
    WAITING = "waiting"
    OPEN = "open"

    @property
    def is_final(self) -> bool:
        """Say whether later bars change nothing any more."""
        return self in (OutcomeResult.WIN, OutcomeResult.LOSS, OutcomeResult.EXPIRED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A signal's plan held against later bars; times are starts of bars in UTC epoch seconds.

    `r` is what the plan made in units of its risk, None where the entry was never touched. `bars_held` counts the
    bars from the entry's to the exit's, both included. `is_ambiguous` says that one bar held both the stop and the
    target, or the target and the entry, and that it was resolved against us.
    """

    signal: SignalId
    result: OutcomeResult
    target: float
    entered: int | None = None
    entry: float | None = None
    exited: int | None = None
    exit: float | None = None
    r: float | None = None
    bars_held: int = 0
    bars_seen: int = 0
    is_ambiguous: bool = False
    found: datetime | None = None


def wants_outcome(signal: Signal) -> bool:
    """Say whether a signal has a plan that later bars can judge; one that was superseded leaves that to its heir."""
    return signal.analysis.levels is not None and signal.state is not SignalState.SUPERSEDED
