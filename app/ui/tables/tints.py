"""Cells that have just changed: tinted for 400 ms, at most four times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.ui.tables.columns import Column, is_unknown

TINT_S = 0.4
REST_S = 0.25


class Tints:
    """Which cells are tinted, with which token, and when that ends."""

    def __init__(self, repaint: Callable[[Hashable, int], None], parent: QObject) -> None:
        self._repaint = repaint
        self._lit: dict[tuple[Hashable, int], tuple[str, float]] = {}
        self._timer = QTimer(parent)
        self._timer.setInterval(50)
        self._timer.timeout.connect(self._fade)

    def __bool__(self) -> bool:
        return bool(self._lit)

    def token(self, key: Hashable, column: int) -> str | None:
        """Return the token of a cell's tint, None when it has none."""
        lit = self._lit.get((key, column))
        return lit[0] if lit else None

    def compare(self, columns: Sequence[Column[Any]], key: Hashable, old: Any, new: Any, now: float) -> None:
        """Tint the cells that sort otherwise in one version of a row than in the other."""
        for place, column in enumerate(columns):
            if column.tints:
                before, after = column.sort_key(old), column.sort_key(new)
                if before != after and not is_unknown(before) and not is_unknown(after):
                    self._light(key, place, _way(before, after), now)

    def clear(self) -> None:
        """Forget all tints."""
        self._lit.clear()
        self._timer.stop()

    def _light(self, key: Hashable, column: int, token: str, now: float) -> None:
        lit = self._lit.get((key, column))
        if lit and now - (lit[1] - TINT_S) < REST_S:
            return
        self._lit[key, column] = (token, now + TINT_S)
        if not self._timer.isActive():
            self._timer.start()

    def _fade(self) -> None:
        now = time.monotonic()
        over = [cell for cell, (_, end) in self._lit.items() if end <= now]
        for cell in over:
            del self._lit[cell]
            self._repaint(*cell)
        if not self._lit:
            self._timer.stop()


def _way(before: Any, after: Any) -> str:
    if isinstance(before, str) or isinstance(after, str):
        return "accent"
    try:
        return "up" if after > before else "down"
    except TypeError:
        return "accent"
