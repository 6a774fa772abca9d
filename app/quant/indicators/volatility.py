"""Indicators of how far prices move: ATR and the Bollinger bands."""

from __future__ import annotations

import talib

from app.domain.bars import FloatArray
from app.quant.indicators.kinds import Indicator, Output, Pane, Parameter, Stroke, length, no_values, whole


def atr(high: FloatArray, low: FloatArray, close: FloatArray, length: int = 14) -> FloatArray:
    """Return Wilder's average true range in price units; the first `length` values are NaN.

    The first true range is that of the second bar, which has a previous close. Source: Wilder 1978; talib.ATR.
    """
    if len(close) <= length:
        return no_values(len(close))
    return talib.ATR(high, low, close, length)


def bollinger(values: FloatArray, length: int = 20, factor: float = 2.0) -> tuple[FloatArray, ...]:
    """Return upper band, middle (simple mean) and lower band, `factor` population sigmas apart.

    The first `length` − 1 are NaN. Source: talib.BBANDS.
    """
    if len(values) < length:
        return (no_values(len(values)),) * 3
    return talib.BBANDS(values, length, factor, factor)


ATR = Indicator(
    name="atr",
    title="Average true range",
    inputs=("high", "low", "close"),
    parameters=(length(14, low=1),),
    outputs=(Output("atr", "ATR"),),
    pane=Pane.OWN,
    source="talib.ATR (Wilder)",
    formula=lambda bars, settings: (atr(bars.high, bars.low, bars.close, whole(settings, "length")),),
    warm_up=lambda settings: whole(settings, "length"),
    family="Volatility",
)

BOLLINGER = Indicator(
    name="bollinger",
    title="Bollinger bands",
    inputs=("close",),
    parameters=(length(20), Parameter("factor", "Sigmas", 2.0, 0.1, 20.0)),
    outputs=(
        Output("upper", "Upper band", Stroke.DASHED),
        Output("middle", "Middle"),
        Output("lower", "Lower band", Stroke.DASHED),
    ),
    pane=Pane.PRICE,
    source="talib.BBANDS (population sigma)",
    formula=lambda bars, settings: bollinger(bars.close, whole(settings, "length"), settings["factor"]),
    warm_up=lambda settings: whole(settings, "length") - 1,
    family="Volatility",
)

ENTRIES = (ATR, BOLLINGER)
