"""The docks of the window behind one small class: places, tabs, floating, named layouts. Nothing else knows QtAds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

import PySide6QtAds as ads  # noqa: N813  the name its own documentation uses
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.panel import PanelFrame

log = logging.getLogger(__name__)

_Dock = ads.CDockWidget
_Flag = ads.CDockManager.eConfigFlag


class Area(StrEnum):
    """Where a panel goes in the first layout."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"
    BOTTOM = "bottom"
    BOTTOM_RIGHT = "bottom_right"


@dataclass(frozen=True, slots=True)
class Place:
    """A panel's seat: `build` makes its widget the first time it is seen."""

    id: str
    title: str
    area: Area
    build: Callable[[], QWidget]
    open_first: bool = True


Memories = Mapping[str, Mapping[str, Any]]
"""What panels remember of themselves, by their id, as JSON holds it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the docks stand, and what the panels in them show."""

    docks: bytes
    panels: Memories = field(default_factory=dict)


_DOCK_AREAS = {
    Area.LEFT: ads.LeftDockWidgetArea,
    Area.CENTRE: ads.CenterDockWidgetArea,
    Area.RIGHT: ads.RightDockWidgetArea,
    Area.BOTTOM: ads.BottomDockWidgetArea,
    Area.BOTTOM_RIGHT: ads.RightDockWidgetArea,
}
_ORDER = (Area.CENTRE, Area.LEFT, Area.RIGHT, Area.BOTTOM, Area.BOTTOM_RIGHT)
_LEFT_WIDTH, _RIGHT_WIDTH, _BOTTOM_HEIGHT = 260, 300, 240
ANSWERED_MS = 15_000
_LINEAGE_SHARE = 0.36


