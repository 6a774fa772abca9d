"""Indicators that say whether and how strongly prices trend: SuperTrend and ADX."""

from __future__ import annotations

import numpy as np
import talib
from numpy.typing import NDArray

from app.domain.bars import FloatArray
from app.quant.indicators.kinds import Indicator, Output, Pane, Parameter, Stroke, length, no_values, whole


def supertrend(
    high: FloatArray, low: FloatArray, close: FloatArray, length: int = 10, factor: float = 3.0
) -> tuple[FloatArray, FloatArray]:
    """Return the SuperTrend line and its direction (+1 up, −1 down), both NaN before the first flip.

    Until a close is beyond a final band, either one, the definition knows no direction, while TA-Lib says up.
    TA-Lib takes the final band of the bar itself where the definition takes the previous one; they differ
    only on a bar whose range is above 13 ATRs. Source: talib.SUPERTREND of TA-Lib 0.8.
    """
    if len(close) <= length:
        return no_values(len(close)), no_values(len(close))
    line, state = talib.SUPERTREND(high, low, close, length, factor)
    direction = state.astype(np.float64)
    start = _first_flip(high, low, close, length, factor, state)
    line[:start] = np.nan
    direction[:start] = np.nan
    return line, direction


def _first_flip(
    high: FloatArray, low: FloatArray, close: FloatArray, length: int, factor: float, state: NDArray[np.int32]
) -> int:
    """Return the index from which TA-Lib's direction is known, len(close) when it never is.

    TA-Lib starts every series as up, so a first flip up does not show. The negated prices (negation is exact)
    start as up too: the direction is known from the first bar on which both tell the same story. A prefix
    gives the same values, so the question is put to a growing prefix that hardly ever grows.
    """
    size = max(256, 4 * length)
    while True:
        _, mirrored = talib.SUPERTREND(-low[:size], -high[:size], -close[:size], length, factor)
        told = (state[:size] == -mirrored)[length:]
        if told.any():
            return length + int(told.argmax())
        if size >= len(close):
            return len(close)
        size *= 4


def adx(high: FloatArray, low: FloatArray, close: FloatArray, length: int = 14) -> tuple[FloatArray, ...]:
    """Return Wilder's ADX (warm-up 2·length − 1), +DI and −DI (warm-up `length`), each 0 to 100."""
    if len(close) <= length:
        return (no_values(len(close)),) * 3
    rising = talib.PLUS_DI(high, low, close, length)
    falling = talib.MINUS_DI(high, low, close, length)
    return talib.ADX(high, low, close, length), rising, falling


SUPERTREND = Indicator(
    name="supertrend",
    title="SuperTrend",
    inputs=("high", "low", "close"),
    parameters=(length(10), Parameter("factor", "ATR factor", 3.0, 0.1, 50.0)),
    outputs=(Output("supertrend", "SuperTrend"), Output("direction", "Direction", Stroke.STATE)),
    pane=Pane.PRICE,
    source="talib.SUPERTREND, unavailable before the first flip",
    formula=lambda bars, settings: supertrend(
        bars.high, bars.low, bars.close, whole(settings, "length"), settings["factor"]
    ),
    warm_up=lambda settings: whole(settings, "length"),
    family="Trend",
)

ADX = Indicator(
    name="adx",
    title="Average directional index",
    inputs=("high", "low", "close"),
    parameters=(length(14),),
    outputs=(Output("adx", "ADX"), Output("plus_di", "+DI"), Output("minus_di", "−DI")),
    pane=Pane.OWN,
    source="talib.ADX, PLUS_DI, MINUS_DI (Wilder)",
    formula=lambda bars, settings: adx(bars.high, bars.low, bars.close, whole(settings, "length")),
    warm_up=lambda settings: 2 * whole(settings, "length") - 1,
    family="Trend",
)

ENTRIES = (SUPERTREND, ADX)
