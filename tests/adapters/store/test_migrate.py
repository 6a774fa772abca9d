"""A migration happens whole, after a backup, or not at all."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Self

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from app.adapters.store import database, migrate, version
from app.adapters.store.database import open_for_reading, open_for_writing
from app.adapters.store.tables import METADATA
from app.domain.errors import UserError

NEWEST = version.HEAD
FURTHER = f"{int(NEWEST) + 1:04}"
NEXT = f'''"""A later version, made for this test."""

from alembic import op

revision = "{FURTHER}"
down_revision = "{NEWEST}"


def upgrade() -> None:
    op.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, said TEXT)")
    op.execute("INSERT INTO notes (said) SELECT name FROM strategies")
    op.execute("ALTER TABLE strategies RENAME COLUMN name TO title")
    op.execute("DROP TABLE bar_revisions")
'''


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program be one version further than the database."""
    scripts = Path(shutil.copytree(migrate.SCRIPTS, tmp_path / "migrations"))
    (scripts / "versions" / f"{FURTHER}_next.py").write_text(NEXT)
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    for module in (version, migrate, database):
        monkeypatch.setattr(module, "HEAD", FURTHER)


def dump(path: Path) -> list[str]:
    """Return everything a database says, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def filled(path: Path) -> list[str]:
    """Put a row into the database and return all of it."""
    opened = open_for_writing(path)
    with opened.write() as connection:
        connection.exec_driver_sql("INSERT INTO strategies VALUES ('a', 'Three of four', 'ask', '{}')")
    opened.close()
    return dump(path)


def test_the_newest_version_is_the_newest_file() -> None:
    files = sorted(found.name[:4] for found in (migrate.SCRIPTS / "versions").glob("*.py"))
    assert files[-1] == version.HEAD
    assert files == [f"{number:04}" for number in range(1, len(files) + 1)]


def test_migrations_end_in_the_tables_that_the_program_uses(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_the_texts_of_the_tables_are_those_of_the_program(path: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    METADATA.create_all(engine)
    engine.dispose()
    assert definitions(path) == definitions(tmp_path / "made.db")


def definitions(path: Path) -> set[str]:
    """Return every CREATE statement, without its spaces."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'"
        )
        return {re.sub(r"\s+", "", sql) for (sql,) in found}


@pytest.mark.usefixtures("next_version")
def test_e4_a_migration_leaves_a_backup_of_what_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        as_before(before)
        content = filled(path)
    open_for_writing(path).close()
    assert dump(path.with_name(f"tapeline.before-{FURTHER}.db")) == content
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT said FROM notes").fetchall() == [("Three of four",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(FURTHER,)]


def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the older program again."""
    for module in (version, migrate, database):
        monkeypatch.setattr(module, "HEAD", NEWEST)


@pytest.mark.usefixtures("next_version")
@pytest.mark.parametrize("last", range(1, 6))  # its four statements and the version
def test_e4_a_migration_that_fails_after_any_statement_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    with monkeypatch.context() as before:
        as_before(before)
        content = filled(path)
    with (
        failing_after(last),
        pytest.raises(UserError, match=rf"nothing was changed, a backup is .*before-{FURTHER}\.db"),
    ):
        open_for_writing(path)
    assert dump(path) == content
    with monkeypatch.context() as before:
        as_before(before)
        open_for_writing(path).close()
    open_for_writing(path).close()
    assert dump(path) != content


def at_version(path: Path, version_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a database as an older program left it."""
    for module in (version, migrate, database):
        monkeypatch.setattr(module, "HEAD", version_)
    open_for_writing(path).close()


def fails_after(last: int, path: Path) -> bool:
    """Open a database with a power cut after a number of statements; say whether there were so many."""
    with failing_after(last) as failing:
        try:
            open_for_writing(path).close()
        except UserError:
            return True
    assert failing.left > 0, "what was cut off is told"
    return False


STEPS = list(pairwise(f"{number:04}" for number in range(1, int(NEWEST) + 1)))


@pytest.mark.parametrize(("older", "newer"), STEPS)
def test_e4_each_of_our_migrations_that_fails_after_any_statement_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: str, newer: str
) -> None:
    path, last = tmp_path / "tapeline.db", 0
    with monkeypatch.context() as before:
        at_version(path, older, before)
    content = dump(path)
    for module in (version, migrate, database):
        monkeypatch.setattr(module, "HEAD", newer)
    while fails_after(last := last + 1, path):
        assert dump(path) == content
    assert last > 1
    assert dump(path) != content
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newer,)]


@pytest.mark.parametrize("last", [1, 2, 3, 10, 20])
def test_a_database_that_could_not_be_made_is_made_the_next_time(tmp_path: Path, last: int) -> None:
    path = tmp_path / "tapeline.db"
    with failing_after(last), pytest.raises(UserError):
        open_for_writing(path)
    open_for_writing(path).close()
    open_for_reading(path).close()


class failing_after:  # noqa: N801 - reads as what it does
    """Let the n-th statement that changes something be the last that works."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __enter__(self) -> Self:
        event.listen(Engine, "after_cursor_execute", self.count)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "after_cursor_execute", self.count)

    def count(self, _c: object, _k: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(("CREATE", "INSERT", "ALTER", "DROP", "UPDATE", "PRAGMA application")):
            self.left -= 1
        if self.left == 0:
            self.left = -1
            raise RuntimeError("the power went")


@pytest.mark.usefixtures("next_version")
def test_an_old_database_is_only_brought_up_to_date_by_a_start(path: Path) -> None:
    with pytest.raises(UserError, match=f"version {FURTHER} was expected"):
        open_for_reading(path)


@pytest.fixture
def modules_after_opening(path: Path) -> Iterator[set[str]]:
    """Return what a process has imported once it opened a current database."""
    code = (
        "import sys; from pathlib import Path; from app.adapters.store.database import open_for_writing; "
        "open_for_writing(Path(sys.argv[1])).close(); sys.stdout.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return set(done.stdout.split())  # type: ignore[return-value]


def test_a_current_database_is_opened_without_alembic(modules_after_opening: set[str]) -> None:
    assert "sqlalchemy" in modules_after_opening
    assert not {name for name in modules_after_opening if name.startswith(("alembic", "mako", "pandas"))}
