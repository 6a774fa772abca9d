"""What lies behind the bars: hours outside of the regular session, breaks between sessions, data that is missing.

The time axis leaves closed hours out, so a break is a line and missing data a hatched seam between two bars.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainter

from app.domain.bars import Bars, TimeArray, Timeframe
from app.ui.charts.batch import fill, pixels
from app.ui.charts.frame import Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.moments import DAY, offsets, zone_of
from app.ui.charts.palette import Inks

MOST_BREAKS, SEAM_PX, COARSEST = 80, 5, 3


@dataclass(frozen=True, slots=True)
class Hours:
    """The regular session of an exchange, in minutes after midnight of its zone."""

    zone: str
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Bars that should be there and are not: `count` of them after the bar that starts at `after` (epoch seconds)."""

    after: float
    count: int
    text: str = ""

    def words(self) -> str:
        """Say what is missing."""
        return self.text or f"{self.count} missing"


def draw_shades(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks) -> None:
    """Draw extended hours, session breaks and bars that cannot be true, below everything."""
    series = model.series
    assert series is not None
    first, stop = max(0, int(frame.left)), min(len(series), int(frame.right) + 2)
    if stop <= first:
        return
    times = series.bars.time[first:stop]
    if not model.timeframe.is_dated and frame.groups.size <= COARSEST:
        if model.hours is not None:
            _extended(painter, frame, model.hours, times, first, inks)
        _breaks(painter, frame, model.timeframe, times, first, inks)
    if series.notes:
        _impossible(painter, frame, series.bars, first, stop, inks)


def draw_gaps(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Hatch the seams where bars are missing, with what is missing where there is room to say it."""
    assert model.series is not None
    wide, pane, free = SEAM_PX * frame.unit, frame.panes[0], 0.0
    for gap in model.gaps:
        x = frame.x_of(model.series.position_of(gap.after) + 0.5)
        if not 0 <= x <= frame.plot:
            continue
        box = QRectF(x - wide / 2, 0, wide, frame.bottom)
        painter.fillRect(box, QBrush(inks["warn"], Qt.BrushStyle.BDiagPattern))
        text = gap.words()
        if x >= free:
            y = pane.bottom - lettering.height()
            left = min(x + wide, frame.plot - lettering.width(text))
            painter.fillRect(
                QRectF(left - 2, y - lettering.height() / 2, lettering.width(text) + 4, lettering.height()),
                inks["bg.panel"],
            )
            lettering.draw(painter, left, y, text, inks["warn"])
            free = x + lettering.width(text) + 12 * frame.unit


def _extended(painter: QPainter, frame: Frame, hours: Hours, times: TimeArray, first: int, inks: Inks) -> None:
    zone = zone_of(hours.zone)
    minutes = (times + offsets(times, zone)) % DAY // 60
    outside = (minutes < hours.opens) | (minutes >= hours.closes)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], outside, [False]]).astype(np.int8)))
    starts, ends = (edges[part::2].astype(np.float64) + (first - 0.5) for part in (0, 1))
    left, right = pixels(frame.x(starts)), pixels(frame.x(ends)) - 1
    foot = np.full_like(left, frame.bottom - 1)
    fill(painter, left, np.zeros_like(left), right, foot, inks.faded("bg.raised", 0.45))


def _breaks(painter: QPainter, frame: Frame, timeframe: Timeframe, times: TimeArray, first: int, inks: Inks) -> None:
    """Draw a line where a session ended and another began: where the next bar is further off than its length."""
    found = np.flatnonzero(np.diff(times) > max(2 * timeframe.seconds, 3600)) + first + 0.5
    if not 0 < len(found) <= MOST_BREAKS:
        return
    x = pixels(frame.x(found.astype(np.float64)))
    thin = max(1, int(frame.unit)) - 1
    fill(painter, x, np.zeros_like(x), x + thin, np.full_like(x, frame.bottom - 1), inks["line.strong"])


def _impossible(painter: QPainter, frame: Frame, bars: Bars, first: int, stop: int, inks: Inks) -> None:
    """Hatch the places of bars that were refused."""
    lost = np.flatnonzero(np.isnan(bars.high[first:stop])) + first
    slot = max(frame.per_bar, 2 * frame.unit)
    brush = QBrush(inks["warn"], Qt.BrushStyle.BDiagPattern)
    pane = frame.panes[0]
    for index in lost[:MOST_BREAKS]:
        painter.fillRect(QRectF(frame.x_of(float(index)) - slot / 2, pane.top, slot, pane.scale.height), brush)
