"""Tapes from files: bars or trades in CSV or Parquet, read and checked whole before anybody can connect.

A CSV has a header with time (or date, datetime, timestamp) and either open, high, low, close[, volume] or price[, size,
bid, ask], in any case and order. Times are ISO 8601, days, or epoch seconds; without a zone they are UTC.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatColumn = NDArray[np.float64]
TIME_NAMES = ("time", "date", "datetime", "timestamp")
BAR_NAMES = ("open", "high", "low", "close")
DAY = 86_400
HIGHEST_PRICE, MOST_SIZE = 1e9, 1e15


class ReplayError(ValueError):
    """A tape cannot be replayed; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A tape's rows as columns: bars of `seconds` each, or trades when `seconds` is 0.

    `at` is when a bar begins or a trade was, in epoch seconds; for bars of days it is midnight UTC of the day. Trades
    have their price in all four price columns.
    """

    symbol: str
    seconds: int
    at: FloatColumn
    open: FloatColumn
    high: FloatColumn
    low: FloatColumn
    close: FloatColumn
    volume: FloatColumn
    bid: FloatColumn | None = None
    ask: FloatColumn | None = None
    digest: str = ""

    @property
    def is_daily(self) -> bool:
        """Whether a bar is a session's."""
        return self.seconds == DAY


@dataclass(slots=True)
class _Columns:
    """Where a header's columns are."""

    time: int
    prices: list[int]
    size: int | None
    quotes: list[int]
    rows: list[tuple[float, ...]] = field(default_factory=list)
    has_days: bool = True


def read_replay(path: Path, symbol: str = "") -> Replay:
    """Return the tape in a file; raises ReplayError that names the first bad line and its reason."""
    name = (symbol or "".join(letter for letter in path.stem if letter.isalnum())[:12]).upper()
    if not (name.isascii() and name and len(name) <= 12 and all(letter.isalnum() or letter in ". " for letter in name)):
        raise ReplayError(f"The symbol {name!r} of the tape {path} should be up to 12 letters and digits.")
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise ReplayError(f"The tape {path} cannot be read ({problem.strerror}).") from None
    rows = _parquet_rows(path) if path.suffix.lower() in {".parquet", ".pq"} else _csv_rows(path, content)
    try:
        columns = _checked(rows)
    except ReplayError as problem:
        raise ReplayError(f"The tape {path}: {problem}.") from None
    return _tape(name, columns, hashlib.sha256(content).hexdigest()[:16])


