"""Questions, pacing and followed series on their own: late answers, rules of the queue, bounds of the buffer."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ib_async.objects import BarData

from app.adapters.ib.ears import Ears, guarded
from app.adapters.ib.history import bars_of, closed_count, duration, row_of
from app.adapters.ib.pacing import Pacing
from app.adapters.ib.questions import Questions
from app.adapters.ib.series import LATE_S, Series
from app.adapters.ib.socket import GatewaySocket
from app.domain.bars import Bars, Timeframe, epoch
from app.domain.broker import Priority
from app.domain.errors import Retryable, UserError
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.runtime.tasks import Tasks

KIND = "the open orders"
IBM = Instrument(ConId(8314), "IBM", InstrumentKind.STOCK, "SMART", "NYSE", "USD")


class Hours:
    """Sessions of a make-believe exchange that closes every day at 21:00 UTC."""

    def session_of(self, moment: datetime) -> date:
        return (moment + timedelta(hours=3)).date()

    def close_of(self, session: date) -> datetime:
        return datetime(session.year, session.month, session.day, 21, tzinfo=UTC)


def questions() -> tuple[Questions, list[str]]:
    silences: list[str] = []
    return Questions(silences.append), silences


# -- questions


async def test_a_question_without_an_answer_is_retryable_never_empty() -> None:
    asked, _ = questions()
    with pytest.raises(Retryable, match="did not tell the open orders within"):
        await asked.ask_in_turn(KIND, lambda: None, within=0.01, what=KIND)


async def test_the_tail_of_an_old_answer_is_not_taken_for_a_new_one(tasks: Tasks) -> None:
    asked, _ = questions()
    with pytest.raises(Retryable):
        await asked.ask_in_turn(KIND, lambda: asked.add(KIND, "first half"), within=0.01, what=KIND)
    sent = asyncio.Event()
    answer = tasks.spawn(asked.ask_in_turn(KIND, sent.set, within=5, what=KIND), name="second")
    await sent.wait()
    asked.add(KIND, "second half of the old answer")
    asked.end(KIND)
    asked.add(KIND, "whole")
    asked.end(KIND)
    assert await answer == ["whole"]


async def test_two_silences_of_a_kind_are_reported() -> None:
    asked, silences = questions()
    for _ in range(2):
        with pytest.raises(Retryable):
            await asked.ask_in_turn(KIND, lambda: None, within=0.01, what=KIND)
    assert silences == ["the gateway twice did not tell the open orders"]


async def test_questions_of_a_kind_go_one_after_the_other(tasks: Tasks) -> None:
    asked, _ = questions()
    sent: list[int] = []
    answers = [
        tasks.spawn(asked.ask_in_turn(KIND, lambda n=n: sent.append(n), within=5, what=KIND), name=str(n))
        for n in (1, 2)
    ]
    await asyncio.sleep(0)
    assert sent == [1]
    asked.end(KIND, ["one"])
    assert await answers[0] == ["one"]
    asked.end(KIND, ["two"])
    assert await answers[1] == ["two"]


async def test_a_refused_question_raises_what_it_was_refused_with() -> None:
    asked, _ = questions()
    with pytest.raises(UserError, match="no such thing"):
        await asked.ask(7, lambda: asked.refuse(7, UserError("no such thing")), within=5, what="it")


# -- the socket's events


async def test_a_failing_handler_is_logged_and_the_next_message_is_read(caplog: pytest.LogCaptureFixture) -> None:
    ears = Ears(lambda *_: None, lambda _: None)
    ears.socket.conn.disconnected += _fail
    with caplog.at_level(logging.ERROR):
        ears.socket.conn.disconnected.emit("")
        guarded(_fail)("news")
    assert "a handler of disconnected failed" in caplog.text
    assert "a listener failed on str" in caplog.text
    assert isinstance(ears.socket, GatewaySocket)


def _fail(*_: object) -> None:
    raise ZeroDivisionError


# -- pacing


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_c9_identical_small_requests_are_fifteen_seconds_apart() -> None:
    clock = Hand()
    pacing = Pacing(clock)
    async with pacing.turn("a", is_small=True):
        pass
    assert pacing.wait_s("a", is_small=True) == 15.0
    assert pacing.wait_s("b", is_small=True) == 0.0
    clock.now += 15.0
    assert pacing.wait_s("a", is_small=True) == 0.0


async def test_c9_the_sixty_first_request_waits_for_the_window() -> None:
    clock = Hand()
    pacing = Pacing(clock)
    for number in range(60):
        async with pacing.turn(number):
            clock.now += 1.0
    assert pacing.wait_s("next", is_small=False) == 0.0, "longer bars are not held to it before a complaint"
    pacing.complained()
    assert pacing.wait_s("next", is_small=False) == pytest.approx(540.0)
    clock.now += 540.0
    assert pacing.wait_s("next", is_small=False) == 0.0


async def test_a_chart_goes_before_a_strategy(tasks: Tasks) -> None:
    pacing, order = Pacing(Hand(), at_once=1), []
    gate = asyncio.Event()

    async def work(name: str, priority: Priority) -> None:
        async with pacing.turn(name, priority=priority):
            order.append(name)
            await gate.wait()

    running = [tasks.spawn(work("first", Priority.BACKGROUND), name="first")]
    await asyncio.sleep(0)
    running += [tasks.spawn(work("strategy", Priority.STRATEGY), name="strategy")]
    running += [tasks.spawn(work("chart", Priority.CHART), name="chart")]
    await asyncio.sleep(0)
    assert pacing.waiting == 2
    gate.set()
    await asyncio.gather(*running)
    assert order == ["first", "chart", "strategy"]


async def test_a_turn_that_is_given_up_goes_to_the_next(tasks: Tasks) -> None:
    pacing, entered = Pacing(Hand(), at_once=1), asyncio.Event()

    async def work() -> None:
        async with pacing.turn("later"):
            entered.set()

    async with pacing.turn("now"):
        given_up = tasks.spawn(work(), name="given up")
        await asyncio.sleep(0)
        given_up.cancel()
        waiting = tasks.spawn(work(), name="waiting")
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await entered.wait()
        await waiting


# -- history


@given(st.sampled_from([t for t in Timeframe if not t.is_dated or t is Timeframe.D1]), st.integers(1, 3000))
def test_a_duration_holds_the_bars_that_are_wanted(timeframe: Timeframe, count: int) -> None:
    number, unit = duration(timeframe, count).split()
    sessions = int(number) * {"D": 1, "Y": 250}[unit]
    assert unit != "D" or int(number) <= 365
    assert sessions * (1 if timeframe is Timeframe.D1 else 6.5 * 3600 / timeframe.seconds) >= count


def test_c10_bars_are_sorted_and_unique_and_the_later_revision_wins() -> None:
    rows = [(200, 2.0, 2.0, 2.0, 2.0, 1.0), (100, 1.0, 1.0, 1.0, 1.0, 1.0), (200, 3.0, 3.0, 3.0, 3.0, 1.0)]
    bars = bars_of(rows)
    assert bars.time.tolist() == [100, 200]
    assert bars.close.tolist() == [1.0, 3.0]


@pytest.mark.parametrize("price", [float("nan"), -1.0, 0.0, 1.7976931348623157e308, float("inf")])
def test_c1_a_bar_without_prices_is_left_out(price: float) -> None:
    assert row_of(BarData(date="20260130", open=price, high=10.0, low=9.0, close=9.5, volume=1.0)) is None  # type: ignore[arg-type]


def test_a_daily_bar_closes_with_its_session() -> None:
    day = epoch(date(2026, 1, 30))
    bars = bars_of([(day - 86400, *[1.0] * 5), (day, *[1.0] * 5)])
    before, after = datetime(2026, 1, 30, 20, 59, tzinfo=UTC), datetime(2026, 1, 30, 21, 0, tzinfo=UTC)
    assert closed_count(bars, Timeframe.D1, Hours(), before) == 1
    assert closed_count(bars, Timeframe.D1, Hours(), after) == 2


def test_an_hour_cut_short_by_the_close_has_closed_with_it() -> None:
    start = datetime(2026, 1, 30, 20, 30, tzinfo=UTC)
    bars = bars_of([(int(start.timestamp()), *[1.0] * 5)])
    assert closed_count(bars, Timeframe.H1, Hours(), start + timedelta(minutes=29)) == 0
    assert closed_count(bars, Timeframe.H1, Hours(), start + timedelta(minutes=30)) == 1


# -- series


def series(count: int) -> tuple[Series, list[Bars]]:
    told: list[Bars] = []
    return Series(IBM, Timeframe.M1, count, Hours(), told.append), told


def minute(number: int, close: float = 1.0) -> tuple[int, float, float, float, float, float]:
    return (number * 60, 1.0, 2.0, 0.5, close, 10.0)


def test_a_series_begins_empty_and_still_grows() -> None:
    grown, told = series(5)
    grown.replace(bars_of([]))
    grown.update(minute(1))
    grown.flush()
    assert told[-1].time.tolist() == [60]
    assert told[-1].closed == 0


def test_a_series_stays_within_bounds_and_keeps_the_newest() -> None:
    grown, told = series(10)
    grown.replace(bars_of([minute(0)]))
    for number in range(1, 5000):
        grown.update(minute(number, close=number))
    grown.flush()
    bars = told[-1]
    assert 20 <= len(bars) <= 20 + 256
    assert bars.time[-1] == 4999 * 60
    assert np.all(np.diff(bars.time) == 60)
    assert bars.closed == len(bars) - 1
    assert bars.close[-1] == 4999


def test_a_change_of_the_last_bar_does_not_reach_into_what_was_told() -> None:
    grown, told = series(10)
    grown.replace(bars_of([minute(1), minute(2)]))
    grown.flush()
    grown.update(minute(2, close=1.9))
    grown.flush()
    assert told[0].close[-1] == 1.0
    assert told[1].close[-1] == 1.9
    grown.flush()
    assert len(told) == 2, "no news, no call"


def test_a_bar_is_closed_by_time_a_little_after_its_end() -> None:
    grown, told = series(10)
    first = bars_of([minute(1), minute(2)])
    grown.replace(first.part(0, 2))
    grown.update(minute(3))
    grown.settle(4 * 60)
    grown.flush()
    assert told[-1].closed == 2
    grown.settle(4 * 60 + LATE_S)
    grown.flush()
    assert told[-1].closed == 3


def test_a_stopped_series_says_nothing() -> None:
    grown, told = series(10)
    grown.replace(bars_of([minute(1)]))
    grown.is_stopped = True
    grown.flush()
    assert told == []


async def test_the_budget_tells_who_waits_and_until_when(tasks: Tasks) -> None:
    hand, gate = Hand(), asyncio.Event()
    pacing = Pacing(hand, most=3, at_once=1)
    assert pacing.budget.eta_s == 0.0, "nothing is asked, nothing is waited for"

    async def work(name: str, priority: Priority) -> None:
        async with pacing.turn(name, priority=priority):
            await gate.wait()

    names = [("first", Priority.CHART), ("second", Priority.STRATEGY), ("third", Priority.BACKGROUND)]
    running = [tasks.spawn(work(name, priority), name=name) for name, priority in names]
    await asyncio.sleep(0)
    budget = pacing.budget
    assert (budget.used, budget.running, budget.waiting) == (1, 1, 2)
    assert budget.queue == ((Priority.CHART, 0), (Priority.STRATEGY, 1), (Priority.BACKGROUND, 1))
    assert budget.eta_s == 3.0, "three turns of the second that a turn is taken to last"
    pacing.complained()
    running += [tasks.spawn(work(f"late {n}", Priority.BACKGROUND), name=f"late {n}") for n in range(2)]
    await asyncio.sleep(0)
    assert pacing.budget.eta_s == pytest.approx(600.0 + 5.0), "the fourth and fifth wait for the window"
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    assert pacing.budget.waiting == 0
