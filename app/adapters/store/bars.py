"""Bars in column chunks: one row holds up to CHUNK bars, each column as little-endian bytes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from app.adapters.store.database import Database
from app.adapters.store.failures import as_fault, as_read_failure
from app.adapters.store.worker import Worker
from app.domain.bars import COLUMNS, Bars, BarsKey, Coverage, Source, empty_bars, from_columns, merge
from app.domain.errors import Fault
from app.domain.instruments import ConId

CHUNK = 1024
"""The most bars in one row: few rows to read, little to rewrite when a bar is added."""

RECENT, RECENT_BARS = 32, 20_000
"""So many series stay at hand as they were last read, none longer than this."""

Chunk = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """The newest bars of a series, and how many had been asked for."""

    asked: int
    bars: Bars


class SqlBars:
    """The local store of bars (services.ports.BarStore)."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker
        self._series: dict[BarsKey, int] = {}
        self._recent: dict[BarsKey, Recent] = {}

    async def read(self, key: BarsKey, count: int | None = None) -> Bars:
        """Return the newest `count` closed bars (all when None), oldest first."""
        recent = self._recent.get(key)
        if recent is not None and count is not None and 0 < count <= recent.asked:
            return recent.bars.last(count)  # a run reads days for itself and once more to build weeks of them
        return await self._worker.do(self._read, key, count)

    async def write(self, key: BarsKey, bars: Bars) -> None:
        """Keep the closed ones of `bars`; a later revision of a bar replaces the earlier, which is recorded.

        Raise Fault when a number is not finite or when nothing could be written.
        """
        await self._worker.do(self._write, key, bars)

    async def forget(self, source: Source, con_id: ConId) -> None:
        """Drop every bar of an instrument, and what was asked for: all of them were restated. Revisions stay."""
        await self._worker.do(self._forget, source, con_id)

    async def coverage(self, key: BarsKey) -> Coverage | None:
        """Return which stretch of time the gateway has been asked for, None when it never was."""
        return await self._worker.do(self._coverage, key)

    async def note_asked(self, key: BarsKey, asked: Coverage) -> None:
        """Remember that the gateway answered for a stretch of time; it is joined with what it touches."""
        await self._worker.do(self._note_asked, key, asked)

    def _read(self, key: BarsKey, count: int | None) -> Bars:
        with as_read_failure("bars"):
            raw = self._database.raw  # one plain SELECT: without SQLAlchemy it takes a third of the time
            series = self._find(raw, key)
            if series is None or (count is not None and count <= 0):
                return empty_bars()
            bars = _joined(_newest(raw, series, count))
        if count is None:
            return bars
        found = bars.last(count)
        if len(found) <= RECENT_BARS:
            self._keep(key, Recent(count, found))
        return found

    def _keep(self, key: BarsKey, recent: Recent) -> None:
        """Remember what was read last of a few series; on the one thread that also writes, so it is never stale."""
        self._recent.pop(key, None)
        self._recent[key] = recent
        while len(self._recent) > RECENT:
            self._recent.pop(next(iter(self._recent)))

    def _write(self, key: BarsKey, bars: Bars) -> None:
        new = merge(empty_bars(), bars).closed_only
        if not len(new):
            return
        _refuse_unknowns(key, new)
        self._recent.pop(key, None)
        with as_fault(f"bars of {key.con_id}"), self._database.write() as connection:
            _merge_into(connection, self._find_or_make(connection, key), new)

    def _forget(self, source: Source, con_id: ConId) -> None:
        for key in [key for key in self._recent if key.con_id == con_id]:
            del self._recent[key]
        with as_fault(f"bars of {con_id}"), self._database.write() as connection:
            for statement in _FORGET:
                connection.exec_driver_sql(statement, (source.value, con_id))

    def _coverage(self, key: BarsKey) -> Coverage | None:
        with as_read_failure("bars"), self._database.read() as connection:
            return _covered(connection, key)

    def _note_asked(self, key: BarsKey, asked: Coverage) -> None:
        with as_fault("what bars were asked for"), self._database.write() as connection:
            series = self._find_or_make(connection, key)
            known = _covered(connection, key)
            covered = known.joined(asked) if known else asked
            connection.exec_driver_sql(_COVER, (covered.start, covered.stop, covered.is_from_head, series))

    def _find(self, raw: sqlite3.Connection, key: BarsKey) -> int | None:
        if key not in self._series:
            found = raw.execute(_FIND, _identity(key)).fetchone()
            if found is None:
                return None
            self._series[key] = found[0]
        return self._series[key]

    def _find_or_make(self, connection: Connection, key: BarsKey) -> int:
        connection.exec_driver_sql(_MAKE, _identity(key))
        return int(connection.exec_driver_sql(_FIND, _identity(key)).scalar_one())


def _identity(key: BarsKey) -> tuple[str | int | bool, ...]:
    return (key.source.value, key.con_id, key.timeframe.value, key.what, key.regular_hours, key.adjusted)


def _covered(connection: Connection, key: BarsKey) -> Coverage | None:
    found = connection.exec_driver_sql(_COVERED, _identity(key)).one_or_none()
    return Coverage(found[0], found[1], bool(found[2])) if found else None


