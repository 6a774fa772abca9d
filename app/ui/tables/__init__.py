"""Tables over typed rows: fast, sorted by value, filtered with a count, exported; and the lineage timeline."""

from __future__ import annotations

from app.ui.tables.columns import Column, Style
from app.ui.tables.model import TableModel
from app.ui.tables.view import Table

__all__ = ["Column", "Style", "Table", "TableModel"]
