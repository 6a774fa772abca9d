"""The store as a whole: opens the file on its own thread and hands out what answers for facts, lineage and bars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.adapters.store.worker import Worker

if TYPE_CHECKING:  # these bring SQLAlchemy, which is imported on the store's thread when a file is opened
    from app.adapters.store.bars import SqlBars
    from app.adapters.store.database import Database
    from app.adapters.store.journal import SqlJournal
    from app.adapters.store.lineage import SqlLineage
    from app.adapters.store.prompts import SqlPrompts
    from app.adapters.store.readings import SqlBulk, SqlReadings
    from app.adapters.store.records import SqlRecords


class Store:
    """One open database, all of whose parts share its one thread."""

    journal: SqlJournal
    lineage: SqlLineage
    records: SqlRecords
    readings: SqlReadings
    bulk: SqlBulk
    bars: SqlBars
    prompts: SqlPrompts

    def __init__(self, database: Database, worker: Worker) -> None:
        from app.adapters.store.bars import SqlBars
        from app.adapters.store.journal import SqlJournal
        from app.adapters.store.lineage import SqlLineage
        from app.adapters.store.prompts import SqlPrompts
        from app.adapters.store.readings import SqlBulk, SqlReadings
        from app.adapters.store.records import SqlRecords

        self._database = database
        self._worker = worker
        self.journal = SqlJournal(database, worker)
        self.lineage = SqlLineage(database, worker)
        self.records = SqlRecords(database, worker)
        self.readings = SqlReadings(database, worker)
        self.bulk = SqlBulk(database, worker)
        self.bars = SqlBars(database, worker)
        self.prompts = SqlPrompts(database, worker)

    @classmethod
    async def open(cls, path: Path, *, busy_ms: int = 5000) -> Store:
        """Open for reading and writing, made or migrated first; raise UserError, with nothing changed, otherwise."""
        return await _opened(path, busy_ms, is_reading=False)

    @classmethod
    async def open_read_only(cls, path: Path, *, busy_ms: int = 5000) -> Store:
        """Open for questions alone, never migrating, also while another process writes; raise UserError otherwise."""
        return await _opened(path, busy_ms, is_reading=True)

    async def close(self) -> None:
        """Finish what was asked, close the file and end the thread."""
        await self._worker.do(self._database.close)
        self._worker.end()


async def _opened(path: Path, busy_ms: int, *, is_reading: bool) -> Store:
    def on_the_thread() -> Store:
        from app.adapters.store.database import open_for_reading, open_for_writing

        database = (open_for_reading if is_reading else open_for_writing)(path, busy_ms)
        return Store(database, worker)

    worker = Worker()
    try:
        return await worker.do(on_the_thread)
    except BaseException:
        worker.end()
        raise
