"""Named workspaces: what charts show comes back with the docks, over a restart and under a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from app.ui.layout_file import FILE, bring_back, keep
from app.ui.theme import Theme
from app.ui.widgets.panel import PanelFrame
from app.ui.workspace import Area, Place, Workspace


class Remembering(PanelFrame):
    """A panel that shows one word."""

    word = "first"

    def memory(self) -> dict[str, Any]:
        return {"word": self.word}

    def recall(self, memory: Mapping[str, Any]) -> None:
        self.word = str(memory.get("word", self.word))


def workspace(theme: Theme, qtbot: QtBot) -> Workspace:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(900, 600)
    made = Workspace(theme, window)
    window.setCentralWidget(made.widget)

    def build(key: str) -> QWidget:
        return Remembering(theme, key, key.title())

    seats = (("chart", Area.CENTRE), ("orders", Area.BOTTOM))
    made.add(*(Place(key, key.title(), area, lambda key=key: build(key)) for key, area in seats))
    made.lay_out(900, 600)
    made.window_of_test = window  # type: ignore[attr-defined]  # a workspace does not keep its window
    return made


def word(made: Workspace, key: str = "chart") -> str:
    panel = made.panel(key)
    assert isinstance(panel, Remembering)
    return panel.word


def put(made: Workspace, text: str) -> None:
    panel = made.panel("chart")
    assert isinstance(panel, Remembering)
    panel.word = text


def test_what_a_panel_showed_comes_back_when_it_is_built_again(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    first = workspace(theme, qtbot)
    put(first, "second")
    keep(first, tmp_path)
    other = workspace(theme, qtbot)
    bring_back(other, tmp_path)
    assert word(other) == "second"
    assert word(other, "orders") == "first"


def test_a_panel_nobody_opened_keeps_its_memory(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    first = workspace(theme, qtbot)
    put(first, "second")
    keep(first, tmp_path)
    unseen = workspace(theme, qtbot)
    bring_back(unseen, tmp_path)
    keep(unseen, tmp_path)
    last = workspace(theme, qtbot)
    bring_back(last, tmp_path)
    assert word(last) == "second"


def test_a_named_workspace_brings_back_docks_and_panels(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    first = workspace(theme, qtbot)
    put(first, "morning")
    first.remember("Morning")
    put(first, "evening")
    first.close("orders")
    keep(first, tmp_path)
    other = workspace(theme, qtbot)
    bring_back(other, tmp_path)
    assert word(other) == "evening"
    assert other.open_named("Morning")
    assert word(other) == "morning"
    assert other.is_open("orders")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"panels": {}, "named": {"a": {"docks": "!", "panels": {}}}}'])
def test_e3_a_damaged_file_leaves_the_first_workspace(theme: Theme, qtbot: QtBot, tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    made = workspace(theme, qtbot)
    bring_back(made, tmp_path)
    assert made.named == {}
    assert word(made) == "first"
    keep(made, tmp_path)
    assert json.loads((tmp_path / FILE).read_text())["panels"]["chart"] == {"word": "first"}
