"""The main window: frame, header with menus and search, workspace, status bar, palette and notices. No services."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QMenu, QMenuBar, QVBoxLayout, QWidget

from app.ui.actions import Actions, ActionSpec
from app.ui.language import say
from app.ui.shell_status import ACCOUNT_WORDS, StatusBar, StatusText
from app.ui.theme import Theme, theme_names
from app.ui.widgets.badge import Badge
from app.ui.widgets.banner import Banner
from app.ui.widgets.buttons import HoldButton, IconButton, act_button, set_role
from app.ui.widgets.notices import Notice, Notices
from app.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from app.ui.widgets.palette import CommandPalette

FRAME_PX = 2
FIRST_SIZE = (1440, 900)
LEAST_SIZE = (1024, 640)


SEARCH, STOP, RESUME = "Find a symbol or command", "Stop", "Halted, resume…"


class MainWindow(QMainWindow):
    """The window as a whole: shows what it is handed, says what was asked for."""

    first_painted = Signal()
    """Once, after the first paint: the time to build panels and load the rest."""
    close_wanted = Signal()
    """The user wants to quit; call `let_close` to allow it."""

    def __init__(self, theme: Theme, *, shortcuts: dict[str, str] | None = None) -> None:
        super().__init__()
        self.setObjectName("main")
        self.setWindowTitle("Tapeline")
        self.theme = theme
        self.account_class = ""
        self._painted = self._may_close = False
        self.actions_ = Actions(self, shortcuts=shortcuts)
        self.workspace = Workspace(theme, self)
        self.status = StatusBar(theme)
        self.notices = Notices(theme, self)
        self._palette: CommandPalette | None = None
        self._frame = QFrame()
        self._frame.setObjectName("frame")
        self.header = _Header(theme)
        self.banner = Banner(theme)
        self._menus: dict[str, QMenu] = {}
        self._build()
        self._handle_own_acts()
        self._frame.setFocus()
        self.setMinimumSize(*LEAST_SIZE)
        self.resize(*FIRST_SIZE)

    @property
    def palette_(self) -> CommandPalette:
        """The command palette, made when it is first wanted: the first paint does not wait for it."""
        if self._palette is None:
            from app.ui.widgets.palette import ActionSource, CommandPalette

            self._palette = CommandPalette(self.theme, self, [ActionSource(self.actions_)])
        return self._palette

    def take_place(self, saved: bytes = b"") -> None:
        """Stand where the window stood last; the first time, or where that is gone, as large as the screen allows."""
        if saved and self.restoreGeometry(saved):
            return
        room = self.screen().availableSize()
        self.resize(self.size().boundedTo(room))
        if room.width() < FIRST_SIZE[0] or room.height() < FIRST_SIZE[1]:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def install(self, *places: Place) -> None:
        """Seat the panels, give each an act that opens it, and build the menus."""
        self.workspace.add(*places)
        for place in places:
            self.actions_.add(ActionSpec(f"panel.{place.id}", place.title, "View", section=9, icon="panel-left"))
            self.actions_.on(f"panel.{place.id}", partial(self.workspace.show, place.id))
        room = 2 * FRAME_PX
        bars = self.header.sizeHint().height() + self.status.height()
        self.workspace.lay_out(self.width() - room, self.height() - room - bars)
        self._menus = self.actions_.fill(self.header.bar)

    @property
    def is_painted(self) -> bool:
        """Say whether the window has been painted."""
        return self._painted

    def menu(self, title: str) -> QMenu:
        """Return a menu of the menu bar, to add lines that come and go."""
        return self._menus[title]

    def show_status(self, text: StatusText) -> None:
        """Show these values in the status bar; the account class colours the frame as well."""
        self.status.show_text(text)
        if text.account_class != self.account_class:
            self.account_class = text.account_class
            set_role(self._frame, account=text.account_class)
            self.header.show_account(text.account_class)
            self.workspace.set_account(text.account_class)
        title = f"Tapeline – {text.account}" if text.account else "Tapeline"
        if title != self.windowTitle():
            self.setWindowTitle(title)

    def notify(self, notice: Notice) -> None:
        """Show a notice as a toast and keep it behind the bell."""
        self.notices.notify(notice)

    def translate(self) -> None:
        """Say menus, header, status bar and the titles of panels in the language in use."""
        self.actions_.translate()
        for title, menu in self._menus.items():
            menu.setTitle(say(title))
        for part in (self.header, self.status, self.workspace):
            part.translate()

    def let_close(self) -> None:
        """Close without asking any more."""
        self._may_close = True
        self.close()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell, once and after it is on the screen, that the window has been painted."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._on_first_paint)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask whoever listens before closing."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_wanted.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Close the palette with the window."""
        super().hideEvent(event)
        if self._palette is not None:
            self._palette.dismiss()

    def _build(self) -> None:
        surface = QWidget()
        surface.setObjectName("surface")
        column = QVBoxLayout(surface)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.banner)
        column.addWidget(self.workspace.widget, 1)
        column.addWidget(self.status)
        outer = QVBoxLayout(self._frame)
        outer.setContentsMargins(FRAME_PX, FRAME_PX, FRAME_PX, FRAME_PX)
        outer.addWidget(surface)
        self.setCentralWidget(self._frame)
        self.header.search.clicked.connect(lambda: self.palette_.open())
        self.header.bell.clicked.connect(self._show_notices)
        self.notices.counted.connect(self.header.show_unseen)
        self.header.stop.held.connect(lambda: self.actions_.trigger("kill_switch"))
        self.header.resume.clicked.connect(lambda: self.actions_.trigger("resume_trading"))

    def _handle_own_acts(self) -> None:
        on = self.actions_.on
        on("palette", lambda: self.palette_.open())
        on("notices", self._show_notices)
        on("full_screen", self._toggle_full_screen)
        on("layout_reset", self.workspace.reset)
        on("text_larger", lambda: self.theme.set(scale=self.theme.scale + 0.1))
        on("text_smaller", lambda: self.theme.set(scale=self.theme.scale - 0.1))
        on("text_usual", lambda: self.theme.set(scale=1.0))
        on("quit", self.close)
        for name in theme_names():
            on(f"theme_{name}", partial(self.theme.set, name))
        self.theme.changed.connect(self._mark_theme)
        self._mark_theme()

    def _mark_theme(self) -> None:
        for name in theme_names():
            self.actions_.action(f"theme_{name}").setChecked(name == self.theme.name)

    def _on_first_paint(self) -> None:
        self.first_painted.emit()

    def _show_notices(self) -> None:
        bell = self.header.bell
        self.notices.pop_up(bell.mapToGlobal(bell.rect().bottomRight()))

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()


