"""The button that names the watchlist on show and opens what can be done about lists."""

from __future__ import annotations

from collections.abc import Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton

from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt
from app.ui.panels.watchlist_lists import Watchlists
from app.ui.widgets.ask import CANCEL, Choice, ask, ask_text
from app.ui.widgets.buttons import set_role

NEW = Choice("create", "Create the list", "primary")
RENAME = Choice("rename", "Rename the list", "primary")
DELETE = Choice("delete", "Delete the list", "danger")


class ListChooser(QPushButton):
    """Chooses, makes, renames and deletes lists."""

    moved = Signal(bool)
    """The lists have changed; True when another one is on show."""
    refused = Signal(str)
    paste_wanted = Signal()

    def __init__(self, handles: Handles, lists: Watchlists) -> None:
        super().__init__()
        self._h, self._lists = handles, lists
        set_role(self, role="inline")
        self.setAutoDefault(False)
        self.setObjectName("watchlist.chooser")
        self.setToolTip(say("Choose, make, rename or delete a list"))
        self.clicked.connect(self.open)

    def refresh(self) -> None:
        """Name the list on show."""
        self.setText(f"{self._lists.shown or 'No list'}  ▾")
        self.setAccessibleName(say(f"Watchlist {self._lists.shown}"))

    def open(self) -> QMenu:
        """Open the menu of lists below the button."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in self._lists.names:
            entry = menu.addAction(name, partial(self._choose, name))
            entry.setCheckable(True)
            entry.setChecked(name == self._lists.shown)
        menu.addSeparator()
        menu.addAction(say("New list …"), lambda: self._attempt(self._create(), "new list"))
        menu.addAction(say("Rename …"), lambda: self._attempt(self._rename(), "rename list"))
        menu.addAction(say("Delete …"), lambda: self._attempt(self._delete(), "delete list"))
        menu.addSeparator()
        menu.addAction(say("Paste a list"), self.paste_wanted.emit)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
        return menu

    def _attempt(self, work: Coroutine[Any, Any, None], name: str) -> None:
        attempt(self._h, work, name, refused=self.refused.emit)

    def _choose(self, name: str) -> None:
        self._lists.choose(name)
        self.moved.emit(True)

    async def _create(self) -> None:
        text = "How should the new list be called?"
        name = await ask_text(self._h.theme, self._h.window, "New watchlist", text, NEW)
        if name:
            self._lists.create(name)
            self.moved.emit(True)

    async def _rename(self) -> None:
        old = self._lists.shown
        text = f"What should “{old}” be called?"
        name = await ask_text(self._h.theme, self._h.window, "Rename watchlist", text, RENAME, initial=old)
        if name:
            self._lists.rename(name)
            self.moved.emit(False)

    async def _delete(self) -> None:
        name, count = self._lists.shown, len(self._lists.entries)
        text = f"“{name}” and its {count} symbols are deleted; positions and orders stay as they are."
        if await ask(self._h.theme, self._h.window, "Delete watchlist", text, [CANCEL, DELETE]) == DELETE.id:
            self._lists.remove()
            self.moved.emit(True)
