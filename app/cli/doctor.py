"""`tapeline doctor`: is the way to the broker open, and if not, the one thing to do."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from app.services.doctor import Rung


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `doctor`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def print_rungs(rungs: Sequence[Rung], as_json: bool, out: TextIO) -> int:
    """Print what was found; 0 when ready, else 1."""
    is_ready = all(rung.ok is not False for rung in rungs)
    if as_json:
        told = [{"name": r.name, "ok": r.ok, "found": r.found, "action": r.action or None} for r in rungs]
        out.write(json.dumps({"ready": is_ready, "rungs": told}) + "\n")
    else:
        marks = {True: "●", False: "✕", None: "○"}
        out.writelines(f"  {marks[r.ok]} {r.name}: {r.found}{'. ' + r.action if r.action else ''}\n" for r in rungs)
        out.write("Ready.\n" if is_ready else "Not ready.\n")
    return 0 if is_ready else 1
