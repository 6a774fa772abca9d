"""A mapping that never changes and takes new entries at a cost that hardly grows with what it holds."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from types import MappingProxyType
from typing import Any, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

FEW = 64
"""So many new entries are always kept apart from the rest."""


class Kept(Mapping[K, V]):
    """Entries in the order in which their keys came; `but` gives the next version and leaves this one as it is.

    Versions share one large dict that nobody writes to any more, and each has the entries since then in a small dict
    of its own. The small one is copied for the next version; once its size passes the root of the large one's, both
    become a new large one. A version that is read as a whole keeps that whole, and the next one builds on it.
    """

    __slots__ = ("_large", "_length", "_small")

    def __init__(self, entries: Mapping[K, V] = MappingProxyType({})) -> None:
        self._large: dict[K, V] = dict(entries)
        self._small: dict[K, V] = {}
        self._length = len(self._large)

    def but(self, entries: Mapping[K, V]) -> Kept[K, V]:
        """Return what holds these entries as well, in place of those with the same key."""
        after: Kept[K, V] = Kept.__new__(Kept)
        after._length = self._length + sum(key not in self for key in entries)
        after._large, after._small = self._large, {**self._small, **entries}
        if len(after._small) > FEW and len(after._small) ** 2 > len(after._large):
            after._whole()
        return after

    def __getitem__(self, key: K) -> V:
        small = self._small
        return small[key] if key in small else self._large[key]

    @overload
    def get(self, key: K, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V | T, /) -> V | T: ...
    def get(self, key: K, default: Any = None, /) -> Any:
        """Return a key's value, or `default` where there is none."""
        small = self._small
        return small[key] if key in small else self._large.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._small or key in self._large

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[K]:
        return iter(self._whole())

    def keys(self) -> KeysView[K]:
        """Return the keys in the order in which they came."""
        return self._whole().keys()

    def values(self) -> ValuesView[V]:
        """Return the values in the order of their keys."""
        return self._whole().values()

    def items(self) -> ItemsView[K, V]:
        """Return the entries in the order of their keys."""
        return self._whole().items()

    def __repr__(self) -> str:
        return f"Kept({self._whole()!r})"

    def _whole(self) -> dict[K, V]:
        """Return all entries as one dict, made once.

        It says the same as the two that it replaces, and the large one is replaced first and read last: whoever looks
        in between from another thread finds everything.
        """
        if small := self._small:
            self._large = {**self._large, **small}
            self._small = {}
        return self._large


def but(entries: Mapping[K, V], new: Mapping[K, V]) -> Kept[K, V]:
    """Return a mapping with new entries in place of those with the same key."""
    return (entries if isinstance(entries, Kept) else Kept(entries)).but(new)
