"""The store as a whole: light to import, one thread, gone when closed."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.adapters.store.store import Store
from app.domain.errors import UserError


def threads() -> list[str]:
    """Return the names of the store's threads."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("store")]


async def test_one_thread_serves_a_store_and_ends_with_it(path: Path) -> None:
    store = await Store.open(path)
    await store.journal.load()
    await store.records.runs()
    assert len(threads()) == 1
    await store.close()
    assert threads() == []


async def test_a_store_that_could_not_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        await Store.open_read_only(tmp_path / "tapeline.db")
    assert threads() == []


async def test_closing_leaves_one_file(path: Path) -> None:
    store = await Store.open(path)
    await store.journal.commit([], [])
    await store.close()
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_importing_the_store_does_not_import_the_database_library() -> None:
    code = "import sys, app.adapters.store; sys.stdout.write(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "alembic", "cattrs", "pandas", "numpy"} & set(loaded)
