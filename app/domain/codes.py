"""What a broker's message code means, as people are told it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a message is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """One code of the broker: why it comes, what to do about it, how bad it is, and what it says of an order."""

    code: int
    severity: Severity
    cause: str
    fix: str
    for_order: str


_MENTIONED = re.compile(r"\bIB(?: message)? (\d{2,5})\b")


def code_in(text: str) -> int | None:
    """Return the broker's code that a reason names, None when it names none."""
    found = _MENTIONED.search(text)
    return int(found.group(1)) if found else None
