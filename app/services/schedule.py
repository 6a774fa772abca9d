"""The schedule: cron in the strategy's zone, on the exchange's sessions, by market time. One run a slot, no overlap."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.broker import AccountClass
from app.domain.errors import TapelineError, UserError
from app.domain.events import RunFinished, RunStarted, StrategySaved, new_id
from app.domain.fold import Fact
from app.domain.signals import RunId, StrategyId
from app.domain.strategies import Run, RunStatus, Strategy
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.batches import Batches
from app.services.facts import Facts
from app.services.ports import Calendar, Cron
from app.services.session import Session

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
MOST_SKEW_S = 30.0
"""A clock that is further off the broker's runs nothing by itself."""
GRACE_S = 60.0
"""A slot that is noticed later than this was missed and is not run."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class Schedule:
    """Looks once a second whether a strategy is due; what was missed is skipped, and listed as a run that was."""

    def __init__(
        self,
        facts: Facts,
        batches: Batches,
        session: Session,
        cron: Cron,
        calendar: Calendar,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._facts = facts
        self._batches = batches
        self._session = session
        self._cron = cron
        self._calendar = calendar
        self._clock = clock
        self._tasks = tasks
        self._next: dict[StrategyId, datetime] = {}
        bus.on(StrategySaved, self._strategy_saved)

    def _strategy_saved(self, fact: StrategySaved) -> None:
        self._next.pop(fact.strategy.id, None)

    def start(self) -> None:
        """Keep looking until the tasks are closed."""
        self._tasks.spawn(self._keep_looking(), name="schedule", is_vital=True)

    def upcoming(self, strategy: Strategy, count: int = 10) -> tuple[datetime, ...]:
        """Return the next firings of a strategy on sessions; raise UserError for a schedule that is none."""
        found: list[datetime] = []
        moment = self._clock.market()
        for _ in range(400):
            moment = self._cron.next_after(strategy.cron, strategy.zone, moment)
            if self._is_session(moment):
                found.append(moment)
            if len(found) == count:
                break
        return tuple(found)

    async def run_now(self, strategy: Strategy, slot: str | None = None) -> None:
        """Run a strategy for its symbols, side by side so that they share their commits; never twice at once."""
        ended = await self._batches.run(strategy.id, strategy.symbols, slot)
        for _, why in ended.refused:
            raise UserError(why)

    async def _keep_looking(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        now = self._clock.market()
        for strategy in self._facts.state.strategies.values():
            if not strategy.is_scheduled:
                continue
            due = self._next.get(strategy.id)
            if due is None or due <= now:
                self._plan(strategy, now)
            if due is not None and due <= now:
                self._fire(strategy, due, now)

    def _plan(self, strategy: Strategy, now: datetime) -> None:
        try:
            self._next[strategy.id] = self._cron.next_after(strategy.cron, strategy.zone, now)
        except UserError as error:  # one schedule that cannot be read must not stop the others
            if self._next.get(strategy.id) != _NEVER:
                log.warning("%s is not scheduled: %s", strategy.name, error)
            self._next[strategy.id] = _NEVER

    def _fire(self, strategy: Strategy, due: datetime, now: datetime) -> None:
        late = (now - due).total_seconds()
        if not self._is_session(due):
            log.info("%s is not run at %s: the exchange has no session", strategy.name, due.isoformat())
        elif late > GRACE_S:
            self._skip(strategy, due, f"It was noticed {late:.0f} s late: the machine slept or was busy.")
        elif why := self._why_not_now():
            self._skip(strategy, due, why)
        else:
            self._tasks.spawn(self._run_slot(strategy, due), name=f"run {strategy.name}")

    def _why_not_now(self) -> str:
        """Return what hinders every scheduled run at this moment, empty when nothing does."""
        view, skew = self._session.view, self._clock.skew_s()
        if not view.is_ready:
            return view.why
        if view.account_class is not AccountClass.PRACTICE and abs(skew) > MOST_SKEW_S:
            return f"This machine's clock is {abs(skew):.0f} s off the broker's; set it by a time server."
        return ""

    def _skip(self, strategy: Strategy, due: datetime, why: str) -> None:
        """List the scheduled runs that are not done, each with its reason."""
        log.warning("%s is not run at %s: %s", strategy.name, due.isoformat(), why)
        now, facts = self._clock.now(), list[Fact]()
        for symbol in strategy.symbols:
            run = RunId(new_id())
            skipped = Run(run, strategy.id, symbol, None, slot_of(due), RunStatus.RUNNING, now)
            facts.append(RunStarted(at=now, run=run, started=skipped))
            facts.append(RunFinished(at=now, run=run, status=RunStatus.SKIPPED, reason=why, duration_ms=0.0))
        if facts:
            self._facts.post(*facts)

    async def _run_slot(self, strategy: Strategy, due: datetime) -> None:
        if self._batches.of(strategy.id) is not None:
            self._skip(strategy, due, "The run before it had not ended.")
            return
        try:
            await self.run_now(strategy, slot=slot_of(due))
        except TapelineError as error:
            log.warning("the scheduled run of %s ended: %s", strategy.name, error)

    def _is_session(self, moment: datetime) -> bool:
        """Say whether a moment's day at the exchange is one on which it trades."""
        return self._calendar.is_session(moment.astimezone(ZoneInfo(self._calendar.zone)).date())


def slot_of(due: datetime) -> str:
    """Return the name of a scheduled moment."""
    return f"{due:%Y-%m-%dT%H:%M:%SZ}"
