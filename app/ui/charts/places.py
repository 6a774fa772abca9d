"""The parts of a chart that react differently, and how many bars make a comfortable view."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPointF

from app.ui.charts.frame import Frame


class Place(StrEnum):
    """Where on a chart a point lies."""

    PLOT = "plot"
    PRICE_AXIS = "price_axis"
    TIME_AXIS = "time_axis"


def place_of(frame: Frame, at: QPointF) -> Place:
    """Return which part of the chart a device pixel lies in."""
    if at.y() >= frame.bottom:
        return Place.TIME_AXIS
    return Place.PRICE_AXIS if at.x() >= frame.plot else Place.PLOT


def usual_bars(frame: Frame) -> float:
    """Return how many bars make a comfortable first view of this width."""
    return max(20.0, frame.plot / frame.unit / 8)
