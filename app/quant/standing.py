"""Where the last closed bar stands: its close among the Bollinger bands, its volume against the mean."""

from __future__ import annotations

import math

from app.domain.bars import Bars
from app.domain.structure import Band, BollingerStanding, VolumeStanding
from app.quant.indicators.averages import sma
from app.quant.indicators.volatility import bollinger

_EQUAL = 1e-12


def bollinger_standing(bars: Bars, length: int = 20, factor: float = 2.0) -> BollingerStanding | None:
    """Return the standing of the last close; None with too few bars or where the bands meet."""
    close = bars.closed_only.close
    if not len(close):
        return None
    upper, middle, lower = (float(band[-1]) for band in bollinger(close, length, factor))
    noise = _EQUAL * max(abs(upper), abs(lower))
    if not math.isfinite(upper - lower) or not upper - lower > noise:
        return None
    price = float(close[-1])
    return BollingerStanding(
        upper=upper,
        middle=middle,
        lower=lower,
        position=(price - lower) / (upper - lower),
        width=(upper - lower) / middle if middle > 0 else None,
        band=_band(price, upper, middle, lower, noise),
    )


def _band(price: float, upper: float, middle: float, lower: float, noise: float) -> Band:
    if price > upper:
        return Band.ABOVE
    if price < lower:
        return Band.BELOW
    if abs(price - middle) <= noise:
        return Band.MIDDLE
    return Band.UPPER if price > middle else Band.LOWER


def volume_standing(bars: Bars, length: int = 20) -> VolumeStanding | None:
    """Return the last closed bar's volume against the mean of the last `length`; None with fewer or no trade."""
    volume = bars.closed_only.volume
    if not len(volume):
        return None
    last, mean = float(volume[-1]), float(sma(volume, length)[-1])
    if not (math.isfinite(last) and math.isfinite(mean) and mean > 0):
        return None
    return VolumeStanding(last, mean, last / mean)
