"""Background jobs: due by the market's time, visible, one bug ends no other, and what failed for now comes again."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from app.adapters.calendar import open_calendar
from app.domain.errors import Retryable, UserError
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.jobs import RETRY, Jobs, JobView, after_close, every
from tests.support.core import Trader

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


class Hand(Clock):
    """A market whose time is set by hand."""

    at = NOON

    def market(self) -> datetime:
        return self.at


class Work:
    """Work that says what it is told to, and counts."""

    def __init__(self) -> None:
        self.count = 0
        self.problem: Exception | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self) -> str:
        self.count += 1
        await self.go_on.wait()
        if self.problem:
            raise self.problem
        return f"done {self.count}"


async def test_a_job_is_due_at_once_and_then_after_its_period() -> None:
    clock, bus, work = Hand(), Bus(), Work()
    seen: list[JobView] = []
    bus.on(JobView, seen.append)
    jobs = Jobs(bus, clock, Tasks())
    jobs.add("a", "A job", every(timedelta(minutes=5)), work)
    await asyncio.gather(*jobs._look())
    await asyncio.gather(*jobs._look())
    assert [view.is_running for view in seen] == [True, False]
    (view,) = jobs.views()
    assert (view.last_run, view.next_run, view.result) == (NOON, NOON + timedelta(minutes=5), "done 1")
    clock.at = NOON + timedelta(minutes=5)
    await asyncio.gather(*jobs._look())
    assert work.count == 2


@pytest.mark.parametrize(
    ("problem", "result", "due"),
    [
        (UserError("No disk."), "No disk.", timedelta(hours=1)),
        (Retryable("Not now."), "Not now.", RETRY),
        (ValueError("x"), "It failed unforeseen: ValueError('x').", timedelta(hours=1)),
    ],
)
async def test_a_failure_is_shown_and_hinders_no_other(problem: Exception, result: str, due: timedelta) -> None:
    jobs, bad, good = Jobs(Bus(), Hand(), Tasks()), Work(), Work()
    bad.problem = problem
    jobs.add("bad", "Bad", every(timedelta(hours=1)), bad)
    jobs.add("good", "Good", every(timedelta(hours=1)), good)
    await asyncio.gather(*jobs._look())
    first, second = jobs.views()
    assert (first.result, first.has_failed, first.next_run) == (result, True, NOON + due)
    assert (second.result, second.has_failed) == ("done 1", False)


async def test_a_person_may_run_a_job_now_and_never_twice_at_once() -> None:
    tasks = Tasks()
    jobs, work = Jobs(Bus(), Hand(), tasks), Work()
    jobs.add("a", "A job", every(timedelta(hours=1)), work)
    work.go_on.clear()
    first = tasks.spawn(jobs.run_now("a"), name="first")
    await asyncio.sleep(0)
    with pytest.raises(UserError, match="A job is running already"):
        await jobs.run_now("a")
    with pytest.raises(UserError, match="There is no job b; there are: a"):
        await jobs.run_now("b")
    work.go_on.set()
    await first
    assert work.count == 1


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 11, 20, 17, tzinfo=UTC), datetime(2026, 11, 20, 21, 15, tzinfo=UTC)),
        (datetime(2026, 11, 20, 21, 5, tzinfo=UTC), datetime(2026, 11, 20, 21, 15, tzinfo=UTC)),
        (datetime(2026, 11, 20, 21, 15, tzinfo=UTC), datetime(2026, 11, 23, 21, 15, tzinfo=UTC)),
        (datetime(2026, 11, 25, 22, 0, tzinfo=UTC), datetime(2026, 11, 27, 18, 15, tzinfo=UTC)),  # a half day
    ],
)
def test_after_the_close_means_of_sessions_half_days_included(moment: datetime, due: datetime) -> None:
    calendar = open_calendar("XNYS", date(2026, 1, 1), date(2027, 1, 1))
    assert after_close(calendar)(moment) == due


async def test_the_product_has_its_jobs_and_each_has_run_once_it_is_connected(trader: Trader) -> None:
    jobs = trader.core.jobs
    assert {"signals", "outcomes", "retention"} <= {view.name for view in jobs.views()}
    for name in ("signals", "outcomes", "retention"):
        view = await jobs.run_now(name)
        assert view.last_run is not None
        assert view.result.endswith(".")
        assert not view.has_failed
