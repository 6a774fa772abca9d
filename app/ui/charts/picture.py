"""A chart as a picture, off screen, by the code that paints the window: for the model, export and the clipboard."""

from __future__ import annotations

from PySide6.QtGui import QImage, QPainter

from app.ui.charts.frame import frame_of
from app.ui.charts.lettering import BODY, Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.moments import bar_text
from app.ui.charts.painting import paint_moving, paint_still
from app.ui.charts.palette import Inks, Palette
from app.ui.charts.timerange import TimeRange

FOOT = 26


def picture_of(
    model: ChartModel, times: TimeRange, palette: Palette, width: int, height: int, unit: float, caption: str = ""
) -> QImage:
    """Paint the visible window at a size; `unit` device pixels make one of the design. A foot line says what it is."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    inks, lettering = Inks(palette), Lettering(palette, unit)
    image.fill(inks["bg.panel"])
    foot = round(FOOT * unit)
    scale = unit * palette.font(BODY).pixelSize() / BODY
    frame = frame_of(model, times.left, times.right, width, height - foot, lettering, scale)
    painter = QPainter(image)
    if frame is not None:
        paint_still(painter, frame, model, inks, lettering)
        paint_moving(painter, frame, model, None, inks, lettering)
    painter.fillRect(0, height - foot, width, foot, inks["bg.raised"])
    text = "  ·  ".join(part for part in (*_foot(model, palette.name), caption) if part)
    lettering.draw(painter, 10 * unit, height - foot / 2, text, inks["text.muted"])
    painter.end()
    return image


def _foot(model: ChartModel, theme: str) -> list[str]:
    """Say whose bars these are, when the newest began, in which zone, where they come from, and in which theme."""
    if model.instrument is None or model.series is None or not len(model.series):
        return ["no bars"]
    newest = bar_text(int(model.series.bars.time[-1]), model.timeframe, model.zone)
    state = "forming" if model.series.live is not None else "closed"
    return [
        f"{model.instrument.symbol} {model.timeframe.value}",
        f"{newest} ({state})",
        model.zone_name,
        model.source_text,
        f"{theme} theme",
    ]
