"""The catalogue of what the window can do: one list from which menus, shortcuts and the palette are built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from app.domain.errors import UserError
from app.ui.language import say

MENUS = ("File", "Trade", "View", "Layout", "Tools", "Help")


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One act: `menu` is where it is found ("" for palette and shortcut only), `section` separates its lines.

    A `scoped` act's keys work only within the widget given to `Actions.scope`, never elsewhere in the window; those of
    an act that works `everywhere` reach dialogs and floating panels, too.
    """

    id: str
    title: str
    menu: str = ""
    shortcut: str = ""
    icon: str = ""
    section: int = 0
    checkable: bool = False
    hint: str = ""
    scoped: bool = False
    everywhere: bool = False


CATALOGUE: tuple[ActionSpec, ...] = (
    ActionSpec("connect", "Connect…", "File", icon="plug-zap"),
    ActionSpec("disconnect", "Disconnect", "File", icon="unplug"),
    ActionSpec("reset_practice", "Reset practice account…", "File", section=1),
    ActionSpec("settings", "Settings…", "File", "Ctrl+,", "settings", 2),
    ActionSpec("models", "Settings › Models…", "File", icon="bot", section=2),
    ActionSpec("quit", "Quit", "File", "Ctrl+Q", "log-out", 3),
    ActionSpec("buy", "Buy…", "Trade", "F9", "arrow-up"),
    ActionSpec("sell", "Sell…", "Trade", "F10", "arrow-down"),
    ActionSpec("transmit", "Transmit the ticket", "Trade", "Ctrl+Return", "send", scoped=True),
    ActionSpec("cancel_symbol", "Cancel the symbol's orders", "Trade", "Ctrl+Shift+X", "ban", 1),
    ActionSpec("stop_trading", "Stop trading and cancel everything…", "Trade", icon="octagon-alert", section=1),
    ActionSpec(
        "kill_switch",
        "Stop trading and cancel everything, at once",
        "",
        "Ctrl+Shift+K",
        "octagon-alert",
        everywhere=True,
    ),
    ActionSpec("flatten", "Flatten the account…", "Trade", icon="octagon-alert", section=1),
    ActionSpec("flatten_symbol", "Flatten the symbol…", "Trade", section=1),
    ActionSpec("resume_trading", "Resume trading…", "Trade", icon="play", section=1),
    ActionSpec("limits", "Limits…", "Trade", icon="shield-check", section=2),
    ActionSpec("arm_live", "Arm live trading…", "Trade", icon="lock-open", section=2),
    ActionSpec("palette", "Find anything…", "View", "Ctrl+K", "search"),
    ActionSpec("symbol_search", "Find a symbol", "View", "/", "search"),
    ActionSpec("next_symbol", "Next in the watchlist", "View", "Space", "arrow-down", scoped=True),
    ActionSpec("theme_dark", "Dark", "View", section=1, checkable=True, icon="moon"),
    ActionSpec("theme_light", "Light", "View", section=1, checkable=True, icon="sun"),
    ActionSpec("theme_contrast", "High contrast", "View", section=1, checkable=True, icon="contrast"),
    ActionSpec("text_larger", "Larger text", "View", "Ctrl++", "zoom-in", 2),
    ActionSpec("text_smaller", "Smaller text", "View", "Ctrl+-", "zoom-out", 2),
    ActionSpec("text_usual", "Usual text size", "View", "Ctrl+0", section=2),
    ActionSpec("language_en", "English", "View", section=3, checkable=True),
    ActionSpec("language_zh", "中文", "View", section=3, checkable=True),
    ActionSpec("full_screen", "Full screen", "View", "F11", "maximize", 4, checkable=True),
    ActionSpec("layout_save", "Save layout as…", "Layout", "Ctrl+Shift+S", "save"),
    ActionSpec("layout_undo", "Undo layout change", "Layout", "Ctrl+Shift+Z", "undo"),
    ActionSpec("layout_reset", "Reset layout", "Layout", icon="layout-dashboard"),
    ActionSpec("run_strategies", "Run strategies now", "Tools", "F5", "play"),
    ActionSpec("doctor", "Check the connection…", "Tools", "Ctrl+Shift+D", "activity"),
    ActionSpec("notices", "Notifications", "Tools", "Ctrl+Shift+N", "bell"),
    ActionSpec("help", "Help for this panel", "Help", "F1", "circle-help"),
    ActionSpec("codes", "What does this code mean?…", "Help", icon="search"),
    ActionSpec("about", "About Tapeline", "Help", icon="info"),
)


