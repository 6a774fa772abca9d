"""Drawings in words: what a measure says, what an alert says, what each tool is called."""

from __future__ import annotations

from app.ui.charts.drawings.values import Anchor, Drawing, Tool
from app.ui.charts.model import ChartModel
from app.ui.widgets.format import UNKNOWN, number, percent

TITLES = {
    Tool.TREND: "Trend line", Tool.RAY: "Ray", Tool.HORIZONTAL: "Horizontal line", Tool.VERTICAL: "Vertical line",
    Tool.CHANNEL: "Parallel channel", Tool.RECTANGLE: "Rectangle", Tool.RETRACEMENT: "Fibonacci retracement",
    Tool.EXTENSION: "Fibonacci extension", Tool.TEXT: "Text", Tool.MEASURE: "Measure",
}  # fmt: skip


def measured(model: ChartModel, one: Anchor, other: Anchor, risk: float | None) -> str:
    """Say how far it is from one anchor to another: bars, time, price, percent, R."""
    assert model.series is not None
    step = model.timeframe.seconds
    bars = round(model.series.place_at(other.at, step)) - round(model.series.place_at(one.at, step))
    change = other.price - one.price
    share = percent(change / one.price) if one.price else UNKNOWN
    worth = f"{number(change / risk, 2, signed=True)} R" if risk else f"{UNKNOWN} R"
    parts = (
        f"{number(bars, signed=True)} bars", time_between(abs(other.at - one.at)),
        number(change, model.decimals, signed=True), share, worth,
    )  # fmt: skip
    return "  ·  ".join(parts)


def time_between(seconds: float) -> str:
    """Write a span of time in its two largest units."""
    minutes = round(seconds / 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {minutes:02d} m" if hours else f"{minutes} m"


def crossing(symbol: str, drawing: Drawing, price: str) -> str:
    """Say that a line was crossed at a price."""
    name = f"“{drawing.text}”" if drawing.text else f"the {TITLES[drawing.tool].lower()}"
    return f"{symbol} crossed {name} at {price}."
