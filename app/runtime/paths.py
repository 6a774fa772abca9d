"""Where things lie: the data directory and the resources that ship with the product."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from app.runtime.errors import Refusal

DATABASE = "tapeline.sqlite"
"""The file of a data directory that holds the ledger."""
LARGEST_FILE = 10_000_000
"""So many bytes a file of settings, layouts or drawings has at most; whatever is larger is not ours."""


def resource(*parts: str) -> Path:
    """Return a file of `resources`, beside the package or inside a frozen build."""
    return _resources().joinpath(*parts)


@cache
def _resources() -> Path:
    frozen = getattr(sys, "_MEIPASS", None)
    return (Path(frozen) if frozen else Path(__file__).resolve().parents[2]) / "resources"


def default_data_dir() -> Path:
    """Return the user's data directory for Tapeline."""
    from platformdirs import user_data_path

    return user_data_path("tapeline", appauthor=False)


def prepare_data_dir(path: Path) -> Path:
    """Create a data directory if need be; raise Refusal when it cannot be written to."""
    from tempfile import TemporaryFile

    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise Refusal(
            f"The data directory {path} must be writable, but {error.strerror or error}; "
            "make it writable or name another with --data-dir."
        ) from error
    return path


def read_bounded(path: Path) -> str:
    """Return the text of a file of ours that anyone may have changed; raise OSError, or ValueError past 10 MB."""
    with path.open("rb") as file:
        raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise ValueError(f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB")
    return raw.decode("utf-8")


def read_json(path: Path) -> Any:
    """Return what a file of JSON holds; raise OSError, or ValueError for what is none, too large or too deep."""
    import json

    try:
        return json.loads(read_bounded(path))
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deeply") from None


def write_atomically(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Replace a file whole or not at all, on disk before this returns; `private` keeps it to its owner."""
    from tempfile import mkstemp

    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o600 if private else 0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
