"""The drawings of one instrument with their past: every change can be undone and redone. No Qt."""

from __future__ import annotations

from app.ui.charts.drawings.values import MOST, Drawing, Drawings

DEPTH = 200


class Pad:
    """Holds drawings in the order they were made; a change after an undo forgets what was undone."""

    def __init__(self, drawings: Drawings = ()) -> None:
        self.drawings = drawings
        self._past: list[Drawings] = []
        self._future: list[Drawings] = []

    def find(self, key: str) -> Drawing | None:
        """Return one drawing."""
        return next((one for one in self.drawings if one.key == key), None)

    def put(self, drawing: Drawing) -> None:
        """Add a drawing, or put it in place of the one of its key."""
        if self.find(drawing.key) is None:
            self._turn((*self.drawings, drawing)[-MOST:])
        else:
            self._turn(tuple(drawing if one.key == drawing.key else one for one in self.drawings))

    def remove(self, key: str) -> None:
        """Take one drawing away."""
        self._turn(tuple(one for one in self.drawings if one.key != key))

    def clear(self) -> None:
        """Take away all that are not locked."""
        self._turn(tuple(one for one in self.drawings if one.is_locked))

    def amend(self, drawing: Drawing) -> None:
        """Put a drawing in place of the one of its key without making it a step to undo."""
        self.drawings = tuple(drawing if one.key == drawing.key else one for one in self.drawings)

    def undo(self) -> bool:
        """Go a step back; False at the beginning."""
        return self._swap(self._past, self._future)

    def redo(self) -> bool:
        """Go a step forth again; False at the end."""
        return self._swap(self._future, self._past)

    def new_key(self) -> str:
        """Return a key that no drawing has or had."""
        known = {one.key for state in (self.drawings, *self._past, *self._future) for one in state}
        number = len(known) + 1
        while f"d{number}" in known:
            number += 1
        return f"d{number}"

    def _turn(self, drawings: Drawings) -> None:
        if drawings != self.drawings:
            self._past = [*self._past[-DEPTH:], self.drawings]
            self._future.clear()
            self.drawings = drawings

    def _swap(self, source: list[Drawings], target: list[Drawings]) -> bool:
        if not source:
            return False
        target.append(self.drawings)
        self.drawings = source.pop()
        return True
