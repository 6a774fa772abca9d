"""Oscillators of speed: MACD, RSI and the stochastic."""

from __future__ import annotations

import numpy as np
import talib
from numpy.typing import NDArray

from app.domain.bars import FloatArray
from app.quant.indicators.kinds import Indicator, Output, Pane, Settings, Stroke, length, no_values, whole

SILENCE = 1e-14
"""Below this sum of average gain and loss TA-Lib answers an RSI of 0 for want of a quotient."""


def macd(values: FloatArray, fast: int = 12, slow: int = 26, signal: int = 9) -> tuple[FloatArray, ...]:
    """Return MACD line, signal line and histogram; the first slow + signal − 2 are NaN in all three.

    Both averages start at the bar where the slow one has its first value, each seeded by the simple mean
    of its own last values there. Source: talib.MACD.
    """
    if len(values) < slow + signal - 1:
        return (no_values(len(values)),) * 3
    return talib.MACD(values, fast, slow, signal)


def rsi(values: FloatArray, length: int = 14) -> FloatArray:
    """Return Wilder's RSI, 0 to 100; NaN in the first `length` and while average gain and loss are both 0."""
    if len(values) <= length:
        return no_values(len(values))
    strength = talib.RSI(values, length)
    silent = strength == 0.0
    if silent.any():
        strength[silent & (mean_change(values, length) < SILENCE)] = np.nan
    return strength


def mean_change(values: FloatArray, length: int = 14) -> FloatArray:
    """Return Wilder's mean of absolute changes: the RSI's average gain plus its average loss."""
    if len(values) <= length:
        return no_values(len(values))
    return talib.ATR(values, values, values, length)  # the true range of bars without range is the change


def stochastic(
    high: FloatArray, low: FloatArray, close: FloatArray, length: int = 14, slowing: int = 3, signal: int = 3
) -> tuple[FloatArray, FloatArray]:
    """Return slow %K and %D, 0 to 100, smoothed by simple means; NaN while the range is 0.

    The first length + slowing + signal − 3 are NaN in both. Source: talib.STOCH, which says 0 for no range.
    """
    if len(close) < length + slowing + signal - 2:
        return no_values(len(close)), no_values(len(close))
    slow, smooth = talib.STOCH(high, low, close, length, slowk_period=slowing, slowd_period=signal)
    flat = (talib.MAX(high, length) <= talib.MIN(low, length)).astype(np.float64)
    if flat.any():
        slow[_any_of_last(flat, slowing)] = np.nan
        smooth[_any_of_last(flat, slowing + signal - 1)] = np.nan
    return slow, smooth


def _any_of_last(flags: FloatArray, count: int) -> NDArray[np.bool_]:
    return np.convolve(flags, np.ones(count))[: len(flags)] > 0.5


def _macd_rule(settings: Settings) -> str | None:
    fast, slow = whole(settings, "fast"), whole(settings, "slow")
    return None if fast < slow else f"the fast length must be below the slow one, not {fast} against {slow}."


MACD = Indicator(
    name="macd",
    title="Moving average convergence divergence",
    inputs=("close",),
    parameters=(
        length(12, name="fast", title="Fast length"),
        length(26, name="slow", title="Slow length"),
        length(9, low=1, name="signal", title="Signal length"),
    ),
    outputs=(
        Output("macd", "MACD"),
        Output("signal", "Signal", Stroke.DASHED),
        Output("histogram", "Histogram", Stroke.HISTOGRAM),
    ),
    pane=Pane.OWN,
    source="talib.MACD",
    formula=lambda bars, settings: macd(
        bars.close, whole(settings, "fast"), whole(settings, "slow"), whole(settings, "signal")
    ),
    warm_up=lambda settings: whole(settings, "slow") + whole(settings, "signal") - 2,
    family="Momentum",
    rule=_macd_rule,
)

RSI = Indicator(
    name="rsi",
    title="Relative strength index",
    inputs=("close",),
    parameters=(length(14),),
    outputs=(Output("rsi", "RSI"),),
    pane=Pane.OWN,
    source="talib.RSI (Wilder), unavailable without any change of price",
    formula=lambda bars, settings: (rsi(bars.close, whole(settings, "length")),),
    warm_up=lambda settings: whole(settings, "length"),
    family="Momentum",
)

STOCHASTIC = Indicator(
    name="stochastic",
    title="Stochastic oscillator",
    inputs=("high", "low", "close"),
    parameters=(
        length(14),
        length(3, low=1, name="slowing", title="Slowing"),
        length(3, low=1, name="signal", title="Signal length"),
    ),
    outputs=(Output("k", "%K"), Output("d", "%D", Stroke.DASHED)),
    pane=Pane.OWN,
    source="talib.STOCH with simple means, unavailable without any range",
    formula=lambda bars, settings: stochastic(
        bars.high,
        bars.low,
        bars.close,
        whole(settings, "length"),
        whole(settings, "slowing"),
        whole(settings, "signal"),
    ),
    warm_up=lambda settings: sum(whole(settings, name) for name in ("length", "slowing", "signal")) - 3,
    family="Momentum",
)

ENTRIES = (MACD, RSI, STOCHASTIC)
