"""Which prices a drawing's lines have at a moment, and whether a trade crossed one. No Qt."""

from __future__ import annotations

import math

from app.ui.charts.drawings.values import Anchor, Drawing, Tool
from app.ui.charts.series import Series

WATCHED = (Tool.TREND, Tool.RAY, Tool.HORIZONTAL, Tool.CHANNEL, Tool.RECTANGLE)


def prices_at(drawing: Drawing, series: Series, step: int, at: float, *, is_log: bool = False) -> list[float]:
    """Return the prices of the lines that are there at a moment; straight as they are drawn over bars, not hours."""
    anchors = drawing.anchors
    if drawing.tool is Tool.HORIZONTAL:
        return [anchors[0].price]
    if drawing.tool not in WATCHED:
        return []
    here, one, other = (series.place_at(moment, step) for moment in (at, anchors[0].at, anchors[1].at))
    if drawing.tool is Tool.RECTANGLE:
        return [anchor.price for anchor in anchors] if min(one, other) <= here <= max(one, other) else []
    if one == other or not _is_there(drawing.tool, one, other, here):
        return []
    price = _between(anchors[0], anchors[1], (here - one) / (other - one), is_log)
    if drawing.tool is not Tool.CHANNEL:
        return [price]
    third = series.place_at(anchors[2].at, step)
    base = _between(anchors[0], anchors[1], (third - one) / (other - one), is_log)
    parallel = price * anchors[2].price / base if is_log and base > 0 else price + anchors[2].price - base
    return [price, parallel]


def is_crossed(level: float, before: float, now: float) -> bool:
    """Say whether a price went from one side of a level to the other, or onto it."""
    if not math.isfinite(level) or before in (now, level):
        return False
    return (before < level <= now) or (now <= level < before)


def _is_there(tool: Tool, one: float, other: float, here: float) -> bool:
    if tool is Tool.RAY:
        return (here - one) * (other - one) >= 0
    return min(one, other) <= here <= max(one, other)


def _between(one: Anchor, other: Anchor, share: float, is_log: bool) -> float:
    if is_log and one.price > 0 and other.price > 0:
        return math.exp(math.log(one.price) + (math.log(other.price) - math.log(one.price)) * share)
    return one.price + (other.price - one.price) * share
