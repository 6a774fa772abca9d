"""The order in which a chart is painted; one code for the screen and for pictures."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QRegion

from app.ui.charts.axes import draw_axes, draw_grid
from app.ui.charts.bars import columns_of, draw_bars, draw_closes, draw_volume
from app.ui.charts.drawings.paint import draw_drawings
from app.ui.charts.frame import Frame
from app.ui.charts.history import draw_history, history_rect
from app.ui.charts.legend import draw_legend
from app.ui.charts.lettering import Lettering
from app.ui.charts.lineage.paint import draw_bands, draw_lineage
from app.ui.charts.marks import draw_chips, draw_marks
from app.ui.charts.model import ChartModel
from app.ui.charts.overlay import (
    Cross,
    draw_cross,
    draw_last,
    draw_live,
    live_band,
    tick_rect,
    volume_band,
)
from app.ui.charts.palette import Inks
from app.ui.charts.series import Groups
from app.ui.charts.shades import draw_gaps, draw_shades
from app.ui.charts.strokes import draw_studies
from app.ui.charts.values import BarStyle, Phase

STALE_VEIL = 0.35
"""How far stale bars are greyed."""


def paint_still(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Paint everything that only changes with the bars, the view or the theme; the forming bar is left out."""
    painter.fillRect(0, 0, frame.width, frame.height, inks["bg.panel"])
    draw_shades(painter, frame, model, inks)
    draw_grid(painter, frame, inks)
    painter.fillRect(live_band(frame), inks.faded("bg.raised", 0.6))
    if model.bands:
        draw_bands(painter, frame, model, inks)
    price = frame.panes[0]
    for pane in frame.panes:
        # A clip doubles the price of every line. Without a range set by hand nothing leaves its pane up or down,
        # and what sticks out sideways is covered by the axis.
        if pane.key in model.ranges:
            painter.setClipRect(0, pane.top, frame.plot, pane.scale.height)
        if pane is price:
            _paint_bars(painter, frame, model, inks)
        draw_studies(painter, frame, pane, inks)
        painter.setClipping(False)
    if model.gaps:
        draw_gaps(painter, frame, model, inks, lettering)
    if model.phase is Phase.STALE:
        painter.fillRect(0, 0, frame.plot, frame.bottom, inks.clear("bg.panel", STALE_VEIL))
    if model.trades or model.claims:
        draw_lineage(painter, frame, model, inks, lettering)
    if model.drawings:
        draw_drawings(painter, frame, model, inks, lettering)
    draw_axes(painter, frame, model, inks, lettering)
    draw_marks(painter, frame, model, inks)


def paint_moving(
    painter: QPainter,
    frame: Frame,
    model: ChartModel,
    cross: Cross | None,
    inks: Inks,
    lettering: Lettering,
    exposed: QRegion | None = None,
) -> None:
    """Paint the forming bar, the last price, the readout and the crosshair over the still picture.

    Of `exposed` (device pixels; None means all) nothing outside is worked out.
    """
    region = exposed if exposed is not None else QRegion(0, 0, frame.width, frame.height)
    volume = model.shows_volume and region.intersects(volume_band(frame))
    if volume or region.intersects(tick_rect(frame, model, model.last_price)):
        draw_live(painter, frame, live_now(frame, model), model.style, volume, inks)
    draw_chips(painter, frame, model, inks, lettering)
    draw_last(painter, frame, model, region, inks, lettering)
    index = cross.index if cross is not None else model.newest
    draw_legend(painter, frame, region, model, min(max(index, 0), model.newest), inks, lettering)
    if model.history is not None and region.intersects(history_rect(frame)):
        draw_history(painter, frame, model, inks, lettering)
    if cross is not None:
        draw_cross(painter, frame, model, cross, inks, lettering)


def live_now(frame: Frame, model: ChartModel) -> Groups | None:
    """Return the forming group as ticks have moved it since the frame was worked out."""
    if frame.live is None or model.series is None:
        return None
    return model.series.live_group(frame.live.size)


def _paint_bars(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks) -> None:
    pane, columns = frame.panes[0], columns_of(frame, frame.groups)
    is_line = model.style in (BarStyle.LINE, BarStyle.AREA)
    if is_line:
        draw_closes(painter, frame, pane, model.style, inks)
    if model.shows_volume:
        draw_volume(painter, frame, pane, columns, inks)
    if not is_line:
        draw_bars(painter, pane, columns, model.style, inks, inks["bg.panel"])
