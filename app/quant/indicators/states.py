"""The running states behind `forming`: what each first-class indicator keeps of the closed bars, and no history.

All stand on `talib.stream`, whose peek at a bar equals, to the last bit, the last value of the array function;
what is masked as unavailable is masked here by the same rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

import numpy as np
import talib
from talib import stream

from app.domain.bars import Bars
from app.quant.indicators.kinds import Settings, whole
from app.quant.indicators.momentum import SILENCE
from app.quant.indicators.trend import supertrend
from app.quant.indicators.volume import session_of

NAN = math.nan
Columns = Callable[[Any], tuple[float, ...]]
"""The inputs of a function, picked from one bar."""


class FormingBar(NamedTuple):
    """One bar as it stands: its start in UTC epoch seconds, prices and volume."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class State(Protocol):
    """What an indicator knows of the closed bars."""

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        """Return the outputs as if the series ended with this bar, and change nothing."""
        ...

    def close(self, bar: FormingBar) -> None:
        """Take the bar as closed."""
        ...


def _picker(inputs: Sequence[str]) -> Columns:
    pick: Callable[[Any], Any] = attrgetter(*inputs)
    return pick if len(inputs) > 1 else lambda bar: (pick(bar),)


class Streamed:
    """One of TA-Lib's streams over the named columns."""

    def __init__(self, function: str, inputs: Sequence[str], bars: Bars, options: Sequence[float] = ()) -> None:
        self._pick = _picker(inputs)
        columns = (np.ascontiguousarray(getattr(bars, name)) for name in inputs)
        self._stream: Any = getattr(stream, function)(*columns, *options)

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        value = self._stream.peek(*self._pick(bar))
        return value if isinstance(value, tuple) else (value,)

    def close(self, bar: FormingBar) -> None:
        self._stream.update(*self._pick(bar))


class Finite:
    """A stream of which only finite numbers are told: TA-Lib's other functions."""

    def __init__(self, streamed: Streamed) -> None:
        self._streamed = streamed
        self.close = streamed.close

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        return tuple(float(value) if math.isfinite(value) else NAN for value in self._streamed.peek(bar))


class SuperTrendState:
    """The line and direction; the mirrored prices are followed as well until the first flip is known."""

    def __init__(self, bars: Bars, settings: Settings) -> None:
        length, factor = whole(settings, "length"), settings["factor"]
        columns = [np.ascontiguousarray(column) for column in (bars.high, bars.low, bars.close)]
        high, low, close = columns
        self._stream = stream.SUPERTREND(high, low, close, length, factor)
        is_known = not np.isnan(supertrend(high, low, close, length, factor)[1][-1])
        self._mirror = None if is_known else stream.SUPERTREND(-low, -high, -close, length, factor)

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        line, way = self._stream.peek(bar.high, bar.low, bar.close)
        if self._mirror is not None and self._mirror.peek(-bar.low, -bar.high, -bar.close)[1] != -way:
            return NAN, NAN
        return line, float(way)

    def close(self, bar: FormingBar) -> None:
        _, way = self._stream.update(bar.high, bar.low, bar.close)
        if self._mirror is not None and self._mirror.update(-bar.low, -bar.high, -bar.close)[1] == -way:
            self._mirror = None


class RsiState:
    """Wilder's RSI, and the mean of absolute changes that tells silence from weakness."""

    def __init__(self, bars: Bars, settings: Settings) -> None:
        length = whole(settings, "length")
        close = np.ascontiguousarray(bars.close)
        self._strength = stream.RSI(close, length)
        self._change = stream.ATR(close, close, close, length)

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        price = bar.close
        strength = self._strength.peek(price)
        if strength == 0.0 and self._change.peek(price, price, price) < SILENCE:
            return (NAN,)
        return (strength,)

    def close(self, bar: FormingBar) -> None:
        self._strength.update(bar.close)
        self._change.update(bar.close, bar.close, bar.close)


