"""The real window for pictures: what a scene may reach, and how a picture of it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from app.compose import Core
from app.desktop import Shown
from app.ui.handles import Handles
from app.ui.shell import MainWindow
from tests.gallery.pictures import save_small
from tests.gallery.today import Day

PATIENT_S = 60.0
CALM_S = 1.2
"""Long enough for what a picture waits for besides facts: a preview, a study, a frame."""


@dataclass
class Stage:
    """The window with its day behind it; `front` is what the picture shows, the window itself for most scenes."""

    shown: Shown
    core: Core
    day: Day
    size: QSize
    folder: Path
    whole: bool = False
    front: QWidget | None = None
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def window(self) -> MainWindow:
        """The product's window."""
        return self.shown.window

    @property
    def handles(self) -> Handles:
        """What its panels are given."""
        return self.shown.handles[0]

    def open(self, key: str, *, tall: int = 0) -> Any:
        """Show a panel in the first layout and return it; `tall` gives the lower docks so many pixels."""
        workspace = self.window.workspace
        workspace.reset()
        workspace.show(key)
        if tall:
            workspace._manager.rootSplitter().setSizes([self.window.height() - tall, tall])
        return workspace.panel(key)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Let the window work until something is so."""
        async with asyncio.timeout(PATIENT_S):
            while not is_so():  # noqa: ASYNC110  the screen tells no event
                await asyncio.sleep(0.03)

    async def calm(self, seconds: float = CALM_S) -> None:
        """Let what is under way come to the screen; events are never run by hand within a task of their loop."""
        await asyncio.sleep(seconds)

    async def take(self, name: str, panel: str = "") -> None:
        """Keep one panel, or all that is in front, as a small file; the whole window where that is wanted."""
        for toast in list(self.window.notices._toasts):
            toast.dismiss()
        await self.calm()
        front = self.front or self.window
        shown = self.window.workspace._docks[panel].dockAreaWidget() if panel and not self.whole else front
        picture = shown.grab().toImage()
        self.sizes[name] = await asyncio.to_thread(save_small, picture, self.folder / f"{name}.png")

    def leave(self) -> None:
        """Take away what a scene put in front of the window."""
        if self.front is not None:
            self.front.close()
            self.front.deleteLater()
            self.front = None
