"""Kinds of fields: how one value is read from and written as text, and from which server version it exists.

Unset arrives as "", 1.7976931348623157e308, 2147483647 or (Decimal) 1.7e38; each becomes None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

UNSET_FLOAT = 1.7976931348623157e308
UNSET_FLOAT_TEXT = "1.7976931348623157E308"
UNSET_INT = 2147483647
FRACTIONAL_SIZES = 163


class FieldError(ValueError):
    """One field of a message cannot be read."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one field is read (from text) and written (for a server version).

    `direct` is the %-code that writes it as well where no value is unset; ticks are written by it.
    """

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any, int], str]
    direct: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """The field exists from this server version on."""

    version: int


@dataclass(frozen=True, slots=True)
class Until:
    """The field exists below this server version."""

    version: int


def _read_int(text: str) -> int:
    if not text:
        return 0
    try:
        number = int(text)
    except ValueError:
        value = _finite(text)
        number = int(value)
        if number != value:
            raise FieldError(f"expected a whole number, found {text!r}") from None
    if not -UNSET_INT - 1 <= number <= UNSET_INT:  # IB: whole numbers are read as 32 bits
        raise FieldError(f"expected a whole number of 32 bits, found {text[:40]!r}")
    return number


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise FieldError(f"expected a number, found {text[:40]!r}") from None
    if not math.isfinite(number):
        raise FieldError(f"expected a finite number, found {text!r}")
    return number


def _read_optional_int(text: str) -> int | None:
    value = _read_int(text)
    return None if not text or value == UNSET_INT else value


def _read_float(text: str) -> float:
    return _finite(text) if text else 0.0


def _read_optional_float(text: str) -> float | None:
    if not text:
        return None
    value = _finite(text)
    return None if value == UNSET_FLOAT else value


def _read_offset(text: str) -> float | None:
    return math.inf if text in {"Infinite", "Infinity"} else _read_optional_float(text)


def _read_size(text: str) -> Decimal | None:
    if not text:
        return None
    _finite(text)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise FieldError(f"expected a size, found {text[:40]!r}") from None
    return None if value >= Decimal("1e37") else value


def _read_flag(text: str) -> bool:
    if text in {"", "0", "false", "False"}:
        return False
    if text in {"1", "true", "True"}:
        return True
    return _read_int(text) != 0


def size_text(size: Decimal | int, version: int) -> str:
    """Write a size: plain digits, whole for clients below 163, whose readers know no fractions."""
    if type(size) is int:
        return str(size)
    size = Decimal(size)
    if version < FRACTIONAL_SIZES:
        size = size.to_integral_value()
    if size == (whole := int(size)):
        return str(whole)
    text = format(size, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(text: str) -> str:
    """Escape what is not ASCII as \\uXXXX (server versions from 153 on) and drop the separator."""
    if text.isascii() and "\0" not in text:
        return text
    units = text.replace("\0", "").encode("utf-16-be")
    codes = (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)


def _float_or(unset: str) -> Callable[[Any, int], str]:
    return lambda value, _version: unset if value is None else repr(float(value))


def _int_or(unset: str) -> Callable[[Any, int], str]:
    return lambda value, _version: unset if value is None else str(int(value))


def _size_or_blank(value: Any, version: int) -> str:
    return "" if value is None else size_text(value, version)


INT = Kind("int", _read_int, _int_or("0"), "%d")
OPTIONAL_INT = Kind("optional int", _read_optional_int, _int_or(""))
MAX_INT = Kind("optional int", _read_optional_int, _int_or(str(UNSET_INT)))
FLOAT = Kind("float", _read_float, _float_or("0.0"), "%s")
OPTIONAL_FLOAT = Kind("optional float", _read_optional_float, _float_or(""))
ZERO_FLOAT = Kind("optional float", _read_optional_float, _float_or("0.0"))
MAX_FLOAT = Kind("optional float", _read_optional_float, _float_or(UNSET_FLOAT_TEXT))
OFFSET_FLOAT = Kind("optional float", _read_offset, _float_or(""))
SIZE = Kind("size", _read_size, _size_or_blank)
TEXT = Kind("text", str, lambda value, _version: plain(value))
FLAG = Kind("flag", _read_flag, lambda value, _version: "1" if value else "0", "%d")

Int = Annotated[int, INT]
OptionalInt = Annotated[int | None, OPTIONAL_INT]
MaxInt = Annotated[int | None, MAX_INT]
Float = Annotated[float, FLOAT]
OptionalFloat = Annotated[float | None, OPTIONAL_FLOAT]
ZeroFloat = Annotated[float | None, ZERO_FLOAT]
MaxFloat = Annotated[float | None, MAX_FLOAT]
OffsetFloat = Annotated[float | None, OFFSET_FLOAT]
Size = Annotated[Decimal, SIZE]
# The size of a tick, which the market makes of whole shares; cheaper to write.
WholeSize = Annotated[Decimal | int, SIZE]
OptionalSize = Annotated[Decimal | None, SIZE]
Text = Annotated[str, TEXT]
Flag = Annotated[bool, FLAG]
