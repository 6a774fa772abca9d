"""What a crash of native code left behind: told at the next start, and kept beside the log."""

from __future__ import annotations

import re
from pathlib import Path

CRASH = "crash.log"
KEPT = "crash.previous.log"


def take_crash(logs: Path) -> str:
    """Return in one sentence that the last start ended in a crash, empty when it did not; the trace is put aside."""
    trace = logs / CRASH
    if not trace.exists() or not trace.stat().st_size:
        return ""
    text = trace.read_text(encoding="utf-8", errors="replace")
    trace.replace(logs / KEPT)
    found = re.search(r"Fatal Python error: (.+)|Windows fatal exception: (.+)", text)
    what = next((group for group in found.groups() if group), "") if found else ""
    return (
        f"Tapeline ended unexpectedly the last time ({what or 'a crash'}). Orders stayed at the broker and are checked"
        f" with it now; the trace is in {logs / KEPT}, please report it."
    )
