"""The arrows between the rooms, held by import-linter's contracts in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from importlinter.cli import lint_imports


def test_the_rooms_import_only_downwards() -> None:
    pyproject = Path(__file__).resolve().parents[2] / "pyproject.toml"
    assert lint_imports(config_filename=str(pyproject), no_cache=True) == 0
