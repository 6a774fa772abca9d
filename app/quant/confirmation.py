"""The 3-of-4 confirmation: four checks on one timeframe's last closed bar, and what they come to.

A check whose value equals its threshold is `unavailable`. Equality means equal but for the rounding of
floats: |value − threshold| ≤ 1e-12 × the largest close of the series. A running mean or an exponential
average of such prices carries a rounding of a few 1e-16 of them, a real difference is far larger, so neither
a constant price nor a straight line takes a side by accident.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.domain.bars import Bars, FloatArray, Timeframe
from app.domain.signals import (
    Check,
    CheckName,
    Confirmation,
    Direction,
    IndicatorValues,
    Relation,
    Trend,
    Verdict,
)
from app.domain.strategies import ThreeOfFour
from app.quant.indicators.averages import sma
from app.quant.indicators.momentum import macd, mean_change, rsi
from app.quant.indicators.trend import supertrend
from app.quant.indicators.volatility import atr

NEEDED_TO_AGREE = 3
NEEDED_TO_BE_KNOWN = 3
_EQUAL = 1e-12
_RSI_MIDDLE = 50.0


@dataclass(frozen=True, slots=True)
class LastBar:
    """What the indicators say at the last closed bar.

    `close` is None without any bar; `price_noise` and `rsi_noise` are the differences that mean equality.
    """

    close: float | None
    values: IndicatorValues
    price_noise: float
    rsi_noise: float


def read_last_bar(bars: Bars, parameters: ThreeOfFour) -> LastBar:
    """Compute the indicators of the four checks and the ATR over the closed bars and keep the last values."""
    bars = bars.closed_only
    high, low, close = bars.high, bars.low, bars.close
    line, direction = supertrend(high, low, close, parameters.supertrend_length, parameters.supertrend_factor)
    macd_line, signal_line, _ = macd(close, parameters.macd_fast, parameters.macd_slow, parameters.macd_signal)
    values = IndicatorValues(
        sma20=_last(sma(close, parameters.sma_length)),
        supertrend=_last(line),
        supertrend_direction=_direction_word(_last(direction)),
        macd=_last(macd_line),
        macd_signal=_last(signal_line),
        rsi=_last(rsi(close, parameters.rsi_length)),
        atr=_last(atr(high, low, close, parameters.atr_length)),
    )
    price_noise = _EQUAL * float(np.max(np.abs(close), initial=0.0))
    return LastBar(_last(close), values, price_noise, _rsi_noise(values.rsi, close, parameters, price_noise))


def _last(values: FloatArray) -> float | None:
    last = float(values[-1]) + 0.0 if len(values) else math.nan  # + 0.0 makes −0.0 plain
    return last if math.isfinite(last) else None


def _direction_word(direction: float | None) -> str | None:
    if direction is None:
        return None
    return "up" if direction > 0 else "down"


def _rsi_noise(strength: float | None, close: FloatArray, parameters: ThreeOfFour, price_noise: float) -> float:
    """Return how far from 50 an RSI may lie although average gain and loss differ by rounding alone.

    RSI − 50 = 50 · (gain − loss) / (gain + loss); the sum is worked out only where it could matter.
    """
    if strength is None or abs(strength - _RSI_MIDDLE) > 1.0:
        return 0.0
    change = _last(mean_change(close, parameters.rsi_length))
    return _RSI_MIDDLE * price_noise / change if change else 0.0


def confirm(timeframe: Timeframe, last: LastBar) -> Confirmation:
    """Return the four checks, in their order, and the direction and trend they confirm."""
    values = last.values
    checks = (
        _supertrend_check(last),
        _compare(CheckName.CLOSE_VS_SMA, last.close, values.sma20, last.price_noise),
        _compare(CheckName.MACD, values.macd, values.macd_signal, last.price_noise),
        _compare(CheckName.RSI, values.rsi, _RSI_MIDDLE, last.rsi_noise),
    )
    bullish = sum(check.verdict is Verdict.BULLISH for check in checks)
    bearish = sum(check.verdict is Verdict.BEARISH for check in checks)
    return Confirmation(timeframe, checks, _direction(bullish, bearish), _trend(bullish, bearish))


def _compare(name: CheckName, value: float | None, threshold: float | None, noise: float) -> Check:
    if value is None or threshold is None:
        return Check(name, Verdict.UNAVAILABLE, value, threshold, None)
    distance = value - threshold
    if abs(distance) <= noise:
        return Check(name, Verdict.UNAVAILABLE, value, threshold, 0.0)
    return Check(name, Verdict.BULLISH if distance > 0 else Verdict.BEARISH, value, threshold, distance)


def _supertrend_check(last: LastBar) -> Check:
    line, word = last.values.supertrend, last.values.supertrend_direction
    if last.close is None or line is None or word is None:
        return Check(CheckName.SUPERTREND, Verdict.UNAVAILABLE, last.close, line, None)
    verdict = Verdict.BULLISH if word == "up" else Verdict.BEARISH
    return Check(CheckName.SUPERTREND, verdict, last.close, line, last.close - line)


def _direction(bullish: int, bearish: int) -> Direction:
    if bullish >= NEEDED_TO_AGREE:
        return Direction.BUY
    return Direction.SELL if bearish >= NEEDED_TO_AGREE else Direction.HOLD


def _trend(bullish: int, bearish: int) -> Trend:
    steps = {3: Trend.BULLISH, 4: Trend.STRONG_BULLISH}
    mirrored = {3: Trend.BEARISH, 4: Trend.STRONG_BEARISH}
    return steps.get(bullish) or mirrored.get(bearish) or Trend.NEUTRAL


def relate(primary: Confirmation, other: Confirmation | None) -> Relation:
    """Return how the confirmation timeframe stands to the primary one.

    `unavailable` wins: none computed, fewer than 3 checks known there, or a primary timeframe other than 1d.
    """
    if other is None or other.available < NEEDED_TO_BE_KNOWN or primary.timeframe is not Timeframe.D1:
        return Relation.UNAVAILABLE
    if Direction.HOLD in (primary.direction, other.direction):
        return Relation.NEUTRAL
    return Relation.ALIGNED if primary.direction is other.direction else Relation.OPPOSED
