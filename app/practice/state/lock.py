"""One gateway a data directory: an advisory lock that the system releases when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

FILE = "practice.lock"


class DirectoryInUse(Exception):
    """Another gateway uses the data directory; the message is one sentence."""


class DirectoryLock:
    """Holds the lock of a data directory until released."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._fd = -1

    def take(self, wait_seconds: float = 0.0) -> None:
        """Take the lock, waiting for it at most so long; raises DirectoryInUse."""
        deadline = time.monotonic() + wait_seconds
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _try_lock(self._fd):
            if time.monotonic() >= deadline:
                os.close(self._fd)
                self._fd = -1
                raise DirectoryInUse(
                    f"Another practice gateway uses {self._path.parent}: stop it or choose another --data-dir."
                )
            time.sleep(0.05)

    def release(self) -> None:
        """Give the lock back."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
