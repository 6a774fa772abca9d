"""A database of the newest version, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.adapters.store.database import open_for_writing
from app.adapters.store.store import Store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database that nobody has open."""
    path = tmp_path_factory.mktemp("store") / "tapeline.db"
    open_for_writing(path).close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """Return a database of this test's own."""
    return Path(shutil.copy(template, tmp_path / "tapeline.db"))


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """Return that database, opened."""
    opened = await Store.open(path, busy_ms=200)
    yield opened
    await opened.close()
