"""What a table column is: how to read a row, write it, sort it and colour it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from app.ui.widgets.format import UNKNOWN

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter

    from app.ui.theme import Theme

Row = TypeVar("Row")


class Style(StrEnum):
    """How a cell is drawn."""

    TEXT = "text"
    NUMBER = "number"
    MONO = "mono"
    BADGE = "badge"


@dataclass(frozen=True)  # no slots: Python 3.11 cannot call `Column[Row](…)` of a frozen, slotted, generic dataclass
class Column(Generic[Row]):
    """One column of a table of `Row`s.

    `value` reads the row and is what is sorted by unless `sort` says otherwise; None is unknown: shown as `–`,
    sorted last both ways. `write` turns a known value into text. `token` names the colour of the text, or of the
    badge; `detail` is said after the text, muted, as far as there is room. `total` writes the sum of the selected
    rows for the footer; only columns that have it are summed. `icon` gives an icon's name and token; `draw` paints a
    shape into the cell and returns the room it leaves for the text. No filter looks at what is not `found`, such as an
    age, which is another every second.
    """

    id: str
    title: str
    value: Callable[[Row], Any]
    write: Callable[[Any], str] = str
    style: Style = Style.TEXT
    width: int = 96
    sort: Callable[[Row], Any] | None = None
    token: Callable[[Row], str | None] | None = None
    tip: Callable[[Row], str] | None = None
    total: Callable[[Decimal], str] | None = None
    tints: bool = False
    hidden: bool = False
    stretch: bool = False
    icon: Callable[[Row], tuple[str, str] | None] | None = None
    hint: str = ""
    draw: Callable[[Theme, QPainter, QRect, Row], QRect] | None = None
    detail: Callable[[Row], str] | None = None
    found: bool = True

    @property
    def is_numeric(self) -> bool:
        """Whether it reads as a number: right-aligned."""
        return self.style is Style.NUMBER

    def text(self, row: Row) -> str:
        """Return what the cell says."""
        value = self.value(row)
        return UNKNOWN if is_unknown(value) else self.write(value)

    def sort_key(self, row: Row) -> Any:
        """Return what the cell is sorted by, None when it is unknown."""
        key = self.sort(row) if self.sort is not None else self.value(row)
        if is_unknown(key):
            return None
        return key.casefold() if isinstance(key, str) else key


def is_unknown(value: Any) -> bool:
    """Say whether a cell's value is unknown: None, NaN, or nothing written."""
    return value is None or value == "" or value != value  # only NaN differs from itself
