"""The universe is one and the same in every practice market, and its data is found wherever the program lies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.practice.resources import practice_resources
from app.practice.universe import practice_universe


def test_the_universe_is_always_the_same() -> None:
    first, second = practice_universe(), practice_universe()
    assert first.all() == second.all()
    assert all(first.listing(c.con_id) == second.listing(c.con_id) for c in first.all())


def test_every_named_history_is_shipped() -> None:
    book = practice_universe()
    files = {book.listing(contract.con_id).history for contract in book.all()} - {""}
    assert files == {path.name for path in practice_resources().glob("*.csv.gz")}


def test_a_frozen_program_looks_beside_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    practice_resources.cache_clear()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    try:
        with pytest.raises(FileNotFoundError, match="reinstall"):
            practice_resources()
        (tmp_path / "resources" / "practice").mkdir(parents=True)
        assert practice_resources() == tmp_path / "resources" / "practice"
    finally:
        practice_resources.cache_clear()
