"""Every way in which a file can be the wrong one gets one sentence, and the file stays as it was."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.adapters.store.database import Database, open_for_reading, open_for_writing
from app.adapters.store.version import HEAD
from app.domain.errors import UserError

Open = Callable[[Path, int], Database]
OPENERS = pytest.mark.parametrize("opened", [open_for_writing, open_for_reading])


def refusal(opened: Open, path: Path) -> str:
    """Return the sentence with which a file is refused; nothing beside it or in it may change."""
    before = {found.name: found.read_bytes() for found in path.parent.iterdir() if found.is_file()}
    with pytest.raises(UserError) as refused:
        opened(path, 50)
    after = {found.name: found.read_bytes() for found in path.parent.iterdir() if found.is_file()}
    assert {name: after.get(name) for name in before} == before
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    return str(refused.value)


def change(path: Path, statement: str) -> None:
    """Change a database behind our back."""
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(statement)
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_facts_are_safe_by_the_settings_of_the_file(path: Path) -> None:
    database = open_for_writing(path)
    settings = {name: database.raw.execute(f"PRAGMA {name}").fetchone()[0] for name in SAFE}
    database.close()
    assert settings == SAFE


SAFE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@OPENERS
def test_e5_a_newer_database_is_refused_with_both_versions(path: Path, opened: Open) -> None:
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    assert f"version {HEAD} or older was expected" in refusal(opened, path)
    assert "9999" in refusal(opened, path)


def test_an_older_database_is_not_migrated_by_reading_it(path: Path) -> None:
    change(path, "UPDATE alembic_version SET version_num = '0000'")
    assert "has version 0000; start Tapeline once" in refusal(open_for_reading, path)


def test_there_is_nothing_to_read_before_the_first_start(tmp_path: Path) -> None:
    assert "there is none yet" in refusal(open_for_reading, tmp_path / "tapeline.db")
    assert not list(tmp_path.iterdir())


@OPENERS
def test_another_programs_database_is_refused(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "places.db"
    change(path, "CREATE TABLE bookmarks (url TEXT)")
    assert "another program's was found" in refusal(opened, path)


@OPENERS
def test_another_programs_database_with_its_own_migrations_is_refused(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE alembic_version (version_num TEXT)")
    change(path, "CREATE TABLE journal (id TEXT)")
    change(path, "INSERT INTO alembic_version VALUES ('0001')")
    assert "another program's was found" in refusal(opened, path)


@OPENERS
@pytest.mark.parametrize("content", [b"not a database at all, just words" * 50, b"\x89PNG\r\n" * 300])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, opened: Open, content: bytes) -> None:
    path = tmp_path / "tapeline.db"
    path.write_bytes(content)
    assert "is damaged or is none" in refusal(opened, path)


@OPENERS
def test_a_directory_in_the_files_place_is_refused(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "tapeline.db"
    path.mkdir()
    assert "something else is there" in refusal(opened, path)


@pytest.mark.parametrize("kept", [100, 4096, 5000, 0.5, 0.9])
def test_e5_a_torn_file_is_refused(path: Path, kept: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    refusal(open_for_writing, path)


@pytest.mark.parametrize("offset", range(0, 100, 2))
def test_e5_a_damaged_header_is_refused_or_harmless_and_never_anything_else(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)
    try:
        database = open_for_writing(path, 50)
    except UserError:
        refusal(open_for_writing, path)
        assert path.read_bytes() == bytes(content)
    else:
        assert database.raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        database.close()


def test_e5_damage_in_the_middle_is_found_when_the_file_is_opened(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for start in range(4096 * 3, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    refusal(open_for_writing, path)


def test_e1_a_database_that_another_program_holds_is_refused_after_waiting(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError, match="another program holds it"):
            open_for_writing(path, 50)
    open_for_writing(path, 50).close()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "tapeline.db"
    with pytest.raises(UserError, match=f"at {path}, it cannot be opened or made there; make the directory writable"):
        open_for_writing(path)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a directory that not even root can write")
def test_a_read_only_directory_is_refused_with_what_to_do() -> None:
    with pytest.raises(UserError, match="make the directory writable, or name another with --data-dir"):
        open_for_writing(Path("/proc/self/tapeline.db"))


_AS_NOBODY = """
import os, sys
from pathlib import Path
import sqlalchemy.dialects.sqlite
from app.adapters.store.database import open_for_reading, open_for_writing
from app.domain.errors import UserError
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere
path = Path(sys.argv[1])
try:
    open_for_writing(path)
except UserError as error:
    sys.stdout.write(str(error) + "\\n")
database = open_for_reading(path)
sys.stdout.write(str(database.raw.execute("SELECT count(*) FROM journal").fetchone()[0]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_file_that_may_only_be_read_is_refused_for_writing_and_still_answers(template: Path) -> None:
    with TemporaryDirectory() as place:  # pytest's own directories are closed to anyone else
        home = Path(place)
        held = Path(shutil.copy(template, home / "tapeline.db"))
        held.chmod(0o444)
        home.chmod(0o555)
        told = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(held)], capture_output=True, text=True, check=False
        )
        home.chmod(0o755)
    assert told.stderr == ""
    sentence, count = told.stdout.splitlines()
    assert sentence.endswith("make the directory writable, or name another with --data-dir.")
    assert count == "0"


def test_reading_works_while_another_process_writes(path: Path) -> None:
    writer = open_for_writing(path)
    with writer.write() as connection:
        connection.exec_driver_sql("INSERT INTO strategies VALUES ('a', 'A', 'ask', '{}')")
        reader = open_for_reading(path)
        assert reader.raw.execute("SELECT count(*) FROM strategies").fetchone() == (0,)
    assert reader.raw.execute("SELECT count(*) FROM strategies").fetchone() == (1,)
    reader.close()
    writer.close()


def test_a_reader_cannot_write(path: Path) -> None:
    reader = open_for_reading(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.raw.execute("DELETE FROM journal")
    reader.close()


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "tapeline.db"
    path.touch()
    open_for_writing(path).close()
    open_for_reading(path).close()


def test_a_path_with_odd_letters_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50% of it? #1 – ünï" / "tapeline.db"
    path.parent.mkdir()
    open_for_writing(path).close()
    assert path.is_file()
