"""Paint what moves over the still picture: the forming bar, the last price, the crosshair and the readout.

Each knows which rectangles it covers, so that a tick or a mouse move repaints those and nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from app.ui.charts.bars import columns_of, draw_bars, draw_volume
from app.ui.charts.batch import dashes, dots, polyline, upright_dashes
from app.ui.charts.frame import AXIS_HEIGHT, VOLUME_SHARE, Frame, Pane
from app.ui.charts.lettering import Lettering
from app.ui.charts.marks import CHIP, axis_tag
from app.ui.charts.model import ChartModel
from app.ui.charts.moments import bar_text
from app.ui.charts.palette import Inks
from app.ui.charts.scale import price_decimals
from app.ui.charts.series import Groups
from app.ui.charts.values import PRICE, BarStyle, ScaleMode
from app.ui.widgets.format import number
from app.ui.widgets.format import price as price_text


@dataclass(frozen=True, slots=True)
class Cross:
    """Where the crosshair is: a device pixel, and the bar it snapped to."""

    index: int
    y: float | None


def live_band(frame: Frame) -> QRect:
    """Return the column of the forming bar in the price pane, empty without one."""
    if frame.live is None:
        return QRect()
    slot = max(frame.per_bar * frame.live.size, 3 * frame.unit)
    x = frame.x_of(float(frame.live.at[0]))
    left, right = max(0, math.floor(x - slot / 2)), min(frame.plot, math.ceil(x + slot / 2) + 1)
    pane = frame.panes[0]
    return QRect(left, pane.top, max(0, right - left), pane.scale.height)


def volume_band(frame: Frame) -> QRect:
    """Return the foot of the forming column, where its volume stands."""
    band, pane = live_band(frame), frame.panes[0]
    tall = math.ceil(VOLUME_SHARE * pane.scale.height) + 1
    return band.intersected(QRect(0, pane.bottom - tall, frame.plot, tall))


def tick_rect(frame: Frame, model: ChartModel, before: float | None) -> QRect:
    """Return what a tick changes in the price pane: of the forming column no more than the forming bar's height.

    Every row counts: what is repainted is copied row by row.
    """
    live = model.series.live if model.series is not None else None
    reach, groups = live_reach(frame), frame.groups
    if live is None or frame.live is None or reach.isEmpty():
        return reach
    ends = [live.high, live.low, float(frame.live.high[0]), float(frame.live.low[0])]
    if model.style in (BarStyle.LINE, BarStyle.AREA):
        ends += [float(groups.close[-1]) if len(groups) else live.close, before if before is not None else live.close]
    rows = [row for end in ends if math.isfinite(row := frame.panes[0].scale.y_of(end))]
    if not rows:
        return reach
    margin = 2 * frame.unit + 1
    top, foot = max(min(rows) - margin, reach.top()), min(max(rows) + margin, reach.bottom())
    return QRect(reach.left(), math.floor(top), reach.width(), max(0, math.ceil(foot - math.floor(top)) + 1))


def live_reach(frame: Frame) -> QRect:
    """Return the forming column of the price pane and the way to it from the bar before."""
    band = live_band(frame)
    if band.isEmpty() or not len(frame.groups):
        return band
    return band.united(band.translated(-math.ceil(frame.x_of(1.0) - frame.x_of(0.0)) * frame.groups.size, 0))


def draw_live(painter: QPainter, frame: Frame, live: Groups | None, style: BarStyle, volume: bool, inks: Inks) -> None:
    """Draw the forming bar on the band that marks it as forming."""
    reach, pane = live_reach(frame), frame.panes[0]
    if live is None or reach.isEmpty():
        return
    painter.save()
    painter.setClipRect(reach, Qt.ClipOperation.IntersectClip)
    columns = columns_of(frame, live)
    if volume:
        draw_volume(painter, frame, pane, columns, inks)
    if style in (BarStyle.LINE, BarStyle.AREA):
        _draw_last_step(painter, frame, pane, live, inks)
    else:
        draw_bars(painter, pane, columns, style, inks, inks.faded("bg.raised", 0.6))
    painter.restore()


def _draw_last_step(painter: QPainter, frame: Frame, pane: Pane, live: Groups, inks: Inks) -> None:
    """Join the line of closes to where the forming bar is now."""
    at = np.append(frame.groups.at[-1:], live.at)
    close = np.append(frame.groups.close[-1:], live.close)
    polyline(painter, frame.x(at), pane.scale.y(close), QPen(inks["accent"], 1.25 * frame.unit))


def last_rects(frame: Frame, price: float | None) -> list[QRect]:
    """Return the last-price line and its tag, nothing when the price is out of view."""
    y = _row(frame.panes[0], price)
    if y is None:
        return []
    tall, thin = math.ceil(CHIP * frame.unit) + 2, max(1, int(frame.unit))
    tag = QRect(frame.plot, y - tall // 2 - 1, frame.width - frame.plot, tall + 2)
    return [QRect(0, y, frame.plot, thin), tag]


def last_touched(frame: Frame, model: ChartModel, before: float | None) -> list[QRect]:
    """Return what of the last price a tick changes: its tag, and its line where that moves or turns its colour."""
    former, now = last_rects(frame, before), last_rects(frame, model.last_price)
    if former == now and _direction(model, before) == _direction(model, model.last_price):
        return now[1:]
    return [*former, *now]


def draw_last(
    painter: QPainter, frame: Frame, model: ChartModel, region: QRegion, inks: Inks, lettering: Lettering
) -> None:
    """Draw the last price as a dotted line with a tag in the direction of the newest bar, as far as exposed."""
    price, pane = model.last_price, frame.panes[0]
    rects = last_rects(frame, price)
    if price is None or not rects:
        return
    line, tag = rects
    ink = inks[_direction(model, price)]
    if region.intersects(line):
        dots(painter, line, region.intersected(line).boundingRect(), ink)
    if region.intersects(tag):
        axis_tag(painter, frame, line.top(), _price(frame, model, pane, price), ink, inks, lettering, solid=True)


def _direction(model: ChartModel, price: float | None) -> str:
    """Return the colour of a last price: where it is from the open of the newest bar."""
    assert model.series is not None
    return "up" if price is not None and price >= model.series.at(model.newest).open else "down"


def upright_rects(frame: Frame, cross: Cross | None) -> list[QRect]:
    """Return what the upright line of the crosshair and its tag cover."""
    if cross is None:
        return []
    axis = QRect(0, frame.bottom, frame.width, frame.height - frame.bottom)
    return [QRect(frame.column_of(cross.index), 0, frame.wick, frame.bottom), axis]


def level_rects(frame: Frame, cross: Cross | None) -> list[QRect]:
    """Return what the level line of the crosshair and its tag cover."""
    if cross is None or cross.y is None:
        return []
    y, tall = round(cross.y), math.ceil(CHIP * frame.unit) + 2
    tag = QRect(frame.plot, y - tall // 2 - 1, frame.width - frame.plot, tall + 2)
    return [QRect(0, y, frame.plot, frame.wick), tag]


def draw_cross(
    painter: QPainter, frame: Frame, model: ChartModel, cross: Cross, inks: Inks, lettering: Lettering
) -> None:
    """Draw the crosshair through all panes with the time and the price it stands at."""
    x = frame.column_of(cross.index)
    if 0 <= x < frame.plot:
        upright_dashes(painter, x, frame.bottom, frame.unit, inks["text.faint"])
        _time_tag(painter, frame, model, cross, x, inks, lettering)
    pane = frame.pane_at(cross.y) if cross.y is not None else None
    if pane is None or cross.y is None:
        return
    dashes(painter, round(cross.y), frame.plot, frame.unit, inks["text.faint"])
    text = _price(frame, model, pane, pane.scale.price_at(cross.y))
    axis_tag(painter, frame, cross.y, text, inks["line.strong"], inks, lettering, solid=True)


def _time_tag(
    painter: QPainter, frame: Frame, model: ChartModel, cross: Cross, x: int, inks: Inks, lettering: Lettering
) -> None:
    if model.series is None or not 0 <= cross.index < len(model.series):
        return
    text = bar_text(int(model.series.bars.time[cross.index]), model.timeframe, model.zone)
    back: QColor = inks["line.strong"]
    wide = lettering.width(text) + 16 * frame.unit
    left = min(max(x - wide / 2, 0.0), max(0.0, frame.plot - wide))
    y, tall = frame.bottom + AXIS_HEIGHT * frame.unit / 2, 20 * frame.unit
    painter.fillRect(round(left), round(y - tall / 2), round(wide), round(tall), back)
    lettering.draw(painter, left + 8 * frame.unit, y, text, inks.on(back))


def _price(frame: Frame, model: ChartModel, pane: Pane, price: float) -> str:
    if pane.key != PRICE:
        return price_text(price, pane.decimals)
    if frame.mode is ScaleMode.PERCENT:
        return number((price / pane.scale.base - 1) * 100, 2, signed=True) + " %"
    return price_text(price, price_decimals(pane.scale, model.tick, model.decimals))


def _row(pane: Pane, price: float | None) -> int | None:
    if price is None or not math.isfinite(price):
        return None
    y = pane.scale.y_of(price)
    return round(y) if pane.top <= y < pane.bottom else None
