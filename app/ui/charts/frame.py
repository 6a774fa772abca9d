"""One picture's geometry, worked out before a pixel is painted: panes, scales, visible groups, labels.

All lengths are device pixels; `unit` is how many of them make one pixel of the design.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.domain.bars import FloatArray
from app.ui.charts.batch import Pixels, pixels
from app.ui.charts.columns import Fitted, Sample
from app.ui.charts.lettering import Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.moments import Moment, moments
from app.ui.charts.pyramid import group_size
from app.ui.charts.scale import Level, PriceScale, levels, padded
from app.ui.charts.series import Groups
from app.ui.charts.values import PRICE, LineStyle, ScaleMode

AXIS_HEIGHT, AXIS_LEAST, LABEL_GAP, LEVEL_GAP, TIME_GAP = 24, 56, 20, 44, 92
VOLUME_SHARE = 0.16
LEGEND_ROW = 18
TIE = 1e-4
"""What is this much short of half a pixel counts as half: more than floats lose on a million bars."""


@dataclass(frozen=True, slots=True, eq=False)
class Pane:
    """One strip of the chart with its own price scale; a study with its visible part beside it."""

    key: str
    scale: PriceScale
    levels: tuple[Level, ...]
    rows: tuple[int, ...]
    """The pixel row of each level."""
    fitted: tuple[tuple[Fitted, tuple[Sample, ...]], ...]
    decimals: int

    @property
    def top(self) -> int:
        """The first pixel row."""
        return self.scale.top

    @property
    def bottom(self) -> int:
        """The row after the last."""
        return self.scale.top + self.scale.height


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What one paint of the chart needs to know."""

    width: int
    height: int
    unit: float
    plot: int
    left: float
    right: float
    groups: Groups
    live: Groups | None
    middles: FloatArray
    """The device pixel each visible group is centred on, the forming one after the closed."""
    stems: Pixels
    """The first pixel column of each of these groups' wicks."""
    panes: tuple[Pane, ...]
    moments: tuple[Moment, ...]
    mode: ScaleMode
    tallest: float
    """The largest visible volume, NaN without any."""
    last: float
    """The last price when this was worked out, NaN without one: what chips keep clear of until the next frame."""

    @property
    def per_bar(self) -> float:
        """How many device pixels a bar has."""
        return self.plot / (self.right - self.left)

    @property
    def bottom(self) -> int:
        """The row where the time axis begins."""
        return self.panes[-1].bottom

    def x(self, positions: FloatArray) -> FloatArray:
        """Return device pixels for bar positions."""
        return (positions - self.left) * self.per_bar

    def x_of(self, position: float) -> float:
        """Return the device pixel of one bar position."""
        return (position - self.left) * self.per_bar

    def columns(self, positions: FloatArray) -> Pixels:
        """Return the first pixel column of something as wide as a wick at bar positions."""
        return pixel_columns(self.x(positions), self.wick)

    def column_of(self, position: float) -> int:
        """Return the pixel column of a bar's wick, the same that `columns` finds."""
        return math.floor(self.x_of(position) - (self.wick / 2 - 0.5 - TIE))

    @property
    def wick(self) -> int:
        """How many device pixels a wick is wide."""
        return max(1, int(self.unit))

    def position_at(self, x: float) -> float:
        """Return the bar position of a device pixel."""
        return self.left + x / self.per_bar

    def pane_at(self, y: float) -> Pane | None:
        """Return the pane a device pixel row lies in, None on the time axis."""
        return next((pane for pane in self.panes if pane.top <= y < pane.bottom), None)


