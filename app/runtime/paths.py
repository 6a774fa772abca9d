"""Where things lie: the data directory and the resources that ship with the product."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from app.runtime.errors import Refusal

DATABASE = "tapeline.sqlite"
"""The file of a data directory that holds the ledger."""


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