class Workspace(QObject):
    """Panels by id in docks; add them all, `lay_out` once, `fill` after the first paint."""

    changed = Signal()
    panel_built = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        _configure()
        self._manager = ads.CDockManager(parent)
        self._manager.floatingWidgetCreated.connect(self._on_floating)
        self._manager.stateRestored.connect(self._settle)
        self._docks: dict[str, ads.CDockWidget] = {}
        self._places: dict[str, Place] = {}
        self._panels: dict[str, QWidget] = {}
        self._named: dict[str, Layout] = {}
        self._memories: dict[str, Mapping[str, Any]] = {}
        self._first: bytes = b""
        self._account = ""
        self._filling = False

    @property
    def widget(self) -> QWidget:
        """The widget that holds all docks."""
        manager: QWidget = self._manager
        return manager

    def add(self, *places: Place) -> None:
        """Give each panel a dock; it shows once `lay_out` has been called."""
        for place in places:
            dock = ads.CDockWidget(self._manager, say(place.title))
            dock.setObjectName(place.id)
            dock.setMinimumSizeHintMode(_Dock.eMinimumSizeHintMode.MinimumSizeHintFromContent)
            dock.setWidget(_Empty(), _Dock.eInsertMode.ForceNoScrollArea)
            dock.visibilityChanged.connect(lambda seen, key=place.id: self._on_seen(key, seen))
            dock.topLevelChanged.connect(lambda _: self.changed.emit())
            self._docks[place.id] = dock
            self._places[place.id] = place

    def lay_out(self, width: int, height: int) -> None:
        """Put every panel where its place says, for a workspace of `width` × `height`."""
        areas: dict[Area, ads.CDockAreaWidget] = {}
        for area in _ORDER:
            for place in (each for each in self._places.values() if each.area is area):
                areas[area] = self._seat(place, areas)
        for place in self._places.values():
            self._docks[place.id].toggleView(place.open_first)
        self._raise_first(areas)
        self._size(width, height)
        self._settle()
        self._first = self.state()

    def fill(self) -> None:
        """Build the panels in sight one after another, giving the window a turn between them; later ones when seen."""
        self._filling = True
        waiting = [key for key, dock in self._docks.items() if key not in self._panels and dock.isVisible()]
        if waiting:
            self.panel(waiting[0])
        if len(waiting) > 1:
            QTimer.singleShot(0, self, self.fill)

    def begin_at(self, key: str) -> None:
        """Give the keyboard to a panel that is in sight: who types into a new window means that one."""
        if self._docks[key].isVisible():
            self.panel(key).setFocus(Qt.FocusReason.OtherFocusReason)

    def panel(self, key: str) -> QWidget:
        """Return the panel's widget, building it if nobody has seen it yet; raise KeyError for an unknown id."""
        if key not in self._panels:
            panel = self._places[key].build()
            dock = self._docks[key]
            old = dock.takeWidget()
            old.hide()  # without its dock it would be a window for a moment
            dock.setWidget(panel, _Dock.eInsertMode.ForceNoScrollArea)
            self._let_go(old)
            dock.setFocusProxy(panel)
            self._panels[key] = panel
            actions: list[QAction] = list(getattr(panel, "header_actions", list)())
            self._add_dock_acts(key, panel)
            dock.setTitleBarActions(actions)
            self._refresh_header(dock)
            self._recall_one(key)
            self.panel_built.emit(key)
        return self._panels[key]

    def _let_go(self, former: QWidget) -> None:
        """Put away what a dock held; a panel goes once what it had begun to ask has been answered."""
        former.setParent(self._manager)
        former.hide()
        if isinstance(former, PanelFrame):
            QTimer.singleShot(ANSWERED_MS, former, former.deleteLater)
        else:
            former.deleteLater()

    def rebuild(self, key: str) -> None:
        """Build a panel anew where it was built before; it may `take_over` from the former one."""
        former = self._panels.pop(key, None)
        if former is not None:
            if isinstance(former, PanelFrame) and (memory := former.memory()):
                self._memories[key] = memory
            panel = self.panel(key)
            take_over: Callable[[QWidget], object] | None = getattr(panel, "take_over", None)
            if take_over is not None:
                take_over(former)

    def translate(self) -> None:
        """Say the titles in the language in use, and build the panels anew that were said as they were built."""
        for key, dock in self._docks.items():
            dock.setWindowTitle(say(self._places[key].title))
        self._rebuild_next([key for key, panel in self._panels.items() if getattr(panel, "is_built_anew", False)])

    def _rebuild_next(self, keys: list[str]) -> None:
        """Build panels anew one after another, giving the window a turn between them."""
        if keys:
            self.rebuild(keys[0])
            QTimer.singleShot(0, self, partial(self._rebuild_next, keys[1:]))

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all panels in the order they were added."""
        return tuple(self._places)

    def title(self, key: str) -> str:
        """Return the panel's title."""
        return say(self._places[key].title)

    def is_open(self, key: str) -> bool:
        """Say whether the panel is docked or floating rather than closed."""
        return not self._docks[key].isClosed()

    def show(self, key: str) -> None:
        """Open the panel where it was last, bring its tab to the front and focus it."""
        dock = self._docks[key]
        dock.toggleView(True)
        dock.setAsCurrentTab()
        dock.raise_()
        self.panel(key).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close(self, key: str) -> None:
        """Close the panel; `show` brings it back to the same place."""
        self._docks[key].toggleView(False)

    def float(self, key: str) -> None:
        """Take the panel out into a window of its own."""
        self.show(key)
        self._docks[key].setFloating()

    def state(self) -> bytes:
        """Return the layout as it is now."""
        return bytes(self._manager.saveState().data())

    def restore(self, state: bytes) -> bool:
        """Bring a layout back; return False, leaving the first layout, when it cannot be read."""
        if state.startswith(b"<?xml") and self._manager.restoreState(state):
            return True
        self._begin_anew()
        return False

    def reset(self) -> None:
        """Return to the first layout."""
        self._begin_anew()
        self.changed.emit()

    def memories(self) -> dict[str, Mapping[str, Any]]:
        """Return what the panels remember of themselves; of one nobody has seen yet, what was kept of it."""
        built = {key: panel.memory() for key, panel in self._panels.items() if isinstance(panel, PanelFrame)}
        return {**self._memories, **{key: memory for key, memory in built.items() if memory}}

    def recall(self, memories: Memories) -> None:
        """Let each panel show what it remembers, now or when it is built."""
        self._memories = dict(memories)
        for key in self._panels:
            self._recall_one(key)

    @property
    def named(self) -> dict[str, Layout]:
        """The named layouts, to be stored and handed back."""
        return dict(self._named)

    def remember(self, name: str, layout: Layout | None = None) -> None:
        """Keep a layout under `name`: the one given, or the one on screen."""
        self._named[name] = Layout(self.state(), self.memories()) if layout is None else layout
        self.changed.emit()

    def open_named(self, name: str) -> bool:
        """Switch to a named layout; return False when there is none or it cannot be read."""
        layout = self._named.get(name)
        if layout is None or not self.restore(layout.docks):
            return False
        self.recall(layout.panels)
        return True

    def forget(self, name: str) -> None:
        """Remove a named layout."""
        self._named.pop(name, None)
        self.changed.emit()

    def set_account(self, account_class: str) -> None:
        """Colour the frames of floating windows by account class."""
        self._account = account_class
        for floating in self._manager.floatingWidgets():
            self._frame(floating)

    def _seat(self, place: Place, areas: dict[Area, ads.CDockAreaWidget]) -> ads.CDockAreaWidget:
        dock, there = self._docks[place.id], areas.get(place.area)
        if there is not None:
            return self._manager.addDockWidgetTabToArea(dock, there)
        beside = areas.get(Area.BOTTOM if place.area is Area.BOTTOM_RIGHT else Area.CENTRE)
        if place.area is Area.BOTTOM:
            beside = None
        return self._manager.addDockWidget(_DOCK_AREAS[place.area], dock, beside)

    def _raise_first(self, areas: dict[Area, ads.CDockAreaWidget]) -> None:
        for area in areas:
            firsts = [each for each in self._places.values() if each.area is area and each.open_first]
            if firsts:
                self._docks[firsts[0].id].setAsCurrentTab()

    def _size(self, width: int, height: int) -> None:
        """Share out a workspace of `width` × `height` among the docks of the first layout."""
        left, right = self._theme.px(_LEFT_WIDTH), self._theme.px(_RIGHT_WIDTH)
        bottom = self._theme.px(_BOTTOM_HEIGHT)
        lineage = round(width * _LINEAGE_SHARE)
        rows = {Area.CENTRE: [left, width - left - right, right], Area.BOTTOM: [width - lineage, lineage]}
        for area, sizes in rows.items():
            there = next((self._docks[p.id].dockAreaWidget() for p in self._places.values() if p.area is area), None)
            if there is not None:
                self._manager.setSplitterSizes(there, sizes)
        self._manager.rootSplitter().setSizes([height - bottom, bottom])

    def _begin_anew(self) -> None:
        """Seat every panel as at first, in the room there is now: sizes of an unshown window are none to go back to."""
        self._manager.restoreState(self._first)
        self._size(self._manager.width(), self._manager.height())

    def _settle(self) -> None:
        """Let the chart take the room that a larger window brings, and the others keep theirs."""
        chart = next((self._docks[p.id] for p in self._places.values() if p.area is Area.CENTRE), None)
        for splitter in [self._manager.rootSplitter(), *self._manager.findChildren(QSplitter)]:
            for index in range(splitter.count()):
                holds = chart is not None and splitter.widget(index).isAncestorOf(chart)
                splitter.setStretchFactor(index, 1 if holds else 0)
                splitter.setCollapsible(index, False)

    def _recall_one(self, key: str) -> None:
        panel, memory = self._panels[key], self._memories.get(key)
        if memory is None or not isinstance(panel, PanelFrame):
            return
        try:
            panel.recall(memory)
        except Exception:  # a memory comes from a file that anyone may have changed: no panel keeps the window shut
            log.exception("The panel %s could not show what it remembered; it stays as it is.", key)

    def _on_seen(self, key: str, seen: bool) -> None:
        if seen and self._filling and key not in self._panels:
            self.panel(key)

    def _add_dock_acts(self, key: str, panel: QWidget) -> None:
        """End the panel's overflow menu with what every panel can do."""
        if isinstance(panel, PanelFrame):
            if panel.menu.actions():
                panel.menu.addSeparator()
            panel.add_menu_act("Open in a window of its own", partial(self.float, key))
            panel.add_menu_act("Close", partial(self.close, key))

    def _refresh_header(self, dock: ads.CDockWidget) -> None:
        """Show the acts of a panel that has just been built; QtAds looks for them only when tabs change."""
        area = dock.dockAreaWidget()
        if area is not None and area.currentDockWidget() is dock:
            area.titleBar().updateDockWidgetActionsButtons()

    def _on_floating(self, floating: QWidget) -> None:
        self._frame(floating)
        self.changed.emit()

    def _frame(self, floating: QWidget) -> None:
        floating.setProperty("account", self._account)
        layout = floating.layout()
        if layout is not None:
            layout.setContentsMargins(2, 2, 2, 2)
        floating.style().unpolish(floating)
        floating.style().polish(floating)


class _Empty(QFrame):
    """What a dock shows until its panel is built."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        QVBoxLayout(self)


def _configure() -> None:
    manager = ads.CDockManager
    manager.setConfigFlags(
        _Flag.OpaqueSplitterResize
        | _Flag.AlwaysShowTabs
        | _Flag.FocusHighlighting
        | _Flag.MiddleMouseButtonClosesTab
        | _Flag.DoubleClickUndocksWidget
        | _Flag.DockAreaHasTabsMenuButton
        | _Flag.DockAreaDynamicTabsMenuButtonVisibility
        | _Flag.DockAreaHideDisabledButtons
        | _Flag.FloatingContainerHasWidgetTitle
        | _Flag.DisableStylesheet
    )