def _newest(raw: sqlite3.Connection, series: int, count: int | None) -> list[Chunk]:
    """Return the newest chunks that hold `count` bars, oldest first."""
    chunks: list[Chunk] = []
    missing = count
    with closing(raw.execute(_NEWEST, (series,))) as rows:
        for held, *columns in rows:
            chunks.append(tuple(columns))
            if missing is not None:
                missing -= held
                if missing <= 0:
                    break
    return chunks[::-1]


def _joined(chunks: list[Chunk]) -> Bars:
    columns = {name: b"".join(chunk[place] for chunk in chunks) for place, name in enumerate(COLUMNS)}
    arrays = {name: np.frombuffer(raw, _TYPES[name]) for name, raw in columns.items()}
    return from_columns(arrays, closed=len(arrays["time"]))


def _merge_into(connection: Connection, series: int, new: Bars) -> None:
    """Rewrite the chunks that `new` touches, and the last one before it while that has room."""
    start, stop = int(new.time[0]), int(new.time[-1])
    touched = connection.exec_driver_sql(_TOUCHED, {"series": series, "start": start, "stop": stop, "full": CHUNK})
    old = _joined([tuple(columns) for columns in touched])
    whole = merge(old, new)
    if not _record_revisions(connection, series, old, new) and len(whole) == len(old):
        return
    if len(old):
        connection.exec_driver_sql(_REMOVE, (series, int(old.time[0]), int(old.time[-1])))
    connection.exec_driver_sql(_KEEP, list(_rows(series, whole)))


def _rows(series: int, bars: Bars) -> Iterator[tuple[int | bytes, ...]]:
    for start in range(0, len(bars), CHUNK):
        part = bars.part(start, start + CHUNK)
        raw = (_bytes(getattr(part, name), _TYPES[name]) for name in COLUMNS)
        yield (series, int(part.time[0]), int(part.time[-1]), len(part), *raw)


def _bytes(column: NDArray[np.float64] | NDArray[np.int64], kind: str) -> bytes:
    return column.astype(kind, copy=False).tobytes()


def _record_revisions(connection: Connection, series: int, old: Bars, new: Bars) -> bool:
    """Note every bar whose numbers changed, with both versions; say whether there was one."""
    times, before, after = np.intersect1d(old.time, new.time, assume_unique=True, return_indices=True)
    was = np.column_stack([getattr(old, name)[before] for name in COLUMNS[1:]])
    now = np.column_stack([getattr(new, name)[after] for name in COLUMNS[1:]])
    changed = np.flatnonzero((was != now).any(axis=1)).tolist()
    rows = [(series, int(times[at]), json.dumps(was[at].tolist()), json.dumps(now[at].tolist())) for at in changed]
    if rows:
        connection.exec_driver_sql(_REVISE, rows)
    return bool(rows)


def _refuse_unknowns(key: BarsKey, bars: Bars) -> None:
    for name in COLUMNS[1:]:
        bad = np.flatnonzero(~np.isfinite(getattr(bars, name)))
        if len(bad):
            when = bars.time[bad[0]].astype("datetime64[s]")
            raise Fault(f"A number was expected as {name} of {key.con_id} at {when}, none was found; not stored.")


_TYPES = {name: "<i8" if name == "time" else "<f8" for name in COLUMNS}
_NAMES = ", ".join(COLUMNS)
_SAME = "source = ? AND con_id = ? AND timeframe = ? AND what = ? AND regular_hours = ? AND adjusted = ?"
_FIND = f"SELECT id FROM bar_series WHERE {_SAME}"
_MAKE = (
    "INSERT INTO bar_series (source, con_id, timeframe, what, regular_hours, adjusted) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
_COVERED = f"SELECT asked_from, asked_to, is_from_head FROM bar_series WHERE {_SAME} AND asked_from IS NOT NULL"
_COVER = "UPDATE bar_series SET asked_from = ?, asked_to = ?, is_from_head = ? WHERE id = ?"
_FORGET = (
    "DELETE FROM bar_chunks WHERE series IN (SELECT id FROM bar_series WHERE source = ? AND con_id = ?)",
    "UPDATE bar_series SET asked_from = NULL, asked_to = NULL, is_from_head = 0 WHERE source = ? AND con_id = ?",
)
_NEWEST = f"SELECT count, {_NAMES} FROM bar_chunks WHERE series = ? ORDER BY first DESC"
_TOUCHED = f"""
SELECT {_NAMES} FROM bar_chunks
WHERE series = :series AND first <= :stop AND last >= coalesce(
    (SELECT CASE WHEN last < :start AND count < :full THEN last END
     FROM bar_chunks WHERE series = :series AND first < :start ORDER BY first DESC LIMIT 1),
    :start)
ORDER BY first
"""
_REMOVE = "DELETE FROM bar_chunks WHERE series = ? AND first BETWEEN ? AND ?"
_KEEP = f"INSERT INTO bar_chunks (series, first, last, count, {_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REVISE = "INSERT INTO bar_revisions (series, time, old, new) VALUES (?, ?, ?, ?)"
