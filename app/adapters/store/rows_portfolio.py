"""The rows of what the portfolio adds: costs that came early, splits, and snapshots at the session's close."""

from __future__ import annotations

from typing import Any

from app.adapters.store.codec import time_text, to_json
from app.domain.ledger import Cost, Split
from app.domain.returns import Snapshot


def cost_row(record: Cost) -> tuple[Any, ...]:
    """Return an early cost's values in column order."""
    return (record.account, record.exec_id, str(record.amount), record.currency, to_json(record))


def split_row(record: Split) -> tuple[Any, ...]:
    """Return a split's values in column order."""
    return (
        record.account,
        record.con_id,
        time_text(record.since),
        str(record.new),
        str(record.old),
        to_json(record),
    )


def snapshot_row(record: Snapshot) -> tuple[Any, ...]:
    """Return a snapshot's values in column order."""
    return (
        record.account,
        record.session,
        time_text(record.taken),
        record.late_s,
        record.currency,
        str(record.net_liquidation),
        None if record.day_pnl is None else str(record.day_pnl),
        None if record.exposure is None else str(record.exposure),
        to_json(record),
    )
