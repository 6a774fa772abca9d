"""Named workspaces at hand: saved under a name, opened from the Layout menu or with Alt and a number, forgotten."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from app.ui.handles import Handles
from app.ui.language import say
from app.ui.layout_file import keep
from app.ui.panels.following import attempt
from app.ui.widgets.ask import Choice, ask_text
from app.ui.widgets.notices import Level, Notice

MOST_KEYS = 9


class LayoutActs(QObject):
    """The lines of the Layout menu: save under a name, open with Alt+1 to Alt+9, forget."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.window)
        self._h = handles
        self._workspace = handles.window.workspace
        self._lines: list[QAction] = []
        handles.window.actions_.on("layout_save", lambda: attempt(handles, self._ask_name(), "save the workspace"))
        self._show()

    def save(self, name: str) -> None:
        """Keep the workspace as it is under a name, in place of the one of that name."""
        self._workspace.remember(name)
        self._keep()

    def open(self, name: str) -> None:
        """Switch to a named workspace."""
        if not self._workspace.open_named(name):
            self._say(f"The workspace “{name}” could not be read; the first layout is shown.")

    def forget(self, name: str) -> None:
        """Drop a named workspace."""
        self._workspace.forget(name)
        self._keep()

    async def _ask_name(self) -> None:
        words = "It keeps the docks, and of each chart its timeframe, indicators, style, scale and link."
        act = Choice("save", "Save workspace", "primary")
        name = await ask_text(self._h.theme, self._h.window, "Save the workspace as", words, act)
        if name:
            self.save(name)

    def _keep(self) -> None:
        try:
            keep(self._workspace, self._h.settings.folder)
        except OSError as error:
            self._say(f"The workspace could not be saved ({error.strerror or error}); free some room on the disk.")
        self._show()

    def _show(self) -> None:
        """Put the named workspaces at the foot of the Layout menu."""
        menu = self._h.window.menu("Layout")
        for line in self._lines:
            menu.removeAction(line)
            self._h.window.removeAction(line)
            line.deleteLater()
        names = sorted(self._workspace.named, key=str.casefold)
        self._lines = [menu.addSeparator()] if names else []
        for place, name in enumerate(names, 1):
            line = menu.addAction(name, partial(self.open, name))
            if place <= MOST_KEYS:
                line.setShortcut(QKeySequence(f"Alt+{place}"))
                self._h.window.addAction(line)
            self._lines.append(line)
        if names:
            sub = menu.addMenu(say("Forget a workspace"))
            for name in names:
                sub.addAction(name, partial(self.forget, name))
            self._lines.append(sub.menuAction())

    def _say(self, words: str) -> None:
        self._h.window.notify(Notice(words, Level.WARN, self._h.clock.now()))
