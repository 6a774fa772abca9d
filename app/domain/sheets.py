"""A report as tables of typed cells, whatever file it becomes: numbers stay numbers, moments are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | Decimal | datetime | date | None

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its title, the titles of its columns, its rows; a cell that is None is not known."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Tables with what they are of: account, moment and notes for whoever reads the file later."""

    title: str
    notes: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def disarmed(text: str) -> str:
    """Return text that no spreadsheet runs as a formula: an apostrophe goes before what it would."""
    return f"'{text}" if text.startswith(RISKY) else text


def cell_text(cell: Cell) -> str:
    """Return a cell as plain text: exact numbers, moments in UTC with their zone, nothing for what is unknown."""
    match cell:
        case None:
            return ""
        case datetime():
            return cell.isoformat(timespec="seconds").replace("+00:00", "Z")
        case Decimal():
            return f"{cell:f}"
        case str():
            return disarmed(cell)
        case _:
            return cell.isoformat() if isinstance(cell, date) else str(cell)
