"""How a chart writes prices, volumes and changes: by the locale, by the tick, with a true minus, never NaN."""

from __future__ import annotations

import math

from PySide6.QtCore import QLocale

NOTHING = "–"
MINUS = "−"


def price_text(value: float, decimals: int) -> str:
    """Write a price with a fixed number of decimals."""
    if not math.isfinite(value):
        return NOTHING
    text = QLocale().toString(float(value), "f", decimals)
    return text.replace("-", MINUS)


def signed_text(value: float, decimals: int) -> str:
    """Write a change with its sign."""
    text = price_text(value, decimals)
    return f"+{text}" if value > 0 else text


def volume_text(value: float) -> str:
    """Write a volume in thousands, millions or billions, as short as it stays exact to three figures."""
    if not math.isfinite(value):
        return NOTHING
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= limit:
            return price_text(value / limit, 2) + letter
    return price_text(value, 0)


def decimals_of(step: float) -> int:
    """Return how many decimals it takes to write multiples of `step`, at most twelve."""
    if not math.isfinite(step) or step <= 0:
        return 2
    for decimals in range(12):
        scaled = step * 10**decimals
        if abs(scaled - round(scaled)) < 1e-6 * max(1.0, scaled) and round(scaled) > 0:
            return decimals
    return 12
