"""Hands a chart the hours and gaps of what it shows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from app.ui.charts.canvas import Canvas
from app.ui.charts.shades import Gap, Hours


class Shading(QObject):
    """Takes the hours and gaps of the chart on show."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas

    def set_hours(self, hours: Hours | None) -> None:
        """Shade what lies outside of these hours, or nothing."""
        self._canvas.model.hours = hours
        self._canvas.invalidate()

    def set_gaps(self, gaps: Sequence[Gap]) -> None:
        """Hatch these gaps and no others."""
        self._canvas.model.gaps = tuple(gaps)
        self._canvas.invalidate()

    def clear(self) -> None:
        """Forget what belonged to another instrument."""
        self._canvas.model.hours, self._canvas.model.gaps = None, ()
