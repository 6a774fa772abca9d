"""Bulk data of a run, kept whole and named by its digest: bars, pictures, prompts, raw replies, settings as they were.

The digest is the SHA-256 of the exact bytes. Bars are their columns one after the other, little-endian, 8 bytes each.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from app.domain.bars import COLUMNS, Bars, from_columns
from app.domain.errors import Fault

RETENTION = timedelta(days=180)
"""How long bulk data is kept after its last use; facts are kept for ever."""


@dataclass(frozen=True, slots=True)
class BulkData:
    """Some bytes under their digest, last used at a moment; the same bytes are kept once.

    Bytes that are `is_dense`, as bars and pictures are, would not become fewer by compression.
    """

    digest: str
    data: bytes
    at: datetime
    is_dense: bool = False


def bulk(data: bytes, at: datetime, *, is_dense: bool = False) -> BulkData:
    """Return bytes as they are kept."""
    return BulkData(digest_of(data), data, at, is_dense)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def bytes_of_bars(bars: Bars) -> bytes:
    """Return the exact bytes of the closed bars."""
    bars = bars.closed_only
    columns = (getattr(bars, name) for name in COLUMNS)
    return b"".join(column.astype(column.dtype.newbyteorder("<"), copy=False).tobytes() for column in columns)


def bars_of_bytes(data: bytes) -> Bars:
    """Return the bars, all closed, that `bytes_of_bars` wrote; raise Fault when the length does not fit."""
    count, rest = divmod(len(data), 8 * len(COLUMNS))
    if rest:
        raise Fault(f"Stored bars should be whole columns of 8 bytes a value, and {len(data)} bytes were found.")
    kinds = ("<i8", *("<f8" for _ in COLUMNS[1:]))
    columns = {
        name: np.frombuffer(data, kind, count, offset=8 * count * place).astype(kind[1:])
        for place, (name, kind) in enumerate(zip(COLUMNS, kinds, strict=True))
    }
    return from_columns(columns, closed=count)
