"""Outcomes of real signals, kept in a real database, come to figures of prompts, strategies and models."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.prompts.renderer import PromptRenderer
from app.domain import events as ev
from app.domain.fold import Fact
from app.domain.outcomes import Outcome, OutcomeResult
from app.domain.readings import ReadingStatus
from app.domain.signals import Direction, RunId, SignalId
from tests.domain.examples import STRATEGY, at, run, signal
from tests.domain.stories import reading
from tests.support.prompts import Study, studying

WIN, LOSS, EXPIRED = OutcomeResult.WIN, OutcomeResult.LOSS, OutcomeResult.EXPIRED


@pytest.fixture(scope="module")
def renderer() -> Iterator[PromptRenderer]:
    """Return a renderer that nothing here asks."""
    made = PromptRenderer()
    yield made
    asyncio.run(made.close())


@pytest.fixture
async def study(tmp_path: Path, renderer: PromptRenderer) -> AsyncIterator[Study]:
    """Return an empty room."""
    async with studying(tmp_path / "tapeline.sqlite", renderer) as opened:
        yield opened


def lived(number: int, result: OutcomeResult, r: float | None, says: Direction = Direction.BUY) -> list[Fact]:
    """Return a run with its reading, its BUY signal, and what became of it."""
    id_ = f"{number:04}"
    read = reading(f"reading-{id_}", ReadingStatus.VALID, None)
    assert read.view is not None
    read = replace(
        read,
        run=RunId(f"run-{id_}"),
        view=replace(read.view, direction=says, confidence=0.8),
        prompt_version="daily.2",
        system_version="system.1",
        model="asked",
        model_served="served",
    )
    raised = replace(signal(f"signal-{id_}", f"run-{id_}", last_bar=86400 * number), reading=read.id)
    return [
        ev.RunStarted(at=at(number), started=run(f"run-{id_}")),
        ev.ReadingTaken(at=at(number), reading=read, day="2026-11-20", run=RunId(f"run-{id_}")),
        ev.SignalRaised(at=at(number), signal=raised),
        ev.OutcomeFound(at=at(number), outcome=Outcome(SignalId(f"signal-{id_}"), result, 110.0, r=r)),
    ]


async def test_outcomes_are_added_up_for_prompt_strategy_and_model(study: Study) -> None:
    lives = [lived(1, WIN, 2.0), lived(2, LOSS, -1.0), lived(3, EXPIRED, None), lived(4, WIN, 2.0, Direction.SELL)]
    await study.facts.enter(*(fact for life in lives for fact in life))
    found = await study.room.performance.refresh()
    assert found.signals == 4
    stats = found.prompts["daily.2"]  # type: ignore[index]
    assert (stats.count, stats.wins, stats.losses, stats.expired) == (3, 1, 1, 1)
    assert stats.expectancy == pytest.approx(0.5)
    assert stats.calibration[0].stated == pytest.approx(0.8)
    assert found.prompts["system.1"] == stats  # type: ignore[index]
    assert found.models == {"served": stats}
    assert (found.strategies[STRATEGY].count, found.strategies[STRATEGY].wins) == (4, 2)
    assert stats.is_too_few
    assert study.room.performance.latest is found


async def test_nothing_yet_is_nothing_and_no_failure(study: Study) -> None:
    found = await study.room.performance.refresh()
    assert (found.signals, found.prompts, found.models) == (0, {}, {})
    assert await study.room.performance.work() == "0 ended signals, 0 versions of prompts, 0 models."


async def test_the_second_look_reads_only_what_is_new(study: Study) -> None:
    await study.facts.enter(*(fact for number in range(120) for fact in lived(number, WIN, 1.0)))
    await study.room.performance.refresh()
    began = time.thread_time()
    found = await study.room.performance.refresh()
    assert time.thread_time() - began < 0.1
    assert found.prompts["daily.2"].count == 120  # type: ignore[index]
