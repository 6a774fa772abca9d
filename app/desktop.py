"""The desktop: takes the data directory, paints the window at once, and hands it over to its life. No asyncio yet."""

from __future__ import annotations

import faulthandler
import gc
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.adapters.store.version import refuse_newer, version_of
from app.runtime.crash import CRASH, take_crash
from app.runtime.instance import Instance
from app.runtime.look import first_look
from app.runtime.paths import DATABASE

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.domain.broker import Endpoint
    from app.ui.handles import Handles
    from app.ui.selection import Selection
    from app.ui.shell import MainWindow
    from app.ui.theme import Theme

LAYOUT = "layout.bin"
PLACE = "window.bin"


@dataclass(slots=True)
class Wish:
    """What was asked for on the command line."""

    data_dir: Path
    profile: str | None = None
    gateway: Endpoint | None = None
    seed: int | None = None


@dataclass(slots=True)
class Shown:
    """What is on the screen before anything behind it works; `handles` come once the core is there.

    `crash` is the sentence that tells how the last start ended, empty when it ended well.
    """

    app: QApplication
    theme: Theme
    window: MainWindow
    selection: Selection
    crash: str = ""
    handles: list[Handles] = field(default_factory=list)


def open_window(wish: Wish) -> int:
    """Open the window and return the exit code once it is closed; raise UserError when it cannot be opened."""
    gc.disable()  # imports make no garbage worth looking for; it is enabled once the window is painted
    instance = Instance(wish.data_dir)
    if not instance.acquire():
        from app.life import raise_other

        return raise_other(wish.data_dir)
    refuse_newer(wish.data_dir / DATABASE, version_of(wish.data_dir / DATABASE))
    logs = wish.data_dir / "logs"
    logs.mkdir(exist_ok=True)
    crash = take_crash(logs)
    with (logs / CRASH).open("a") as crashes:
        faulthandler.enable(crashes)
        try:
            shown = show(wish.data_dir)
            shown.crash = crash
            gc.freeze()  # what the window is made of stays: no later collection looks at it again
            gc.enable()
            from app.life import Life  # asyncio and all that follows it, once there is something to look at

            return Life(wish, shown, instance).live()
        finally:
            faulthandler.disable()


def show(data_dir: Path) -> Shown:
    """Paint the whole window, its panels still empty."""
    from PySide6.QtWidgets import QApplication

    from app.ui.panels.catalogue import places
    from app.ui.selection import Selection
    from app.ui.shell import MainWindow
    from app.ui.theme import Direction, Theme

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Tapeline")
    app.setQuitOnLastWindowClosed(False)
    look = first_look(data_dir)
    theme = Theme(look.theme, direction=Direction(look.colours), scale=look.scale_percent / 100)
    theme.prepare()
    window = MainWindow(theme)
    shown = Shown(app, theme, window, Selection(window))
    place = data_dir / PLACE
    window.take_place(place.read_bytes() if place.exists() else b"")
    window.install(*places(lambda: shown.handles[0]))
    _restore_layout(window, data_dir / LAYOUT)
    theme.apply()  # last, so that each widget is styled once
    window.show()
    app.processEvents()
    return shown


def _restore_layout(window: MainWindow, saved: Path) -> None:
    """Bring the last layout back; one that does not fit gives way to the first."""
    from app.ui.layout_file import bring_back

    if saved.exists() and not window.workspace.restore(saved.read_bytes()):
        window.workspace.reset()
    bring_back(window.workspace, saved.parent)
