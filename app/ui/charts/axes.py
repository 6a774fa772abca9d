"""Paint what stands still behind and beside the bars: grid, price axis, time axis, pane edges, zone."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from app.ui.charts.batch import fill
from app.ui.charts.frame import AXIS_HEIGHT, Frame, Pane
from app.ui.charts.lettering import Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.moments import DATE, local, zone_text
from app.ui.charts.palette import Inks


def draw_grid(painter: QPainter, frame: Frame, inks: Inks) -> None:
    """Draw hairlines at the labelled prices and moments."""
    thin = max(1, int(frame.unit)) - 1
    ink = inks.faded("line", 0.6)
    columns = frame.columns(np.array([moment.index for moment in frame.moments], np.float64))
    fill(painter, columns, 0, columns + thin, frame.bottom - 1, ink)
    rows = np.array([row for pane in frame.panes for row in pane.rows], np.int32)
    fill(painter, 0, rows, frame.plot - 1, rows + thin, ink)


def draw_axes(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Draw labels and edges of both axes; text that would be cut off is left out."""
    thin = max(1, int(frame.unit))
    painter.fillRect(frame.plot, 0, frame.width - frame.plot, frame.height, inks["bg.panel"])
    painter.fillRect(0, frame.bottom, frame.width, frame.height - frame.bottom, inks["bg.panel"])
    painter.fillRect(frame.plot, 0, thin, frame.height, inks["line"])
    for pane in frame.panes:
        painter.fillRect(0, pane.bottom, frame.width, thin, inks["line"])
        _price_labels(painter, frame, pane, inks, lettering)
    _time_labels(painter, frame, inks, lettering)
    _zone(painter, frame, model, inks, lettering)


def _price_labels(painter: QPainter, frame: Frame, pane: Pane, inks: Inks, lettering: Lettering) -> None:
    half, x = lettering.height() / 2, frame.plot + 8 * frame.unit
    inside = [
        (x, row, level.label)
        for level, row in zip(pane.levels, pane.rows, strict=True)
        if pane.top + half <= row <= pane.bottom - half
    ]
    lettering.draw_all(painter, inside, inks["text.muted"])


def _time_labels(painter: QPainter, frame: Frame, inks: Inks, lettering: Lettering) -> None:
    y = frame.bottom + AXIS_HEIGHT * frame.unit / 2
    for is_big, weight, token in ((False, 400, "text.muted"), (True, 600, "text")):
        found = []
        for moment in frame.moments:
            width = lettering.width(moment.label, weight=weight)
            x = frame.x_of(moment.index) - width / 2
            if (moment.rank > DATE) is is_big and 0 <= x <= frame.plot - width:
                found.append((x, y, moment.label))
        lettering.draw_all(painter, found, inks[token], weight=weight)


def _zone(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Print the zone of all times in the corner: its name where it fits, its letters otherwise."""
    room = frame.width - frame.plot - 8 * frame.unit
    text = model.zone_name
    if lettering.width(text) > room and model.series is not None:
        text = zone_text(local(int(model.series.bars.time[-1]), model.timeframe, model.zone))
        if model.timeframe.is_dated:
            text = model.zone_name.rsplit("/", 1)[-1].replace("_", " ")
    x = frame.plot + (frame.width - frame.plot - lettering.width(text)) / 2
    lettering.draw(painter, x, frame.bottom + AXIS_HEIGHT * frame.unit / 2, text, inks["text.muted"])
