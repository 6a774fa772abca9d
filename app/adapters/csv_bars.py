"""Bars from a CSV file: read, checked line by line, put in order. What was put right is said in notes.

The first bad line ends the reading and is named by its number in the file, the header being line 1.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.domain.bars import Bars, Timeframe, epoch, from_columns
from app.domain.errors import UserError

_PRICES = ("open", "high", "low", "close")
_NUMBERS = (*_PRICES, "volume")
_MOMENTS = ("date", "time", "datetime", "timestamp")
_MOST_BYTES = 200_000_000
_MOST_PRICE = 1e15  # beyond it a float cannot hold a cent; IB's "unset" is 1.8e308


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the file: where it stands, when its bar starts (UTC epoch seconds) and its numbers."""

    line: int
    start: int
    numbers: tuple[float, ...]
    has_zone: bool


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a line the moment (one field, or date and time) and the numbers stand, and how many fields it has."""

    moment: tuple[int, ...]
    numbers: tuple[int, ...]
    width: int


def read_csv_bars(path: Path, timeframe: Timeframe) -> tuple[Bars, tuple[str, ...]]:
    """Return the closed bars of a CSV file, in order, and notes on what was put right.

    The header names date (or time), open, high, low, close and volume, in any case and order; other columns are
    ignored. Dated timeframes take the date as written; times without a zone are UTC.
    Raises UserError: no readable file, missing columns, or the first bad line with its number.
    """
    rows: dict[int, _Row] = {}
    repeated = outside = 0
    is_sorted, has_zone, newest = True, True, -math.inf
    for row in _rows(path, timeframe):
        earlier = rows.get(row.start)
        if earlier is None:
            rows[row.start] = row
        elif earlier.numbers == row.numbers:
            repeated += 1
        else:
            raise _bad(path, row.line, f"it holds another row for the {_moment_word(timeframe)} of line {earlier.line}")
        is_sorted, newest = is_sorted and row.start >= newest, max(newest, row.start)
        has_zone = has_zone and row.has_zone
        outside += _is_outside(row)
    notes = _notes(timeframe, repeated=repeated, outside=outside, is_sorted=is_sorted, has_zone=has_zone)
    return _bars(sorted(rows.values(), key=lambda row: row.start)), notes


def _bars(rows: list[_Row]) -> Bars:
    numbers = np.array([row.numbers for row in rows], np.float64).reshape(len(rows), len(_NUMBERS))
    columns = {name: np.ascontiguousarray(numbers[:, index]) for index, name in enumerate(_NUMBERS)}
    return from_columns({"time": np.array([row.start for row in rows], np.int64), **columns}, closed=len(rows))


def _notes(timeframe: Timeframe, *, repeated: int, outside: int, is_sorted: bool, has_zone: bool) -> tuple[str, ...]:
    notes = []
    if not is_sorted:
        notes.append(f"The rows of the file were not in order; they were sorted by {_moment_word(timeframe)}.")
    if repeated:
        notes.append(f"{_count(repeated, 'identical duplicate row was', 'identical duplicate rows were')} dropped.")
    if outside:
        rows = _count(outside, "row has", "rows have")
        notes.append(f"{rows} an open or close outside its low to high; it was used as it is.")
    if not has_zone and not timeframe.is_dated:
        notes.append("Times without a zone were read as UTC.")
    return tuple(notes)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _moment_word(timeframe: Timeframe) -> str:
    return "date" if timeframe.is_dated else "time"


def _is_outside(row: _Row) -> bool:
    open_, high, low, close, _ = row.numbers
    return not (low <= open_ <= high and low <= close <= high)


def _rows(path: Path, timeframe: Timeframe) -> Iterator[_Row]:
    """Yield the checked rows in the order of the file; raise UserError at the first bad line."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    columns: _Columns | None = None
    line = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields) or len(fields) > 1:
                if columns is None:
                    columns = _columns(path, fields, timeframe)
                else:
                    yield _row(path, line, fields, columns, timeframe)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _bad(path, line, f"it cannot be read as CSV ({error})") from None
    if columns is None:
        raise UserError(f"{path} is empty; a header with date, open, high, low, close and volume was expected.")


