"""Writes reports as CSV and XLSX (services.ports.ReportFiles): whole or not at all, and nothing in them runs."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any

from app.domain.errors import UserError
from app.domain.sheets import Cell, Report, Sheet, cell_text, disarmed

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

WIDEST = 40
_EXACT = 15
"""More digits than this a spreadsheet's numbers do not hold; such a number is written as text."""


class ReportFiles:
    """Reports on disk. Every call may take a while: it is made in a thread."""

    def csv(self, report: Report, path: Path) -> None:
        """Write the report's tables one below the other; raise UserError when the file cannot be written."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        for place, sheet in enumerate(report.sheets):
            if len(report.sheets) > 1:
                writer.writerows([[]] * bool(place))
                writer.writerow([disarmed(sheet.title)])
            writer.writerow([disarmed(title) for title in sheet.columns])
            writer.writerows([cell_text(cell) for cell in row] for row in sheet.rows)
        _written(path, out.getvalue().encode("utf-8-sig"))

    def xlsx(self, report: Report, path: Path) -> None:
        """Write the report as a workbook, a sheet a table; raise UserError when the file cannot be written."""
        import xlsxwriter

        out = io.BytesIO()
        safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
        book = xlsxwriter.Workbook(out, safe)
        book.set_properties({"title": report.title, "comments": "\n".join(report.notes)})
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        about = Sheet("About", ("About",), ((report.title,), *((note,) for note in report.notes)))
        for sheet in (*report.sheets, about):
            _fill(book.add_worksheet(sheet.title[:31]), sheet, formats)
        book.close()
        _written(path, out.getvalue())


def _fill(page: Worksheet, sheet: Sheet, formats: dict[str, Any]) -> None:
    for column, title in enumerate(sheet.columns):
        page.write_string(0, column, disarmed(title), formats["head"])
        texts = [title, *(cell_text(row[column]) for row in sheet.rows)]
        page.set_column(column, column, min(WIDEST, max(map(len, texts)) + 2))
    for line, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            _write(page, line, column, cell, formats)
    page.freeze_panes(1, 0)


def _write(page: Worksheet, line: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    match cell:
        case None:
            return
        case datetime():
            page.write_datetime(line, column, cell.astimezone(UTC).replace(tzinfo=None), formats["moment"])
        case date():
            page.write_datetime(line, column, datetime(cell.year, cell.month, cell.day), formats["date"])  # noqa: DTZ001  a day has no zone
        case int() | Decimal() if _is_exact(cell):
            page.write_number(line, column, float(cell))
        case _:
            page.write_string(line, column, cell_text(cell))


def _is_exact(number: int | Decimal) -> bool:
    return len(Decimal(number).normalize().as_tuple().digits) <= _EXACT or Decimal(repr(float(number))) == number


def _written(path: Path, content: bytes) -> None:
    """Replace a file whole or not at all."""
    try:
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(f"{path} could not be written ({error.strerror or error}); choose another place.") from error
