"""Bars in chunks, against the same bars in one dict."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.store import bars as chunks
from app.adapters.store.store import Store
from app.domain.bars import COLUMNS, Bars, BarsKey, Coverage, Source, Timeframe, from_columns
from app.domain.errors import Fault
from app.domain.instruments import ConId

KEY = BarsKey(Source.PRACTICE, ConId(900_000_001), Timeframe.D1)
DAY = 86400


def bars_of(rows: dict[int, float], closed: int | None = None) -> Bars:
    """Return bars at these times whose prices all follow from one number."""
    time = np.array(list(rows), np.int64)
    price = np.array(list(rows.values()), float)
    columns = {
        "time": time,
        "open": price,
        "high": price + 1,
        "low": price / 2,
        "close": price + 0.25,
        "volume": price * 10,
    }
    return from_columns(columns, len(rows) if closed is None else closed)


def same(one: Bars, other: Bars) -> bool:
    """Say whether two series hold the same bars."""
    return one.closed == other.closed and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in COLUMNS
    )


def days(start: int, stop: int, price: float = 100.0) -> dict[int, float]:
    """Return rows of consecutive days."""
    return {day * DAY: price + day for day in range(start, stop)}


@contextmanager
def small_chunks(size: int) -> Iterator[None]:
    """Let a row hold only a few bars, so that few bars need many rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "CHUNK", size)
        yield


