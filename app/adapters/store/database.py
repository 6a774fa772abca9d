"""One SQLite file, opened with the settings that keep facts safe: WAL, synchronous FULL, foreign keys."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from app.adapters.store.failures import as_user_error
from app.adapters.store.version import HEAD, NEW, refuse_newer, uri, version_of
from app.domain.errors import UserError

BUSY_MS = 5000
"""How long a write waits for another program before it fails."""


class Database:
    """One connection to one file, used by one thread: `write` is all or nothing, `read` sees one moment."""

    def __init__(self, address: str, busy_ms: int) -> None:
        connect = _connector(address, busy_ms)
        self._engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.connect()
        self._reader = self._engine.connect().execution_options(is_reading=True)

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's own connection, for what must happen outside a transaction."""
        raw = self._writer.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        return raw

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Do everything inside as one durable transaction, or nothing of it."""
        with self._writer.begin():
            yield self._writer

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Ask several things of one and the same moment."""
        with self._reader.begin():
            yield self._reader

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
        self._writer.close()
        self._engine.dispose()


def open_for_writing(path: Path, busy_ms: int = BUSY_MS) -> Database:
    """Open the database, made or brought to HEAD first; raise UserError when that cannot be, with nothing changed."""
    version = version_of(path)
    refuse_newer(path, version)
    with as_user_error(path):
        database = Database(uri(path, mode="rwc"), busy_ms)
        try:
            _prepare(database, path, version)
        except BaseException:
            database.close()
            raise
    return database


def open_for_reading(path: Path, busy_ms: int = BUSY_MS) -> Database:
    """Open the database of HEAD for questions alone; another process may be writing it. Raise UserError otherwise."""
    options = _reading_options(path)
    version = version_of(path, **options)
    refuse_newer(path, version)
    if version == NEW:
        raise UserError(f"A Tapeline database was expected at {path}, there is none yet; start Tapeline once.")
    if version != HEAD:
        raise UserError(
            f"A database of version {HEAD} was expected, {path} has version {version}; "
            "start Tapeline once, which brings it up to date."
        )
    with as_user_error(path):
        return Database(uri(path, mode="ro", **options), busy_ms)


def _prepare(database: Database, path: Path, version: str) -> None:
    with database.write():
        pass  # proves that the file can be written before anything is
    raw = database.raw
    _check(raw, path)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    if version != HEAD:
        from app.adapters.store.migrate import migrate  # Alembic takes longer to import than all the rest

        migrate(database, path, version)
    raw.execute("PRAGMA foreign_keys = ON")


def _check(raw: sqlite3.Connection, path: Path) -> None:
    (found,) = raw.execute("PRAGMA quick_check(1)").fetchone()  # about 30 ms for 100 MB
    if found != "ok":
        where = str(found).splitlines()[-1]
        raise UserError(f"A sound database was expected at {path}, it is damaged ({where}); restore a backup of it.")


def _connector(address: str, busy_ms: int) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        # Without an isolation level Python begins nothing by itself: `_begin` does, for DDL as well.
        return sqlite3.connect(address, uri=True, isolation_level=None, timeout=busy_ms / 1000)

    return connect


def _begin(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("is_reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _reading_options(path: Path) -> dict[str, int]:
    """Say how to read a file whose directory cannot be written, where SQLite cannot make its helper files."""
    is_alone = not Path(f"{path}-wal").exists()
    return {"immutable": 1} if is_alone and not os.access(path.parent, os.W_OK) else {}