class Actions(QObject):
    """Every act by id; an act that nobody handles is neither in a menu nor in the palette."""

    triggered = Signal(str)

    def __init__(
        self, owner: QWidget, catalogue: Iterable[ActionSpec] = CATALOGUE, shortcuts: Mapping[str, str] | None = None
    ) -> None:
        """Make the acts for a window; `shortcuts` are the user's own, by id ("" for none)."""
        super().__init__(owner)
        self._owner = owner
        self._specs: dict[str, ActionSpec] = {}
        self._acts: dict[str, QAction] = {}
        self._own = dict(shortcuts or {})
        self._handled: set[str] = set()
        for spec in catalogue:
            self.add(spec)
        QApplication.instance().focusChanged.connect(self._follow)  # type: ignore[union-attr]

    def add(self, spec: ActionSpec) -> QAction:
        """Add one more act: a panel to open, a layout to switch to."""
        if spec.id in self._specs:
            raise ValueError(f"there are two actions called “{spec.id}”")
        action = QAction(say(spec.title), self)
        action.setObjectName(f"action.{spec.id}")
        action.setCheckable(spec.checkable)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        action.setShortcutContext(within if spec.scoped else Qt.ShortcutContext.WindowShortcut)
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.setVisible(False)
        action.setEnabled(False)
        action.triggered.connect(lambda: self.triggered.emit(spec.id))
        self._specs[spec.id], self._acts[spec.id] = spec, action
        self._key(spec.id)
        if not spec.scoped:
            self._owner.addAction(action)
        return action

    def remove(self, key: str) -> None:
        """Take an added act away again."""
        action = self._acts.pop(key)
        self._specs.pop(key)
        self._handled.discard(key)
        self._owner.removeAction(action)
        action.deleteLater()

    def on(self, key: str, act: Callable[[], object]) -> Callable[[], None]:
        """Have `act` called when the act is triggered; from now on it is offered. Call the result to stop."""
        action = self._acts[key]
        connection = action.triggered.connect(lambda: act())
        action.setVisible(True)
        action.setEnabled(True)
        self._handled.add(key)

        def stop() -> None:
            QObject.disconnect(connection)

        return stop

    def scope(self, key: str, *widgets: QWidget) -> None:
        """Let a scoped act's keys work within these widgets."""
        for widget in widgets:
            widget.addAction(self._acts[key])

    def action(self, key: str) -> QAction:
        """Return the QAction, for a button or to check it."""
        return self._acts[key]

    def enable(self, key: str, enabled: bool, why: str = "") -> None:
        """Offer the act or grey it out, saying why."""
        self._acts[key].setEnabled(enabled and key in self._handled)
        self._acts[key].setStatusTip(why)

    def trigger(self, key: str) -> None:
        """Do it, if it is offered now."""
        self._acts[key].trigger()

    def offered(self) -> list[ActionSpec]:
        """Return the acts that can be done now, in catalogue order."""
        return [spec for key, spec in self._specs.items() if key in self._handled and self._acts[key].isEnabled()]

    def shortcut(self, key: str) -> str:
        """Return the keys of an act as the platform writes them."""
        return self._acts[key].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def translate(self) -> None:
        """Say every act in the language in use."""
        for key, spec in self._specs.items():
            self._acts[key].setText(say(spec.title))

    def remap(self, key: str, shortcut: str) -> None:
        """Give an act other keys ("" for none); raise UserError when another act has them already."""
        wanted = QKeySequence(shortcut)
        if shortcut and wanted.isEmpty():
            raise UserError(f"“{shortcut}” is no key combination; press the keys that should do it.")
        for other, action in self._acts.items():
            if other != key and shortcut and action.shortcut() == wanted:
                raise UserError(f"{shortcut} already means “{self._specs[other].title}”; change that one first.")
        self._own[key] = shortcut
        self._key(key)

    @property
    def remapped(self) -> dict[str, str]:
        """The user's own keys by id, to be stored."""
        return dict(self._own)

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus from the catalogue and return them by title."""
        bar.clear()
        menus = {title: bar.addMenu(say(title)) for title in MENUS}
        for title, menu in menus.items():
            section: int | None = None
            for spec in (each for each in self._specs.values() if each.menu == title):
                if section is not None and spec.section != section:
                    menu.addSeparator()
                section = spec.section
                menu.addAction(self._acts[spec.id])
        return menus

    def _follow(self, _left: QWidget | None, focused: QWidget | None) -> None:
        """Bring what works everywhere into the window that has the focus: a dialog shuts all others off."""
        window = focused.window() if focused is not None else self._owner.window()
        if window is not self._owner.window() and not isinstance(window, QMenu):  # a menu would list it
            window.addActions([self._acts[key] for key, spec in self._specs.items() if spec.everywhere])

    def _key(self, key: str) -> None:
        keys = self._own.get(key, self._specs[key].shortcut)
        self._acts[key].setShortcut(QKeySequence(keys) if keys else QKeySequence())
