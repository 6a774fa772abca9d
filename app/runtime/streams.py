"""The three standard streams, made safe whoever started the program: closed ones, and ones that know few letters."""

from __future__ import annotations

import io
import os
import sys

_STREAMS = ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w"))


def settle_streams() -> None:
    """Give each closed stream nowhere to go, and have letters that an encoding lacks replaced.

    A closed descriptor would be given to the next file that is opened: what is printed would land in the database.
    """
    for number, name, mode in _STREAMS:
        if not _is_open(number):
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
