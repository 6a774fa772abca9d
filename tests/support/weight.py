"""What a process weighs, and what of that the records of its ledger are."""

from __future__ import annotations

import os
import sys
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from app.domain.state import State


def resident_mb() -> float:
    """Return what the process has resident."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def records_mb(state: State) -> float:
    """Return what a state's records and the mappings around them take, each thing counted once.

    What the allocator rounds up to (16 bytes) is counted; what it keeps in hand is not.
    """
    seen: dict[int, Any] = {}
    waiting: list[Any] = [state]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and not isinstance(one, type | Enum):
            seen[id(one)] = one
            waiting.extend(_parts(one))
    return sum(-(-sys.getsizeof(one) // 16) * 16 for one in seen.values()) / 1e6


def _parts(one: Any) -> list[Any]:
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    if isinstance(one, tuple | list | frozenset | set):
        return list(one)
    if is_dataclass(one):
        return [getattr(one, field.name) for field in fields(one)]
    return [getattr(one, name) for name in getattr(type(one), "__slots__", ()) if type(one).__module__[:4] == "app."]
