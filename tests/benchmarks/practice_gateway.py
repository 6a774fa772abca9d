"""A practice gateway in a process of its own, for the benchmarks: started, measured, spoken to through plain frames."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 30.0
_LENGTH = struct.Struct(">I")


@dataclass(slots=True)
class Gateway:
    """A running gateway and what it printed."""

    process: subprocess.Popen[str]
    facts: dict[str, Any]

    def control(self, **command: Any) -> dict[str, Any]:
        """Do one control command."""
        with socket.create_connection(("127.0.0.1", self.facts["control_port"])) as link:
            link.sendall(json.dumps(command).encode() + b"\n")
            answer: dict[str, Any] = json.loads(link.makefile().readline())
        assert answer["ok"], answer
        return answer

    def cpu_seconds(self) -> float:
        """Return the processor time used so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Return the resident memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def gateway(*options: str) -> Iterator[Gateway]:
    """Run a gateway until the block ends."""
    with tempfile.TemporaryDirectory() as directory:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "practice", "--json", "--data-dir", directory, *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            yield Gateway(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait()


@dataclass(slots=True)
class Wire:
    """A blocking client of frames and fields."""

    link: socket.socket
    buffer: bytearray = field(default_factory=bytearray)

    @classmethod
    def started(cls, port: int, client_id: int = 1) -> Wire:
        """Connect, negotiate 178 and start the API."""
        link = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = cls(link)
        link.sendall(b"API\0" + _LENGTH.pack(9) + b"v157..178")
        wire.message()
        wire.send(71, 2, client_id, "")
        while wire.message()[0] != b"9":
            pass
        return wire

    def send(self, *fields: object) -> None:
        """Send one message."""
        payload = "".join(f"{value}\0" for value in fields).encode()
        self.link.sendall(_LENGTH.pack(len(payload)) + payload)

    def message(self) -> list[bytes]:
        """Return the next message's fields."""
        while True:
            if len(self.buffer) >= 4:
                (size,) = _LENGTH.unpack_from(self.buffer)
                if len(self.buffer) >= 4 + size:
                    payload = bytes(self.buffer[4 : 4 + size])
                    del self.buffer[: 4 + size]
                    return payload.split(b"\0")[:-1]
            self.buffer += self.link.recv(1 << 20)

    def until(self, *numbers: int) -> list[bytes]:
        """Return the next message of one of these numbers."""
        wanted = {str(number).encode() for number in numbers}
        while (fields := self.message())[0] not in wanted:
            pass
        return fields

    def counted(self, seconds: float) -> int:
        """Return how many messages come within a time; nothing is decoded."""
        ends, count = time.perf_counter() + seconds, 0
        self.link.settimeout(0.2)
        while time.perf_counter() < ends:
            try:
                self.buffer += self.link.recv(1 << 20)
            except TimeoutError:
                continue
            at = 0
            while len(self.buffer) - at >= 4:
                (size,) = _LENGTH.unpack_from(self.buffer, at)
                if len(self.buffer) - at < 4 + size:
                    break
                count, at = count + 1, at + 4 + size
            del self.buffer[:at]
        self.link.settimeout(PATIENCE)
        return count
