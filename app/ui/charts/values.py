"""What a chart is told to show: studies, marks, styles and states. Frozen values, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.bars import FloatArray
from app.domain.orders import Side

PRICE = "price"
"""The pane key of the price pane; every other key is a pane of its own below it, in order of appearance."""


LARGEST = 1e15
"""No price is larger, either side of nought: beyond it floats lose cents and a chart's arithmetic its range."""


class BarStyle(StrEnum):
    """How bars are drawn."""

    HOLLOW = "hollow"
    FILLED = "filled"
    OHLC = "ohlc"
    LINE = "line"
    AREA = "area"


class ScaleMode(StrEnum):
    """What equal distances on the price axis mean."""

    LINEAR = "linear"
    LOG = "log"
    PERCENT = "percent"


class LineStyle(StrEnum):
    """How one line of a study is drawn."""

    SOLID = "solid"
    DASHED = "dashed"
    DOTTED = "dotted"
    HISTOGRAM = "histogram"
    TREND = "trend"
    MARKS = "marks"
    """An arrow at each bar whose value is not nought: below it for a positive one, above it for a negative one."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One output of an indicator, one value a bar from the first bar on; NaN where it is unavailable.

    `direction` (same length, any number type, > 0 up, < 0 down, anything else unavailable) colours a `trend` line by
    token up and down and breaks it where the direction flips. Values may be shorter than the bars: the rest is
    unavailable.
    """

    name: str
    values: FloatArray
    colour: str = "accent"
    style: LineStyle = LineStyle.SOLID
    direction: FloatArray | NDArray[np.integer[Any]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One indicator on one chart: its lines, the pane they are in, fixed levels and fixed bounds of its scale."""

    key: str
    title: str
    pane: str
    lines: tuple[Line, ...]
    levels: tuple[float, ...] = ()
    bounds: tuple[float, float] | None = None
    decimals: int | None = None
    problem: str = ""
    is_hidden: bool = False


class MarkKind(StrEnum):
    """What a mark stands for."""

    ORDER = "order"
    FILL = "fill"
    SIGNAL = "signal"
    POSITION = "position"
    LEVEL = "level"


class MarkState(StrEnum):
    """How far a mark has come; told by shape (dashed, dash-dotted, solid, hatched, hollow), never by colour alone."""

    INTENDED = "intended"
    SENT = "sent"
    WORKING = "working"
    VERIFYING = "verifying"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Mark:
    """A price line (no `at`) or an arrow at a moment (`at`, epoch seconds) that belongs to an order, fill or signal."""

    key: str
    kind: MarkKind
    price: float
    label: str
    side: Side | None = None
    state: MarkState = MarkState.WORKING
    at: float | None = None
    colour: str | None = None


class Phase(StrEnum):
    """What a chart is in: the four designed states and the usual one."""

    READY = "ready"
    EMPTY = "empty"
    LOADING = "loading"
    FAILED = "failed"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Action:
    """What a state offers to do about itself."""

    label: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Hovered:
    """The bar under the crosshair."""

    index: int
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    is_forming: bool
