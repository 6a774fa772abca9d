"""How many decimals a step of an axis takes; how numbers are written is `widgets.format`."""

from __future__ import annotations

import math


def decimals_of(step: float) -> int:
    """Return how many decimals it takes to write multiples of `step`, at most twelve."""
    if not math.isfinite(step) or step <= 0:
        return 2
    for decimals in range(12):
        scaled = step * 10**decimals
        if abs(scaled - round(scaled)) < 1e-6 * max(1.0, scaled) and round(scaled) > 0:
            return decimals
    return 12
