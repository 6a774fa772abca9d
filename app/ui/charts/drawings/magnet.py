"""Where an anchor lands: on a bar in time, on the tick in price, and on its open, high, low or close when near."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF

from app.ui.charts.drawings.values import Anchor
from app.ui.charts.frame import Frame
from app.ui.charts.model import ChartModel

PULL_PX = 12


def anchor_at(frame: Frame, model: ChartModel, at: QPointF, *, has_magnet: bool) -> Anchor:
    """Return the anchor of a device pixel in the price pane."""
    assert model.series is not None
    index = round(frame.position_at(at.x()))
    moment = model.series.time_at(index, model.timeframe.seconds)
    price = frame.panes[0].scale.price_at(at.y())
    if has_magnet and 0 <= index < len(model.series):
        bar = model.series.at(index)
        near = [(abs(frame.panes[0].scale.y_of(value) - at.y()), value)
                for value in (bar.open, bar.high, bar.low, bar.close) if math.isfinite(value)]  # fmt: skip
        best = min(near, default=(math.inf, price))
        if best[0] <= PULL_PX * frame.unit:
            return Anchor(moment, best[1])
    return Anchor(moment, on_tick(price, model.tick))


def level_with(anchor: Anchor, other: Anchor) -> Anchor:
    """Return an anchor at the price of another."""
    return Anchor(anchor.at, other.price)


def on_tick(price: float, tick: float) -> float:
    """Return a price on the tick grid, as it is where a tick is too coarse or too fine to say."""
    if tick <= 0 or not math.isfinite(price) or abs(price) < tick:
        return price
    return round(round(price / tick) * tick, 12)