class _Header(QWidget):
    """The line at the top: menus, the way into the palette, whose account it is, the bell."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("header")
        self._theme = theme
        self.bar = QMenuBar()
        self.bar.setNativeMenuBar(False)
        self.search = act_button(SEARCH, "search")
        self.badge = Badge(theme)
        self.stop = HoldButton(theme, STOP)
        self.resume = act_button(RESUME, "danger")
        self.bell = IconButton(theme, "bell", "Notifications")
        self._build()
        self.translate()
        theme.changed.connect(self._restyle)
        self._restyle()

    def translate(self) -> None:
        """Say what stands in it in the language in use."""
        for button, text in ((self.search, SEARCH), (self.stop, STOP), (self.resume, RESUME)):
            button.setText(say(text))
            button.setAccessibleName(say(text))
        self.stop.setAccessibleName(say("Stop trading and cancel everything"))
        held = "Hold for 1.5 s: nothing new leaves and what works is cancelled (Ctrl+Shift+K at once)"
        self.stop.setToolTip(say(held))
        self.bell.setToolTip(say("Notifications"))

    def show_account(self, account_class: str) -> None:
        """Say it when the money is not a game."""
        words = "" if account_class == "practice" else ACCOUNT_WORDS.get(account_class, "")
        self.badge.set(words, f"account.{account_class}" if words else "text.faint")
        self.badge.setVisible(bool(words))

    def show_halted(self, is_halted: bool) -> None:
        """Offer the way out of a halt in place of the way into it."""
        self.stop.setVisible(not is_halted)
        self.resume.setVisible(is_halted)

    def show_unseen(self, count: int) -> None:
        """Colour the bell while there are notices nobody has looked at."""
        self.bell.set_icon("bell", "accent" if count else "text.muted")
        self.bell.setToolTip(say(f"Notifications: {count} new" if count else "Notifications"))

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()
        row.addWidget(self.search)
        row.addStretch()
        row.addWidget(self.badge)
        row.addWidget(self.stop)
        row.addWidget(self.resume)
        row.addWidget(self.bell)
        self.badge.hide()
        self.resume.hide()
        for button in (self.stop, self.resume):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.search.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _restyle(self) -> None:
        self.bar.setFixedHeight(self._theme.px(26))
        self.setFixedHeight(self._theme.px(36))
        self.search.setFixedWidth(self._theme.px(340))
        for button in (self.stop, self.resume):
            button.setFixedHeight(self._theme.px(24))
        self.search.setIcon(self._theme.icon("search", size=14))
