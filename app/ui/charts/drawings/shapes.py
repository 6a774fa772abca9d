"""Drawings as geometry on one picture: segments, fills and words in device pixels, and how near a hand is to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from app.ui.charts.drawings.values import EXTENSIONS, RETRACEMENTS, Anchor, Drawing, Tool
from app.ui.charts.drawings.words import measured
from app.ui.charts.frame import Frame
from app.ui.charts.model import ChartModel
from app.ui.widgets.format import number
from app.ui.widgets.format import price as price_text

Point = tuple[float, float]
Segment = tuple[float, float, float, float]
FAR = 20_000.0


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a point; centred on it when `is_centred`, otherwise to the right of it."""

    x: float
    y: float
    text: str
    is_centred: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What one drawing looks like now. `faint` segments are the quiet ones; `fills` are polygons."""

    segments: tuple[Segment, ...] = ()
    faint: tuple[Segment, ...] = ()
    fills: tuple[tuple[Point, ...], ...] = ()
    labels: tuple[Label, ...] = ()
    handles: tuple[Point, ...] = ()
    box: tuple[float, float, float, float] | None = None
    """What counts as its inside for a hand: left, top, right, bottom."""


def point_of(frame: Frame, model: ChartModel, anchor: Anchor) -> Point:
    """Return the device pixel of an anchor in the price pane."""
    assert model.series is not None
    x = frame.x_of(model.series.place_at(anchor.at, model.timeframe.seconds))
    y = frame.panes[0].scale.y_of(anchor.price)
    return _near(x), _near(y if math.isfinite(y) else frame.panes[0].bottom + FAR)


def shape_of(frame: Frame, model: ChartModel, drawing: Drawing, risk: float | None = None) -> Shape:
    """Return the geometry of a drawing; `risk` is the price distance of 1 R where there is one."""
    points = tuple(point_of(frame, model, anchor) for anchor in drawing.anchors)
    match drawing.tool:
        case Tool.HORIZONTAL:
            (x, y) = points[0]
            label = Label(8 * frame.unit, y - 8 * frame.unit, _named(drawing, model))
            return Shape(((0.0, y, float(frame.plot), y),), labels=(label,), handles=((_inside(frame, x), y),))
        case Tool.VERTICAL:
            (x, y) = points[0]
            return Shape(((x, 0.0, x, float(frame.bottom)),), handles=points, labels=_text(drawing, x, y))
        case Tool.TEXT:
            (x, y) = points[0]
            words = drawing.text or "Text"
            wide = 7.0 * len(words) * frame.unit
            box = (x - 4, y - 10 * frame.unit, x + wide, y + 10 * frame.unit)
            return Shape(labels=(Label(x, y, words),), handles=points, box=box)
        case Tool.CHANNEL if len(points) == 3:
            return _channel(points)
        case Tool.RECTANGLE if len(points) == 2:
            return _rectangle(points, drawing)
        case Tool.RETRACEMENT if len(points) == 2:
            return _retracement(frame, model, drawing, points)
        case Tool.EXTENSION if len(points) == 3:
            return _extension(frame, model, drawing, points)
        case Tool.MEASURE if len(points) == 2:
            return _measure(model, drawing, points, risk)
        case Tool.RAY if len(points) == 2:
            return Shape((_beyond(frame, *points),), handles=points, labels=_text(drawing, *points[1]))
        case _ if len(points) >= 2:  # a trend line, or more than that not yet finished
            return Shape(tuple(_joined(points)), handles=points, labels=_text(drawing, *points[-1]))
    return Shape(handles=points)


def distance(shape: Shape, x: float, y: float) -> float:
    """Return how far a point is from a shape's lines, in device pixels; 0 inside of what counts as its inside."""
    if shape.box is not None:
        left, top, right, bottom = shape.box
        if left <= x <= right and top <= y <= bottom:
            return 0.0
    return min((_to_segment(x, y, one) for one in (*shape.segments, *shape.faint)), default=math.inf)


def _named(drawing: Drawing, model: ChartModel) -> str:
    value = price_text(drawing.anchors[0].price, model.decimals)
    return f"{drawing.text}  {value}" if drawing.text else value


def _text(drawing: Drawing, x: float, y: float) -> tuple[Label, ...]:
    return (Label(x + 6, y - 10, drawing.text),) if drawing.text else ()


def _joined(points: tuple[Point, ...]) -> list[Segment]:
    return [(*one, *other) for one, other in pairwise(points)]


