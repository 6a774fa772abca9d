"""Exact money: how floats become Decimals and how prices are put on a tick."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum

ZERO = Decimal(0)
_WIDE = Context(prec=400)  # room for any float on any tick


class Rounding(StrEnum):
    """Which way a price goes when it lies between two ticks."""

    DOWN = "down"
    UP = "up"
    NEAREST = "nearest"


_MODES = {Rounding.DOWN: ROUND_FLOOR, Rounding.UP: ROUND_CEILING, Rounding.NEAREST: ROUND_HALF_EVEN}


def exact(value: float | int | str | Decimal) -> Decimal:
    """Return the shortest decimal that reads as `value`; raise ValueError for NaN and infinity."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"a finite number is needed, not {value}")
    return number


def on_tick(price: Decimal, tick: Decimal, rounding: Rounding) -> Decimal:
    """Return `price` moved onto a multiple of `tick`, in the direction asked for."""
    steps = (price / tick).to_integral_value(rounding=_MODES[rounding])
    return (steps * tick).quantize(tick, context=_WIDE) if tick.as_tuple().exponent else steps * tick
