"""How numbers, money, ages and times are written. What is unknown is written `–`, never 0. No Qt widgets."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo
from decimal import Decimal

from PySide6.QtCore import QLocale

UNKNOWN = "–"
MINUS = "−"

Number = int | float | Decimal
_SIZES: tuple[tuple[float, float, str], ...] = ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "K"))


def is_known(value: Number | None) -> bool:
    """Say whether there is a finite number to show."""
    if value is None:
        return False
    return value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)


def number(value: Number | None, decimals: int = 0, *, signed: bool = False) -> str:
    """Write a number with `decimals` places and the locale's thousands; a true minus, `+` when `signed`."""
    if value is None or not is_known(value):
        return UNKNOWN
    digits = f"{abs(value):.{decimals}f}"
    whole, _, part = digits.partition(".")
    is_zero = not digits.strip("0.")
    sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
    locale = QLocale()
    if len(whole) > 3:
        whole = _grouped(whole, locale.groupSeparator())
    return sign + whole + (locale.decimalPoint() + part if part else "")


def price(value: Number | None, decimals: int = 2) -> str:
    """Write a price with the decimals of its tick (`Instrument.decimals`)."""
    return number(value, decimals)


def quantity(value: Number | None, *, signed: bool = False) -> str:
    """Write a quantity with the decimals it has and no more."""
    if value is None or not is_known(value):
        return UNKNOWN
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    exponent = exact.normalize().as_tuple().exponent
    return number(exact, max(0, -exponent) if isinstance(exponent, int) else 0, signed=signed)


def percent(value: Number | None, *, signed: bool = True) -> str:
    """Write a share (0.0123 is `+1.23 %`) with two decimals."""
    text = number(None if value is None else value * 100, 2, signed=signed)
    return text if text == UNKNOWN else f"{text} %"


def money(value: Number | None, currency: str = "", *, base: str = "", signed: bool = False) -> str:
    """Write an amount with two decimals, and its currency when that is not the base."""
    text = number(value, 2, signed=signed)
    shows = bool(currency) and currency != base and text != UNKNOWN
    return f"{text} {currency}" if shows else text


def compact(value: Number | None) -> str:
    """Write a large count in three or four figures: `950`, `12.3 K`, `4.56 M`."""
    if value is None or not is_known(value):
        return UNKNOWN
    exact = float(value)
    for least, unit, letter in _SIZES:
        if abs(exact) >= least:
            scaled = exact / unit
            return f"{number(scaled, 2 if abs(scaled) < 10 else 1)} {letter}"
    return number(value, 0)


def age(seconds: float | None) -> str:
    """Write how long ago something was: `0 s`, `3 s`, `2 m`, `5 h`, `3 d`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def duration(milliseconds: float | None) -> str:
    """Write how long something took: `0.4 ms`, `12 ms`, `1.25 s`, `2 m 05 s`."""
    if milliseconds is None or not math.isfinite(milliseconds):
        return UNKNOWN
    if milliseconds < 1000:
        return f"{number(milliseconds, 1 if milliseconds < 10 else 0)} ms"
    seconds = milliseconds / 1000
    return f"{number(seconds, 2)} s" if seconds < 60 else f"{int(seconds // 60)} m {int(seconds % 60):02d} s"


def clock(at: datetime | None, zone: tzinfo | None = None, *, seconds: bool = True) -> str:
    """Write the time of day in the display zone (the machine's when None)."""
    return UNKNOWN if at is None else at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(at: datetime | None, zone: tzinfo | None = None) -> str:
    """Write the calendar day in the display zone, as 2026-11-22."""
    return UNKNOWN if at is None else at.astimezone(zone).strftime("%Y-%m-%d")


def moment(at: datetime | None, zone: tzinfo | None = None) -> str:
    """Write day and time in the display zone, with seconds and the zone's name."""
    return UNKNOWN if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def tone(value: Number | None) -> str:
    """Return the token that colours a signed number: `up`, `down`, or `text.muted` for zero and unknown."""
    if value is None or not is_known(value) or value == 0:
        return "text.muted"
    return "up" if value > 0 else "down"


def _grouped(whole: str, separator: str) -> str:
    head = len(whole) % 3
    groups = [whole[:head]] if head else []
    groups += [whole[index : index + 3] for index in range(head, len(whole), 3)]
    return separator.join(groups)


def many(count: int, noun: str) -> str:
    """Write a count with its noun: `1 order`, `12 orders`."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"
