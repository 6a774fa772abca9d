"""The rows of prompts, their versions and their uses; part of `rows`."""

from __future__ import annotations

from typing import Any

from app.adapters.store.codec import time_text, to_json
from app.domain.prompts import Prompt, PromptUse, PromptVersion


def prompt_row(record: Prompt) -> tuple[Any, ...]:
    """Return a prompt's values in column order."""
    return (
        record.id,
        record.name,
        record.kind.value,
        record.language.value,
        record.strategy or "",
        record.active,
        record.is_default,
        record.is_deleted,
        to_json(record),
    )


def prompt_version_row(record: PromptVersion) -> tuple[Any, ...]:
    """Return a version's values in column order."""
    return (
        record.id,
        record.prompt,
        record.number,
        time_text(record.created),
        record.note,
        record.mark.digest,
        record.text,
    )


def prompt_use_row(record: PromptUse) -> tuple[Any, ...]:
    """Return a version's use's values in column order."""
    return (record.version, record.readings, to_json(record))
