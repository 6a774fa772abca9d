"""Bringing a file to HEAD: a backup beside it first, then every step in one transaction, or none."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from alembic import command
from alembic.config import Config

from app.adapters.store.database import Database
from app.adapters.store.failures import sqlite_error
from app.adapters.store.version import HEAD, NEW
from app.domain.errors import UserError

SCRIPTS = Path(__file__).parent / "migrations"
_log = logging.getLogger(__name__)


def migrate(database: Database, path: Path, version: str) -> None:
    """Bring the file from `version` to HEAD; when a step fails raise UserError and leave it as it was."""
    backup = None if version == NEW else back_up(database, path)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    try:
        with database.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
            _refuse_orphans(database)
    except Exception as error:  # a step may raise anything: the transaction has undone it, the sentence says so
        if sqlite_error(error) is not None and version == NEW:
            raise
        kept = f", a backup is {backup}" if backup else ""
        raise UserError(
            f"The database {path} was expected to go from version {version or 'none'} to {HEAD}, a step failed "
            f"({error}); nothing was changed{kept}, go on with the older Tapeline and report this."
        ) from error
    _log.info("database %s brought from version %s to %s", path, version or "none", HEAD)


def back_up(database: Database, path: Path) -> Path:
    """Write a whole copy of the database beside it, replacing the copy of an earlier attempt; return its path."""
    copy = path.with_name(f"{path.stem}.before-{HEAD}{path.suffix}")
    unfinished = copy.with_name(copy.name + ".part")
    unfinished.unlink(missing_ok=True)
    database.raw.execute("VACUUM INTO ?", (str(unfinished),))
    os.replace(unfinished, copy)
    return copy


def _refuse_orphans(database: Database) -> None:
    orphans = database.raw.execute("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise UserError(f"rows without their parents were left in {orphans[0][0]}")
