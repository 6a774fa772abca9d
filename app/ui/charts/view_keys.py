"""Keys that mean something to the whole chart: tickets, jumps, typing, its own undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.domain.orders import Side
from app.ui.charts.typing_field import Wanted

if TYPE_CHECKING:
    from app.ui.charts.view import ChartView

STEPS = {Qt.Key.Key_BracketLeft: -1, Qt.Key.Key_BracketRight: 1}
"""Keys that jump to the former and the next signal or trade."""
TICKETS = {Qt.Key.Key_F9: Side.BUY, Qt.Key.Key_F10: Side.SELL}


def claims(event: QKeyEvent, price: float | None) -> bool:
    """Say whether the window must leave a key to the chart: tickets while there is a price in hand, undo, redo, fit."""
    if event.key() in TICKETS:
        return price is not None
    is_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return is_control and event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_0)


def typed(view: ChartView, event: QKeyEvent, price: float | None) -> bool:
    """Do what a key means to the chart; False for a key that means nothing to it."""
    key, modifiers = Qt.Key(event.key()), event.modifiers()
    if key == Qt.Key.Key_Escape and view.canvas.cross is not None:
        view.canvas.move_cross(None)
    elif key in TICKETS and price is not None:
        view.price_picked.emit(price, TICKETS[key])
    elif key in STEPS and not modifiers:
        view.navigator.step_mark(STEPS[key])
    elif key == Qt.Key.Key_G and modifiers == Qt.KeyboardModifier.AltModifier:
        view.ask(Wanted.DATE)
    elif event.text().isalnum() and not modifiers & ~Qt.KeyboardModifier.ShiftModifier:
        view.begin_typing(event.text())
    else:
        return False
    return True
