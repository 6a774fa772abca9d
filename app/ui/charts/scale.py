"""The price axis as arithmetic: price to device pixel and back, and the levels worth a label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.domain.bars import FloatArray
from app.ui.charts.numbers import decimals_of
from app.ui.charts.values import LARGEST, ScaleMode
from app.ui.widgets.format import number
from app.ui.widgets.format import price as price_text

DECADES: tuple[tuple[float, tuple[float, ...]], ...] = (
    (0.079, (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)),
    (0.125, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)),
    (0.301, (1.0, 2.0, 5.0)),
    (0.477, (1.0, 3.0)),
)
"""Round numbers within a decade, with the smallest gap between neighbours as a share of the decade."""


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Prices from `low` to `high` over `height` device pixels below `top`; `base` is 0 % in percent mode."""

    low: float
    high: float
    top: int
    height: int
    mode: ScaleMode = ScaleMode.LINEAR
    base: float = 1.0

    def y(self, prices: FloatArray) -> FloatArray:
        """Return device pixels for prices; NaN stays NaN."""
        low, high = self._ends()
        worth = self._bent(prices)
        return self.top + (high - worth) * (self.height / (high - low))

    def y_of(self, price: float) -> float:
        """Return the device pixel of one price."""
        low, high = self._ends()
        worth = price
        if self.mode is ScaleMode.LOG:
            worth = math.log(price) if price > 0 else math.nan
        return self.top + (high - worth) * (self.height / (high - low))

    def price_at(self, y: float) -> float:
        """Return the price of a device pixel."""
        low, high = self._ends()
        worth = high - (y - self.top) * (high - low) / self.height
        return math.exp(worth) if self.mode is ScaleMode.LOG else worth

    def stretched(self, factor: float, around: float) -> tuple[float, float]:
        """Return the ends of a range `factor` times as wide that keeps the price `around` where it is."""
        if self.mode is ScaleMode.LOG:
            middle = math.log(around)
            ends = (middle + (math.log(end) - middle) * factor for end in (self.low, self.high))
            return within(*(math.exp(min(max(end, -600.0), 600.0)) for end in ends))
        return within(*(around + (end - around) * factor for end in (self.low, self.high)))

    def moved(self, pixels: float) -> tuple[float, float]:
        """Return the ends of the range after the picture was dragged down by so many device pixels."""
        return self.price_at(self.top + self.height - pixels), self.price_at(self.top - pixels)

    def _ends(self) -> tuple[float, float]:
        if self.mode is ScaleMode.LOG:
            return math.log(self.low), math.log(self.high)
        return self.low, self.high

    def _bent(self, prices: FloatArray) -> FloatArray:
        if self.mode is not ScaleMode.LOG:
            return prices
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(prices > 0, np.log(prices), np.nan)


@dataclass(frozen=True, slots=True)
class Level:
    """One labelled price."""

    price: float
    label: str


def nice_step(raw: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is at least `raw`."""
    if not math.isfinite(raw) or raw <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    return next((m * power for m in (1.0, 2.0, 5.0) if m * power >= raw * (1 - 1e-9)), 10 * power)


def levels(scale: PriceScale, tick: float, decimals: int, spacing: float) -> tuple[Level, ...]:
    """Return labelled prices at least `spacing` device pixels apart, on the tick grid while ticks are visible."""
    if scale.mode is ScaleMode.PERCENT:
        return _percent_levels(scale, spacing)
    if scale.mode is ScaleMode.LOG and scale.high / scale.low > 4:
        return _log_levels(scale, decimals, spacing)
    span = scale.high - scale.low
    step = nice_step(span * spacing / scale.height)
    if 0 < tick < span / 2:
        step = math.ceil(step / tick - 1e-6) * tick
    else:
        decimals = max(decimals, decimals_of(step))
    return tuple(Level(price, price_text(price, decimals)) for price in _multiples(step, scale.low, scale.high))


def price_decimals(scale: PriceScale, tick: float, decimals: int) -> int:
    """Return the decimals a price under the cursor deserves: those of the tick, more where the view is finer."""
    span = scale.high - scale.low
    return decimals if tick < span / 2 else max(decimals, decimals_of(nice_step(span / 100)))


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [k * step for k in range(first, min(last, first + 200) + 1)]


def _percent_levels(scale: PriceScale, spacing: float) -> tuple[Level, ...]:
    low, high = ((end / scale.base - 1) * 100 for end in (scale.low, scale.high))
    step = nice_step(abs(high - low) * spacing / scale.height)
    decimals = max(2, decimals_of(step))
    found = _multiples(step, min(low, high), max(low, high))
    return tuple(Level(scale.base * (1 + share / 100), number(share, decimals, signed=True) + " %") for share in found)


def _log_levels(scale: PriceScale, decimals: int, spacing: float) -> tuple[Level, ...]:
    """Return round prices of every decade, as many a decade as keep their distance."""
    decade = scale.height / (math.log10(scale.high) - math.log10(scale.low))
    steps = next((steps for gap, steps in DECADES if gap * decade >= spacing), (1.0,))
    stride = max(1, math.ceil(spacing / decade))
    powers = range(math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high)) + 1)
    prices = [m * 10.0**power for power in powers if power % stride == 0 for m in steps]
    inside = (price for price in prices if scale.low <= price <= scale.high)
    return tuple(Level(price, price_text(price, max(decimals, decimals_of(price)))) for price in inside)


def within(low: float, high: float) -> tuple[float, float]:
    """Return a range as far as there can be prices in it."""
    return max(low, -LARGEST), min(high, LARGEST)


def padded(low: float, high: float, mode: ScaleMode, above: float, below: float) -> tuple[float, float]:
    """Return a range with free shares of its height above and below; a range without height gets one."""
    low, high = within(low, high)
    if not high > low:
        room = abs(high) * 0.005 or 0.5
        low, high = low - room, high + room
    if mode is ScaleMode.LOG and low > 0:
        per = math.log(high / low) / (1 - above - below)
        return low * math.exp(-per * below), high * math.exp(per * above)
    per = (high - low) / (1 - above - below)
    return low - per * below, high + per * above
