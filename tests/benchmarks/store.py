"""The store against the usual ways of keeping the same things in SQLite, each in turns within one run.

`python -m tests.benchmarks.store --bars 5000` prints one JSON object a line: reading the newest bars, writing bars, and
a commit of seven lineage rows. `_thread` figures are taken on the store's own thread, `_await` ones from the loop.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.bars import BarsKey, Source, Timeframe
from app.domain.fold import Fact, fold
from app.domain.instruments import ConId
from app.domain.state import Record, State
from tests.benchmarks import plain_way
from tests.support.walks import walk

KEY = BarsKey(Source.PRACTICE, ConId(1), Timeframe.D1)
NAME = "S001"
REPEATS = 3
"""How often a way is measured in its turn: the first time it finds its memory cold after the others."""
Line = dict[str, object]


def timed(work: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


async def awaited(work: Callable[[], Awaitable[object]]) -> float:
    """Return the milliseconds until an answer is there."""
    start = time.perf_counter()
    await work()
    return (time.perf_counter() - start) * 1000


async def reading(store: Store, engine: Engine, held: int, count: int, rounds: int) -> Line:
    """Read the newest bars of a longer series."""
    bars = walk(1, held)
    await store.bars.write(KEY, bars)
    plain_way.save_core(engine, NAME, bars)
    taken: dict[str, list[float]] = {"thread": [], "await": [], "core": [], "orm": []}
    for _ in range(rounds):
        for _ in range(REPEATS):
            taken["thread"].append(await store._worker.do(timed, lambda: store.bars._read(KEY, count)))
        for _ in range(REPEATS):
            taken["await"].append(await awaited(lambda: store.bars.read(KEY, count)))
        for _ in range(REPEATS):
            taken["core"].append(timed(lambda: plain_way.read_core(engine, NAME, count)))
        for _ in range(REPEATS):
            with Session(engine) as session:
                taken["orm"].append(timed(lambda session=session: plain_way.read_orm(session, NAME, count)))
    ms = {name: median(found) for name, found in taken.items()}
    return {
        "bench": "store_read",
        "bars": count,
        "held": held,
        "chunks_thread_ms": round(ms["thread"], 4),
        "chunks_await_ms": round(ms["await"], 4),
        "core_rows_ms": round(ms["core"], 3),
        "orm_objects_ms": round(ms["orm"], 3),
        "core_ratio": round(ms["core"] / ms["thread"], 1),
        "orm_ratio": round(ms["orm"] / ms["thread"], 1),
    }


async def writing(store: Store, engine: Engine, count: int) -> Line:
    """Write a new series."""
    bars, key = walk(2, count), BarsKey(Source.PRACTICE, ConId(2), Timeframe.D1)
    chunks = await store._worker.do(timed, lambda: store.bars._write(key, bars))
    core = timed(lambda: plain_way.save_core(engine, "core", bars))
    orm = timed(lambda: plain_way.save_orm(engine, "orm", bars))
    rates = {"chunks": count / chunks, "core_rows": count / core, "orm_objects": count / orm}
    return {
        "bench": "store_write",
        "bars": count,
        **{f"{name}_per_s": round(rate * 1000) for name, rate in rates.items()},
    }


async def committing(store: Store, rounds: int) -> list[Line]:
    """Commit seven facts with their seven rows, as they are and without waiting for the disk."""
    lines: list[Line] = []
    for setting, name in (("FULL", "durable"), ("OFF", "without_fsync")):
        await store._worker.do(lambda setting=setting: store._database.raw.execute(f"PRAGMA synchronous = {setting}"))
        taken = []
        for _ in range(rounds):
            facts, records = lineage()
            work = lambda facts=facts, records=records: store.journal._commit(facts, records)  # noqa: E731
            taken.append(await store._worker.do(timed, work))
        lines.append({"bench": "store_commit", "rows": 7, "sync": name, "commit_ms": round(median(taken), 4)})
    return lines


def lineage() -> tuple[list[Fact], list[Record]]:
    """Return seven new steps and their rows."""
    facts: list[Fact] = []
    records: list[Record] = []
    for name in list(ev.StepName)[:7]:  # a seven-row lineage
        facts.append(
            ev.StepTaken(
                at=datetime.now(UTC),
                step=name,
                inputs={"symbol": NAME, "bars": 500},
                outputs={"sma20": 101.25, "rsi": 61.5, "direction": "up"},
            )
        )
        records += fold(State(), facts[-1])[1]
    return facts, records


async def measure(count: int, rounds: int) -> list[Line]:
    """Return every figure."""
    with TemporaryDirectory() as place:
        store = await Store.open(Path(place) / "tapeline.db")
        engine = plain_way.open_plain(Path(place) / "plain.db")
        lines = [await reading(store, engine, count * 2, count, rounds), await writing(store, engine, count * 4)]
        lines += await committing(store, rounds * 10)
        engine.dispose()
        await store.close()
    return lines


def main() -> None:
    """Measure once and print the lines."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    for line in asyncio.run(measure(asked.bars, asked.rounds)):
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
