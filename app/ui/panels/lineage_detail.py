"""One step opened: what went in and what came out, side by side, as readable trees; ids in one width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from app.domain.state import Step
from app.domain.strategies import StepStatus
from app.ui.language import say
from app.ui.panels.cells import Moments
from app.ui.panels.lineage_words import Pair, pairs_of, step_json, title_of
from app.ui.theme import Theme
from app.ui.widgets.badge import Lamp
from app.ui.widgets.buttons import IconButton, set_role
from app.ui.widgets.format import duration
from app.ui.widgets.plain import keep_plain

_LAMPS = {
    StepStatus.OK: ("Done", "ok"),
    StepStatus.SKIPPED: ("Left out", "text.faint"),
    StepStatus.FAILED: ("Failed", "danger"),
}


class StepDetail(QFrame):
    """Shows one step; `closed` asks to see the chain again."""

    closed = Signal()

    def __init__(self, theme: Theme, moments: Moments) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._moments = moments
        self._step: Step | None = None
        self.back = IconButton(theme, "chevron-left", "Close the step (Esc)", self.closed.emit)
        self.copy_button = IconButton(theme, "copy", "Copy this step as JSON", self.copy)
        self.title, self.when, self.error = QLabel(), QLabel(), QLabel()
        keep_plain(self.title, self.error)
        self._lamp = Lamp(theme)
        self.inputs, self.outputs = PairTree(theme, "Inputs"), PairTree(theme, "Outputs")
        self._build()

    def show_step(self, step: Step) -> None:
        """Show a step's data; what was folded open by hand stays open while the same step is shown again."""
        if step == self._step:
            return
        self._step = step
        self.title.setText(title_of(step))
        self.when.setText(f"{self._moments.write(step.started)} {self._moments.zone}  ·  {duration(step.duration_ms)}")
        self.when.setToolTip(say(f"Began {self._moments.whole(step.started)}, took {duration(step.duration_ms)}"))
        self._lamp.set(*_LAMPS[step.status])
        self.error.setText(step.error)
        self.error.setVisible(bool(step.error))
        digest = (Pair("Digest of the bulk data", step.digest, is_id=True),) if step.digest else ()
        self.inputs.show_pairs(pairs_of(step.inputs))
        self.outputs.show_pairs((*pairs_of(step.outputs), *digest))

    def copy(self) -> None:
        """Copy the step as JSON."""
        if self._step is not None:
            QGuiApplication.clipboard().setText(step_json(self._step))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the chain."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(4, 2, 8, 2)
        head.setSpacing(6)
        set_role(self.title, role="title")
        set_role(self.when, role="caption")
        set_role(self.error, role="error")
        self.error.setWordWrap(True)
        self.error.setContentsMargins(8, 0, 8, 4)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for widget in (self.back, self.title, self._lamp):
            head.addWidget(widget)
        head.addStretch()
        head.addWidget(self.when)
        head.addWidget(self.copy_button)
        column.addLayout(head)
        column.addWidget(self.error)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.inputs)
        split.addWidget(self.outputs)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        column.addWidget(split, 1)


class PairTree(QFrame):
    """A caption and a tree of keys and values."""

    def __init__(self, theme: Theme, caption: str) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._theme, self._caption = theme, caption
        self._head = QLabel(caption)
        self.tree = QTreeWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        set_role(self._head, role="caption")
        self._head.setContentsMargins(8, 2, 8, 2)
        column.addWidget(self._head)
        column.addWidget(self.tree, 1)
        self._set_up(caption)

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show these lines and no others."""
        self.tree.clear()
        self._head.setText(say(self._caption if pairs else f"{self._caption}: none"))
        items = [self._item(pair) for pair in pairs]
        self.tree.addTopLevelItems(items)
        for item in items:
            item.setExpanded(True)
        self.tree.resizeColumnToContents(0)
        self.tree.setColumnWidth(0, min(self.tree.columnWidth(0) + 8, self._theme.px(150)))

    def _set_up(self, caption: str) -> None:
        tree = self.tree
        tree.setAccessibleName(caption)
        tree.setColumnCount(2)
        tree.setHeaderHidden(True)
        tree.setIndentation(self._theme.px(12))
        tree.setUniformRowHeights(True)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.header().setStretchLastSection(True)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)

    def _item(self, pair: Pair) -> QTreeWidgetItem:
        item = QTreeWidgetItem([pair.key, pair.value])
        item.setForeground(0, self._theme.colour("text.muted"))
        item.setToolTip(1, pair.value)
        if pair.is_id:
            item.setFont(1, self._theme.font(11, mono=True))
        item.addChildren([self._item(child) for child in pair.children])
        return item
