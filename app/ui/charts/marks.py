"""Paint orders, fills, signals and positions, and find the one under a hand. State is told by shape and by words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from app.domain.orders import Side
from app.ui.charts.frame import Frame, Pane
from app.ui.charts.lettering import Lettering
from app.ui.charts.lineage.values import Holding
from app.ui.charts.model import ChartModel
from app.ui.charts.palette import Inks, blend
from app.ui.charts.values import Mark, MarkKind, MarkState
from app.ui.widgets.format import money, number, quantity
from app.ui.widgets.format import price as price_text

CHIP, ARROW, REACH = 18, 6, 9
WAITING = 0.35
"""How far a signal that waits to be acted on is filled."""
DASHES: dict[MarkState, list[float]] = {MarkState.INTENDED: [4, 4], MarkState.SENT: [8, 3, 2, 3]}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a mark was drawn: the pixel a hand would aim for and the row its chip got."""

    mark: Mark
    x: float
    y: float
    chip_y: float


def spots(frame: Frame, model: ChartModel) -> tuple[list[Spot], list[Spot]]:
    """Return where lines and arrows go; chips of lines are moved apart so that none hides another."""
    lines, arrows = [], []
    pane = frame.panes[0]
    for mark in marks_of(model):
        y = pane.scale.y_of(mark.price)
        if mark.at is None:
            if pane.top <= y < pane.bottom:
                lines.append(Spot(mark, frame.plot, y, y))
        elif model.series is not None:
            x = frame.x_of(model.series.position_of(mark.at))
            if 0 <= x < frame.plot and pane.top <= y < pane.bottom:
                arrows.append(Spot(mark, x, y, y))
    return _apart(lines, CHIP * frame.unit + 2, pane.scale.y_of(frame.last), pane), arrows


def marks_of(model: ChartModel) -> Sequence[Mark]:
    """Return the marks with the holding's line among them, its words as the last price has them."""
    holding = model.holding
    if holding is None:
        return model.marks
    others = [mark for mark in model.marks if mark.kind is not MarkKind.POSITION]
    return [*others, Mark(holding.key, MarkKind.POSITION, holding.average, holding_words(holding, model.last_price),
                          state=MarkState.WORKING, colour="text.muted")]  # fmt: skip


def holding_words(holding: Holding, price: float | None) -> str:
    """Say what is held and what it has brought so far."""
    words = f"{'Long' if holding.quantity > 0 else 'Short'} {quantity(abs(holding.quantity))}"
    if price is None:
        return words
    words = f"{words} · {money(holding.profit(price), holding.currency, signed=True)}"
    r = holding.r(price)
    return words if r is None else f"{words} · {number(r, 2, signed=True)} R"