def _csv_rows(path: Path, content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ReplayError(f"The tape {path} is no text in UTF-8 (byte {problem.start}).") from None
    reader = csv.reader(text.splitlines())
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as problem:
        raise ReplayError(f"The tape {path}, line {reader.line_num}: {problem}.") from None


def _parquet_rows(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        frame = importlib.import_module("pandas").read_parquet(path)
    except ImportError:
        raise ReplayError(
            f"Reading the Parquet tape {path} needs pandas with pyarrow or fastparquet, which are not installed:"
            " install one of them or save the tape as CSV."
        ) from None
    except Exception as problem:  # noqa: BLE001 - each engine raises errors of its own for a damaged file
        raise ReplayError(f"The tape {path} is no readable Parquet file ({type(problem).__name__}).") from None
    if not any(str(name).lower() in TIME_NAMES for name in frame.columns):
        frame = frame.reset_index(names="time")
    yield 1, [str(name) for name in frame.columns]
    yield from enumerate(frame.itertuples(index=False, name=None), start=2)


def _checked(rows: Iterator[tuple[int, Sequence[Any]]]) -> _Columns:
    try:
        _, header = next(rows)
    except StopIteration:
        raise ReplayError("expected a header, found an empty file") from None
    columns = _columns(header)
    for number, row in rows:
        try:
            values = _values(columns, row)
            if columns.rows:
                _in_order(columns, columns.rows[-1][0], values[0])
        except ReplayError as problem:
            raise ReplayError(f"line {number}: {problem}") from None
        columns.rows.append(values)
    if not columns.rows:
        raise ReplayError("expected rows below the header, found none")
    return columns


def _columns(header: Sequence[Any]) -> _Columns:
    names = [str(name).strip().lower() for name in header]
    time = next((names.index(name) for name in TIME_NAMES if name in names), None)
    if time is None:
        raise ReplayError(f"line 1: expected a column time or date, found {', '.join(names)[:80]}")
    size = next((names.index(name) for name in ("volume", "size") if name in names), None)
    if all(name in names for name in BAR_NAMES):
        return _Columns(time, [names.index(name) for name in BAR_NAMES], size, [])
    price = next((names.index(name) for name in ("price", "last") if name in names), None)
    if price is None:
        raise ReplayError(f"line 1: expected open, high, low, close or price, found {', '.join(names)[:80]}")
    quotes = [names.index(name) for name in ("bid", "ask") if name in names]
    return _Columns(time, [price], size, quotes if len(quotes) == 2 else [])


def _values(columns: _Columns, row: Sequence[Any]) -> tuple[float, ...]:
    """Return (time, prices…, size, quotes…) of a row."""
    cells = [columns.time, *columns.prices, *columns.quotes, *([] if columns.size is None else [columns.size])]
    if len(row) <= max(cells):
        raise ReplayError(f"expected {max(cells) + 1} columns, found {len(row)}")
    at = _moment(columns, row[columns.time])
    prices = [_number(row[index], "a price", 0.0, HIGHEST_PRICE) for index in columns.prices]
    if len(prices) == len(BAR_NAMES) and (min(prices) < prices[2] or max(prices) > prices[1]):
        raise ReplayError(f"high {prices[1]:g} and low {prices[2]:g} should enclose open and close")
    size = 0.0 if columns.size is None else _number(row[columns.size], "a volume", -1.0, MOST_SIZE)
    quotes = [_number(row[index], "a quote", 0.0, HIGHEST_PRICE) for index in columns.quotes]
    if quotes and quotes[0] > quotes[1]:
        raise ReplayError(f"the bid {quotes[0]:g} should not be above the ask {quotes[1]:g}")
    if size < 0.0:
        raise ReplayError(f"expected a volume of 0 or more, found {size:g}")
    return at, *prices, size, *quotes


def _in_order(columns: _Columns, before: float, at: float) -> None:
    if at < before or (at == before and len(columns.prices) > 1):
        raise ReplayError(f"{_worded(at)} should be later than the {_worded(before)} of the row before")


def _number(cell: Any, what: str, above: float, below: float) -> float:
    try:
        value = float(cell)
    except (TypeError, ValueError):
        raise ReplayError(f"expected {what}, found {str(cell)[:40]!r}") from None
    if not (isfinite(value) and above < value < below):
        raise ReplayError(f"expected {what} above {max(above, 0.0):g}, found {value:g}")
    return value


def _moment(columns: _Columns, cell: Any) -> float:
    text = cell.isoformat() if hasattr(cell, "isoformat") else str(cell).strip()
    is_day = len(text) in (8, 10) and not (len(text) == 10 and text.isdigit())
    try:
        if not is_day and text.replace(".", "", 1).isdigit():
            seconds = float(text)
            at = seconds / 1000.0 if seconds > 1e11 else seconds
        else:
            moment = datetime.fromisoformat(text)
            at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            is_day = is_day or at % DAY == 0
        year = datetime.fromtimestamp(at, UTC).year
    except (ValueError, OverflowError, OSError):
        raise ReplayError(f"expected a time such as 2024-01-31T15:30:00Z or a day, found {text[:40]!r}") from None
    if not 1988 <= year <= 2048:
        raise ReplayError(f"expected a time between 1988 and 2048, found {text[:40]!r}")
    columns.has_days = columns.has_days and is_day
    return at


def _worded(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


def _tape(symbol: str, columns: _Columns, digest: str) -> Replay:
    table = np.array(columns.rows, dtype=np.float64)
    at, is_bars = table[:, 0], len(columns.prices) > 1
    prices = [table[:, 1 + n] if is_bars else table[:, 1] for n in range(4)]
    size_at = 5 if is_bars else 2
    seconds = 0
    if is_bars:
        seconds = DAY if columns.has_days else int(np.diff(at).min()) if len(at) > 1 else 60
    opens, highs, lows, closes = prices
    return Replay(
        symbol=symbol,
        seconds=max(seconds, 1) if is_bars else 0,
        at=at,
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=table[:, size_at],
        bid=table[:, 3] if columns.quotes else None,
        ask=table[:, 4] if columns.quotes else None,
        digest=digest,
    )
