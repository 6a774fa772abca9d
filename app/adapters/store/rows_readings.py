"""The rows of providers, readings and what readings used; part of `rows`."""

from __future__ import annotations

from typing import Any

from app.adapters.store.codec import time_text, to_json
from app.domain.providers import Provider, Spending
from app.domain.readings import Reading


def provider_row(record: Provider) -> tuple[Any, ...]:
    """Return a provider's values in column order."""
    return (record.id, record.name, record.base_url, record.model, record.is_in_use, record.is_removed, to_json(record))


def reading_row(record: Reading) -> tuple[Any, ...]:
    """Return a reading's values in column order."""
    return (
        record.id,
        record.kind.value,
        record.status.value,
        record.run,
        record.strategy,
        record.con_id,
        record.symbol,
        record.timeframe.value if record.timeframe else None,
        record.provider,
        record.model,
        record.prompt_version,
        record.key,
        time_text(record.at),
        to_json(record),
    )


def spending_row(record: Spending) -> tuple[Any, ...]:
    """Return a day's values in column order."""
    return (
        record.day,
        record.strategy or "",
        record.calls,
        record.tokens_in,
        record.tokens_out,
        str(record.money),
        to_json(record),
    )