def _beyond(frame: Frame, one: Point, other: Point) -> Segment:
    """Return the way from one point through another to the edge of the plot."""
    (x1, y1), (x2, y2) = one, other
    if x2 == x1:
        return x1, y1, x2, FAR if y2 > y1 else -FAR
    edge = float(frame.plot) if x2 > x1 else 0.0
    if (edge - x1) * (x2 - x1) <= 0:
        edge = x2
    return x1, y1, edge, _near(y1 + (y2 - y1) * (edge - x1) / (x2 - x1))


def _channel(points: tuple[Point, ...]) -> Shape:
    (x1, y1), (x2, y2), (x3, y3) = points
    at = y1 if x2 == x1 else y1 + (y2 - y1) * (x3 - x1) / (x2 - x1)
    rise = y3 - at
    upper, lower = (x1, y1, x2, y2), (x1, y1 + rise, x2, y2 + rise)
    middle = (x1, y1 + rise / 2, x2, y2 + rise / 2)
    inside = ((x1, y1), (x2, y2), (x2, y2 + rise), (x1, y1 + rise))
    return Shape((upper, lower), (middle,), (inside,), handles=points)


def _rectangle(points: tuple[Point, ...], drawing: Drawing) -> Shape:
    (x1, y1), (x2, y2) = points
    corners = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    edges = tuple(_joined((*corners, corners[0])))
    return Shape(edges, (), (corners,), _text(drawing, min(x1, x2), max(y1, y2) + 20), points)


def _retracement(frame: Frame, model: ChartModel, drawing: Drawing, points: tuple[Point, ...]) -> Shape:
    one, other = drawing.anchors
    prices = [(share, other.price + (one.price - other.price) * share) for share in RETRACEMENTS]
    left, right = sorted((points[0][0], points[1][0]))
    return _levels(frame, model, prices, left, max(right, left + 60 * frame.unit), points, _joined(points))


def _extension(frame: Frame, model: ChartModel, drawing: Drawing, points: tuple[Point, ...]) -> Shape:
    one, other, start = drawing.anchors
    prices = [(share, start.price + (other.price - one.price) * share) for share in EXTENSIONS]
    left = points[2][0]
    right = left + max(abs(points[1][0] - points[0][0]), 60 * frame.unit)
    return _levels(frame, model, prices, left, right, points, _joined(points))


def _levels(
    frame: Frame, model: ChartModel, prices: list[tuple[float, float]], left: float, right: float,
    points: tuple[Point, ...], faint: list[Segment],
) -> Shape:  # fmt: skip
    scale = frame.panes[0].scale
    rows = [(share, price, scale.y_of(price)) for share, price in prices]
    rows = [(share, price, _near(y)) for share, price, y in rows if math.isfinite(y)]
    lines = tuple((left, y, right, y) for _, _, y in rows)
    labels = tuple(
        Label(left + 4, y - 8 * frame.unit, f"{number(share, 3)}  {price_text(price, model.decimals)}")
        for share, price, y in rows
    )
    bands = tuple(
        ((left, one[2]), (right, one[2]), (right, other[2]), (left, other[2]))
        for one, other in zip(rows[::2], rows[1::2], strict=False)
    )
    return Shape(lines, tuple(faint), bands, labels, points)


def _measure(model: ChartModel, drawing: Drawing, points: tuple[Point, ...], risk: float | None) -> Shape:
    (x1, y1), (x2, y2) = points
    corners = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    middle = (x1 + x2) / 2
    arrows = ((middle, y1, middle, y2), (x1, (y1 + y2) / 2, x2, (y1 + y2) / 2))
    below = 16 if y2 >= y1 else -16
    words = measured(model, drawing.anchors[0], drawing.anchors[1], risk)
    box = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    return Shape(arrows, (), (corners,), (Label(middle, y2 + below, words, True),), points, box)


def _to_segment(x: float, y: float, segment: Segment) -> float:
    x1, y1, x2, y2 = segment
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    share = 0.0 if length == 0 else min(max(((x - x1) * dx + (y - y1) * dy) / length, 0.0), 1.0)
    return math.hypot(x - x1 - share * dx, y - y1 - share * dy)


def _inside(frame: Frame, x: float) -> float:
    return min(max(x, 8 * frame.unit), frame.plot - 8 * frame.unit)


def _near(value: float) -> float:
    return min(max(value, -FAR), FAR)