def _columns(path: Path, fields: list[str], timeframe: Timeframe) -> _Columns:
    names = [field.strip().lower() for field in fields]
    moments = [name for name in _MOMENTS if name in names]
    missing = [*([] if moments else ["date"]), *(name for name in _NUMBERS if name not in names)]
    if missing:
        header = ", ".join(names)[:200]
        raise UserError(
            f"{path} has no column {' and no column '.join(missing)}; its header, separated by commas, must name "
            f"date (or time), open, high, low, close and volume, and it reads: {header}."
        )
    is_split = not timeframe.is_dated and moments[:2] == ["date", "time"]
    used = [*(moments[:2] if is_split else moments[:1]), *_NUMBERS]
    twice = [name for name in used if names.count(name) > 1]
    if twice:
        raise UserError(f"{path} has more than one column {twice[0]}; keep the one that is meant.")
    places = [names.index(name) for name in used]
    return _Columns(tuple(places[: -len(_NUMBERS)]), tuple(places[-len(_NUMBERS) :]), len(names))


def _row(path: Path, line: int, fields: list[str], columns: _Columns, timeframe: Timeframe) -> _Row:
    try:
        if any(field.strip() for field in fields[columns.width :]):
            raise ValueError(f"it has {len(fields)} fields and the header {columns.width}")
        fields = [*fields, *[""] * (columns.width - len(fields))]
        start, has_zone = _start(" ".join(fields[place].strip() for place in columns.moment), timeframe)
        numbers = tuple(
            _number(name, fields[place].strip()) for name, place in zip(_NUMBERS, columns.numbers, strict=True)
        )
        if numbers[1] < numbers[2]:
            raise ValueError(f"its high {numbers[1]:.10g} is below its low {numbers[2]:.10g}")
    except ValueError as error:
        raise _bad(path, line, str(error)) from None
    return _Row(line, start, numbers, has_zone)


def _number(name: str, text: str) -> float:
    """Return a field as a number; raise ValueError with what is wrong with it."""
    if not text:
        raise ValueError(f"its {name} is missing")
    try:
        value = float(text.replace("_", "?"))  # float() would take 1_000
    except ValueError:
        raise ValueError(f"its {name} {text[:40]!r} is not a number") from None
    if math.isnan(value):
        raise ValueError(f"its {name} is NaN")
    if name == "volume" and not 0 <= value < math.inf:
        raise ValueError(f"its volume is {text[:40]}, and a volume must be 0 or more")
    if name != "volume" and not 0 < value <= _MOST_PRICE:
        raise ValueError(f"its {name} is {text[:40]}, and a price must be above 0 and at most {_MOST_PRICE:g}")
    return value


def _start(text: str, timeframe: Timeframe) -> tuple[int, bool]:
    """Return the epoch second a bar starts at and whether the text told its zone; raise ValueError."""
    moment = _moment(text)
    if timeframe.is_dated:
        return epoch(moment.date()), True
    has_zone = moment.tzinfo is not None
    return int((moment if has_zone else moment.replace(tzinfo=UTC)).timestamp()), has_zone


def _moment(text: str) -> datetime:
    if not text:
        raise ValueError("its date is missing")
    try:
        if text.isdecimal() and len(text) > 8:  # epoch seconds or milliseconds, as charts export them
            return datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)
        return datetime.fromisoformat(text.replace("/", "-"))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"its date {text[:40]!r} is not written as YYYY-MM-DD, with or without a time") from None


def _bad(path: Path, line: int, trouble: str) -> UserError:
    return UserError(f"Line {line} of {path} cannot be used: {trouble}; correct or remove it.")


def _text(path: Path) -> str:
    """Return the file's text; raise UserError when it is not a readable text file."""
    data = _bytes(path)
    encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"{path} is not a CSV file: line {line} is not text in UTF-8; save it as CSV UTF-8.") from None
    if "\0" in text:
        raise UserError(f"{path} is not a CSV file: it holds binary data; name a text file with a header.")
    return text


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UserError(f"{path} is a directory; name a CSV file.")
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is not a regular file; name a CSV file.")
        if path.is_file() and path.stat().st_size > _MOST_BYTES:
            raise UserError(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB; name a smaller CSV file.")
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"There is no file {path}; name a CSV file.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{path} cannot be read: {reason}; name a readable CSV file.") from None
