"""The lineage as a story, read from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QFrame, QHeaderView, QTreeView, QVBoxLayout

from app.ui.tables.step_delegate import StepDelegate
from app.ui.tables.steps import Outcome, Step, TimelineModel
from app.ui.theme import Theme
from app.ui.widgets.states import Empty, Ready, State, StateOverlay

__all__ = ["Outcome", "Step", "Timeline", "TimelineModel"]


class Timeline(QFrame):
    """The timeline view: Enter or a click opens a step, arrows walk the chain."""

    chosen = Signal(str)
    """The id of the step that is current now."""
    opened = Signal(str)
    """The id of the step that was clicked twice or entered."""

    def __init__(self, theme: Theme, *, name: str = "Lineage", empty: Empty | None = None) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._theme, self._state = theme, Ready()
        self._empty = empty or Empty("Choose an order, fill, position or signal to see why it exists.")
        self.model = TimelineModel(self)
        self.view = QTreeView()
        self._delegate = StepDelegate(theme, self.model)
        self._set_up(name)
        self._overlay = StateOverlay(theme, self.view.viewport())
        self._overlay.show_state(self._empty)
        theme.changed.connect(self.view.viewport().update)

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show these steps and no others, all of them unfolded."""
        self.model.show(steps)
        self.view.expandAll()
        self.show_state(Ready())

    def show_state(self, state: State) -> None:
        """Show loading, failed, stale or ready; without steps it says how to get some."""
        nothing = isinstance(state, Ready) and self.model.rowCount() == 0
        self._overlay.show_state(self._empty if nothing else state)

    def choose(self, key: str) -> None:
        """Make a step the current one and bring it into sight."""
        index = self.model.place(key)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    def _set_up(self, name: str) -> None:
        view = self.view
        view.setAccessibleName(name)
        view.setModel(self.model)
        view.setItemDelegate(self._delegate)
        view.setHeaderHidden(True)
        view.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.setRootIsDecorated(False)
        view.setIndentation(0)
        view.setUniformRowHeights(False)
        view.setMouseTracking(True)
        view.selectionModel().currentChanged.connect(lambda now, _: self._on_current(now))
        view.activated.connect(lambda index: self.opened.emit(self.model.step(index).id))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(view)
        self.setFocusProxy(view)

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.model.step(index).id)
