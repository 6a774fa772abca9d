"""The watchlists themselves: named lists of entries, changed by rules and kept in the settings. No widgets."""

from __future__ import annotations

import re

from app.domain.errors import UserError
from app.runtime.settings import SettingsFile

MOST = 100
LONGEST_NAME = 40
_BETWEEN = re.compile(r"[\s,;|]+")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-/ ]{0,20}")


class Watchlists:
    """Named lists in their order, one of which is shown; every change is saved."""

    def __init__(self, settings: SettingsFile) -> None:
        self._settings = settings

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all lists."""
        return tuple(self._settings.current.watchlists)

    @property
    def shown(self) -> str:
        """The name of the list on show."""
        current = self._settings.current
        return current.watchlist if current.watchlist in current.watchlists else next(iter(current.watchlists), "")

    @property
    def entries(self) -> tuple[str, ...]:
        """The entries of the list on show."""
        return self._settings.current.watchlists.get(self.shown, ())

    def choose(self, name: str) -> None:
        """Show another list."""
        if name in self.names:
            self._settings.change(watchlist=name)

    def create(self, name: str, entries: tuple[str, ...] = ()) -> None:
        """Add a list and show it; raise UserError when the name cannot be used."""
        name = self._sound(name)
        self._save({**self._all(), name: entries}, name)

    def rename(self, name: str) -> None:
        """Rename the list on show; raise UserError when the name cannot be used."""
        old = self.shown
        if name.strip() == old:
            return
        name = self._sound(name)
        self._save({name if each == old else each: entries for each, entries in self._all().items()}, name)

    def remove(self) -> None:
        """Delete the list on show; raise UserError when it is the only one."""
        lists = self._all()
        if len(lists) < 2:
            raise UserError("The last watchlist cannot be deleted; make another one first.")
        del lists[self.shown]
        self._save(lists, next(iter(lists)))

    def put(self, entries: tuple[str, ...]) -> None:
        """Give the list on show these entries, each once; raise UserError when there are too many."""
        unique = tuple(dict.fromkeys(entries))
        if len(unique) > MOST:
            raise UserError(f"A list holds up to {MOST} symbols and this would make {len(unique)}; start another list.")
        self._save({**self._all(), self.shown or "Watchlist": unique}, self.shown or "Watchlist")

    def _all(self) -> dict[str, tuple[str, ...]]:
        return dict(self._settings.current.watchlists)

    def _save(self, lists: dict[str, tuple[str, ...]], shown: str) -> None:
        self._settings.change(watchlists=lists, watchlist=shown)

    def _sound(self, name: str) -> str:
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise UserError(f"A list needs a name of 1 to {LONGEST_NAME} characters, not {len(name)}.")
        if name in self.names:
            raise UserError(f"There is a list called “{name}” already; choose another name.")
        return name


def symbols_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the symbols in pasted text, each once, and the words that cannot be symbols."""
    words = dict.fromkeys(word.strip("\"'$") for word in _BETWEEN.split(text.upper()))
    words.pop("", None)
    sound = tuple(word for word in words if _SYMBOL.fullmatch(word))
    return sound, tuple(word for word in words if word not in sound)
