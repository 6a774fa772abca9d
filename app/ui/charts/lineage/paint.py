"""Paint trades, stop and target bands and the model's claims; they never widen the price range."""

from __future__ import annotations

import math
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.charts.frame import Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.lineage.values import Claim, RiskBand, Trade, Truth
from app.ui.charts.model import ChartModel
from app.ui.charts.palette import Inks
from app.ui.widgets.format import money, number

FAR = 20_000.0
TICKS = {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.UNCHECKABLE: "?"}


def draw_bands(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks) -> None:
    """Draw what a plan risks and hopes for, below the bars."""
    for band in model.bands:
        _band(painter, frame, model, band, inks)


def draw_lineage(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Draw trades and claims above the bars."""
    painter.save()
    pane = frame.panes[0]
    painter.setClipRect(QRect(0, pane.top, frame.plot, pane.scale.height), Qt.ClipOperation.IntersectClip)
    for claim in model.claims:
        _claim(painter, frame, model, claim, inks, lettering)
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
    start = _point(frame, model, trade.entry_at, trade.entry_price)
    end = (
        QPointF(frame.x_of(model.newest), _row(frame, last))
        if trade.exit_at is None or trade.exit_price is None
        else _point(frame, model, trade.exit_at, trade.exit_price)
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
        _words(painter, frame, x, y, words, ink, inks, lettering)


def _band(painter: QPainter, frame: Frame, model: ChartModel, band: RiskBand, inks: Inks) -> None:
    left = max(_place(frame, model, band.since), 0.0)
    right = frame.x_of(model.newest + 0.5) if band.until is None else _place(frame, model, band.until)
    right = min(right, float(frame.plot))
    if right <= left:
        return
    pane = frame.panes[0]
    painter.save()
    painter.setClipRect(QRect(0, pane.top, frame.plot, pane.scale.height), Qt.ClipOperation.IntersectClip)
    for price, token, share in (
        (band.stop, "down", 0.13), *((target, "up", 0.10) for target in band.targets),
    ):  # fmt: skip
        top, foot = sorted((_row(frame, band.entry), _row(frame, price)))
        painter.fillRect(QRectF(left, top, right - left, foot - top), inks.clear(token, share))
        painter.fillRect(QRectF(left, _row(frame, price), right - left, frame.unit), inks.clear(token, 0.5))
    painter.restore()


def _claim(painter: QPainter, frame: Frame, model: ChartModel, claim: Claim, inks: Inks, lettering: Lettering) -> None:
    """Draw a claim that holds as a quiet line, one that does not as a dotted one with its words struck out."""
    is_false = claim.truth is Truth.FALSE
    ink = inks["text.faint" if is_false else "ok" if claim.truth is Truth.TRUE else "text.muted"]
    pen = QPen(ink, frame.unit, Qt.PenStyle.DotLine if is_false else Qt.PenStyle.DashLine)
    points = [_point(frame, model, at, price) for at, price in claim.points]
    if claim.price is not None:
        y = _row(frame, claim.price)
        points = [QPointF(0, y), QPointF(frame.plot, y)]
    if not points:
        return
    painter.setPen(pen)
    painter.drawLines([QLineF(one, other) for one, other in pairwise(points)])
    text = f"{TICKS[claim.truth]} {claim.text}"
    x = min(max(points[-1].x() - lettering.width(text) - 120 * frame.unit, 8 * frame.unit), float(frame.plot))
    y = points[-1].y() - 9 * frame.unit
    _words(painter, frame, x, y, text, ink, inks, lettering)
    if is_false:
        painter.setPen(QPen(inks["danger"], frame.unit))
        painter.drawLine(QLineF(x, y, x + lettering.width(text), y))


def _words(
    painter: QPainter, frame: Frame, x: float, y: float, text: str, ink: QColor, inks: Inks, lettering: Lettering
) -> None:
    unit, tall = frame.unit, lettering.height()
    back = QRectF(x - 3 * unit, y - tall / 2, lettering.width(text) + 6 * unit, tall)
    painter.fillRect(back, inks.clear("bg.panel", 0.82))
    lettering.draw(painter, x, y, text, ink)


def _point(frame: Frame, model: ChartModel, at: float, price: float) -> QPointF:
    return QPointF(_place(frame, model, at), _row(frame, price))


def _place(frame: Frame, model: ChartModel, at: float) -> float:
    """Return the column of the bar that a moment belongs to."""
    assert model.series is not None
    index = model.series.position_of(at)
    return min(max(frame.x_of(index), -FAR), FAR)


def _row(frame: Frame, price: float) -> float:
    y = frame.panes[0].scale.y_of(price)
    return min(max(y, -FAR), FAR) if math.isfinite(y) else FAR
