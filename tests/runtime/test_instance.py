"""One process a data directory, and a door that opens only to who knows the password."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.runtime.errors import Refusal
from app.runtime.instance import Instance, ask_holder, has_window

HOLD = "import sys; from pathlib import Path; from app.runtime.instance import Instance;" \
       "held = Instance(Path(sys.argv[1])); print(held.acquire(), flush=True); sys.stdin.read()"  # fmt: skip


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[list[dict[str, Any]]]:
    """A data directory that this process holds with its door open; the list is what was asked."""
    asked: list[dict[str, Any]] = []

    async def answer(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return {"ok": True, "size": len(request.get("much", ""))}

    instance = Instance(tmp_path)
    assert instance.acquire()
    await instance.open_door(answer)
    yield asked
    await instance.close()


def test_b7_a_second_process_does_not_get_the_data_directory_until_the_first_is_gone(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdin is not None
    assert first.stdout.readline() == "True\n"
    second = Instance(tmp_path)
    assert not second.acquire()
    first.kill()
    first.wait()
    first.stdout.close()
    first.stdin.close()
    assert second.acquire(), "the lock goes with the process, however it ends"
    second._lock.release()


async def test_the_holder_answers_who_asks_by_the_file(tmp_path: Path, held: list[dict[str, Any]]) -> None:
    assert (await ask_holder(tmp_path, {"do": "raise"}, timeout_s=5))["ok"] is True
    assert held == [{"do": "raise"}]
    much = "x" * 1_000_000
    assert (await ask_holder(tmp_path, {"do": "run", "much": much}, timeout_s=5))["size"] == 1_000_000


async def test_g5_only_the_owner_can_read_the_password(tmp_path: Path, held: list[dict[str, Any]]) -> None:
    assert stat.S_IMODE(os.stat(tmp_path / "door.json").st_mode) == 0o600
    assert held == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"do":"run"}\n',
        b'{"do":"run","password":"guess"}\n',
        '{"do":"run","password":"früh"}\n'.encode(),
        b'{"do":"run","password":null}\n',
        b"[1,2]\n",
        b"not json\n",
        b"\xff\xfe\n",
        b"\n",
        b"",
    ],
)
async def test_g5_the_door_stays_shut_to_who_does_not_know_it(
    tmp_path: Path, held: list[dict[str, Any]], line: bytes
) -> None:
    port = json.loads((tmp_path / "door.json").read_text())["port"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(line)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    await writer.wait_closed()
    assert held == []
    assert (await ask_holder(tmp_path, {"do": "still there"}, timeout_s=5))["ok"] is True


async def test_nobody_behind_the_door_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="does not answer as a Tapeline window"):
        await ask_holder(tmp_path, {"do": "raise"}, timeout_s=1)
    (tmp_path / "door.json").write_text('{"port": 1, "password": "x"}')
    with pytest.raises(Refusal, match="does not answer as a Tapeline window"):
        await ask_holder(tmp_path, {"do": "raise"}, timeout_s=1)


async def test_the_door_of_a_window_that_crashed_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "door.json").write_text('{"port": 1, "password": "old"}')
    instance = Instance(tmp_path)
    assert instance.acquire()
    assert not (tmp_path / "door.json").exists()
    await instance.close()


async def test_a_window_is_known_by_its_answer_alone(tmp_path: Path, held: list[dict[str, Any]]) -> None:
    assert await has_window(tmp_path)
    assert not await has_window(tmp_path / "nobody")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "door.json").write_text(json.dumps({"port": 1, "password": "old"}))
    assert not await has_window(tmp_path / "gone"), "the file of a window that ended without closing it"
