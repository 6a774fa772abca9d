"""What window tests share: a theme that is applied once, and put back when a test has switched it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
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
