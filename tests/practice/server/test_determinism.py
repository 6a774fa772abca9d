"""The same seed, requests and stepped clock give the same bytes, in any run and any directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.practice.clock import Clock
from app.practice.server.gateway import Gateway
from app.practice.server.options import Options
from app.practice.server.session import Session
from app.practice.state.store import Store
from app.practice.wire.framing import PREFIX, frame
from tests.practice.running import SUNDAY
from tests.practice.server.test_trading import place_fields


class Tape:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, name: str) -> Any:
        return None

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        pass


def message(*fields: object) -> bytes:
    return frame("".join(f"{field}\0" for field in fields).encode())


def log_of(directory: Path, seed: int) -> bytes:
    """Return every byte that one client hears in a fixed story."""
    directory.mkdir()
    wall = [SUNDAY]
    clock = Clock(start=SUNDAY, wall=lambda: wall[0])
    gateway = Gateway(Options(seed=seed), clock, Store(directory))
    session, tape = Session(gateway), Tape()
    gateway.connected(session)
    session._transport = tape  # type: ignore[assignment]
    session.data_received(PREFIX + frame(b"v157..178") + message(71, 2, 5, ""))
    session.data_received(message(1, 11, 9, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "233", 0, 0, ""))
    price = gateway.market.quote(900000001, clock.now()).last
    story = [
        place_fields(1, "BUY", 100, "LMT", round(price * 0.999, 2), transmit=0),
        place_fields(2, "SELL", 100, "LMT", round(price * 1.001, 2), parent=1, transmit=0, tif="GTC"),
        place_fields(3, "SELL", 100, "STP", "", round(price * 0.998, 2), parent=1, tif="GTC"),
        place_fields(4, "BUY", 7, "MKT"),
        [7, 3, 8, 0, "", "", "", "", "", ""],
        [99, 0],
        [16, 1],
    ]
    for step in range(120):
        wall[0] += 15.0
        if step % 10 == 0 and story:
            session.data_received(message(*story.pop(0)))
        gateway.beat()
    gateway.close()
    return tape.written


def test_the_same_story_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = log_of(tmp_path / "a", 3), log_of(tmp_path / "b", 3)
    assert first == second
    assert b"Filled" in first
    assert len(first) > 50_000


def test_another_seed_gives_another_market(tmp_path: Path) -> None:
    assert log_of(tmp_path / "a", 3) != log_of(tmp_path / "b", 4)
