"""Moving averages of the close."""

from __future__ import annotations

import talib

from app.domain.bars import FloatArray
from app.quant.indicators.kinds import Indicator, Output, Pane, length, no_values, whole


def sma(values: FloatArray, length: int = 20) -> FloatArray:
    """Return the simple mean of the last `length` values; the first `length` − 1 are NaN."""
    return talib.SMA(values, length) if len(values) >= length else no_values(len(values))


def ema(values: FloatArray, length: int = 20) -> FloatArray:
    """Return the exponential mean, alpha = 2 / (length + 1), seeded by the first simple mean; then as `sma`."""
    return talib.EMA(values, length) if len(values) >= length else no_values(len(values))


def wma(values: FloatArray, length: int = 20) -> FloatArray:
    """Return the linearly weighted mean, the newest value weighing `length`; warm-up as `sma`."""
    return talib.WMA(values, length) if len(values) >= length else no_values(len(values))


SMA = Indicator(
    name="sma",
    title="Simple moving average",
    inputs=("close",),
    parameters=(length(20),),
    outputs=(Output("sma", "SMA"),),
    pane=Pane.PRICE,
    source="talib.SMA",
    formula=lambda bars, settings: (sma(bars.close, whole(settings, "length")),),
    warm_up=lambda settings: whole(settings, "length") - 1,
    family="Averages",
)

EMA = Indicator(
    name="ema",
    title="Exponential moving average",
    inputs=("close",),
    parameters=(length(20),),
    outputs=(Output("ema", "EMA"),),
    pane=Pane.PRICE,
    source="talib.EMA",
    formula=lambda bars, settings: (ema(bars.close, whole(settings, "length")),),
    warm_up=lambda settings: whole(settings, "length") - 1,
    family="Averages",
)

WMA = Indicator(
    name="wma",
    title="Weighted moving average",
    inputs=("close",),
    parameters=(length(20),),
    outputs=(Output("wma", "WMA"),),
    pane=Pane.PRICE,
    source="talib.WMA",
    formula=lambda bars, settings: (wma(bars.close, whole(settings, "length")),),
    warm_up=lambda settings: whole(settings, "length") - 1,
    family="Averages",
)

ENTRIES = (SMA, EMA, WMA)
