"""All other functions of TA-Lib, described by its own abstract catalogue; what comes out is masked as ours is.

MAVP is left out: it asks for an array of periods, which bars do not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import talib
from talib import abstract as _abstract

from app.domain.bars import Bars, FloatArray
from app.quant.indicators.kinds import (
    Indicator,
    Number,
    Output,
    Pane,
    Parameter,
    Settings,
    Stroke,
)

_FIRST_CLASS = {"SMA", "EMA", "WMA", "SUPERTREND", "BBANDS", "MACD", "RSI", "ATR", "STOCH", "ADX", "OBV", "VWAP"}
_NEEDS_MORE_THAN_BARS = {"MAVP"}
_MOST_BARS = 5000
_AVERAGES = 13  # the kinds of moving average TA-Lib numbers from 0 (simple) to here (Wilder's)
_FACTOR = 1000.0
_TITLES = {
    "timeperiod": "Length",
    "fastperiod": "Fast length",
    "slowperiod": "Slow length",
    "signalperiod": "Signal length",
    "nbdev": "Sigmas",
    "matype": "Kind of average",
}
_STROKES = {"Histogram": Stroke.HISTOGRAM, "Dashed Line": Stroke.DASHED}


_describe: Any = _abstract.Function  # type: ignore[attr-defined]  # TA-Lib's stubs do not list it


def all_others() -> tuple[Indicator, ...]:
    """Return an entry for every TA-Lib function that has no first-class one; takes some milliseconds."""
    functions: list[str] = talib.get_functions()  # type: ignore[no-untyped-call]
    names = sorted(set(functions) - _FIRST_CLASS - _NEEDS_MORE_THAN_BARS)
    return tuple(_entry(name) for name in names)


def _entry(name: str) -> Indicator:
    info = _describe(name).info
    flags = info["function_flags"] or []
    inputs = tuple(_input_names(info["input_names"]))
    is_pattern = "Output is a candlestick" in flags
    on_prices = is_pattern or ("Output scale same as input" in flags and "volume" not in inputs)
    return Indicator(
        name=name.lower(),
        title=info["display_name"],
        inputs=inputs,
        parameters=tuple(_parameter(name, key, default) for key, default in info["parameters"].items()),
        outputs=tuple(_output(key, flag, is_pattern) for key, flag in info["output_flags"].items()),
        pane=Pane.PRICE if on_prices else Pane.OWN,
        source=f"talib.{name}",
        formula=partial(_compute, name, inputs),
        warm_up=partial(_lookback, name),
        family=info["group"],
        rule=partial(_refusal, name),
    )


def _input_names(described: dict[str, Any]) -> Iterator[str]:
    for columns in described.values():
        yield from [columns] if isinstance(columns, str) else columns


def _output(key: str, flags: list[str], is_pattern: bool) -> Output:
    stroke = Stroke.MARK if is_pattern else _STROKES.get(flags[0] if flags else "", Stroke.LINE)
    return Output(key, key, stroke)


def _parameter(function: str, key: str, default: Number) -> Parameter:
    title = _TITLES.get(key, key.replace("_", " "))
    if key.endswith("matype"):
        return Parameter(key, title, default, 0, _AVERAGES)
    if isinstance(default, int):
        return Parameter(key, title, default, _least(function, key, default), _MOST_BARS)
    return Parameter(key, title, default, -_FACTOR, _FACTOR)


def _least(function: str, key: str, default: int) -> int:
    """Return the smallest whole number TA-Lib takes for a parameter; it tells by its lookback alone."""
    return next((value for value in range(default) if _lookback(function, {key: value}) >= 0), default)


def _lookback(function: str, settings: Settings) -> int:
    """Return the number of leading bars without a value, −1 for settings TA-Lib does not take."""
    return int(_describe(function, **settings).lookback)


def _refusal(function: str, settings: Settings) -> str | None:
    if _lookback(function, settings) >= 0:
        return None
    given = ", ".join(f"{key} {value:g}" for key, value in settings.items())
    return f"TA-Lib does not take these settings together: {given}."


def _compute(function: str, inputs: tuple[str, ...], bars: Bars, settings: Settings) -> tuple[FloatArray, ...]:
    result = getattr(talib, function)(*(getattr(bars, name) for name in inputs), **settings)
    arrays = result if isinstance(result, tuple) else (result,)
    warm_up = _lookback(function, settings)
    return tuple(_masked(array, warm_up) for array in arrays)


def _masked(array: np.ndarray[Any, Any], warm_up: int) -> FloatArray:
    """Return floats with NaN where there is no finite value; whole-number outputs say 0 in the warm-up."""
    values = array.astype(np.float64, copy=False)
    if array.dtype.kind == "i":
        values[:warm_up] = np.nan
    values[np.isinf(values)] = np.nan
    return values
