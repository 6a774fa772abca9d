"""IB's ways of saying "nothing" become None here, and go no further; its floats become exact Decimals."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

_HUGE = Decimal("1e37")
_UNSET_INTEGER = 2147483647
_BLANK = frozenset({"", "?", "None", "N/A"})


def exact_or_none(value: float | int | str | Decimal | None) -> Decimal | None:
    """Return a number as it reads; None for IB's unset ones ("", "?", 1.797e308, 2147483647, 1.7e38), NaN, infinity."""
    if value is None or value in _BLANK or value == _UNSET_INTEGER:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= _HUGE:
        return None
    return number.to_integral_value() if number == number.to_integral_value() else number


def price_or_none(value: float | int | str | Decimal | None) -> Decimal | None:
    """Return a price; IB writes 0 where an order has none."""
    return exact_or_none(value) or None


def quote_price(value: float) -> float | None:
    """Return a quoted price; −1, 0, NaN and what is not finite mean that there is none."""
    return value if math.isfinite(value) and 0.0 < value < 1e15 else None


def quote_size(value: float) -> float | None:
    """Return a quoted size or volume; negative and what is not finite mean unknown."""
    return value if math.isfinite(value) and 0.0 <= value < 1e15 else None


def plain(number: Decimal) -> Decimal:
    """Return the number so that its text has neither exponent nor needless zeros, as it goes on the wire."""
    text = format(number, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
