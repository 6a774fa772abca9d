"""A choice among what has been seen so far: symbols, strategies; all of them at first."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QSizePolicy

from app.ui.widgets.drop_choice import DropChoice

BY_HAND = "by hand"
_ANY = ""
_WIDTH = 118


class SeenChoice(DropChoice):
    """All, or one of the values that were offered; a value is offered once it has been seen."""

    def __init__(self, every: str, name: str) -> None:
        """Offer only `every` at first."""
        super().__init__([(_ANY, every)], name=name)
        self._seen: set[str] = set()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedWidth(_WIDTH)

    def offer(self, values: Iterable[str]) -> None:
        """Offer more values, in their alphabetical place."""
        for value in sorted(set(values) - self._seen):
            self._seen.add(value)
            label = value[:1].upper() + value[1:]
            place = next((i for i in range(1, self.count()) if self.itemText(i) > label), self.count())
            self.insertItem(place, label, value)

    def takes(self, value: str) -> bool:
        """Say whether a value is among what was chosen."""
        return self.value() in (_ANY, value)
