"""A small typed row and its table, as a panel would describe them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.ui.tables import Column, Style, Table, TableModel
from app.ui.theme import Theme
from app.ui.widgets import format as fmt


@dataclass(frozen=True, slots=True)
class Quote:
    """A row to test with."""

    symbol: str
    last: Decimal | None = None
    volume: int = 0


COLUMNS = (
    Column[Quote]("symbol", "Symbol", lambda row: row.symbol),
    Column[Quote]("last", "Last", lambda row: row.last, fmt.price, Style.NUMBER, tints=True),
    Column[Quote](
        "volume", "Volume", lambda row: row.volume, fmt.quantity, Style.NUMBER, total=lambda total: fmt.quantity(total)
    ),
)


@pytest.fixture
def model(qtbot: QtBot) -> TableModel[Quote]:
    """Return a model that Qt's own tester watches."""
    model: TableModel[Quote] = TableModel(COLUMNS, lambda row: row.symbol, drag=lambda row: row.symbol)
    model.tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    return model


@pytest.fixture
def table(qtbot: QtBot, theme: Theme, model: TableModel[Quote]) -> Table[Quote]:
    """Return the table on an unseen screen."""
    table = Table(theme, model, name="Quotes")
    qtbot.addWidget(table)
    table.resize(400, 240)
    table.show()
    return table


def quotes(*rows: tuple[str, str | None, int]) -> list[Quote]:
    """Return rows written as (symbol, last, volume)."""
    return [Quote(symbol, None if last is None else Decimal(last), volume) for symbol, last, volume in rows]
