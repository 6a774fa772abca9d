"""Choose an indicator of the whole catalogue: type a part of its name, Enter puts it on the chart."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.services.studies import StudyKind
from app.ui.language import say

NAME = Qt.ItemDataRole.UserRole
WIDE, TALL = 340, 380


class StudyPicker(QFrame):
    """A list that narrows while one types; stays open, so that several can be added."""

    picked = Signal(str)

    def __init__(self, kinds: Sequence[StudyKind], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "floating")
        self.setObjectName("chart.studies.picker")
        self._kinds = kinds
        self.line, self.list = QLineEdit(self), QListWidget(self)
        self._lay_out()
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.list.itemActivated.connect(self._pick)
        self.list.itemClicked.connect(self._pick)
        self._fill("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move through the list and Enter pick while the line is being typed in."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
            if event.key() in step:
                self._step(step[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._pick(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        self.setFixedSize(WIDE, TALL)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        self.line.setPlaceholderText(say(f"One of {len(self._kinds)} indicators"))
        self.line.setAccessibleName(say("Find an indicator"))
        self.list.setAccessibleName(say("Indicators"))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        self.setFocusProxy(self.line)

    def _fill(self, text: str) -> None:
        self.list.clear()
        for kind in found(self._kinds, text):
            item = QListWidgetItem(f"{kind.title}  ·  {short(kind)}")
            item.setData(NAME, kind.name)
            item.setToolTip(f"{kind.family}: {kind.title}")
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _step(self, by: int) -> None:
        row = min(max(self.list.currentRow() + by, 0), self.list.count() - 1)
        self.list.setCurrentRow(row)

    def _pick(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.picked.emit(item.data(NAME))


def found(kinds: Sequence[StudyKind], text: str) -> list[StudyKind]:
    """Return the kinds that every word of `text` is a part of, those whose name begins with it first."""
    words = text.casefold().split()
    fits = [
        kind for kind in kinds if all(word in f"{kind.name} {kind.title} {kind.family}".casefold() for word in words)
    ]
    return sorted(fits, key=lambda kind: _rank(kind, words[0] if words else ""))


def short(kind: StudyKind) -> str:
    """Return the name a trader knows an indicator by."""
    return kind.name.upper().replace("_", " ")


def _rank(kind: StudyKind, word: str) -> tuple[bool, bool, bool]:
    titled = any(part.startswith(word) for part in kind.title.casefold().split())
    return not kind.name.startswith(word), not kind.is_first_class, not titled
