"""Paint trades, stop and target bands and the model's claims; they never widen the price range."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.charts.frame import Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.lineage.claims import draw_claims
from app.ui.charts.lineage.placing import column_of, draw_words, point_of, row_of
from app.ui.charts.lineage.values import RiskBand, Trade
from app.ui.charts.model import ChartModel
from app.ui.charts.palette import Inks
from app.ui.widgets.format import money, number


def draw_bands(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks) -> None:
    """Draw what a plan risks and hopes for, below the bars."""
    for band in model.bands:
        _band(painter, frame, model, band, inks)


def draw_lineage(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Draw trades and claims above the bars."""
    painter.save()
    pane = frame.panes[0]
    painter.setClipRect(QRect(0, pane.top, frame.plot, pane.scale.height), Qt.ClipOperation.IntersectClip)
    draw_claims(painter, frame, model, inks, lettering)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for trade in model.trades:
        _trade(painter, frame, model, trade, inks, lettering)
    painter.restore()


def ink_of_trade(trade: Trade, inks: Inks) -> QColor:
    """Return the colour of a result: up for a gain, down for a loss, quiet while open or even."""
    if trade.result is None or trade.result == 0:
        return inks["text.muted"]
    return inks["up" if trade.result > 0 else "down"]


def trade_words(trade: Trade) -> str:
    """Write a result with its sign, and in R where there was a plan."""
    if trade.result is None:
        return ""
    words = money(trade.result, trade.currency, signed=True)
    return words if trade.r is None else f"{words} · {number(trade.r, 2, signed=True)} R"


def _trade(painter: QPainter, frame: Frame, model: ChartModel, trade: Trade, inks: Inks, lettering: Lettering) -> None:
    is_open = trade.exit_at is None or trade.exit_price is None
    last = model.last_price if model.last_price is not None else trade.entry_price
    start = point_of(frame, model, trade.entry_at, trade.entry_price)
    end = (
        QPointF(frame.x_of(model.newest), row_of(frame, last))
        if trade.exit_at is None or trade.exit_price is None
        else point_of(frame, model, trade.exit_at, trade.exit_price)
    )
    if max(start.x(), end.x()) < 0 or min(start.x(), end.x()) > frame.plot:
        return
    ink = ink_of_trade(trade, inks)
    painter.setPen(QPen(ink, 1.5 * frame.unit, Qt.PenStyle.DotLine if is_open else Qt.PenStyle.SolidLine))
    painter.drawLine(QLineF(start, end))
    words = trade_words(trade)
    if words and abs(end.x() - start.x()) > lettering.width(words) / 2:
        y = (start.y() + end.y()) / 2 - 10 * frame.unit
        x = (start.x() + end.x()) / 2 - lettering.width(words) / 2
        draw_words(painter, frame, x, y, words, ink, inks, lettering)


def _band(painter: QPainter, frame: Frame, model: ChartModel, band: RiskBand, inks: Inks) -> None:
    left = max(column_of(frame, model, band.since), 0.0)
    right = frame.plot if band.until is None else column_of(frame, model, band.until)
    right = min(right, float(frame.plot))
    if right <= left:
        return
    pane = frame.panes[0]
    painter.save()
    painter.setClipRect(QRect(0, pane.top, frame.plot, pane.scale.height), Qt.ClipOperation.IntersectClip)
    for price, token, share in (
        (band.stop, "down", 0.13), *((target, "up", 0.10) for target in band.targets),
    ):  # fmt: skip
        top, foot = sorted((row_of(frame, band.entry), row_of(frame, price)))
        painter.fillRect(QRectF(left, top, right - left, foot - top), inks.clear(token, share))
        painter.fillRect(QRectF(left, row_of(frame, price), right - left, frame.unit), inks.clear(token, 0.5))
    painter.restore()
