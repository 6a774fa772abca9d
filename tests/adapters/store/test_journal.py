"""Facts and records are one durable transaction, and the tables give the folded state back."""

from __future__ import annotations

import asyncio
import shutil
import signal as signals
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.errors import Fault
from app.domain.fold import Fact
from app.domain.state import State
from app.domain.strategies import RunStatus
from tests.domain.examples import at, bracket, run, settle
from tests.domain.stories import stories


async def keep(store: Store, facts: Sequence[Fact], state: State | None = None) -> State:
    """Fold facts and commit them as one transaction."""
    after, kept, records = settle(facts, state)
    await store.journal.commit(kept, records)
    return after


def step(number: int) -> ev.StepTaken:
    """Return a fact with something to write."""
    return ev.StepTaken(at=at(number), step=ev.StepName.GATES, outputs={"number": number, "text": "x" * 500})


@settings(deadline=None)
@given(story=stories(60), cuts=st.lists(st.integers(1, 9), min_size=1))
def test_what_is_loaded_is_what_was_folded(
    template: Path, tmp_path_factory: pytest.TempPathFactory, story: list[Fact], cuts: list[int]
) -> None:
    path = Path(shutil.copy(template, tmp_path_factory.mktemp("story") / "tapeline.db"))
    folded, loaded, replayed = asyncio.run(_lived_through(path, story, cuts))
    assert loaded == folded
    assert replayed == folded
    assert all(loaded.fills_of(ref) == folded.fills_of(ref) for ref in folded.orders)
    assert (loaded.index.slots, loaded.index.newest) == (folded.index.slots, folded.index.newest)


async def _lived_through(path: Path, story: list[Fact], cuts: list[int]) -> tuple[State, State, State]:
    store = await Store.open(path)
    state, rest = State(), story
    for count in (cuts * len(story))[: len(story)]:
        state = await keep(store, rest[:count], state)
        rest = rest[count:]
    await store.close()
    store = await Store.open_read_only(path)
    loaded = await store.journal.load()
    replayed, _, _ = settle(await store.journal.facts())
    await store.close()
    return state, loaded, replayed


async def test_an_empty_database_is_an_empty_state(store: Store) -> None:
    assert await store.journal.load() == State()


async def test_a_failing_row_keeps_the_whole_transaction_out(store: Store, path: Path) -> None:
    before = await keep(store, [ev.RunStarted(at=at(0), started=run("run-1"))])
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON steps BEGIN SELECT RAISE(FAIL, 'no room'); END")
    fact = ev.OrderIntended(at=at(1), intent=bracket("intent-1"))
    with pytest.raises(Fault, match=r"order_intended failed \(no room\); nothing of it was kept"):
        await keep(store, [fact], before)
    assert await store.journal.load() == before
    assert len(await store.journal.facts()) == 1
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER full")
    after = await keep(store, [fact], before)
    assert await store.journal.load() == after


async def test_e2_a_full_disk_loses_nothing_that_was_acknowledged(store: Store, path: Path) -> None:
    pages = await store._worker.do(_limit_pages, store, 0)
    await store._worker.do(_limit_pages, store, pages + 12)
    acknowledged = await _keep_until_it_fails(store)
    assert [fact.at for fact in await store.journal.facts()] == [at(number) for number in range(acknowledged)]
    await store._worker.do(_limit_pages, store, pages * 10)
    await keep(store, [step(acknowledged)])
    assert len(await store.journal.facts()) == acknowledged + 1


async def _keep_until_it_fails(store: Store) -> int:
    for number in range(1000):
        try:
            await keep(store, [step(number)])
        except Fault:
            return number
    raise AssertionError("the disk never filled up")


def _limit_pages(store: Store, limit: int) -> int:
    raw = store._database.raw
    raw.execute(f"PRAGMA max_page_count = {limit}")
    return int(raw.execute("PRAGMA page_count").fetchone()[0])


