"""The same seed, requests and stepped clock give the same bytes, in any run and any directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.practice.hearing import Hearing, Tape, message
from tests.practice.server.test_trading import place_fields

FAULTS = [
    {"at_s": 300, "name": "partial", "sizes": [30, 20]},
    {"at_s": 450, "name": "duplicate", "message": "execDetails"},
    {"at_s": 600, "name": "halt", "symbol": "AAPL"},
    {"at_s": 660, "name": "halt", "symbol": "AAPL", "on": False},
    {"at_s": 900, "name": "farm", "which": "data", "up": False},
    {"at_s": 930, "name": "farm", "which": "data", "up": True},
    {"at_s": 1200, "name": "manual_order", "symbol": "AAPL", "action": "BUY", "quantity": 3},
    {"at_s": 1500, "name": "language", "code": "de"},
]


def log_of(directory: Path, seed: int, faults: list[dict[str, Any]] = FAULTS) -> bytes:
    """Return every byte that two clients hear in a fixed story."""
    directory.mkdir()
    here, second = Hearing(directory, seed=seed), Tape()
    here.gateway.faults.load_script(faults)
    other = here.join(second, 163, 9)
    other.data_received(message(16, 1) + message(61, 1))
    here.session.data_received(message(1, 11, 9, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "233", 0, 0, ""))
    price = here.gateway.market.quote(900000001, here.gateway.clock.now()).last
    story = [
        place_fields(1, "BUY", 100, "LMT", round(price * 0.999, 2), transmit=0),
        place_fields(2, "SELL", 100, "LMT", round(price * 1.001, 2), parent=1, transmit=0, tif="GTC"),
        place_fields(3, "SELL", 100, "STP", "", round(price * 0.998, 2), parent=1, tif="GTC"),
        place_fields(4, "BUY", 4_000 // price, "MKT"),
        place_fields(5, "SELL", 5, "TRAIL", "", round(price * 0.001, 2)),
        [7, 3, 8, 0, "", "", "", "", "", ""],
        [99, 0],
        [16, 1],
    ]
    for step in range(120):
        here.wall[0] += 15.0
        if step % 10 == 0 and story:
            here.session.data_received(message(*story.pop(0)))
        here.gateway.beat()
    here.gateway.close()
    return here.tape.written + second.written


def test_the_same_story_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = log_of(tmp_path / "a", 3), log_of(tmp_path / "b", 3)
    assert first == second
    assert b"Filled" in first
    assert len(first) > 50_000


def test_another_seed_gives_another_market(tmp_path: Path) -> None:
    assert log_of(tmp_path / "a", 3) != log_of(tmp_path / "b", 4)


def test_a_script_of_faults_changes_the_log_and_nothing_else_does(tmp_path: Path) -> None:
    assert log_of(tmp_path / "a", 3) != log_of(tmp_path / "b", 3, [])
    assert log_of(tmp_path / "c", 3, []) == log_of(tmp_path / "d", 3, [])
