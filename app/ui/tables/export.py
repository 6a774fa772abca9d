"""Rows as text: tab-separated for the clipboard, CSV for files. Cells that a spreadsheet would run are disarmed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from app.domain.sheets import disarmed
from app.ui.tables.columns import Column, is_unknown


def to_tsv(columns: Sequence[Column[Any]], rows: Iterable[Any], *, headers: bool = True) -> str:
    """Return the rows as they read on screen, tab-separated, for pasting into a sheet."""
    lines = ["\t".join(column.title for column in columns)] if headers else []
    lines += ["\t".join(_one_line(column.text(row)) for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def to_csv(columns: Sequence[Column[Any]], rows: Iterable[Any]) -> str:
    """Return the rows' values, not their screen text: full precision, `.` as decimal point, unknown cells empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.title for column in columns])
    for row in rows:
        writer.writerow([_cell(column.value(row)) for column in columns])
    return out.getvalue()


def _cell(value: Any) -> str:
    if is_unknown(value):
        return ""
    if isinstance(value, bool | int | float | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return disarmed(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
