"""The Layout menu over a real window: a workspace is saved by name, has keys of its own, and is forgotten."""

from __future__ import annotations

import json

import pytest
from PySide6.QtWidgets import QLineEdit

from app.ui.layout_file import FILE
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


def lines(screen: Screen) -> dict[str, str]:
    acts = screen.handles.window.menu("Layout").actions()
    return {act.text(): act.shortcut().toString() for act in acts if act.text()}


async def test_a_workspace_is_saved_by_name_opened_by_its_keys_and_forgotten(screen: Screen) -> None:
    window, file = screen.handles.window, screen.handles.settings.folder / FILE
    window.actions_.trigger("layout_save")
    question = await screen.question()
    field = question.findChild(QLineEdit)
    assert field is not None
    field.setText("Morning")
    await screen.answer("save")
    await screen.until(lambda: "Morning" in lines(screen))
    assert lines(screen)["Morning"] == "Alt+1"
    assert set(json.loads(file.read_text())["named"]) == {"Morning"}
    window.workspace.close("ticket")
    next(act for act in window.menu("Layout").actions() if act.text() == "Morning").trigger()
    assert window.workspace.is_open("ticket")
    screen.binding.layouts.forget("Morning")
    assert "Morning" not in lines(screen)
    assert json.loads(file.read_text())["named"] == {}