writes = st.lists(
    st.dictionaries(st.integers(0, 60).map(lambda day: day * DAY), st.floats(1, 1000), max_size=12)
    | st.builds(
        lambda start, count, price: days(start, start + count, price),
        st.integers(0, 50),
        st.integers(1, 15),
        st.integers(1, 9),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(writes=writes, count=st.integers(0, 70))
def test_what_is_read_is_everything_that_was_written_in_its_last_revision(
    template: Path, tmp_path_factory: pytest.TempPathFactory, writes: list[dict[int, float]], count: int
) -> None:
    path = Path(shutil.copy(template, tmp_path_factory.mktemp("bars") / "tapeline.db"))
    expected: dict[int, float] = {}
    for rows in writes:
        expected |= rows
    whole = bars_of(dict(sorted(expected.items())))
    with small_chunks(5):
        read, newest, rows = asyncio.run(_written_and_read(path, writes, count))
    assert same(read, whole)
    assert same(newest, whole.last(count))
    assert all(held <= 5 for held in rows)


async def _written_and_read(path: Path, writes: list[dict[int, float]], count: int) -> tuple[Bars, Bars, list[int]]:
    store = await Store.open(path)
    for rows in writes:
        await store.bars.write(KEY, bars_of(rows))
    answers = await store.bars.read(KEY), await store.bars.read(KEY, count)
    await store.close()
    with closing(sqlite3.connect(path)) as other:
        held = other.execute("SELECT count, length(time) / 8, first, last FROM bar_chunks ORDER BY first").fetchall()
    assert all(count == length for count, length, _, _ in held)
    assert all(before[3] < after[2] for before, after in pairwise(held))
    return *answers, [count for count, *_ in held]


async def test_only_closed_bars_are_kept(store: Store) -> None:
    await store.bars.write(KEY, bars_of(days(0, 10), closed=9))
    assert same(await store.bars.read(KEY), bars_of(days(0, 9)))


async def test_adding_a_bar_rewrites_the_last_row_alone(store: Store, path: Path) -> None:
    with small_chunks(4):
        await store.bars.write(KEY, bars_of(days(0, 10)))
        before = rows(path)
        await store.bars.write(KEY, bars_of(days(10, 11)))
    after = rows(path)
    assert [count for _, count in after] == [4, 4, 3]
    assert after[:2] == before[:2]


def rows(path: Path) -> list[tuple[int, int]]:
    """Return (row id, bars) of every chunk, oldest first."""
    with closing(sqlite3.connect(path)) as other:
        return other.execute("SELECT rowid, count FROM bar_chunks ORDER BY first").fetchall()


async def test_writing_the_same_bars_again_writes_nothing(store: Store, path: Path) -> None:
    await store.bars.write(KEY, bars_of(days(0, 10)))
    before = rows(path)
    await store.bars.write(KEY, bars_of(days(3, 10)))
    assert rows(path) == before


async def test_a_revision_is_recorded_with_both_versions(store: Store, path: Path) -> None:
    await store.bars.write(KEY, bars_of(days(0, 3)))
    await store.bars.write(KEY, bars_of({1 * DAY: 55.0, 2 * DAY: 102.0}))
    with closing(sqlite3.connect(path)) as other:
        found = other.execute("SELECT time, old, new FROM bar_revisions").fetchall()
    (revision,) = [(time, json.loads(old), json.loads(new)) for time, old, new in found]
    assert revision == (DAY, [101.0, 102.0, 50.5, 101.25, 1010.0], [55.0, 56.0, 27.5, 55.25, 550.0])


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, source=Source.GATEWAY),
        replace(KEY, con_id=ConId(1)),
        replace(KEY, timeframe=Timeframe.H1),
        replace(KEY, what="MIDPOINT"),
        replace(KEY, regular_hours=False),
        replace(KEY, adjusted=True),
    ],
)
async def test_every_part_of_the_key_tells_series_apart(store: Store, other: BarsKey) -> None:
    await store.bars.write(KEY, bars_of(days(0, 3)))
    assert len(await store.bars.read(other)) == 0
    await store.bars.write(other, bars_of(days(5, 6)))
    assert (len(await store.bars.read(KEY)), len(await store.bars.read(other))) == (3, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
async def test_a_bar_without_a_number_is_refused_and_named(store: Store, bad: float) -> None:
    with pytest.raises(Fault, match=r"open of 900000001 at 1970-01-03"):
        await store.bars.write(KEY, bars_of({0: 1.0, 2 * DAY: bad}))
    assert len(await store.bars.read(KEY)) == 0


async def test_bars_before_1970_keep_their_order(store: Store) -> None:
    await store.bars.write(KEY, bars_of(days(-5, 5)))
    assert (await store.bars.read(KEY, 7)).time.tolist() == [day * DAY for day in range(-2, 5)]


async def test_a_failed_write_leaves_the_series_as_it_was(store: Store, path: Path) -> None:
    await store.bars.write(KEY, bars_of(days(0, 3)))
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON bar_chunks BEGIN SELECT RAISE(FAIL, 'no room'); END")
    with pytest.raises(Fault, match="no room"):
        await store.bars.write(KEY, bars_of(days(1, 9, price=7)))
    assert same(await store.bars.read(KEY), bars_of(days(0, 3)))
    other_key = replace(KEY, adjusted=True)
    with pytest.raises(Fault, match="no room"):
        await store.bars.write(other_key, bars_of(days(1, 9)))
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER full")
    await store.bars.write(other_key, bars_of(days(1, 9)))
    assert len(await store.bars.read(other_key)) == 8


async def test_what_was_asked_for_is_remembered(store: Store) -> None:
    assert await store.bars.coverage(KEY) is None
    await store.bars.write(KEY, bars_of(days(0, 3)))
    assert await store.bars.coverage(KEY) is None
    await store.bars.note_asked(KEY, Coverage(10, 20))
    await store.bars.note_asked(KEY, Coverage(0, 10, is_from_head=True))
    assert await store.bars.coverage(KEY) == Coverage(0, 20, is_from_head=True)
    await store.bars.note_asked(KEY, Coverage(30, 40))
    assert await store.bars.coverage(KEY) == Coverage(30, 40)
    assert len(await store.bars.read(KEY)) == 3


async def test_an_instruments_bars_are_forgotten_and_nobody_elses(store: Store) -> None:
    other = replace(KEY, con_id=ConId(KEY.con_id + 1))
    for key in (KEY, replace(KEY, timeframe=Timeframe.W1), other):
        await store.bars.write(key, bars_of(days(0, 3)))
        await store.bars.note_asked(key, Coverage(0, 10))
        assert len(await store.bars.read(key, 2)) == 2
    await store.bars.forget(KEY.source, KEY.con_id)
    assert [len(await store.bars.read(key, 2)) for key in (KEY, replace(KEY, timeframe=Timeframe.W1), other)] == [
        0,
        0,
        2,
    ]
    assert await store.bars.coverage(KEY) is None
    assert await store.bars.coverage(other) == Coverage(0, 10)
    await store.bars.write(KEY, bars_of(days(5, 6)))
    assert len(await store.bars.read(KEY)) == 1


async def test_the_columns_are_little_endian_numbers(store: Store, path: Path) -> None:
    await store.bars.write(KEY, bars_of(days(1, 3)))
    with closing(sqlite3.connect(path)) as other:
        time, volume = other.execute("SELECT time, volume FROM bar_chunks").fetchone()
    assert time == (DAY).to_bytes(8, "little") + (2 * DAY).to_bytes(8, "little")
    assert np.frombuffer(volume, "<f8").tolist() == [1010.0, 1020.0]
