"""Reports as files: numbers are numbers, moments say UTC, nothing in them runs, and a failed write leaves nothing."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.export.files import ReportFiles
from app.domain.errors import UserError
from app.domain.sheets import Report, Sheet, cell_text, disarmed

MOMENT = datetime(2026, 11, 20, 17, 0, 5, tzinfo=UTC)
NAME = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def report(*rows: tuple[object, ...]) -> Report:
    return Report("Portfolio of DU1", ("A note.",), (Sheet("Trades", ("Closed (UTC)", "Net", "Name", "Day"), rows),))  # type: ignore[arg-type]


def cells(path: Path) -> dict[str, tuple[str, str | None, bool]]:
    """Return each cell of the first sheet: its kind, its value, and whether it is a formula."""
    with zipfile.ZipFile(path) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        texts = [
            "".join(part.text or "" for part in item.iter(f"{NAME}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
    found = {}
    for cell in sheet.iter(f"{NAME}c"):
        value, kind = cell.find(f"{NAME}v"), cell.get("t", "n")
        raw = value.text if value is not None else None
        text = texts[int(raw)] if kind == "s" and raw is not None else raw
        found[cell.get("r", "")] = (kind, text, cell.find(f"{NAME}f") is not None)
    return found


def test_a_workbook_has_numbers_and_dates_as_such(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    ReportFiles().xlsx(report((MOMENT, Decimal("-988.87"), "=1+1", date(2026, 11, 20)), (None, None, "x", None)), path)
    found = cells(path)
    assert found["A1"][1] == "Closed (UTC)"
    kind, serial, _ = found["A2"]
    assert kind == "n"
    assert float(serial or 0) == pytest.approx((MOMENT - datetime(1899, 12, 30, tzinfo=UTC)).total_seconds() / 86400)
    assert found["B2"] == ("n", "-988.87", False)
    assert found["C2"] == ("s", "'=1+1", False)
    assert (found["D2"][0], float(found["D2"][1] or 0)) == ("n", (date(2026, 11, 20) - date(1899, 12, 30)).days)
    assert {"A3", "B3", "D3"}.isdisjoint(found)


def test_csv_is_exact_says_utc_and_leaves_the_unknown_empty(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    ReportFiles().csv(report((MOMENT, Decimal("-0.10"), "+SUM(A1)", None)), path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["2026-11-20T17:00:05Z", "-0.10", "'+SUM(A1)", ""]


@given(st.text(max_size=30))
def test_g4_no_text_begins_as_a_formula(text: str) -> None:
    assert not re.match(r"[=+\-@\t\r\n]", disarmed(text))
    assert cell_text(text) in (text, f"'{text}")


def test_a_number_that_a_spreadsheet_cannot_hold_is_written_as_text(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    ReportFiles().xlsx(report((MOMENT, Decimal("12345678901234567.89"), "x", None)), path)
    assert cells(path)["B2"] == ("s", "12345678901234567.89", False)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_place_that_takes_no_file_is_told_in_a_sentence(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UserError, match="could not be written"):
        getattr(ReportFiles(), kind)(report(), tmp_path / "missing" / f"a.{kind}")
    assert list(tmp_path.iterdir()) == []
