"""Tabs that are made when they are first wanted."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.ui.widgets.late_tabs import LateTabs


def test_a_page_is_made_once_when_it_is_first_wanted(qtbot: QtBot) -> None:
    tabs, made = LateTabs(), list[str]()
    qtbot.addWidget(tabs)

    def maker(key: str) -> QWidget:
        made.append(key)
        return QLabel(key)

    for key in ("text", "versions", "test"):
        tabs.add_late(key, key.title(), lambda key=key: maker(key))
    assert (made, tabs.shown) == (["text"], "text")
    page = tabs.page("test")
    assert (made, tabs.shown, tabs.has("versions")) == (["text", "test"], "text", False)
    tabs.setCurrentWidget(page)
    assert (tabs.shown, tabs.page("test"), made) == ("test", page, ["text", "test"])
    tabs.show_tab("versions")
    assert isinstance(tabs.currentWidget(), QLabel)
    assert [tabs.tabText(place) for place in range(tabs.count())] == ["Text", "Versions", "Test"]
    assert made == ["text", "test", "versions"]
