"""Which version a database file has, read without changing it and without Alembic."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from app.adapters.store.failures import as_user_error
from app.domain.errors import UserError

HEAD = "0006"
"""The version this program writes: the newest file of `migrations/versions`."""
APPLICATION_ID = 1414548565
"""What SQLite's header carries in a file of ours."""
NEW = ""
"""The version of a file that is not there yet, or empty."""


def uri(path: Path, **options: str | int) -> str:
    """Return the SQLite address of a file."""
    query = "&".join(f"{name}={value}" for name, value in options.items())
    return f"file:{quote(str(path.absolute()))}?{query}"


def version_of(path: Path, **options: str | int) -> str:
    """Return the version of the file, NEW for none; raise UserError when it is not a sound database of ours."""
    with as_user_error(path):
        if not path.exists():
            return NEW
        if not path.is_file():
            raise UserError(f"A database file was expected at {path}, something else is there; move it away.")
        if path.stat().st_size == 0:
            return NEW
        with closing(sqlite3.connect(uri(path, mode="ro", **options), uri=True, timeout=1)) as connection:
            return _version(connection, path)


def _version(connection: sqlite3.Connection, path: Path) -> str:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not tables:
        return NEW
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone() if _is_ours(tables) else None
    if application != APPLICATION_ID or not found:
        raise UserError(f"A Tapeline database was expected at {path}, another program's was found; move it away.")
    return str(found[0])


def _is_ours(tables: set[str]) -> bool:
    return {"alembic_version", "journal"} <= tables


def refuse_newer(path: Path, version: str) -> None:
    """Raise UserError when a later program wrote the file."""
    if version > HEAD:
        raise UserError(
            f"A database of version {HEAD} or older was expected, {path} has version {version}: "
            "it was written by a newer Tapeline; start that one, or name another --data-dir."
        )
