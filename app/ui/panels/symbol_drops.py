"""Symbols dropped on a panel: taken, looked up, and shown in the panel's link group."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.ui.tables.model import SYMBOL_MIME


class SymbolDrops(QObject):
    """Lets a widget take symbols that are dragged onto it."""

    def __init__(self, onto: QWidget, take: Callable[[str], object]) -> None:
        super().__init__(onto)
        self._take = take
        onto.setAcceptDrops(True)
        onto.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept a symbol that comes in, and hand over one that is let go."""
        if isinstance(event, QDragEnterEvent | QDropEvent) and event.mimeData().hasFormat(SYMBOL_MIME):
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self._take(bytes(event.mimeData().data(SYMBOL_MIME).data()).decode())
                return True
            return event.type() == QEvent.Type.DragEnter
        return False
