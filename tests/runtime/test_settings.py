"""Settings survive what happens to files: half written, damaged, out of bounds, from another version."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.domain.risk import RiskLimits
from app.runtime.settings import Settings, SettingsFile
from app.runtime.settings_limits import Limits
from app.services.limits import risk_limits


def test_without_a_file_the_defaults_hold_and_nothing_is_written(tmp_path: Path) -> None:
    assert SettingsFile(tmp_path).current == Settings()
    assert list(tmp_path.iterdir()) == []


def test_the_default_limits_are_those_of_the_rules() -> None:
    assert risk_limits(Limits()) == RiskLimits()


def test_what_was_changed_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    file.change(theme="light", limits={"risk_percent": "0.25"})
    again = SettingsFile(tmp_path).current
    assert again.theme == "light"
    assert again.limits.risk_percent == Decimal("0.25")
    assert again.limits.max_quantity == 10_000


@pytest.mark.parametrize(
    "change",
    [
        {"theme": "pink"},
        {"scale_percent": 500},
        {"limits": {"risk_percent": "0"}},
        {"limits": {"position_percent": 101}},
    ],
)
def test_what_is_out_of_bounds_is_refused_and_changes_nothing(tmp_path: Path, change: dict[str, object]) -> None:
    file = SettingsFile(tmp_path)
    file.change(theme="light")
    with pytest.raises(ValidationError):
        file.change(**change)
    assert file.current.theme == "light"
    assert SettingsFile(tmp_path).current == file.current


@pytest.mark.parametrize("damage", [b"", b"{ not json", b"\x00\xff\xfe" * 50, b"[]", b'{"theme": "pink"}'])
def test_e3_a_damaged_file_is_kept_aside_and_the_newest_good_copy_used(tmp_path: Path, damage: bytes) -> None:
    file = SettingsFile(tmp_path)
    file.change(theme="light")
    file.change(theme="contrast")
    (tmp_path / "settings.json").write_bytes(damage)
    again = SettingsFile(tmp_path)
    assert again.current.theme == "light"
    assert "settings.json could not be read" in again.notice
    assert (tmp_path / "settings.damaged.json").read_bytes() == damage
    again.change(theme="dark")
    assert SettingsFile(tmp_path).current.theme == "dark"


def test_e3_damage_in_every_copy_ends_at_the_defaults(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    for theme in ("light", "contrast", "dark", "light", "contrast"):
        file.change(theme=theme)
    copies = sorted(tmp_path.glob("settings*.json"))
    assert len(copies) == 4, "the file and three older ones"
    for copy in copies:
        copy.write_text("{")
    assert SettingsFile(tmp_path).current == Settings()


def test_who_only_looks_moves_nothing(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    assert SettingsFile(tmp_path, may_write=False).current == Settings()
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_what_another_version_added_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"schema": 2, "theme": "light", "tomorrow": True}))
    assert SettingsFile(tmp_path).current.theme == "light"


def test_e3_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = SettingsFile(tmp_path)
    file.change(theme="light")

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("app.runtime.settings.write_atomically", fail)
    with pytest.raises(OSError, match="no space"):
        file.change(theme="contrast")
    assert SettingsFile(tmp_path).current.theme == "light"
