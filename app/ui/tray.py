"""The icon in the system's tray: the window back, and the way to stop trading when the window is out of sight."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.runtime.paths import resource
from app.ui.language import say
from app.ui.shell import MainWindow

ACTS = ("kill_switch", "flatten", "resume_trading")


class Tray(QSystemTrayIcon):
    """Offers what a person may need at once; there is none where the desktop has no tray."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(app_icon(), window)
        self._window = window
        self._menu = QMenu(window)
        self._menu.addAction(say("Show Tapeline")).triggered.connect(self.bring_window)
        self._menu.addSeparator()
        for key in ACTS:
            self._menu.addAction(window.actions_.action(key))
        self._menu.addSeparator()
        self._menu.addAction(window.actions_.action("quit"))
        self.setContextMenu(self._menu)
        self.setToolTip(say("Tapeline"))
        self.activated.connect(self._clicked)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.show()

    def bring_window(self) -> None:
        """Have the window in front again."""
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()

    def _clicked(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.bring_window()


def app_icon() -> QIcon:
    """Return the product's own mark."""
    return QIcon(str(resource("icons", "tapeline.svg")))
