"""Executions added up by day: how many, what was bought and sold, what it cost and what it realised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from app.domain.money import ZERO
from app.domain.orders import Side
from app.ui.panels.executions_rows import FillRow
from app.ui.tables import Column, Style
from app.ui.widgets.format import number, quantity


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day's executions; what any of them has not told yet is None for the whole day."""

    day: date
    count: int
    bought: Decimal
    sold: Decimal
    commission: Decimal | None
    realized: Decimal | None


def day_of(row: FillRow, zone: tzinfo) -> date:
    """Return the day of an execution in the zone that is shown."""
    return row.fill.at.astimezone(zone).date()


def days_of(rows: Iterable[FillRow], zone: tzinfo) -> list[DayRow]:
    """Return a row a day, the newest first."""
    days: dict[date, list[FillRow]] = {}
    for row in rows:
        days.setdefault(day_of(row, zone), []).append(row)
    return [_added(day, days[day]) for day in sorted(days, reverse=True)]


def day_columns() -> list[Column[DayRow]]:
    """Return the columns of the days."""
    return [
        Column("day", "Day", lambda row: row.day, lambda day: f"{day:%a %d %b %Y}", width=130),
        Column("count", "Executions", lambda row: row.count, number, Style.NUMBER, 92, total=number),
        Column("bought", "Bought", lambda row: row.bought, quantity, Style.NUMBER, 92, total=quantity),
        Column("sold", "Sold", lambda row: row.sold, quantity, Style.NUMBER, 92, total=quantity),
        Column("commission", "Commission", lambda row: row.commission, _two, Style.NUMBER, 100, total=_two),
        Column(
            "realized",
            "Realised",
            lambda row: row.realized,
            _signed,
            Style.NUMBER,
            108,
            token=lambda row: None if not row.realized else "up" if row.realized > 0 else "down",
            total=_signed,
            hint="What the day's executions realised, commission taken off; – over several currencies",
        ),
    ]


def _added(day: date, rows: list[FillRow]) -> DayRow:
    return DayRow(
        day=day,
        count=len(rows),
        bought=sum((row.fill.quantity for row in rows if row.fill.side is Side.BUY), ZERO),
        sold=sum((row.fill.quantity for row in rows if row.fill.side is Side.SELL), ZERO),
        commission=_whole([row.fill.commission for row in rows], [row.fill.currency for row in rows]),
        realized=_whole([row.realized for row in rows], [row.currency for row in rows]),
    )


def _whole(values: list[Decimal | None], currencies: list[str]) -> Decimal | None:
    """Return the sum, None while a part is not known or where the parts are of several currencies."""
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if len(known) == len(values) and len(set(currencies)) <= 1 else None


def _two(value: Decimal) -> str:
    return number(value, 2)


def _signed(value: Decimal) -> str:
    return number(value, 2, signed=True)
