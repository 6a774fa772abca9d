"""Users' own indicators in the product: off until confirmed, computed beside the window, harmless when they fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from app.domain.errors import UserError
from app.domain.state import State
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.own_columns import OwnColumns, StudyReady
from app.services.own_indicators import OwnChanged, OwnIndicators, sample_bars
from app.services.studies import Studies
from tests.support.walks import walk

TWICE = 'def twice(close, factor=2.0):\n    "Twice the close"\n    return close * factor\n'
BARS = walk(1, 80)


class Memory:
    """A journal that forgets."""

    async def commit(self, *_: object) -> None:
        return

    async def load(self) -> State:
        return State()


class Desk:
    """Own indicators with what they stand on."""

    def __init__(self, folder: Path) -> None:
        self.bus, self.clock, self.tasks = Bus(), Clock(), Tasks()
        self.facts = Facts(Memory(), self.bus, self.tasks)
        self.folder = folder
        self.own = OwnIndicators(folder, self.facts, self.bus, self.clock, self.tasks)
        self.studies = Studies(self.own, OwnColumns(self.bus, self.clock, self.tasks))

    async def has(self, name: str, code: str) -> None:
        """Have a file of this code in the folder."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{name}.py").write_text(code)
        await self.own.look()

    async def confirm(self, name: str) -> None:
        await self.own.confirm(name, self.own.digest(name), BARS)

    async def computed(self, name: str, **settings: float) -> np.ndarray:
        """Return a column once it is there."""
        came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stop = self.bus.on(StudyReady, lambda _: came.set_result(None) if not came.done() else None)
        columns = self.studies.compute(name, BARS, settings)
        if not columns.lines:
            await asyncio.wait_for(came, 15)
            columns = self.studies.compute(name, BARS, settings)
        stop()
        assert not columns.problem, columns.problem
        return columns.lines[0].values


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("own") / "indicators")
    yield made
    await made.tasks.close()
    made.own.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_new_file_is_listed_with_its_code_and_off_until_it_is_confirmed(desk: Desk) -> None:
    await desk.has("twice", TWICE)
    (listing,) = desk.own.listings()
    assert (listing.title, listing.state, listing.code, listing.is_on) == ("Twice the close", "new", TWICE, False)
    assert "twice" not in {kind.name for kind in desk.studies.kinds()}
    assert desk.studies.compute("twice", BARS).problem == "Twice the close is new; read its code and confirm it."
    await desk.confirm("twice")
    assert desk.facts.state.own_indicators["twice"].digest == listing.digest
    kind = next(kind for kind in desk.studies.kinds() if kind.name == "twice")
    assert (kind.is_own, kind.family, [one.name for one in kind.parameters]) == (True, "Own", ["factor"])
    np.testing.assert_array_equal(await desk.computed("twice", factor=3.0), BARS.close * 3)


@pytest.mark.asyncio(loop_scope="module")
async def test_g3_a_changed_file_is_off_until_its_code_was_shown_and_confirmed_again(desk: Desk) -> None:
    await desk.has("shift", "def shift(close):\n    return close + 1\n")
    shown = desk.own.digest("shift")
    await desk.confirm("shift")
    told: list[OwnChanged] = []
    stop = desk.bus.on(OwnChanged, told.append)
    await desk.has("shift", "def shift(close):\n    return close + 12\n")
    stop()
    assert told
    assert "has changed since you confirmed it" in desk.studies.compute("shift", BARS).problem
    assert "shift" not in {kind.name for kind in desk.studies.kinds()}
    with pytest.raises(UserError, match=r"shift.py has changed since its code was shown; read it again"):
        await desk.own.confirm("shift", shown, BARS)
    await desk.confirm("shift")
    np.testing.assert_array_equal(await desk.computed("shift"), BARS.close + 12)
    await desk.own.withdraw("shift")
    assert "read its code and confirm it" in desk.studies.compute("shift", BARS).problem


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("    raise ValueError('no')", "failed in line 2 with ValueError: no"),
        ("    while True: pass", "gave no answer within"),
        ("    return close[1:]", "should give 80 values"),
        ("    return close * float('nan')", "gave no number for any of 80 bars"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_fails_when_it_is_tried_is_refused_in_words_and_stays_off(desk: Desk, body: str, words: str) -> None:
    desk.own.workshop.limit_s = 0.4
    await desk.has("bad", f"def bad(close):\n{body}\n")
    with pytest.raises(UserError, match=words):
        await desk.confirm("bad")
    assert "bad" not in desk.facts.state.own_indicators
    assert not next(one for one in desk.own.listings() if one.name == "bad").is_on
    desk.own.workshop.limit_s = 2.0


@pytest.mark.asyncio(loop_scope="module")
async def test_a_loop_that_begins_later_costs_its_limit_once_and_not_with_every_tick(desk: Desk) -> None:
    code = "def late(close):\n    while len(close) > 90: pass\n    return close\n"
    await desk.has("late", code)
    await desk.confirm("late")
    desk.own.workshop.limit_s = 0.4
    bars, runs = walk(1, 120), []
    run = desk.own.workshop.run
    desk.own.workshop.run = lambda *given: runs.append(1) or run(*given)  # type: ignore[method-assign,func-returns-value]
    came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    stop = desk.bus.on(StudyReady, lambda _: came.set_result(None) if not came.done() else None)
    assert desk.studies.compute("late", bars).problem == "Late is computed …"
    await asyncio.wait_for(came, 10)
    stop()
    for tick in range(50):
        ticked = replace(bars, close=bars.close + tick)
        assert "gave no answer within 0.4 s" in desk.studies.compute("late", ticked).problem
    desk.own.workshop.run = run  # type: ignore[method-assign]
    desk.own.workshop.limit_s = 2.0
    assert len(runs) == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_while_bars_come_the_known_part_is_drawn(desk: Desk) -> None:
    await desk.has("twice", TWICE)
    await desk.confirm("twice")
    known = await desk.computed("twice")
    longer = walk(1, 81)
    values = desk.studies.compute("twice", longer).lines[0].values
    assert len(values) == 81
    np.testing.assert_array_equal(values[:80], known)
    assert np.isnan(values[80])


@pytest.mark.asyncio(loop_scope="module")
async def test_a_first_file_is_written_confirmed_and_removed(desk: Desk) -> None:
    await desk.own.write("my_middle")
    await desk.own.confirm("my_middle", desk.own.digest("my_middle"))
    entry = desk.own.entry("my_middle")
    assert entry is not None
    assert np.isfinite(entry.compute(sample_bars())["my_middle"][-1])
    for name, words in (("my_middle", "already"), ("rsi", "already"), ("My", "small letters"), ("a-b", "small")):
        with pytest.raises(UserError, match=words):
            await desk.own.write(name)
    await desk.own.delete("my_middle")
    assert desk.own.entry("my_middle") is None
    assert desk.facts.state.own_indicators["my_middle"].digest == ""
    with pytest.raises(UserError, match="There is no my_middle"):
        await desk.own.confirm("my_middle", "")
