"""What a row of the log holds, and its columns; arrivals from any thread are gathered for the window's own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.runtime.logs import LogLine
from app.ui.panels.cells import Moments, words
from app.ui.tables import Column, Style

LEVELS = {"debug": 0, "info": 1, "warning": 2, "error": 3, "critical": 4}
_TOKENS = {"debug": "text.faint", "info": "text.muted", "warning": "warn", "error": "danger", "critical": "danger"}
_ICONS = {
    "debug": "terminal",
    "info": "info",
    "warning": "triangle-alert",
    "error": "circle-alert",
    "critical": "octagon-alert",
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """A line with its running number."""

    number: int
    line: LogLine


class Arrivals(QObject):
    """Takes lines on whatever thread logs them; `came` is told once until they are taken."""

    came = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[LogLine] = deque()
        self._is_told = False

    def hear(self, line: LogLine) -> None:
        """Take a line; may be called on any thread."""
        self._waiting.append(line)
        if not self._is_told:
            self._is_told = True
            self.came.emit()

    def take(self) -> list[LogLine]:
        """Return what came since the last time, on the window's thread."""
        self._is_told = False
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken


def log_columns(moments: Moments) -> list[Column[LogRow]]:
    """Return the columns of the log."""
    return [
        Column(
            "time",
            moments.title(),
            lambda row: row.line.at,
            moments.write,
            width=112,
            token=lambda _: "text.muted",
            tip=lambda row: moments.whole(row.line.at),
            sort=lambda row: row.number,
        ),
        Column(
            "level",
            "Level",
            lambda row: words(row.line.level),
            width=92,
            icon=lambda row: (_ICONS[row.line.level], _TOKENS[row.line.level]) if row.line.level in _ICONS else None,
            token=lambda row: _TOKENS.get(row.line.level, "text.muted"),
            sort=lambda row: LEVELS.get(row.line.level, 1),
        ),
        Column(
            "source", "Source", lambda row: row.line.source, style=Style.MONO, width=150, token=lambda _: "text.muted"
        ),
        Column(
            "text",
            "What happened",
            lambda row: row.line.text,
            width=400,
            stretch=True,
            tip=lambda row: row.line.text,
            token=lambda row: _TOKENS[row.line.level] if row.line.level in ("error", "critical") else None,
        ),
    ]
