"""A report as a PDF, laid out by Qt: landscape A4, a table after the other, its head on every page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from pathlib import Path

from PySide6.QtCore import QIODevice, QMarginsF, QSaveFile
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from app.domain.errors import UserError
from app.domain.sheets import Cell, Report, Sheet, cell_text
from app.ui.widgets.format import UNKNOWN

DPI = 96


def write_pdf(report: Report, path: Path) -> None:
    """Write a report; raise UserError when the file cannot be written. Whole or not at all."""
    target = QSaveFile(str(path))
    if not target.open(QIODevice.OpenModeFlag.WriteOnly):
        raise UserError(f"{path} could not be written ({target.errorString()}); choose another place.")
    writer = QPdfWriter(target)
    writer.setResolution(DPI)
    writer.setTitle(report.title)
    writer.setCreator("Tapeline")
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, QMarginsF(12, 12, 12, 12))
    )
    document = QTextDocument()
    document.setDefaultFont(QFont("Inter", 7))
    document.setHtml(as_html(report))
    document.setPageSize(writer.pageLayout().paintRectPixels(DPI).size().toSizeF())
    document.print_(writer)
    if not target.commit():
        raise UserError(f"{path} could not be written ({target.errorString()}); choose another place.")


def as_html(report: Report) -> str:
    """Return the report as the small HTML that Qt lays out; every text in it is escaped."""
    notes = "".join(f"<p>{escape(note)}</p>" for note in report.notes)
    return f"<h2>{escape(report.title)}</h2>{notes}{''.join(_table(sheet) for sheet in report.sheets)}"


def _table(sheet: Sheet) -> str:
    shown = [place for place, title in enumerate(sheet.columns) if title not in _LEFT_OUT]
    sides = {place: _side([row[place] for row in sheet.rows]) for place in shown}
    head = "".join(f"<th align='{sides[place]}'>{escape(sheet.columns[place])}</th>" for place in shown)
    rows = "".join(f"<tr>{''.join(_cell(row[place], sides[place]) for place in shown)}</tr>" for row in sheet.rows)
    body = rows or f"<tr><td colspan='{len(shown)}'>None.</td></tr>"
    width = "40%" if len(shown) <= _NARROW else "100%"
    table = f"<table width='{width}' cellpadding='2' cellspacing='0'><thead><tr>{head}</tr></thead>{body}</table>"
    return f"<h3>{escape(sheet.title)}</h3>{table}"


def _cell(cell: Cell, side: str) -> str:
    return f"<td align='{side}'>{escape(_written(cell))}</td>"


def _side(cells: Sequence[Cell]) -> str:
    """Return the side that a column's cells stand at: numbers, and what is not known of them, at the right."""
    return "right" if any(isinstance(cell, int | Decimal) for cell in cells) else "left"


def _written(cell: Cell) -> str:
    if cell is None:
        return UNKNOWN
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S} UTC"
    return cell if isinstance(cell, str) else cell_text(cell)


_NARROW = 2
_LEFT_OUT = ("Executions", "Instrument", "FX source")
"""What is too wide for paper; the workbook has it."""
