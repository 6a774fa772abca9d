"""Readings looked up, and the bulk behind their digests: exact prompts, pictures and raw replies."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from app.adapters.store.codec import from_json, time_text
from app.adapters.store.database import Database
from app.adapters.store.failures import as_fault, as_read_failure
from app.adapters.store.tables import BULK, READINGS
from app.adapters.store.worker import Worker
from app.domain.readings import Digest, Reading, ReadingId, ReadingStatus


class SqlReadings:
    """Where readings are looked up (services.ports_readings.Readings)."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker

    async def fetch(self, ids: Sequence[ReadingId]) -> tuple[Reading, ...]:
        """Return readings in the order of their ids; those that are not there are left out."""
        return await self._worker.do(self._fetch, tuple(ids))

    async def of_run(self, run: str) -> tuple[Reading, ...]:
        """Return a run's readings, oldest first."""
        return await self._worker.do(self._where, "run", run)

    async def newest(self, count: int, symbol: str | None = None) -> tuple[Reading, ...]:
        """Return the newest readings, of one symbol or of all."""
        return await self._worker.do(self._newest, count, symbol)

    async def answered(self, key: str) -> Reading | None:
        """Return the newest valid reading that a provider gave to exactly this question, None when there is none."""
        return await self._worker.do(self._answered, key)

    def _fetch(self, ids: tuple[ReadingId, ...]) -> tuple[Reading, ...]:
        asked = select(READINGS.columns.id, READINGS.columns.body).where(READINGS.columns.id.in_(ids))
        with as_read_failure("readings"), self._database.read() as connection:
            found = {row.id: row.body for row in connection.execute(asked)}
        return tuple(from_json(found[id_], Reading) for id_ in ids if id_ in found)

    def _where(self, column: str, value: str) -> tuple[Reading, ...]:
        asked = select(READINGS.columns.body).where(READINGS.columns[column] == value).order_by(READINGS.columns.at)
        with as_read_failure("readings"), self._database.read() as connection:
            return tuple(from_json(body, Reading) for (body,) in connection.execute(asked))

    def _newest(self, count: int, symbol: str | None) -> tuple[Reading, ...]:
        asked = select(READINGS.columns.body).order_by(READINGS.columns.at.desc()).limit(count)
        asked = asked.where(READINGS.columns.symbol == symbol) if symbol else asked
        with as_read_failure("readings"), self._database.read() as connection:
            return tuple(from_json(body, Reading) for (body,) in connection.execute(asked))

    def _answered(self, key: str) -> Reading | None:
        columns = READINGS.columns
        asked = select(columns.body).where(columns.key == key, columns.status == ReadingStatus.VALID.value)
        with as_read_failure("readings"), self._database.read() as connection:
            readings = [from_json(body, Reading) for (body,) in connection.execute(asked.order_by(columns.at.desc()))]
        return next((reading for reading in readings if reading.cached_from is None), None)


class SqlBulk:
    """Bytes by their digest (services.ports_readings.Bulk); they are written with the facts that name them."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker

    async def fetch(self, digest: Digest) -> bytes | None:
        """Return the bytes, None when they were never kept or their time is over."""
        return await self._worker.do(self._fetch, digest)

    async def forget_before(self, at: datetime) -> int:
        """Drop what was last needed before a moment, and return how much was dropped."""
        return await self._worker.do(self._forget, time_text(at))

    def _fetch(self, digest: Digest) -> bytes | None:
        with as_read_failure("bulk data"), self._database.read() as connection:
            found = connection.execute(select(BULK.columns.data).where(BULK.columns.digest == digest)).scalar()
        return zlib.decompress(found) if found is not None else None

    def _forget(self, at: str) -> int:
        with as_fault("bulk data"), self._database.write() as connection:
            return connection.execute(delete(BULK).where(BULK.columns.at < at)).rowcount
