"""The frame of every panel: header acts, link chip, overflow menu, and the four states over its content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.states import State, StateOverlay

LINK_GROUPS = 6


class PanelFrame(QFrame):
    """A panel: put widgets into `body`, acts into the header; the dock shows title and header in one line."""

    link_changed = Signal(int)
    """The link group the panel now follows: 1–6, or 0 for none."""
    help_wanted = Signal(str)
    is_built_anew = False
    """Whether it is built anew when the language changes; one that holds what a person has begun follows by itself."""

    def __init__(self, theme: Theme, key: str, title: str, *, links: bool = False, scrolls: bool = False) -> None:
        """Make an empty panel; with `links` it can follow one of the six symbol groups.

        With `scrolls` its body may be taller than the dock and is then scrolled; tables and charts do that themselves.
        """
        super().__init__()
        self.theme, self.key, self.title = theme, key, title
        self.setProperty("role", "panel")
        self.setObjectName(f"panel.{key}")
        self.setAccessibleName(say(title))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body = self._make_body(scrolls)
        self._icons: list[tuple[QAction, str]] = []
        self._link = 0
        self._menu = QMenu(self)
        self._link_entries: list[QAction] = []
        self._link_act = self._make_link() if links else None
        self._more = self._make_overflow()
        self._overlay: StateOverlay | None = None
        theme.changed.connect(self._restyle)
        self._restyle()

    def header_actions(self) -> list[QAction]:
        """Return what the dock's header shows: link chip, icon acts, overflow menu."""
        link = [self._link_act] if self._link_act is not None else []
        return [*link, *(action for action, _ in self._icons), self._more]

    def add_act(self, icon: str, text: str, act: Callable[[], object], *, shortcut: str = "") -> QAction:
        """Add an icon to the header; its tooltip names the act and the shortcut, which works within the panel."""
        action = self._action(text, act, shortcut)
        self._icons.append((action, icon))
        action.setIcon(self.theme.icon(icon))
        first = self._first_menu_act()
        self._menu.insertAction(first, action) if first else self._menu.addAction(action)
        return action

    def add_menu_act(self, text: str, act: Callable[[], object], *, shortcut: str = "") -> QAction:
        """Add a line to the overflow menu."""
        action = self._action(text, act, shortcut)
        self._menu.addAction(action)
        return action

    @property
    def menu(self) -> QMenu:
        """The overflow menu, for checkable lines and sub-menus."""
        return self._menu

    @property
    def link(self) -> int:
        """The link group the panel follows, 0 for none."""
        return self._link

    def set_link(self, group: int) -> None:
        """Follow a link group (1–6) or none (0)."""
        if not 0 <= group <= LINK_GROUPS:
            raise ValueError(f"a link group is 0 to {LINK_GROUPS}, not {group}")
        if group != self._link:
            self._link = group
            self._restyle()
            self.link_changed.emit(group)

    def memory(self) -> dict[str, Any]:
        """Return what the panel should show again next time, as JSON holds it; nothing unless a panel says so."""
        return {}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Show again what `memory` told; what cannot be read any more is left as it is."""

    def show_state(self, state: State) -> None:
        """Cover the panel with loading, failed, empty or stale; `Ready` uncovers it."""
        if self._overlay is None:
            self._overlay = StateOverlay(self.theme, self)
        self._overlay.show_state(state)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget below what is in the panel already."""
        self.body.addWidget(widget, stretch)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the overflow menu with the menu key, or where nothing else wants the right button."""
        self._menu.popup(event.globalPos())

    def _action(self, text: str, act: Callable[[], object], shortcut: str) -> QAction:
        text = say(text)
        action = QAction(text, self)
        action.triggered.connect(lambda: act())
        action.setToolTip(text)
        if shortcut:
            keys = QKeySequence(shortcut)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.setToolTip(f"{text} ({keys.toString(QKeySequence.SequenceFormat.NativeText)})")
            self.addAction(action)
        return action

    def _make_link(self) -> QAction:
        action = QAction(say("Link group"), self)
        menu = QMenu(self)
        for group in range(LINK_GROUPS + 1):
            entry = menu.addAction(say(f"Group {group}" if group else "Not linked"))
            entry.triggered.connect(partial(self._take_link, group))
            self._link_entries.append(entry)
        action.setMenu(menu)
        return action

    def _make_body(self, scrolls: bool) -> QVBoxLayout:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        if not scrolls:
            return outer
        area, inside = QScrollArea(), QFrame()
        set_role(inside, role="panel")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        outer.addWidget(area)
        body = QVBoxLayout(inside)
        body.setContentsMargins(12, 12, 12, 12)
        body.setSpacing(8)
        return body

    def _take_link(self, group: int, _checked: bool = False) -> None:
        self.set_link(group)

    def _make_overflow(self) -> QAction:
        action = QAction(say(f"More for {self.title}"), self)
        action.setToolTip(say("More"))
        action.setMenu(self._menu)
        return action

    def _first_menu_act(self) -> QAction | None:
        icons = {action for action, _ in self._icons}
        return next((each for each in self._menu.actions() if each not in icons), None)

    def _restyle(self) -> None:
        self._more.setIcon(self.theme.icon("ellipsis"))
        for action, icon in self._icons:
            action.setIcon(self.theme.icon(icon))
        if self._link_act is not None:
            self._restyle_link(self._link_act)

    def _restyle_link(self, action: QAction) -> None:
        token = f"link.{self._link}" if self._link else "text.faint"
        action.setIcon(self.theme.dot(token, filled=self._link > 0))
        linked = f"Linked: group {self._link} (its symbol is followed)" if self._link else "Not linked to other panels"
        action.setToolTip(say(linked))
        for group, entry in enumerate(self._link_entries):
            token = f"link.{group}" if group else "text.faint"
            entry.setIcon(self.theme.dot(token, filled=group > 0))
