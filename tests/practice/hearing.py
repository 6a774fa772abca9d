"""A gateway without a socket: one client whose bytes go in and whose messages come out, on a clock that is stepped."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from app.practice.clock import Clock
from app.practice.server.gateway import Gateway
from app.practice.server.options import Options
from app.practice.server.session import Session
from app.practice.state.store import Store
from app.practice.wire.framing import PREFIX, frame
from tests.practice.running import SUNDAY


class Tape:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str) -> Any:
        return None

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        self.is_closed = True

    abort = close


def message(*fields: object) -> bytes:
    """Return one frame of these fields."""
    return frame("".join(f"{field}\0" for field in fields).encode())


class Hearing:
    """A started client of a gateway in this process."""

    def __init__(
        self, directory: Path, *, version: int = 178, client_id: int = 5, start: float = SUNDAY, **options: Any
    ) -> None:
        self.wall = [start]
        self.gateway = Gateway(Options(**options), Clock(start=start, wall=lambda: self.wall[0]), Store(directory))
        self.tape = Tape()
        self.session = self.join(self.tape, version, client_id)

    @classmethod
    def resumed(cls, directory: Path, at: float) -> Hearing:
        """Start again in the directory of an earlier gateway."""
        return cls(directory, start=at)

    def join(self, tape: Tape, version: int, client_id: int) -> Session:
        """Connect one more client that writes to this tape."""
        session = Session(self.gateway)
        self.gateway.connected(session)
        session._transport = tape  # type: ignore[assignment]
        session.data_received(PREFIX + frame(f"v157..{version}".encode()) + message(71, 2, client_id, ""))
        return session

    def say(self, *fields: object) -> list[list[str]]:
        """Send one message and return what is answered at once."""
        self.tape.written = b""
        self.session.data_received(message(*fields))
        return self.heard()

    def heard(self) -> list[list[str]]:
        """Return the messages on the tape."""
        found, rest = [], self.tape.written
        while rest:
            (size,) = struct.unpack(">I", rest[:4])
            found.append(rest[4 : 4 + size].decode("ascii").split("\0")[:-1])
            rest = rest[4 + size :]
        return found

    def step(self, seconds: float = 1.0) -> list[list[str]]:
        """Let market time pass and return what is told meanwhile."""
        self.tape.written = b""
        self.wall[0] += seconds
        self.gateway.beat()
        return self.heard()
