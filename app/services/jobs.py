"""Background jobs by the clock, each visible with its last run, its next run and what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.errors import Retryable, TapelineError, UserError
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.ports import Calendar

log = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0
RETRY = timedelta(minutes=1)
"""What could not be done for the moment is tried again so much later."""

Next = Callable[[datetime], datetime]
"""Returns the moment after a moment at which a job is due."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as people see it: times are the market's, `result` is a sentence, empty before the first run."""

    name: str
    title: str
    next_run: datetime
    last_run: datetime | None = None
    result: str = ""
    has_failed: bool = False
    is_running: bool = False


@dataclass(slots=True)
class _Job:
    view: JobView
    next_after: Next
    work: Callable[[], Awaitable[str]]


def every(period: timedelta) -> Next:
    """Return a job's times: once a period, at the start too."""
    return lambda moment: moment + period


def after_close(calendar: Calendar, delay: timedelta = timedelta(minutes=15)) -> Next:
    """Return a job's times: so long after each session's close."""

    def next_after(moment: datetime) -> datetime:
        session = calendar.last_closed(moment)
        while calendar.close_of(session) + delay <= moment:
            session = calendar.next_session(session)
        return calendar.close_of(session) + delay

    return next_after


class Jobs:
    """Runs each job when it is due by market time, side by side, and when a person asks."""

    def __init__(self, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._jobs: dict[str, _Job] = {}

    def add(self, name: str, title: str, next_after: Next, work: Callable[[], Awaitable[str]]) -> None:
        """Take a job in; it is due at once, so that what a closed program missed is caught up with."""
        self._jobs[name] = _Job(JobView(name, title, self._clock.market()), next_after, work)

    def start(self) -> None:
        """Keep looking until the tasks are closed."""
        self._tasks.spawn(self._keep_looking(), name="jobs")

    def views(self) -> tuple[JobView, ...]:
        """Return all jobs; each change is published as its `JobView`."""
        return tuple(job.view for job in self._jobs.values())

    async def run_now(self, name: str) -> JobView:
        """Run a job whatever its time; raise UserError for one that is running or that there is not."""
        job = self._jobs.get(name)
        if job is None:
            raise UserError(f"There is no job {name}; there are: {', '.join(self._jobs)}.")
        if job.view.is_running:
            raise UserError(f"{job.view.title} is running already; wait for it to end.")
        await self._run(job)
        return job.view

    async def _keep_looking(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> list[asyncio.Task[None]]:
        """Start what is due; a long job keeps no other waiting."""
        now = self._clock.market()
        due = [job for job in self._jobs.values() if job.view.next_run <= now and not job.view.is_running]
        return [self._tasks.spawn(self._run(job), name=job.view.title) for job in due]

    async def _run(self, job: _Job) -> None:
        began = self._clock.market()
        self._show(job, replace(job.view, is_running=True))
        result, has_failed, next_after = "It was interrupted.", True, job.next_after
        try:
            result, has_failed = await job.work(), False
        except Retryable as error:
            result, next_after = str(error), every(RETRY)
        except TapelineError as error:
            result = str(error)
            log.warning("%s: %s", job.view.title, error)
        except Exception as error:  # one job's bug must not end the others
            result = f"It failed unforeseen: {error!r}."
            log.exception("%s failed", job.view.title)
        finally:
            due = next_after(self._clock.market())
            self._show(job, JobView(job.view.name, job.view.title, due, began, result, has_failed))

    def _show(self, job: _Job, view: JobView) -> None:
        job.view = view
        self._bus.publish(view)
