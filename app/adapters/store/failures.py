"""What SQLite's errors mean in our words, told apart by its result codes, never by texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.errors import Fault, Retryable, UserError

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_NO_WRITING = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_NO_ROOM = {sqlite3.SQLITE_FULL}


@contextmanager
def as_user_error(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a database is opened into a sentence that says what to do."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{_WANTED} at {path}, but {_why_of(error)}; {_CHOOSE}.") from error
    except Exception as error:  # SQLAlchemy wraps sqlite3's errors, Alembic passes them on: told apart by their origin
        found = sqlite_error(error)
        if found is None:
            raise
        raise UserError(_sentence(path, found)) from error


@contextmanager
def as_fault(what: str) -> Iterator[None]:
    """Turn a failed write into a Fault that names it; nothing of it was kept."""
    try:
        yield
    except Exception as error:  # as above; everything else passes
        found = sqlite_error(error)
        if found is None:
            raise
        raise Fault(
            f"Writing {what} failed ({found}); nothing of it was kept, look at the disk and the log."
        ) from error


@contextmanager
def as_read_failure(what: str) -> Iterator[None]:
    """Turn a failed read into Retryable when the file was busy, into a Fault otherwise."""
    try:
        yield
    except Exception as error:  # as above; everything else passes
        found = sqlite_error(error)
        if found is None:
            raise
        if _code(found) in _BUSY:
            raise Retryable(f"Reading {what} waited too long for another program; try again.") from error
        raise Fault(f"Reading {what} failed ({found}); restore the database from a backup.") from error


def sqlite_error(error: BaseException) -> sqlite3.Error | None:
    """Return SQLite's own error behind `error`, None when something else went wrong."""
    if isinstance(error, sqlite3.Error):
        return error
    origin = getattr(error, "orig", None)  # sqlalchemy.exc.DBAPIError keeps it there
    return origin if isinstance(origin, sqlite3.Error) else None


_WANTED = "A database that can be written was expected"
_CHOOSE = "make the directory writable, or name another with --data-dir"


def _sentence(path: Path, error: sqlite3.Error) -> str:
    code = _code(error)
    if code in _BUSY:
        return f"The database {path} was expected to be free, another program holds it; close that one and try again."
    if code in _DAMAGED:
        return f"A Tapeline database was expected at {path}, the file is damaged or is none; restore a backup of it."
    if code in _NO_WRITING:
        return f"{_WANTED} at {path}, it is read-only; {_CHOOSE}."
    if code in _NO_ROOM:
        return f"Room for the database {path} was expected, the disk is full; free some and try again."
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"{_WANTED} at {path}, it cannot be opened or made there; {_CHOOSE}."
    return f"A sound database was expected at {path}, SQLite says “{error}”; restore a backup of it."


def _code(error: sqlite3.Error) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)  # absent on errors that Python's module raises itself
    return None if code is None else code & 0xFF


def _why_of(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
