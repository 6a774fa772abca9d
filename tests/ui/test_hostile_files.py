"""A thousand files of settings, layouts and drawings that somebody changed: the window opens on what is left."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.runtime.look import Look, first_look
from app.runtime.paths import LARGEST_FILE
from app.runtime.settings import Settings, SettingsFile
from app.ui.charts.drawings.store import DrawingFolder
from app.ui.charts.drawings.values import Drawing
from app.ui.charts.studies.choice import added
from app.ui.charts.studies.templates import Template, template_of, template_record
from app.ui.layout_file import FILE, bring_back, keep
from app.ui.theme import Theme
from tests.support.damage import damaged
from tests.ui.charts.drawings.test_values import many
from tests.ui.test_layouts import put, word, workspace

ROUNDS = 250


def test_g3_settings_that_were_changed_by_others_are_read_or_left(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    file.change(
        theme="light",
        scale_percent=120,
        chart_presets=(template_record(Template(added((), "rsi"), weights=(("rsi", 2.0),), con_id=5, title="Swing")),),
    )
    path = tmp_path / "settings.json"
    sound = json.loads(path.read_text())
    for seed in range(2 * ROUNDS):
        path.write_bytes(damaged(sound, seed))
        assert isinstance(first_look(tmp_path), Look)
        current = SettingsFile(tmp_path, may_write=False).current
        assert isinstance(current, Settings)
        for record in current.chart_presets:
            template_of(record)


def test_g3_drawings_that_were_changed_by_others_are_read_or_put_aside(tmp_path: Path) -> None:
    store = DrawingFolder(tmp_path)
    store.write(5, many())
    sound = json.loads((tmp_path / "5.json").read_text())
    for seed in range(ROUNDS):
        (tmp_path / "5.json").write_bytes(damaged(sound, seed))
        assert all(isinstance(one, Drawing) for one in store.read(5))


def test_g3_layouts_that_were_changed_by_others_leave_a_window(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    made = workspace(theme, qtbot)
    put(made, "morning")
    made.remember("Morning")
    keep(made, tmp_path)
    sound = json.loads((tmp_path / FILE).read_text())
    for seed in range(ROUNDS):
        (tmp_path / FILE).write_bytes(damaged(sound, seed))
        bring_back(made, tmp_path)
        assert word(made)
    for name in list(made.named)[-20:]:
        made.open_named(name)
        assert word(made)


@pytest.mark.parametrize("name", ["settings.json", FILE, "5.json"])
def test_g3_a_file_of_more_than_ten_megabytes_is_not_taken_in(
    theme: Theme, qtbot: QtBot, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / name).write_bytes(
        b" " * LARGEST_FILE + b'{"theme": "light", "panels": {}, "named": {}, "drawings": []}'
    )
    made = workspace(theme, qtbot)
    with caplog.at_level(logging.WARNING):
        bring_back(made, tmp_path)
        assert SettingsFile(tmp_path, may_write=False).current.theme == "dark"
        assert first_look(tmp_path).theme == "dark"
        assert DrawingFolder(tmp_path).read(5) == ()
    assert "could not be read" in caplog.text
