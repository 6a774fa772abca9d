"""Executions as a report that becomes a file: every execution with exact numbers, and the sums of each day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from app.domain.sheets import Report, Sheet
from app.ui.panels.executions_days import days_of
from app.ui.panels.executions_rows import FillRow, order_words

_FILLS = (
    "Time",
    "Symbol",
    "Side",
    "Quantity",
    "Price",
    "Commission",
    "Currency",
    "Cost",
    "Rate from",
    "Realised",
    "Realised in",
    "Order",
    "Strategy",
    "Account",
    "Execution id",
    "Order id",
)
_DAYS = ("Day", "Executions", "Bought", "Sold", "Commission", "Realised")


def executions_report(account: str, at: datetime, rows: Sequence[FillRow], zone: tzinfo) -> Report:
    """Return the executions of these rows, as they are shown, and their days in a zone."""
    fills = tuple(
        (
            row.fill.at,
            row.fill.symbol,
            row.fill.side.value,
            row.fill.quantity,
            row.fill.price,
            row.fill.commission,
            row.fill.currency,
            row.fill.cost,
            row.fill.rate_source,
            row.realized,
            row.currency,
            order_words(row),
            row.strategy,
            row.fill.account,
            row.fill.exec_id,
            row.fill.ref or "",
        )
        for row in rows
    )
    days = tuple(
        (day.day, day.count, day.bought, day.sold, day.commission, day.realized) for day in days_of(rows, zone)
    )
    notes = (
        f"Account {account}, {len(fills)} executions, written {at:%Y-%m-%d %H:%M} {at.tzname()}.",
        f"Times are UTC; days are those of {zone}.",
        "Realised has the commission taken off; it is empty until the broker has said the commission. Cost is the "
        "commission in the instrument's currency, empty while no rate is known.",
    )
    return Report("Executions", notes, (Sheet("Executions", _FILLS, fills), Sheet("By day", _DAYS, days)))
