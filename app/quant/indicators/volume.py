"""Indicators that weigh prices by volume: OBV, volume with its mean, and the session's VWAP."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import talib

from app.domain.bars import Bars, FloatArray, TimeArray
from app.quant.indicators.averages import sma
from app.quant.indicators.kinds import Indicator, Output, Pane, Parameter, Stroke, length, whole

_HOUR, _DAY = 3600, 86400
Time = TypeVar("Time", int, TimeArray)


def obv(close: FloatArray, volume: FloatArray) -> FloatArray:
    """Return on-balance volume: it starts at the first volume and adds or takes a bar's volume as the close moves."""
    return talib.OBV(close, volume)


def session_of(time: Time, starts_at_h: int = 0) -> Time:
    """Return the number of the session a bar's start lies in: a UTC day that begins at the hour `starts_at_h`."""
    return (time - starts_at_h * _HOUR) // _DAY


def session_vwap(bars: Bars, starts_at_h: int = 0) -> FloatArray:
    """Return the volume-weighted mean of (high + low + close) / 3 since the session began.

    A session is a UTC day that begins at the hour `starts_at_h`; a dated bar is a session of its own.
    NaN until something has traded. Source: talib.VWAP, which says 0 there.
    """
    sessions = session_of(bars.time, starts_at_h)
    starts = np.flatnonzero(np.r_[True, sessions[1:] != sessions[:-1]])
    if len(starts) == len(bars):
        return np.where(bars.volume > 0, talib.TYPPRICE(bars.high, bars.low, bars.close), np.nan)
    vwap = np.empty(len(bars))
    traded = np.empty(len(bars))
    for start, stop in zip(starts, np.r_[starts[1:], len(bars)], strict=True):
        part = slice(start, stop)
        vwap[part] = talib.VWAP(bars.high[part], bars.low[part], bars.close[part], bars.volume[part])
        traded[part] = np.maximum.accumulate(bars.volume[part])
    vwap[traded <= 0] = np.nan
    return vwap


OBV = Indicator(
    name="obv",
    title="On-balance volume",
    inputs=("close", "volume"),
    parameters=(),
    outputs=(Output("obv", "OBV"),),
    pane=Pane.OWN,
    source="talib.OBV",
    formula=lambda bars, settings: (obv(bars.close, bars.volume),),
    warm_up=lambda settings: 0,
    family="Volume",
)

VOLUME = Indicator(
    name="volume",
    title="Volume and its mean",
    inputs=("volume",),
    parameters=(length(20),),
    outputs=(Output("volume", "Volume", Stroke.HISTOGRAM), Output("mean", "Mean")),
    pane=Pane.VOLUME,
    source="talib.SMA of the volume",
    formula=lambda bars, settings: (bars.volume.copy(), sma(bars.volume, whole(settings, "length"))),
    warm_up=lambda settings: 0,
    family="Volume",
)

VWAP = Indicator(
    name="vwap",
    title="Volume-weighted average price of the session",
    inputs=("high", "low", "close", "volume"),
    parameters=(Parameter("starts_at_h", "Session begins at (UTC hour)", 0, 0, 23),),
    outputs=(Output("vwap", "VWAP"),),
    pane=Pane.PRICE,
    source="talib.VWAP, begun anew each session",
    formula=lambda bars, settings: (session_vwap(bars, whole(settings, "starts_at_h")),),
    warm_up=lambda settings: 0,
    family="Volume",
)

ENTRIES = (OBV, VOLUME, VWAP)