def frame_of(
    model: ChartModel, left: float, right: float, width: int, height: int, lettering: Lettering, unit: float
) -> Frame | None:
    """Work out one picture; None when there is nothing to show or no room to show it.

    The left edge lies on a whole pixel of the time line, so that panning moves what is drawn and rounds no bar anew.
    """
    series = model.series
    if series is None or not len(series) or width < 120 * unit or height < 80 * unit:
        return None
    axis = min(_axis_width(model, lettering, unit), width // 2)
    plot = width - axis
    per_pixel = (right - left) / plot
    left = round(left / per_pixel) * per_pixel
    right = left + plot * per_pixel
    size = group_size(per_pixel)
    groups = series.groups(left, right, size)
    live = series.live_group(size)
    if live is not None and len(groups) and groups.first + len(groups) - 1 == live.first:
        groups = _without_last(groups)
    everything = _with_live(groups, live)
    middles = (everything.at - left) / per_pixel
    strips = _strips(model, height - round(AXIS_HEIGHT * unit), unit)
    panes = tuple(_pane(model, key, top, tall, everything, unit) for key, top, tall in strips)
    stop = min(len(series), math.floor(right) + 1)
    found = moments(
        series.bars.time, max(0, math.ceil(left)), stop, model.timeframe, model.zone,
        room=TIME_GAP * unit * per_pixel, gap=56 * unit * per_pixel,
    )  # fmt: skip
    mode = panes[0].scale.mode
    tallest = float(np.fmax.reduce(everything.volume, initial=np.nan))
    last = model.last_price if model.last_price is not None else math.nan
    stems = pixel_columns(middles, max(1, int(unit)))
    return Frame(
        width, height, unit, plot, left, right, groups, live, middles, stems, panes, found, mode, tallest, last
    )


def pixel_columns(middles: FloatArray, width: int) -> Pixels:
    """Return the first pixel column of things so wide with these middles; a tie falls to the same side everywhere."""
    return pixels(np.floor(middles - (width / 2 - 0.5 - TIE)))


def _without_last(groups: Groups) -> Groups:
    parts = (groups.at, groups.open, groups.high, groups.low, groups.close, groups.volume)
    return Groups(groups.first, groups.size, *(part[:-1] for part in parts))


def _strips(model: ChartModel, height: int, unit: float) -> list[tuple[str, int, int]]:
    """Share the height out among the panes, with a hairline between them."""
    keys = model.panes()
    line = max(1, int(unit))
    free = height - line * (len(keys) - 1)
    total = sum(model.weight(key) for key in keys)
    strips: list[tuple[str, int, int]] = []
    top = 0
    for place, key in enumerate(keys):
        tall = (
            free - sum(strip[2] for strip in strips)
            if place == len(keys) - 1
            else int(free * model.weight(key) / total)
        )
        strips.append((key, top, max(tall, 1)))
        top += tall + line
    return strips


def _axis_width(model: ChartModel, lettering: Lettering, unit: float) -> int:
    """Return a width that fits the prices of the whole series, so that it does not breathe while panning."""
    assert model.series is not None
    texts = [level for level in (model.last_price,) if level is not None]
    ends = [end for pair in model.ranges.values() for end in pair]
    peak = model.series.peak
    widest = max((abs(value) for value in (*texts, *ends, peak) if math.isfinite(value)), default=0.0)
    digits = len(f"{widest:,.{axis_decimals(model, widest)}f}")
    text = "−" + "0" * digits
    return max(round(AXIS_LEAST * unit), math.ceil(lettering.width(text) + LABEL_GAP * unit))


def axis_decimals(model: ChartModel, widest: float) -> int:
    """Return the decimals the axis needs for prices of this height: more than the tick's for very small ones."""
    if 0 < widest < model.tick * 4:
        return min(12, max(model.decimals, 3 - math.floor(math.log10(widest))))
    return model.decimals


def _pane(model: ChartModel, key: str, top: int, tall: int, groups: Groups, unit: float) -> Pane:
    fitted = tuple((one, tuple(one.samples(groups))) for one in model.in_pane(key))
    samples = [sample for _, parts in fitted for sample in parts]
    if key == PRICE:
        scale = _price_scale(model, top, tall, groups, samples, unit)
        tick, decimals = model.tick, model.decimals
    else:
        scale, tick = _study_scale(model, key, top, tall, fitted, unit), 0.0
        decimals = next((one.study.decimals for one, _ in fitted if one.study.decimals is not None), 2)
    found = levels(scale, tick, decimals if key == PRICE else 0, (LEVEL_GAP if key == PRICE else 30) * unit)
    if key == PRICE and not (groups.low <= 0).any():
        found = tuple(level for level in found if level.price > 0)  # the room below the bars is no price
    rows = pixels(scale.y(np.array([level.price for level in found], np.float64)))
    return Pane(key, scale, found, tuple(rows.tolist()), fitted, decimals)


def _with_live(groups: Groups, live: Groups | None) -> Groups:
    if live is None or live.first != groups.first + len(groups):
        return groups
    pairs = ((getattr(groups, name), getattr(live, name)) for name in ("at", "open", "high", "low", "close", "volume"))
    return Groups(groups.first, groups.size, *(np.append(one, other) for one, other in pairs))


def _price_scale(
    model: ChartModel, top: int, tall: int, groups: Groups, samples: list[Sample], unit: float
) -> PriceScale:
    low, high = _extent([groups.low, *(s.low for s in samples)], [groups.high, *(s.high for s in samples)])
    mode = model.mode
    finite = groups.close[np.isfinite(groups.close)]
    base = float(finite[0]) if len(finite) else 1.0
    if (mode is ScaleMode.LOG and low <= 0) or (mode is ScaleMode.PERCENT and base <= 0):
        mode = ScaleMode.LINEAR
    head = min(0.3, (LEGEND_ROW * (2 + len(model.in_pane(PRICE))) + 8) * unit / tall)
    foot = 0.06 + (VOLUME_SHARE if model.shows_volume else 0.0)
    ends = model.ranges.get(PRICE) or padded(low, high, mode, head, foot)
    if mode is ScaleMode.LOG and ends[0] <= 0:
        ends = padded(low, high, mode, head, foot)
    return PriceScale(*ends, top, tall, mode, base)


def _study_scale(
    model: ChartModel, key: str, top: int, tall: int, fitted: tuple[tuple[Fitted, tuple[Sample, ...]], ...], unit: float
) -> PriceScale:
    bounds = next((one.study.bounds for one, _ in fitted if one.study.bounds), None)
    samples = [sample for _, parts in fitted for sample in parts]
    zero = [np.zeros(1)] if any(s.line.style is LineStyle.HISTOGRAM for s in samples) else []
    low, high = bounds or _extent([*zero, *(s.low for s in samples)], [*zero, *(s.high for s in samples)])
    head = min(0.3, 18 * unit / tall)
    ends = model.ranges.get(key) or padded(low, high, ScaleMode.LINEAR, head, 0.08)
    return PriceScale(*ends, top, tall)


def _extent(lows: list[FloatArray], highs: list[FloatArray]) -> tuple[float, float]:
    low = np.fmin.reduce([np.fmin.reduce(part) for part in lows if len(part)] or [np.nan])
    high = np.fmax.reduce([np.fmax.reduce(part) for part in highs if len(part)] or [np.nan])
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else (0.0, 1.0)
