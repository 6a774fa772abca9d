"""What opens over a chart: its context menu, and the card of a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QMenu

from app.ui.charts.drawings.card import DrawingCard
from app.ui.charts.drawings.values import Drawing
from app.ui.charts.menu import chart_menu
from app.ui.charts.palette import Palette
from app.ui.charts.values import Phase

if TYPE_CHECKING:
    from app.ui.charts.view import ChartView

BESIDE = QPoint(12, 12)


def open_menu(view: ChartView, position: QPoint, price: float | None) -> None:
    """Open the context menu where the hand is, once there are bars."""
    if view.model.phase in (Phase.READY, Phase.STALE) and view.model.series is not None:
        menu: QMenu = chart_menu(view, price)
        menu.popup(view.canvas.viewport().mapToGlobal(position))


def open_card(view: ChartView, palette: Palette, drawing: Drawing, at: QPointF) -> DrawingCard:
    """Open the card of a drawing beside a device pixel."""
    card = DrawingCard(view.drawings, drawing, palette, view)
    card.move(view.canvas.viewport().mapToGlobal((at / view.canvas.dots).toPoint() + BESIDE))
    card.show()
    card.words.setFocus()
    return card
