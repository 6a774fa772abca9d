"""Passing things that hands make on a chart (a box, a ghost line, handles): painted over everything else."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from app.ui.charts.frame import Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.palette import Inks


class Layer:
    """Something over the chart that knows which device pixels it covers; empty while there is nothing to see."""

    def rects(self, frame: Frame) -> list[QRect]:
        """Return what it covers now."""
        return []

    def draw(self, painter: QPainter, frame: Frame, inks: Inks, lettering: Lettering) -> None:
        """Paint it, in device pixels."""


def grown(rects: Iterable[QRect], by: int) -> list[QRect]:
    """Return rectangles with a margin on every side, for what anti-aliasing spills."""
    return [rect.adjusted(-by, -by, by, by) for rect in rects]
