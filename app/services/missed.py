"""Missed slots: scheduled moments that passed unrun, listed with their reason; a policy says what becomes of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.events import RunFinished, RunStarted, new_id
from app.domain.fold import Fact
from app.domain.signals import RunId, StrategyId
from app.domain.strategies import Misfire, Run, RunStatus, Strategy
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts

log = logging.getLogger(__name__)
TOLD_AGAIN_S = 3600.0
"""A person hears of the misses of one strategy so often; each of them is listed."""


@dataclass(frozen=True, slots=True)
class SlotsMissed:
    """Scheduled runs of a strategy were not done; published on the bus. `is_question`: a person decides about them."""

    strategy: Strategy
    slots: tuple[datetime, ...]
    why: str
    is_question: bool

    def __str__(self) -> str:
        count = len(self.slots)
        what = "its run" if count == 1 else f"{count} runs"
        return f"{self.strategy.name} missed {what}. {self.why}"


@dataclass(frozen=True, slots=True)
class _Late:
    strategy: Strategy
    slot: datetime
    why: str


class Missed:
    """Lists missed slots, and runs the newest late where the strategy allows it."""

    def __init__(
        self,
        facts: Facts,
        bus: Bus,
        clock: Clock,
        run: Callable[[Strategy, datetime], object],
        why_not_now: Callable[[], str],
    ) -> None:
        self._facts = facts
        self._bus = bus
        self._clock = clock
        self._run = run
        self._why_not_now = why_not_now
        self._late: dict[StrategyId, _Late] = {}
        self._told: dict[StrategyId, float] = {}

    def take(self, strategy: Strategy, slots: Sequence[datetime], why: str) -> None:
        """Do with slots that passed, oldest first, as the strategy's policy says."""
        *older, newest = slots
        self._drop_late(strategy.id, "A later run took its place.")
        if strategy.misfire is not Misfire.ONCE or self._is_over(strategy, newest):
            self.skip(strategy, slots, why)
            return
        if older:
            self.skip(strategy, older, f"{why} Only the newest of them is run late.")
        self._late[strategy.id] = _Late(strategy, newest, why)
        self.look()

    def look(self) -> None:
        """Run what waits to be run late once nothing hinders it; give it up when its grace is over."""
        for late in tuple(self._late.values()):
            if self._is_over(late.strategy, late.slot):
                self._drop_late(late.strategy.id, f"It could not be run within {late.strategy.grace_minutes} min.")
            elif not self._why_not_now():
                del self._late[late.strategy.id]
                log.info("%s is run late for %s: %s", late.strategy.name, late.slot.isoformat(), late.why)
                self._run(late.strategy, late.slot)

    def forget(self, strategy: StrategyId) -> None:
        """Run nothing late for a strategy that was changed meanwhile."""
        self._drop_late(strategy, "The strategy was changed before it could be run.")

    def skip(self, strategy: Strategy, slots: Sequence[datetime], why: str) -> None:
        """List the scheduled runs of these slots as skipped, and tell a person."""
        now, facts = self._clock.now(), list[Fact]()
        for slot in slots:
            log.warning("%s is not run at %s: %s", strategy.name, slot.isoformat(), why)
            for symbol in strategy.symbols:
                run = RunId(new_id())
                skipped = Run(run, strategy.id, symbol, None, slot_of(slot), RunStatus.RUNNING, now)
                facts.append(RunStarted(at=now, run=run, started=skipped))
                facts.append(RunFinished(at=now, run=run, status=RunStatus.SKIPPED, reason=why, duration_ms=0.0))
        if facts:
            self._facts.post(*facts)
            self._tell(strategy, slots, why)

    def _tell(self, strategy: Strategy, slots: Sequence[datetime], why: str) -> None:
        now, is_question = self._clock.monotonic(), strategy.misfire is Misfire.ASK
        if is_question or now - self._told.get(strategy.id, -TOLD_AGAIN_S) >= TOLD_AGAIN_S:
            self._told[strategy.id] = now
            self._bus.publish(SlotsMissed(strategy, tuple(slots), why, is_question))

    def _is_over(self, strategy: Strategy, slot: datetime) -> bool:
        return self._clock.market() - slot > timedelta(minutes=strategy.grace_minutes)

    def _drop_late(self, strategy: StrategyId, why: str) -> None:
        if late := self._late.pop(strategy, None):
            self.skip(late.strategy, [late.slot], f"{late.why} {why}")


def slot_of(due: datetime) -> str:
    """Return the name of a scheduled moment."""
    return f"{due:%Y-%m-%dT%H:%M:%SZ}"


def moment_of(slot: str) -> datetime:
    """Return the scheduled moment that has this name."""
    return datetime.fromisoformat(slot)