class StochasticState:
    """Slow %K and %D, and which of the latest bars had no range at all."""

    def __init__(self, bars: Bars, settings: Settings) -> None:
        length, slowing, signal = (whole(settings, name) for name in ("length", "slowing", "signal"))
        high, low, close = (np.ascontiguousarray(column) for column in (bars.high, bars.low, bars.close))
        self._stream = stream.STOCH(high, low, close, length, slowk_period=slowing, slowd_period=signal)
        self._top, self._bottom = stream.MAX(high, length), stream.MIN(low, length)
        self._slowing, self._kept = slowing, slowing + signal - 2
        flat = talib.MAX(high, length) <= talib.MIN(low, length)
        self._flat: list[bool] = flat[len(flat) - self._kept :].tolist()

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        slow, smooth = self._stream.peek(bar.high, bar.low, bar.close)
        if self._top.peek(bar.high) <= self._bottom.peek(bar.low):
            return NAN, NAN
        recent = self._flat[self._kept - self._slowing + 1 :]
        return NAN if True in recent else slow, NAN if True in self._flat else smooth

    def close(self, bar: FormingBar) -> None:
        self._stream.update(bar.high, bar.low, bar.close)
        is_flat = self._top.update(bar.high) <= self._bottom.update(bar.low)
        self._flat = [*self._flat, is_flat][1:] if self._kept else []


class AdxState:
    """ADX, +DI and −DI."""

    def __init__(self, bars: Bars, settings: Settings) -> None:
        length = whole(settings, "length")
        high, low, close = (np.ascontiguousarray(column) for column in (bars.high, bars.low, bars.close))
        kinds = (stream.ADX, stream.PLUS_DI, stream.MINUS_DI)
        self._streams = tuple(kind(high, low, close, length) for kind in kinds)

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        return tuple(one.peek(bar.high, bar.low, bar.close) for one in self._streams)

    def close(self, bar: FormingBar) -> None:
        for one in self._streams:
            one.update(bar.high, bar.low, bar.close)


class VolumeState:
    """The volume itself and its mean."""

    def __init__(self, bars: Bars, settings: Settings) -> None:
        self._mean = stream.SMA(np.ascontiguousarray(bars.volume), whole(settings, "length"))

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        return bar.volume, self._mean.peek(bar.volume)

    def close(self, bar: FormingBar) -> None:
        self._mean.update(bar.volume)


class VwapState:
    """The session's VWAP: begun anew with each session, the typical price where every session is one bar."""

    def __init__(self, bars: Bars, settings: Settings) -> None:
        self._starts_at_h = whole(settings, "starts_at_h")
        sessions = session_of(bars.time, self._starts_at_h)
        self._session = int(sessions[-1])
        self._are_single = bool((np.diff(sessions) != 0).all())
        start = _run_start(sessions)
        names = ("high", "low", "close", "volume")
        part = [np.ascontiguousarray(getattr(bars, name)[start:]) for name in names]
        self._stream = stream.VWAP(*part)
        self._has_traded = bool((part[3] > 0).any())

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        if session_of(bar.time, self._starts_at_h) != self._session:
            return (_first_of_session(bar, self._are_single),)
        if not (self._has_traded or bar.volume > 0):
            return (NAN,)
        return (self._stream.peek(bar.high, bar.low, bar.close, bar.volume),)

    def close(self, bar: FormingBar) -> None:
        session = session_of(bar.time, self._starts_at_h)
        if session != self._session:
            self._session, self._has_traded = session, bar.volume > 0
            self._stream = stream.VWAP(*(np.array([value]) for value in bar[2:]))
            return
        self._are_single = False
        self._has_traded = self._has_traded or bar.volume > 0
        self._stream.update(bar.high, bar.low, bar.close, bar.volume)


def _run_start(sessions: np.ndarray[Any, Any]) -> int:
    return int(np.flatnonzero(np.r_[True, sessions[1:] != sessions[:-1]])[-1])


def _first_of_session(bar: FormingBar, are_single: bool) -> float:
    if not bar.volume > 0:
        return NAN
    typical: float = talib.TYPPRICE(*(np.array([value]) for value in bar[2:5]))[0]
    if are_single:
        return typical
    alone: float = talib.VWAP(*(np.array([value]) for value in bar[2:]))[0]
    return alone
