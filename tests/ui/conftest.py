"""What window tests share: a theme that is applied once, and hands that let go of the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme import Direction, Theme

_shared: list[Theme] = []


@pytest.fixture
def theme(qtbot: QtBot) -> Iterator[Theme]:
    """Return the dark theme, applied."""
    if not _shared:
        _shared.append(Theme("dark"))
        _shared[0].apply()
    theme = _shared[0]
    yield theme
    if (theme.name, theme.scale, theme.direction) != ("dark", 1.0, Direction.GREEN_RED):
        theme.set("dark", scale=1.0, direction=Direction.GREEN_RED)


@pytest.fixture(autouse=True)
def no_key_held() -> Iterator[None]:
    """Let go of Shift, Ctrl and Alt: Qt takes what a test's last gesture held as held by the next test's as well."""
    yield
    if QApplication.instance() is not None and QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        nowhere = QWidget()
        QTest.keyRelease(nowhere, Qt.Key.Key_Shift)
        nowhere.deleteLater()
