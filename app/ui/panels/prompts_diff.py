"""Two versions of a text line by line, and how that is shown: added, gone and kept lines, never as rich text."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from app.ui.language import say
from app.ui.theme import Theme

_AROUND = 3
"""Kept lines that are shown on either side of a change."""


class Change(StrEnum):
    """What became of a line."""

    KEPT = "kept"
    ADDED = "added"
    GONE = "gone"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison; of skipped ones the text says how many."""

    change: Change
    text: str


def differences(old: str, new: str, *, whole: bool = False) -> tuple[DiffLine, ...]:
    """Return what becomes of each line from `old` to `new`; long stretches that stay are skipped unless `whole`."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[DiffLine] = []
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for place, (kind, i, j, k, m) in enumerate(blocks):
        if kind == "equal":
            is_first, is_last = place == 0, place == len(blocks) - 1
            lines += _kept(before[i:j], is_first=is_first, is_last=is_last, whole=whole)
            continue
        lines += [DiffLine(Change.GONE, text) for text in before[i:j]]
        lines += [DiffLine(Change.ADDED, text) for text in after[k:m]]
    return tuple(lines)


def _kept(texts: list[str], *, is_first: bool, is_last: bool, whole: bool) -> list[DiffLine]:
    head, tail = (0 if is_first else _AROUND), (0 if is_last else _AROUND)
    hidden = len(texts) - head - tail
    if whole or hidden < 2:
        return [DiffLine(Change.KEPT, text) for text in texts]
    skipped = DiffLine(Change.SKIPPED, f"{hidden} lines that are the same")
    kept = [DiffLine(Change.KEPT, text) for text in texts]
    return [*kept[:head], skipped, *kept[len(kept) - tail :]]


_MARKS = {Change.KEPT: "  ", Change.ADDED: "+ ", Change.GONE: "− ", Change.SKIPPED: "⋯ "}
_TOKENS = {Change.KEPT: "text", Change.ADDED: "ok", Change.GONE: "danger", Change.SKIPPED: "text.faint"}


class DiffView(QPlainTextEdit):
    """Shows a comparison in one column; a sign says what colour says."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: tuple[DiffLine, ...] = ()
        self.setReadOnly(True)
        self.setAccessibleName(say("Comparison of two versions"))
        self.setProperty("role", "log")
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_lines(self, lines: tuple[DiffLine, ...]) -> None:
        """Show a comparison from its top."""
        self._lines = lines
        self.clear()
        cursor = self.textCursor()
        for place, line in enumerate(lines):
            if place:
                cursor.insertBlock()
            self._write(cursor, line)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _write(self, cursor: QTextCursor, line: DiffLine) -> None:
        look = QTextCharFormat()
        look.setForeground(self._theme.colour(_TOKENS[line.change]))
        if line.change in (Change.ADDED, Change.GONE):
            look.setBackground(self._theme.colour(_TOKENS[line.change], 14))
        cursor.insertText(_MARKS[line.change] + line.text, look)

    def _restyle(self) -> None:
        self.setFont(self._theme.font(12, mono=True))
        self.show_lines(self._lines)
