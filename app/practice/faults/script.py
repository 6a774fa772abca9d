"""Fault scripts: JSON lines with `at_s`, read and checked whole before the gateway listens."""

from __future__ import annotations

import json
from pathlib import Path

from app.practice.faults.catalogue import FaultError, Parameters, checked, number


def read_script(path: Path) -> list[Parameters]:
    """Return the faults of a script; raises FaultError that names the first bad line and its reason."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise FaultError(f"The fault file {path} cannot be read ({problem}).") from None
    script = []
    for at, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                script.append(_read_line(line))
            except ValueError as problem:
                raise FaultError(f"Line {at} of the fault file {path}: {problem}.") from None
    return script


def _read_line(line: str) -> Parameters:
    try:
        wanted = json.loads(line)
    except json.JSONDecodeError as problem:
        raise FaultError(f"expected a JSON object ({problem.msg} at column {problem.colno})") from None
    if not isinstance(wanted, dict):
        raise FaultError(f"expected a JSON object, found {type(wanted).__name__}")
    if number(wanted, "at_s") < 0:
        raise FaultError(f"expected at_s to be 0 or more, found {wanted['at_s']}")
    checked(wanted)
    return wanted