async def test_e1_a_lock_held_by_another_program_is_a_fault_and_passes(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Fault, match="locked"):
            await keep(store, [step(1)])
        other.execute("ROLLBACK")
    await keep(store, [step(2)])
    assert [fact.at for fact in await store.journal.facts()] == [at(2)]


async def test_a_fact_is_journaled_once(store: Store) -> None:
    fact = step(1)
    await keep(store, [fact])
    with pytest.raises(Fault, match="UNIQUE"):
        await keep(store, [fact])


async def test_the_database_itself_refuses_a_second_intent_of_one_decision(store: Store) -> None:
    await keep(store, [ev.OrderIntended(at=at(0), intent=bracket("a", decision="click-1"))])
    with pytest.raises(Fault, match=r"intents\.decision"):
        await keep(store, [ev.OrderIntended(at=at(1), intent=bracket("b", decision="click-1"))])
    assert list((await store.journal.load()).intents) == ["a"]


async def test_the_database_itself_refuses_a_second_run_of_one_slot(store: Store) -> None:
    slot = "2026-11-20T15:45"
    await keep(store, [ev.RunStarted(at=at(0), started=run("run-1", slot)), ev.RunStarted(at=at(0), started=run("x"))])
    with pytest.raises(Fault, match="runs"):
        await keep(store, [ev.RunStarted(at=at(1), started=run("run-2", slot))])
    await keep(store, [ev.RunStarted(at=at(1), started=run("run-3"))])
    assert set((await store.journal.load()).runs) == {"run-1", "x", "run-3"}


async def test_a_record_changed_twice_in_one_transaction_ends_as_its_last_version(store: Store) -> None:
    started = ev.RunStarted(at=at(0), started=run("run-1"))
    ended = ev.RunFinished(
        at=at(1), run=started.started.id, status=RunStatus.FAILED, reason="no bars", duration_ms=1.25
    )
    folded = await keep(store, [started, ended])
    assert (await store.journal.load()).runs == folded.runs


async def test_people_can_ask_the_tables_for_what_they_know(store: Store, path: Path) -> None:
    await keep(store, [ev.OrderIntended(at=at(0), intent=bracket("intent-1"))])
    with closing(sqlite3.connect(path)) as other:
        rows = other.execute(
            "SELECT ref, side, quantity, type, stop, state, created FROM orders ORDER BY ref"
        ).fetchall()
    assert rows[1] == ("intent-1.stop", "SELL", "10", "STP", "97.5", "intended", "2026-11-20T17:00:00.000000Z")


async def test_a_row_that_was_tampered_with_is_a_fault_when_loaded(store: Store, path: Path) -> None:
    await keep(store, [ev.RunStarted(at=at(0), started=run("run-1"))])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE runs SET body = '{}'")
    with pytest.raises(Fault, match="stored Run"):
        await store.journal.load()


async def test_commits_that_were_asked_for_in_order_are_written_in_order(store: Store) -> None:
    await asyncio.gather(*(keep(store, [step(number)]) for number in range(50)))
    assert [fact.at for fact in await store.journal.facts()] == [at(number) for number in range(50)]


_WRITER = """
import asyncio, sys
from pathlib import Path
from app.adapters.store.store import Store
from tests.adapters.store.test_journal import keep, step

async def main():
    store = await Store.open(Path(sys.argv[1]))
    for number in range(100000):
        await keep(store, [step(number)])
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()

asyncio.run(main())
"""


def test_a_killed_process_loses_no_fact_that_it_was_told_is_written(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [next(writer.stdout) for _ in range(40)]
        writer.send_signal(signals.SIGKILL)
        told += writer.stdout.readlines()
    numbers = asyncio.run(_numbers(path))
    acknowledged = len([line for line in told if line.endswith("\n")])
    assert numbers[:acknowledged] == list(range(acknowledged))
    assert len(numbers) <= acknowledged + 1


async def _numbers(path: Path) -> list[int]:
    store = await Store.open(path)
    facts = await store.journal.facts()
    await store.close()
    return [fact.outputs["number"] for fact in facts if isinstance(fact, ev.StepTaken)]
