"""Tabs whose pages are made when they are first wanted: a panel with many of them opens as fast as its first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QTabWidget, QWidget


class LateTabs(QTabWidget):
    """Each tab has a key; `page` makes what is behind it, `shown` says which is in sight."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[str] = []
        self._waiting: dict[str, Callable[[], QWidget]] = {}
        self.currentChanged.connect(self._make_shown)

    def add_late(self, key: str, title: str, make: Callable[[], QWidget]) -> None:
        """Add a tab; `make` is called once, when somebody wants to see it."""
        self._keys.append(key)
        self._waiting[key] = make
        self.addTab(QFrame(), title)

    def has(self, key: str) -> bool:
        """Say whether the page has been made."""
        return key not in self._waiting

    def page(self, key: str) -> QWidget:
        """Return what is behind a tab."""
        place = self._keys.index(key)
        make = self._waiting.pop(key, None)
        if make is not None:
            self._put(place, make())
        return self._seated(place)

    @property
    def shown(self) -> str:
        """The key of the tab in sight."""
        return self._keys[self.currentIndex()]

    def show_tab(self, key: str) -> None:
        """Bring a tab into sight."""
        self.setCurrentIndex(self._keys.index(key))

    def _put(self, place: int, page: QWidget) -> None:
        """Seat a page where its empty one was, without telling of it: the tab in sight stays the same."""
        former, title, current = self._seated(place), self.tabText(place), self.currentIndex()
        was_blocked = self.blockSignals(True)
        self.removeTab(place)
        self.insertTab(place, page, title)
        self.setCurrentIndex(current)
        self.blockSignals(was_blocked)
        former.deleteLater()

    def _seated(self, place: int) -> QWidget:
        page = self.widget(place)
        if page is None:
            raise IndexError(f"there is no tab {place}")
        return page

    def _make_shown(self, place: int) -> None:
        if 0 <= place < len(self._keys):
            self.page(self._keys[place])
