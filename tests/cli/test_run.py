"""`tapeline run` and `tapeline doctor`: here, handed to who holds the data directory, and refused in one sentence."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.adapters.ib.orders import IbOrderChannel
from app.compose import examine
from app.domain.broker import Endpoint, Greeting
from app.runtime.instance import Instance
from app.services.doctor import Rung
from tests.cli.conftest import ended, start, tapeline
from tests.support.core import prepare, running_core
from tests.support.gateway import PracticeGateway, practice_gateway, shared_gateway

__all__ = ["practice_gateway", "shared_gateway"]


def where(gateway: PracticeGateway) -> str:
    return f"{gateway.endpoint.host}:{gateway.endpoint.port}"


@contextmanager
def nobody() -> Iterator[str]:
    """An address where nobody listens, for as long as this lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def talking(reply: bytes) -> Iterator[str]:
    """An address where something listens that is no gateway."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(100)
                    peer.sendall(reply)

        thread = threading.Thread(target=serve, name="something else")
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_run_that_only_observes_places_nothing_and_is_exit_one(
    tmp_path: Path, shared_gateway: PracticeGateway
) -> None:
    answer = tapeline("run", "three-of-four", "--symbol", "AAPL", "--json", "--data-dir", tmp_path,
                      "--gateway", where(shared_gateway))  # fmt: skip
    assert answer.code == 1
    told = answer.one
    assert {"run", "signal", "order", "lineage"} <= told.keys()
    assert told["order"] is None
    assert told["run"]["symbol"] == told["signal"]["symbol"] == "AAPL"
    assert told["lineage"][0]["step"] == "load_strategy"
    assert answer.err == ""


def test_a_run_in_auto_goes_on_until_a_symbol_trades(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    answer = tapeline("--data-dir", tmp_path, "--gateway", where(shared_gateway), "run", "three-of-four", "--mode",
                      "auto", "--json")  # fmt: skip
    told = answer.one
    assert answer.code == (0 if told["order"] else 1)
    assert [leg["role"] for leg in (told["order"] or {"legs": []})["legs"]] in ([], ["entry", "stop", "target"])
    listed = tapeline("runs", "--json", "--data-dir", tmp_path).lines
    assert told["run"]["id"] == listed[0]["id"]


def test_a_run_is_readable_without_json(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    answer = tapeline("run", "three-of-four", "--symbol", "MSFT", "--data-dir", tmp_path, "--gateway",
                      where(shared_gateway))  # fmt: skip
    assert answer.code == 1
    assert "three-of-four for MSFT" in answer.out
    assert "load strategy" in answer.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "nothing"), "There is no strategy nothing; there are: three-of-four"),
        (("run", "three-of-four", "--symbol", "NOSUCH"), "NOSUCH"),
        (("run", "three-of-four", "--symbol", ""), "symbol"),
    ],
)
def test_what_is_not_known_is_exit_two_and_one_sentence(
    tmp_path: Path, shared_gateway: PracticeGateway, words: tuple[str, ...], sentence: str
) -> None:
    answer = tapeline(*words, "--json", "--data-dir", tmp_path, "--gateway", where(shared_gateway))
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.sentence


def test_a_port_where_nobody_answers(tmp_path: Path) -> None:
    with nobody() as address:
        answer = tapeline("run", "three-of-four", "--data-dir", tmp_path, "--gateway", address)
    assert (answer.code, answer.out) == (2, "")
    assert f"Nobody answers at {address}" in answer.sentence


def test_a_port_that_stays_silent_is_told_after_the_first_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Endpoint] = []
    open_ = IbOrderChannel.open

    async def counted(channel: IbOrderChannel, endpoint: Endpoint) -> Greeting:
        tries.append(endpoint)
        return await open_(channel, endpoint)

    monkeypatch.setattr(IbOrderChannel, "open", counted)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        answer = tapeline("run", "three-of-four", "--data-dir", tmp_path, "--gateway", address)
    assert (answer.code, answer.out, len(tries)) == (2, "", 1)
    assert f"Nothing at {address} greeted us as a TWS gateway within 4.5 s" in answer.sentence


def test_a_port_where_something_else_answers(tmp_path: Path) -> None:
    with talking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address:
        answer = tapeline("run", "three-of-four", "--data-dir", tmp_path, "--gateway", address)
    assert (answer.code, answer.out) == (2, "")
    assert address in answer.sentence


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1:x", "127.0.0.1:70000", ":0", "127.0.0.1:"])
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    answer = tapeline("run", "three-of-four", "--data-dir", tmp_path, "--gateway", address)
    assert answer.code == 2
    assert "HOST:PORT" in answer.sentence


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    answer = tapeline("run", "three-of-four", "--data-dir", tmp_path, "--profile", "nope")
    assert answer.code == 2
    assert "There is no gateway profile nope; there are: practice" in answer.sentence


def test_an_account_of_the_profile_that_the_gateway_lacks(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    profile = {"host": "127.0.0.1", "port": shared_gateway.endpoint.port, "account": "DU7654321"}
    (tmp_path / "settings.json").write_text(json.dumps({"schema": 1, "profiles": {"tws": profile}}))
    answer = tapeline("run", "three-of-four", "--data-dir", tmp_path, "--profile", "tws")
    assert answer.code == 2
    assert "DU7654321" in answer.sentence


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for words in (("run", "three-of-four"), ("--self-test",)):
        answer = tapeline(*words, "--data-dir", tmp_path / "file")
        assert answer.code == 2
        assert "must be writable" in answer.sentence


def test_b7_two_at_once_on_one_data_directory(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    instance = Instance(tmp_path)
    assert instance.acquire()
    try:
        answer = tapeline("run", "three-of-four", "--data-dir", tmp_path, "--gateway", where(shared_gateway))
    finally:
        instance._lock.release()
    assert answer.code == 2
    assert "does not answer as a Tapeline window" in answer.sentence


@contextmanager
def window(data_dir: Path, told: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Hold a data directory as the window does, answering every request with `told`; yield what was asked."""
    asked: list[dict[str, Any]] = []
    is_open, leave = threading.Event(), asyncio.Event()

    async def answer(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return told

    async def hold(instance: Instance) -> None:
        await instance.open_door(answer)
        is_open.set()
        await leave.wait()
        await instance.close()

    loop, instance = asyncio.new_event_loop(), Instance(data_dir)
    assert instance.acquire()
    thread = threading.Thread(target=lambda: loop.run_until_complete(hold(instance)), name="window")
    thread.start()
    assert is_open.wait(10)
    try:
        yield asked
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join()
        loop.close()


def test_b7_a_run_is_handed_to_the_window_and_its_answer_printed(tmp_path: Path) -> None:
    run = {"id": "r", "strategy": "three-of-four", "symbol": "AAPL", "status": "ordered", "reason": None}
    with window(tmp_path, {"run": run, "signal": None, "order": {"id": "o"}, "lineage": []}) as asked:
        answer = tapeline("run", "three-of-four", "--symbol", "AAPL", "--json", "--data-dir", tmp_path)
    assert answer.code == 0
    assert answer.one["order"] == {"id": "o"}
    assert asked == [{"do": "run", "strategy": "three-of-four", "symbol": "AAPL", "mode": None}]
    assert not (tmp_path / "door.json").exists()


def test_what_the_window_refuses_is_exit_two(tmp_path: Path) -> None:
    with window(tmp_path, {"error": "There is no strategy nothing."}):
        answer = tapeline("run", "nothing", "--data-dir", tmp_path)
    assert answer.code == 2
    assert answer.sentence == "There is no strategy nothing."


@pytest.mark.slow
def test_a_gateway_killed_in_the_middle_of_a_run_is_told_and_nothing_is_lost(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    data_dir = tmp_path / "app"
    prepare(data_dir)
    running = start("run", "three-of-four", "--mode", "auto", "--json", "--data-dir", data_dir, "--gateway",
                    where(practice_gateway))  # fmt: skip
    wal = data_dir / "tapeline.sqlite-wal"
    for _ in range(2000):
        if wal.exists() and wal.stat().st_size > 100_000:
            break
        threading.Event().wait(0.005)
    practice_gateway.kill()
    answer = ended(running)
    assert answer.code in (0, 1, 2)
    assert answer.err == "" or answer.sentence
    practice_gateway.start(port=practice_gateway.told["port"])
    tapeline("run", "three-of-four", "--symbol", "AAPL", "--data-dir", data_dir, "--gateway", where(practice_gateway))
    orders = tapeline("orders", "--json", "--data-dir", data_dir).lines
    refs = [leg["ref"] for order in orders for leg in order["legs"] if leg["status"] != "never_sent"]
    book = asyncio.run(practice_gateway.book())
    theirs = [order["ref"] for order in book["orders"]]
    assert len(theirs) == len(set(theirs))
    assert set(theirs) <= set(refs)


def test_the_doctor_says_where_it_is_stuck(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    with nobody() as address:
        answer = tapeline("doctor", "--json", "--data-dir", tmp_path / "none", "--gateway", address)
    assert answer.code == 1
    assert answer.one["ready"] is False
    stuck = [rung for rung in answer.one["rungs"] if rung["ok"] is False]
    assert len(stuck) == 1
    assert stuck[0]["action"]
    assert not (tmp_path / "none").exists(), "the doctor changes nothing"

    well = tapeline("doctor", "--json", "--data-dir", tmp_path / "none", "--gateway", where(shared_gateway))
    assert well.code == 0, well.out
    assert well.one["ready"] is True
    names = [rung["name"] for rung in well.one["rungs"]]
    assert {"handshake", "account", "clock"} <= set(names)
    for rung in well.one["rungs"]:
        assert rung.keys() == {"name", "ok", "found", "action"}
    readable = tapeline("doctor", "--data-dir", tmp_path / "none", "--gateway", where(shared_gateway))
    assert readable.out.endswith("Ready.\n")


def test_the_doctor_names_ids_in_use_unless_a_window_has_them(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    async def examined_while_connected() -> tuple[Rung, Rung]:
        endpoint = shared_gateway.endpoint
        async with running_core(tmp_path / "app", endpoint):
            stranger = await examine(tmp_path / "other", profile=None, gateway=endpoint)
            instance = Instance(tmp_path / "app")
            assert instance.acquire()
            await instance.open_door(nothing)
            try:
                friend = await examine(tmp_path / "app", profile=None, gateway=endpoint)
            finally:
                await instance.close()
        return ids_of(stranger), ids_of(friend)

    async def nothing(request: dict[str, Any]) -> dict[str, Any]:
        return {"error": "nothing is done"}

    def ids_of(rungs: Sequence[Rung]) -> Rung:
        return next(rung for rung in rungs if rung.name == "client ids")

    stranger, friend = asyncio.run(examined_while_connected())
    assert stranger.ok is False
    assert "17 is used by another program" in stranger.found
    assert friend.ok is True
    assert "17 is used by Tapeline's window" in friend.found


def test_the_doctor_meets_something_else(tmp_path: Path) -> None:
    with talking(b"SSH-2.0-OpenSSH_9\r\n") as address:
        answer = tapeline("doctor", "--json", "--data-dir", tmp_path, "--gateway", address)
    assert answer.code == 1
    assert next(rung for rung in answer.one["rungs"] if rung["name"] == "handshake")["ok"] is False


def test_a_damaged_settings_file_is_left_where_it_is_by_who_only_looks(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{ not json")
    with nobody() as address:
        assert tapeline("doctor", "--json", "--data-dir", tmp_path, "--gateway", address).code == 1
    assert (tmp_path / "settings.json").read_text() == "{ not json"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nosuch",), "nosuch"),
        (("run",), "strategy"),
        (("lineage",), "id"),
        (("--seed", "x"), "seed"),
        (("runs", "--nothing"), "nothing"),
        (("--seed", "3", "practice"), "practice"),
        (("run", "x", "--mode", "wild"), "wild"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(words: tuple[str, ...], says: str) -> None:
    answer = tapeline(*words)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.sentence