def holding_rows(frame: Frame, model: ChartModel) -> QRect:
    """Return where the words of the holding's line may stand, empty without one."""
    if model.holding is None:
        return QRect()
    found = next((spot for spot in spots(frame, model)[0] if spot.mark.key == model.holding.key), None)
    if found is None:
        return QRect()
    tall = round((CHIP + 4) * frame.unit)
    return QRect(0, round(found.chip_y) - tall // 2, frame.plot, tall)


def draw_marks(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks) -> None:
    """Draw the lines and arrows of the price pane."""
    lines, arrows = spots(frame, model)
    for spot in lines:
        _line(painter, frame, spot, ink_of(spot.mark, inks), inks)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for spot in arrows:
        _arrow(painter, frame, spot, ink_of(spot.mark, inks), inks)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_chips(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Draw the words and prices of the lines; above the forming bar, for they are read while it moves."""
    if model.holding is not None or any(mark.at is None for mark in model.marks):
        for spot in spots(frame, model)[0]:
            _chip(painter, frame, spot, model, inks, lettering)


def mark_at(frame: Frame, model: ChartModel, x: float, y: float) -> Mark | None:
    """Return the mark under a device pixel, the nearest first."""
    lines, arrows = spots(frame, model)
    reach = REACH * frame.unit
    near = [(abs(spot.x - x) + abs(spot.y - y), spot.mark) for spot in arrows
            if abs(spot.x - x) <= reach and abs(spot.y - y) <= 2 * reach]  # fmt: skip
    near += [(abs(spot.y - y), spot.mark) for spot in lines if abs(spot.y - y) <= reach / 2]
    near += [(abs(spot.chip_y - y), spot.mark) for spot in lines
             if abs(spot.chip_y - y) <= reach and x > frame.plot / 2]  # fmt: skip
    return min(near, key=lambda pair: pair[0])[1] if near else None


def line_under(frame: Frame, model: ChartModel, x: float, y: float) -> Mark | None:
    """Return the order line under a device pixel, by its line or its words; fills and signals do not count."""
    lines, _ = spots(frame, model)
    reach = REACH * frame.unit
    near = [(abs(spot.y - y), spot.mark) for spot in lines if abs(spot.y - y) <= reach / 2]
    near += [(abs(spot.chip_y - y), spot.mark) for spot in lines
             if abs(spot.chip_y - y) <= reach and x > frame.plot / 2]  # fmt: skip
    orders = [pair for pair in near if pair[1].kind is MarkKind.ORDER]
    return min(orders, key=lambda pair: pair[0])[1] if orders else None


def ink_of(mark: Mark, inks: Inks) -> QColor:
    """Return a mark's colour: its own token, its side's direction, or the accent."""
    if mark.colour is not None:
        return inks[mark.colour]
    if mark.side is None:
        return inks["accent"]
    return inks["up" if mark.side is Side.BUY else "down"]


def _apart(found: Sequence[Spot], room: float, last: float, pane: Pane) -> list[Spot]:
    """Move chips away from the tag of the last price, and off the pane's edges, until none hides another.

    Each stays on its own side of the last price as long as that side has room for it.
    """
    over = sorted((one for one in found if one.y <= last), key=lambda one: -one.y)
    under = sorted((one for one in found if not one.y <= last), key=lambda one: one.y)
    start_over, start_under = -math.inf, -math.inf
    if math.isfinite(last):
        start_over, start_under = -last, last
        above, below = (max(0, int(tall / room - 0.5)) for tall in (last - pane.top, pane.bottom - last))
        _share(over, under, above, below)  # the last price may lie outside of the pane: no room at all on one side
    upper = _stacked([-one.y for one in over], room, start_over, -pane.top - room / 2)
    lower = _stacked([one.y for one in under], room, start_under, pane.bottom - room / 2)
    placed = zip([*over, *under], [*(-row for row in upper), *lower], strict=True)
    return [Spot(one.mark, one.x, one.y, row) for one, row in placed]


def _share(over: list[Spot], under: list[Spot], above: int, below: int) -> None:
    """Give what one side has no room for to the other: what lies nearest to the last price, both nearest first."""
    while len(under) > below and len(over) < above:
        over.insert(0, under.pop(0))
    while len(over) > above and len(under) < below:
        under.insert(0, over.pop(0))


def _stacked(wanted: Sequence[float], room: float, start: float, stop: float) -> list[float]:
    """Return rows in ascending order, `room` apart from each other and from `start`, none beyond `stop`."""
    rows: list[float] = []
    for row in wanted:
        rows.append(max(row, (rows[-1] if rows else start) + room))
    for place in reversed(range(len(rows))):
        rows[place] = min(rows[place], rows[place + 1] - room if place + 1 < len(rows) else stop)
    return rows


def _line(painter: QPainter, frame: Frame, spot: Spot, ink: QColor, inks: Inks) -> None:
    y, thin = round(spot.y), max(1, int(frame.unit))
    if spot.mark.state is MarkState.VERIFYING:
        painter.fillRect(QRectF(0, y - 2 * thin, frame.plot, 5 * thin), QBrush(ink, Qt.BrushStyle.BDiagPattern))
        return
    pen = QPen(ink, thin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if spot.mark.state in DASHES:
        pen.setDashPattern(DASHES[spot.mark.state])
    if spot.mark.state is MarkState.REFUSED:
        pen = QPen(inks["text.faint"], thin, Qt.PenStyle.DotLine)
    painter.setPen(pen)
    painter.drawLine(0, y, frame.plot, y)


def _chip(painter: QPainter, frame: Frame, spot: Spot, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Draw the words of a line inside the plot and its price on the axis; filled once the broker has it."""
    ink, unit, mark = ink_of(spot.mark, inks), frame.unit, spot.mark
    solid = mark.state in (MarkState.WORKING, MarkState.DONE)
    pad, tall = 6 * unit, CHIP * unit
    wide = lettering.width(mark.label) + 2 * pad
    box = QRectF(frame.plot - wide - 8 * unit, round(spot.chip_y - tall / 2), wide, tall)
    painter.setPen(QPen(ink, max(1, int(unit))))
    painter.setBrush(ink if solid else inks["bg.panel"])
    painter.drawRect(box)
    words = inks.on(ink) if solid else inks["text"]
    lettering.draw(painter, box.left() + pad, spot.chip_y, mark.label, words)
    axis_tag(painter, frame, spot.chip_y, price_text(mark.price, model.decimals), ink, inks, lettering, solid)


def axis_tag(
    painter: QPainter, frame: Frame, y: float, text: str, ink: QColor, inks: Inks, lettering: Lettering, solid: bool
) -> None:
    """Draw a price on the axis over whatever label is there."""
    unit = frame.unit
    box = QRectF(frame.plot + max(1, int(unit)), round(y - CHIP * unit / 2), frame.width - frame.plot, CHIP * unit)
    painter.fillRect(box, ink if solid else inks["bg.panel"])
    if not solid:
        painter.setPen(QPen(ink, max(1, int(unit))))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0, 0, -max(2, int(2 * unit)), -1))
    lettering.draw(painter, frame.plot + 8 * unit, y, text, inks.on(ink) if solid else inks["text"])


def _arrow(painter: QPainter, frame: Frame, spot: Spot, ink: QColor, inks: Inks) -> None:
    """Draw a fill as a triangle that touches its price, a signal as a diamond: hollow when refused, faint in wait."""
    painter.setPen(QPen(ink, 1.5 * frame.unit))
    painter.setBrush(_filling(spot.mark, ink, inks))
    size, x, y = ARROW * frame.unit, spot.x, spot.y
    if spot.mark.kind is MarkKind.SIGNAL:
        painter.drawPolygon(_shape([(x, y - size), (x + size, y), (x, y + size), (x - size, y)]))
        return
    way = -1 if spot.mark.side is Side.SELL else 1
    painter.drawPolygon(_shape([(x, y), (x + size, y + way * 1.7 * size), (x - size, y + way * 1.7 * size)]))


def _filling(mark: Mark, ink: QColor, inks: Inks) -> QColor:
    match mark.state:
        case MarkState.REFUSED:
            return inks["bg.panel"]
        case MarkState.INTENDED:
            return blend(ink, inks["bg.panel"], WAITING)
    return ink


def _shape(corners: Iterable[tuple[float, float]]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in corners])
