"""Users' own indicators, as far as they are facts: which bytes of which file a person has read and confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OwnIndicator:
    """A file of the user's folder by its name, and the SHA-256 of the code that was confirmed; empty: taken back."""

    name: str
    digest: str
    at: datetime
