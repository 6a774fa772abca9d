"""The steps of a chain in words, and the tree model that Qt walks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.ui.widgets.format import duration

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Outcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "failed"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain, in words: `at` is the time as shown, `facts` the two or three numbers that mattered."""

    id: str
    title: str
    at: str = ""
    facts: str = ""
    outcome: Outcome = Outcome.OK
    duration_ms: float | None = None
    children: tuple[Step, ...] = ()


class TimelineModel(QAbstractItemModel):
    """The steps as a tree that Qt can walk."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._top: tuple[Step, ...] = ()
        self._nodes: list[_Node] = []
        self._roots: list[_Node] = []

    def show(self, steps: Sequence[Step]) -> None:
        """Show these steps and no others."""
        self.beginResetModel()
        self._top = tuple(steps)
        self._nodes = []
        self._roots = self._grow(self._top, None)
        self.endResetModel()

    def step(self, index: _Index) -> Step:
        """Return the step at an index."""
        return self._node(index).step

    def longest_ms(self) -> float:
        """Return the longest duration of any step, for the bars' scale."""
        return max((node.step.duration_ms or 0.0 for node in self._nodes), default=0.0)

    def place(self, key: str) -> QModelIndex:
        """Return the index of the step with this id, an invalid one when it is not shown."""
        node = next((each for each in self._nodes if each.step.id == key), None)
        return _NOWHERE if node is None else self.createIndex(node.row, 0, node.number)

    def index(self, row: int, column: int, parent: _Index = _NOWHERE) -> QModelIndex:
        """Return the index of a step under its parent."""
        children = self._node(parent).children if parent.isValid() else self._roots
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, children[row].number)

    def parent(self, index: _Index = _NOWHERE) -> Any:
        """Return the index of the step above, or the QObject's parent when asked without an index."""
        if not index.isValid():
            return QModelIndex()
        above = self._node(index).above
        return QModelIndex() if above is None else self.createIndex(above.row, 0, above.number)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many steps are under this one."""
        return len(self._node(parent).children if parent.isValid() else self._roots)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        """Return one: the delegate paints the whole line."""
        return 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the step in words."""
        if not index.isValid():
            return None
        step = self.step(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " · ".join(filter(None, (step.at, step.title, step.facts, step.outcome)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{step.title} · {step.outcome} · {duration(step.duration_ms)}"
        return None

    def _grow(self, steps: Sequence[Step], above: _Node | None) -> list[_Node]:
        grown = []
        for row, step in enumerate(steps):
            node = _Node(step, row, len(self._nodes), above)
            self._nodes.append(node)
            node.children = self._grow(step.children, node)
            grown.append(node)
        return grown

    def _node(self, index: _Index) -> _Node:
        return self._nodes[index.internalId()]


class _Node:
    """A step with its place in the tree."""

    __slots__ = ("above", "children", "number", "row", "step")

    def __init__(self, step: Step, row: int, number: int, above: _Node | None) -> None:
        self.step, self.row, self.number, self.above = step, row, number, above
        self.children: list[_Node] = []
