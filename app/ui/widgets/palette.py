"""The command palette (Ctrl+K): finds any symbol, command, order, run or setting that a source offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.ui.actions import Actions
from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.finding import Finding, FindingDelegate

__all__ = ["ActionSource", "CommandPalette", "Finding", "Source", "matches"]

_MOST = 40
_WAIT_MS = 120


class Source(Protocol):
    """Something the palette looks through. `found` may be called at once or later, more than once."""

    title: str

    def find(self, text: str, found: Callable[[Sequence[Finding]], None]) -> None:
        """Look for `text`; an empty text asks for suggestions."""


class ActionSource:
    """Finds acts of the catalogue by their words."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self.title = "Commands"

    def find(self, text: str, found: Callable[[Sequence[Finding]], None]) -> None:
        """Find acts, those whose title begins with the text first."""
        specs = [spec for spec in self._actions.offered() if spec.id != "palette" and matches(text, say(spec.title))]
        specs.sort(key=lambda spec: not say(spec.title).casefold().startswith(text.casefold()))
        found([self._finding(spec.id, say(spec.title), say(spec.menu), spec.icon) for spec in specs])

    def _finding(self, key: str, title: str, menu: str, icon: str) -> Finding:
        act = self._actions.action(key)
        return Finding(title.rstrip("…"), act.trigger, menu, icon or "command", self._actions.shortcut(key))


def matches(text: str, title: str) -> bool:
    """Say whether every word of `text` begins a word of `title`, in any order."""
    words = title.casefold().replace("…", "").split()
    return all(any(word.startswith(part) for word in words) for part in text.casefold().split())


class CommandPalette(QFrame):
    """A line and a list over the window; Enter does the marked one, Escape closes."""

    def __init__(self, theme: Theme, window: QWidget, sources: Sequence[Source] = ()) -> None:
        super().__init__(window)
        self._theme, self._window = theme, window
        self._sources: list[Source] = list(sources)
        self._groups: dict[str, Sequence[Finding]] = {}
        self._asked = 0
        self._before: QWidget | None = None
        self.setProperty("role", "floating")
        self.line, self.list, self._hint = QLineEdit(), QListWidget(), QLabel()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._ask)
        self._build()
        window.installEventFilter(self)
        self.hide()

    def add_source(self, source: Source) -> None:
        """Look through one more source, shown below those before it."""
        self._sources.append(source)

    def open(self, text: str = "") -> None:
        """Open it with this text, ready to type."""
        self._before = self._window.focusWidget()
        self.line.setText(text)
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._ask()

    def dismiss(self) -> None:
        """Close it and give the focus back."""
        self._wait.stop()
        self._asked += 1
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None

    def findings(self) -> list[Finding]:
        """Return what is listed now, in order."""
        return [finding for group in self._groups.values() for finding in group]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take arrows and Enter from the line; stay centred while the window changes size."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._on_key(event)
        if watched is self.line and isinstance(event, QFocusEvent) and event.lostFocus():
            self._on_left(event)
        if watched is self._window and event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        self.line.setPlaceholderText(say("Find a symbol, command, order, run or setting"))
        self.line.setAccessibleName(say("Find anything"))
        self.line.setProperty("role", "palette")
        self.line.textEdited.connect(lambda _: self._wait.start())
        self.line.installEventFilter(self)
        self.list.setAccessibleName(say("What was found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._choose)
        self._delegate = FindingDelegate(self._theme)
        self.list.setItemDelegate(self._delegate)
        set_role(self.list, role="palette")
        set_role(self._hint, role="caption")
        self._hint.setContentsMargins(16, 8, 16, 10)
        for widget in (self.line, self.list, self._hint):
            column.addWidget(widget)

    def _place(self) -> None:
        width = min(self._theme.px(620), self._window.width() - 48)
        height = min(self._theme.px(440), self._window.height() - 96)
        self.setGeometry((self._window.width() - width) // 2, self._theme.px(48), width, height)

    def _ask(self) -> None:
        self._wait.stop()
        self._asked += 1
        self._groups = {source.title: () for source in self._sources}
        asked, text = self._asked, self.line.text().strip()
        for source in self._sources:
            source.find(text, partial(self._take, asked, source.title))
        self._fill()

    def _take(self, asked: int, title: str, found: Sequence[Finding]) -> None:
        """Show what a source found, unless the question has changed since."""
        if asked == self._asked:
            self._groups[title] = list(found)[:_MOST]
            self._fill()

    def _fill(self) -> None:
        self.list.clear()
        for title, findings in self._groups.items():
            if findings:
                self._head(title)
            for finding in findings:
                self._line_of(finding)
        found = self.findings()
        hint = "Enter to do it   ↑ ↓ to move   Esc to close" if found else "Nothing is called that."
        self._hint.setText(say(hint))
        self._move(1, fresh=True)

    def _head(self, title: str) -> None:
        item = QListWidgetItem(title)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setSizeHint(QSize(0, self._theme.px(26)))
        self.list.addItem(item)

    def _line_of(self, finding: Finding) -> None:
        item = QListWidgetItem(" · ".join(filter(None, (finding.title, finding.detail, finding.keys))))
        item.setData(Qt.ItemDataRole.UserRole, finding)
        item.setSizeHint(QSize(0, self._theme.px(30)))
        self.list.addItem(item)

    def _on_key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Escape:
                self.dismiss()
            case Qt.Key.Key_Down | Qt.Key.Key_Tab:
                self._move(1)
            case Qt.Key.Key_Up | Qt.Key.Key_Backtab:
                self._move(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._enter()
            case _:
                return False
        return True

    def _enter(self) -> None:
        if self._wait.isActive():
            self._ask()
        item = self.list.currentItem()
        if item is not None:
            self._choose(item)

    def _move(self, way: int, *, fresh: bool = False) -> None:
        """Mark the next line that can be chosen, round the ends."""
        count = self.list.count()
        start = -1 if fresh else self.list.currentRow()
        for step in range(1, count + 1):
            row = (start + way * step) % count
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) is not None:
                self.list.setCurrentRow(row)
                return

    def _choose(self, item: QListWidgetItem) -> None:
        finding = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(finding, Finding):
            self.dismiss()
            finding.act()

    def _on_left(self, event: QFocusEvent) -> None:
        if event.reason() is Qt.FocusReason.MouseFocusReason and self.isVisible():
            self._before = None
            self.dismiss()
