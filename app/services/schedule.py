"""The schedule: cron in the strategy's zone, on the exchange's sessions, by market time. One run a slot, no overlap."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.broker import AccountClass
from app.domain.errors import TapelineError, UserError
from app.domain.events import StrategySaved
from app.domain.signals import StrategyId
from app.domain.strategies import Strategy
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.batches import Batches
from app.services.facts import Facts
from app.services.missed import Missed, moment_of, slot_of
from app.services.ports import Calendar, Cron
from app.services.session import Session

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
MOST_SKEW_S = 30.0
"""A clock that is further off the broker's runs nothing by itself."""
ON_TIME_S = 60.0
"""A slot that is noticed later than this was missed."""
MOST_MISSED = 20
"""So many missed slots of a strategy are listed, the newest; a schedule by the minute has more in a night."""
_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=31))
_NEVER, _EVER = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)


class Schedule:
    """Looks once a second whether a strategy is due; what was missed is listed, and done as its policy says."""

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
        self._plans: dict[StrategyId, tuple[str, str]] = {}
        self._has_caught_up = False
        self._missed = Missed(facts, bus, clock, self._spawn, self._why_not_now)
        bus.on(StrategySaved, self._strategy_saved)

    def _strategy_saved(self, fact: StrategySaved) -> None:
        strategy = fact.strategy
        if not strategy.is_scheduled or self._plans.get(strategy.id) != (strategy.cron, strategy.zone):
            self._next.pop(strategy.id, None)
            self._plans.pop(strategy.id, None)
            self._missed.forget(strategy.id)

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
        self._session.check_awake()  # before anything is run: timers that came due while asleep fire in any order
        now = self._clock.market()
        self._catch_up(now)
        self._missed.look()
        for strategy in self._facts.state.strategies.values():
            if not strategy.is_scheduled:
                continue
            due = self._next.get(strategy.id)
            if due is None or due <= now:
                self._plan(strategy, now)
            if due is not None and due <= now:
                self._fire(strategy, due, now)

    def _catch_up(self, now: datetime) -> None:
        """Once the market's time is known, list what was missed while the program was closed.

        From then on each strategy remembers since when it has its schedule: where it never ran, the misses count from
        there.
        """
        if not self._has_caught_up and not self._session.view.is_ready:
            return
        is_first, self._has_caught_up = not self._has_caught_up, True
        ran = self._newest_slots() if is_first else {}
        for strategy in self._facts.state.strategies.values():
            plan = (strategy.cron, strategy.zone)
            if not strategy.is_scheduled or self._plans.get(strategy.id) == plan:
                continue
            self._plans[strategy.id] = plan
            if not is_first or strategy.scheduled_since is None:
                stamped = replace(strategy, scheduled_since=now)
                self._facts.post(StrategySaved(at=self._clock.now(), strategy=stamped))
            elif missed := self._passed(strategy, max(strategy.scheduled_since, ran.get(strategy.id, _EVER)), now):
                self._missed.take(strategy, missed, "Tapeline was not running then.")

    def _newest_slots(self) -> dict[StrategyId, datetime]:
        newest: dict[StrategyId, str] = {}
        for strategy, slot, _ in self._facts.state.index.slots:
            newest[strategy] = max(newest.get(strategy, ""), slot)
        return {strategy: moment_of(slot) for strategy, slot in newest.items()}

    def _passed(self, strategy: Strategy, since: datetime, now: datetime) -> list[datetime]:
        """Return the newest slots on sessions after `since` up to now, oldest first."""
        found: list[datetime] = []
        for back in _BACK:
            begin = max(since, now - back)
            found = self._slots(strategy, begin, now)
            if len(found) >= MOST_MISSED or begin == since:
                break
        return found[-MOST_MISSED:]

    def _slots(self, strategy: Strategy, begin: datetime, end: datetime) -> list[datetime]:
        found: list[datetime] = []
        try:
            moment = self._cron.next_after(strategy.cron, strategy.zone, begin)
            while moment <= end:
                found.append(moment)
                moment = self._cron.next_after(strategy.cron, strategy.zone, moment)
        except UserError as error:
            log.warning("%s is not scheduled: %s", strategy.name, error)
        return [moment for moment in found if self._is_session(moment)]

    def _plan(self, strategy: Strategy, now: datetime) -> None:
        try:
            self._next[strategy.id] = self._cron.next_after(strategy.cron, strategy.zone, now)
        except UserError as error:  # one schedule that cannot be read must not stop the others
            if self._next.get(strategy.id) != _NEVER:
                log.warning("%s is not scheduled: %s", strategy.name, error)
            self._next[strategy.id] = _NEVER

    def _fire(self, strategy: Strategy, due: datetime, now: datetime) -> None:
        met = [due] if self._is_session(due) else []
        slots = [*met, *self._passed(strategy, due, now)][-MOST_MISSED:]
        if not slots:
            log.info("%s is not run at %s: the exchange has no session", strategy.name, due.isoformat())
            return
        newest, late = slots[-1], (now - slots[-1]).total_seconds()
        if late > ON_TIME_S:
            self._missed.take(strategy, slots, f"It was noticed {late:.0f} s late: the machine slept or was busy.")
            return
        if older := slots[:-1]:
            late = (now - older[0]).total_seconds()
            self._missed.skip(strategy, older, f"It was noticed {late:.0f} s late: the machine slept or was busy.")
        if why := self._why_not_now():
            self._missed.take(strategy, [newest], why)
        else:
            self._spawn(strategy, newest)

    def _spawn(self, strategy: Strategy, slot: datetime) -> None:
        self._tasks.spawn(self._run_slot(strategy, slot), name=f"run {strategy.name}")

    def _why_not_now(self) -> str:
        """Return what hinders every scheduled run at this moment, empty when nothing does."""
        view, skew = self._session.view, self._clock.skew_s()
        if not view.is_ready:
            return view.why
        if view.account_class is not AccountClass.PRACTICE and abs(skew) > MOST_SKEW_S:
            return f"This machine's clock is {abs(skew):.0f} s off the broker's; set it by a time server."
        return ""

    async def _run_slot(self, strategy: Strategy, due: datetime) -> None:
        if self._batches.of(strategy.id) is not None:
            self._missed.skip(strategy, [due], "The run before it had not ended.")
            return
        try:
            await self.run_now(strategy, slot=slot_of(due))
        except TapelineError as error:
            log.warning("the scheduled run of %s ended: %s", strategy.name, error)

    def _is_session(self, moment: datetime) -> bool:
        """Say whether a moment's day at the exchange is one on which it trades."""
        return self._calendar.is_session(moment.astimezone(ZoneInfo(self._calendar.zone)).date())
