"""An indicator over a growing series: the forming bar is read from a running state, not from the whole history.

What it says of a bar equals, to the last bit, what the array function says of the series that ends with it.
Revised history is no part of this: whoever learns that a closed bar has changed begins again with `follow`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from talib import stream

from app.domain.bars import COLUMNS, Bars, from_columns
from app.quant.indicators import states
from app.quant.indicators.kinds import Indicator, NotEnoughBars, Settings, whole
from app.quant.indicators.states import NAN, Finite, FormingBar, State, Streamed

Opener = Callable[[Bars, Settings], State]

_OPENERS: dict[str, Opener] = {
    "sma": lambda bars, settings: Streamed("SMA", ("close",), bars, (whole(settings, "length"),)),
    "ema": lambda bars, settings: Streamed("EMA", ("close",), bars, (whole(settings, "length"),)),
    "wma": lambda bars, settings: Streamed("WMA", ("close",), bars, (whole(settings, "length"),)),
    "macd": lambda bars, settings: Streamed(
        "MACD", ("close",), bars, [whole(settings, name) for name in ("fast", "slow", "signal")]
    ),
    "bollinger": lambda bars, settings: Streamed(
        "BBANDS", ("close",), bars, (whole(settings, "length"), settings["factor"], settings["factor"])
    ),
    "atr": lambda bars, settings: Streamed("ATR", ("high", "low", "close"), bars, (whole(settings, "length"),)),
    "obv": lambda bars, settings: Streamed("OBV", ("close", "volume"), bars),
    "supertrend": states.SuperTrendState,
    "rsi": states.RsiState,
    "stochastic": states.StochasticState,
    "adx": states.AdxState,
    "volume": states.VolumeState,
    "vwap": states.VwapState,
}


class Whole:
    """The series itself, computed anew each time: exact for any indicator, and as slow as its formula.

    It serves a series too short for a running state and indicators that have none, such as a user's own.
    """

    def __init__(self, indicator: Indicator, bars: Bars, settings: Settings) -> None:
        self._indicator, self._settings = indicator, settings
        self.bars = bars

    def peek(self, bar: FormingBar) -> tuple[float, ...]:
        try:
            columns = self._indicator.compute(_with(self.bars, bar), self._settings)
        except NotEnoughBars:
            return (NAN,) * len(self._indicator.outputs)
        return tuple(float(column[-1]) for column in columns.values())

    def close(self, bar: FormingBar) -> None:
        self.bars = _with(self.bars, bar)


class Following:
    """One indicator, with its settings, over a series that goes on."""

    def __init__(self, indicator: Indicator, settings: Settings, bars: Bars) -> None:
        self._settings = indicator.settle(settings)
        self._names = tuple(output.name for output in indicator.outputs)
        self._opener = _opener_of(indicator)
        self._least = _least(indicator, self._settings)
        self._state: State = Whole(indicator, bars.closed_only, self._settings)
        self._settle()

    def peek(self, bar: FormingBar) -> dict[str, float]:
        """Return every output at the forming bar by name, NaN where unavailable; nothing is remembered of it."""
        return dict(zip(self._names, self._state.peek(bar), strict=True))

    def close(self, bar: FormingBar) -> None:
        """Take the bar, now closed, into the series."""
        self._state.close(bar)
        self._settle()

    def _settle(self) -> None:
        """Go over to the running state as soon as there are bars enough to open it."""
        state = self._state
        if isinstance(state, Whole) and self._opener is not None and len(state.bars) >= self._least:
            self._state = self._opener(state.bars, self._settings)


def follow(indicator: Indicator, settings: Settings, bars: Bars) -> Following:
    """Return the indicator ready for the bar after the closed ones of `bars`; raise UserError for bad settings."""
    return Following(indicator, settings, bars)


def forming_bar(bars: Bars, index: int = -1) -> FormingBar:
    """Return one bar of a series on its own, the last one unless told."""
    return FormingBar(int(bars.time[index]), *(float(getattr(bars, name)[index]) for name in COLUMNS[1:]))


def _opener_of(indicator: Indicator) -> Opener | None:
    if indicator.name in _OPENERS:
        return _OPENERS[indicator.name]
    function = indicator.name.upper()
    if indicator.source != f"talib.{function}" or not hasattr(stream, function):
        return None
    return lambda bars, settings: Finite(Streamed(function, indicator.inputs, bars, tuple(settings.values())))


def _least(indicator: Indicator, settings: Settings) -> int:
    """Return how many closed bars a running state needs: those that give every output its first value."""
    if indicator.name == "volume":  # the volume itself needs one bar, its mean as many as it is long
        return whole(settings, "length")
    return indicator.warm_up(settings) + 1


def _with(bars: Bars, bar: FormingBar) -> Bars:
    columns = {name: np.append(getattr(bars, name), value) for name, value in zip(COLUMNS, bar, strict=True)}
    return from_columns(columns, len(bars) + 1)
