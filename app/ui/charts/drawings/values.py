"""Drawings as values: a tool, its anchors in time and price, its style. No Qt, no pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.bars import Timeframe


class Tool(StrEnum):
    """What can be drawn."""

    TREND = "trend"
    RAY = "ray"
    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    CHANNEL = "channel"
    RECTANGLE = "rectangle"
    RETRACEMENT = "retracement"
    EXTENSION = "extension"
    TEXT = "text"
    MEASURE = "measure"


ANCHORS = {
    Tool.TREND: 2, Tool.RAY: 2, Tool.HORIZONTAL: 1, Tool.VERTICAL: 1, Tool.CHANNEL: 3, Tool.RECTANGLE: 2,
    Tool.RETRACEMENT: 2, Tool.EXTENSION: 3, Tool.TEXT: 1, Tool.MEASURE: 2,
}  # fmt: skip
"""How many clicks make each."""
RETRACEMENTS = (0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0)
EXTENSIONS = (0.0, 0.618, 1.0, 1.272, 1.618, 2.0, 2.618)
MOST, LONGEST = 500, 500


class Dash(StrEnum):
    """How a line is broken."""

    SOLID = "solid"
    DASHED = "dashed"
    DOTTED = "dotted"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point of a drawing: epoch seconds and a price."""

    at: float
    price: float


@dataclass(frozen=True, slots=True)
class Style:
    """How a drawing looks: a colour token, a width in design pixels, a dash."""

    colour: str = "accent"
    width: int = 1
    dash: Dash = Dash.SOLID


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing. Made on `timeframe`, it is shown there alone unless `is_everywhere`; `alerts` watches its lines.

    `is_log` says that its alert was set on a log scale, where its lines are straight.
    """

    key: str
    tool: Tool
    anchors: tuple[Anchor, ...]
    style: Style = Style()
    text: str = ""
    timeframe: Timeframe = Timeframe.D1
    is_everywhere: bool = True
    is_locked: bool = False
    alerts: bool = False
    is_log: bool = False


Drawings = tuple[Drawing, ...]


def to_record(drawing: Drawing) -> dict[str, Any]:
    """Return a drawing as JSON holds it."""
    return {
        "key": drawing.key, "tool": drawing.tool.value, "anchors": [[one.at, one.price] for one in drawing.anchors],
        "colour": drawing.style.colour, "width": drawing.style.width, "dash": drawing.style.dash.value,
        "text": drawing.text, "timeframe": drawing.timeframe.value, "everywhere": drawing.is_everywhere,
        "locked": drawing.is_locked, "alerts": drawing.alerts, "log": drawing.is_log,
    }  # fmt: skip


def from_records(records: Sequence[Any]) -> Drawings:
    """Return the drawings that records of JSON hold; what cannot be read as one is left out."""
    found: dict[str, Drawing] = {}
    for record in records[:MOST]:
        drawing = _from_record(record) if isinstance(record, Mapping) else None
        if drawing is not None:
            found[drawing.key] = drawing
    return tuple(found.values())


def _from_record(record: Mapping[str, Any]) -> Drawing | None:
    tool, anchors, key = record.get("tool"), _anchors(record.get("anchors")), record.get("key")
    if tool not in set(Tool) or not isinstance(key, str) or len(anchors) != ANCHORS[Tool(tool)]:
        return None
    dash, frame, width = record.get("dash"), record.get("timeframe"), record.get("width")
    style = Style(
        str(record.get("colour") or "accent"),
        min(max(width, 1), 4) if isinstance(width, int) else 1,
        Dash(dash) if dash in set(Dash) else Dash.SOLID,
    )
    return Drawing(
        key, Tool(tool), anchors, style, str(record.get("text") or "")[:LONGEST],
        Timeframe(frame) if frame in set(Timeframe) else Timeframe.D1,
        bool(record.get("everywhere", True)), bool(record.get("locked")), bool(record.get("alerts")),
        bool(record.get("log")),
    )  # fmt: skip


def _anchors(pairs: Any) -> tuple[Anchor, ...]:
    if not isinstance(pairs, Sequence) or isinstance(pairs, str):
        return ()
    good = [pair for pair in pairs if isinstance(pair, Sequence) and len(pair) == 2 and all(map(_is_number, pair))]
    return tuple(Anchor(float(at), float(price)) for at, price in good) if len(good) == len(pairs) else ()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
