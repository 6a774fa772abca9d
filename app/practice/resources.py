"""Where the practice gateway's own data files lie: beside the source, or inside a frozen program."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path


@cache
def practice_resources() -> Path:
    """Return the folder resources/practice; raises FileNotFoundError with one sentence when it is missing."""
    frozen = getattr(sys, "_MEIPASS", None)
    root = Path(frozen) if frozen else Path(__file__).resolve().parents[2]
    folder = root / "resources" / "practice"
    if not folder.is_dir():
        raise FileNotFoundError(f"the practice market's data should lie in {folder}, which is missing: reinstall")
    return folder
