"""The connection doctor over sockets: each rung in one sentence, and one action for the step that is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from app.adapters.ib import link
from app.compose import new_doctor
from app.domain.broker import Endpoint
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services import data_probe, doctor
from app.services.doctor import Doctor, Rung, warn_of_host
from tests.support.gateway import PracticeGateway, practice_gateway, running_gateway, shared_gateway

__all__ = ["practice_gateway", "shared_gateway"]

Rungs = dict[str, Rung]


@pytest_asyncio.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest_asyncio.fixture
async def its(tasks: Tasks) -> Doctor:
    return new_doctor(tasks, Clock())


async def shaken(its: Doctor, endpoint: Endpoint, *symbols: str, ours: frozenset[int] = frozenset()) -> Rungs:
    """Return the rungs of a handshake by name."""
    return {rung.name: rung for rung in await its.shake_hands(endpoint, symbols=symbols, ours=ours)}


@asynccontextmanager
async def something(serve: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[Endpoint]:
    """Something that takes connections."""

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        await serve(writer)
        writer.close()

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    try:
        yield Endpoint(port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def test_a_gateway_that_is_well_passes_every_rung(its: Doctor, shared_gateway: PracticeGateway) -> None:
    told: list[Rung] = []
    rungs = await its.shake_hands(shared_gateway.endpoint, symbols=("AAPL", "MSFT"), tell=told.append)
    assert tuple(told) == rungs, "each is told as it is found"
    by_name = {rung.name: rung for rung in rungs}
    assert all(rung.ok for rung in rungs), rungs
    assert by_name["handshake"].found == "server version 178"
    assert by_name["account"].found == f"{shared_gateway.account} (practice)"
    assert by_name["client ids"].found == "17 is free, 18 is free"
    assert by_name["data AAPL"].found == by_name["data MSFT"].found == "practice"


async def test_the_handshake_is_on_request_and_ports_are_only_knocked_at(its: Doctor) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        endpoint = Endpoint(port=server.sockets[0].getsockname()[1])
        rungs = await its.ports(endpoint, "mine")
    assert rungs[-1].ok
    assert set(heard) <= {b""}, "nothing may be sent: TWS would ask its user"


async def test_a13_a_read_only_api_is_found_with_its_switch(its: Doctor, practice_gateway: PracticeGateway) -> None:
    await practice_gateway.fault("read_only")
    rung = (await shaken(its, practice_gateway.endpoint))["read-only"]
    assert rung.ok is False
    assert "untick “Read-Only API”" in rung.action


@pytest.mark.parametrize("is_silent", [True, False])
async def test_a13_an_api_that_is_not_enabled_is_told_from_a_port_that_is_shut(
    its: Doctor, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    monkeypatch.setattr(link, "OPEN_S", 0.3)
    gone = asyncio.Event()

    async def serve(writer: asyncio.StreamWriter) -> None:
        if is_silent:
            await gone.wait()

    async with something(serve) as endpoint:
        rungs = await shaken(its, endpoint, "AAPL")
        gone.set()
    assert rungs["API enabled"].ok is False
    assert "Enable ActiveX and Socket Clients" in rungs["API enabled"].action
    assert rungs["handshake"].ok is False
    later = ("read-only", "client ids", "account", "clock", "data AAPL")
    assert [rungs[name].ok for name in later] == [None] * 5, "what was not tried is neither well nor wrong"


async def test_a8_ids_in_use_are_told_ours_from_anothers(
    its: Doctor, shared_gateway: PracticeGateway, tasks: Tasks
) -> None:
    other = new_doctor(tasks, Clock())._data
    await other.open(shared_gateway.endpoint)
    try:
        rungs = await shaken(its, shared_gateway.endpoint)
        assert rungs["client ids"].ok is False
        assert "18 is used by another program" in rungs["client ids"].found
        assert "Close the program that uses client id 18" in rungs["client ids"].action
        rungs = await shaken(its, shared_gateway.endpoint, ours=frozenset({17, 18}))
        assert rungs["client ids"].ok, "the window's own connections are as they should be"
    finally:
        await other.close()


async def test_the_class_of_data_is_told_for_each_symbol(
    its: Doctor, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    rungs = await shaken(its, practice_gateway.endpoint, "NOSUCH", "AAPL")
    assert rungs["data NOSUCH"].ok is None, "a misspelt symbol is no fault of the connection"
    assert rungs["data NOSUCH"].action == "Correct the symbol in the watchlist."
    assert "NOSUCH was not found" in rungs["data NOSUCH"].found
    await practice_gateway.fault("not_subscribed", delayed=True)
    delayed = (await shaken(its, practice_gateway.endpoint, "AAPL"))["data AAPL"]
    assert delayed.ok is None
    assert delayed.found.startswith("delayed")
    assert "Subscribe" in delayed.action
    monkeypatch.setattr(data_probe, "PATIENCE_S", 1.0)
    await practice_gateway.fault("not_subscribed")
    refused = (await shaken(its, practice_gateway.endpoint, "AAPL"))["data AAPL"]
    assert "IB 354" in refused.found
    assert "Subscribe" in refused.action
    await practice_gateway.fault("not_subscribed", on=False)
    await practice_gateway.fault("competing_session")
    taken = (await shaken(its, practice_gateway.endpoint, "AAPL"))["data AAPL"]
    assert "taken by another login" in taken.found
    assert "Close the other login" in taken.action


async def test_a14_a_live_account_at_a_paper_port_is_named(
    its: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for gateway in running_gateway(tmp_path / "live", "--account", "U1234567"):
        monkeypatch.setattr(doctor, "PAPER_PORTS", (gateway.endpoint.port,))
        rungs = await shaken(its, gateway.endpoint)
    assert rungs["account"].ok is False
    assert "U1234567 (live)" in rungs["account"].found
    assert "The account decides, not the port" in rungs["account"].action


async def test_the_clock_of_a_real_gateway_is_compared(tasks: Tasks, tmp_path: Path) -> None:
    clock = Clock()
    for gateway in running_gateway(tmp_path / "paper", "--account", "DU1234567"):
        its = new_doctor(tasks, clock)
        its._skew_s = lambda at: (at - (clock.now() - timedelta(seconds=90))).total_seconds()
        rung = (await shaken(its, gateway.endpoint))["clock"]
    assert rung.action == ("" if rung.ok else "Set this machine's clock by a time server.")
    assert rung.ok is False


async def test_a_handshake_that_is_given_up_leaves_nothing_open(
    its: Doctor, tasks: Tasks, shared_gateway: PracticeGateway
) -> None:
    begun = asyncio.Event()
    shaking = tasks.spawn(
        its.shake_hands(shared_gateway.endpoint, symbols=("AAPL",), tell=lambda rung: begun.set()), name="shaking"
    )
    await begun.wait()
    shaking.cancel()
    await asyncio.wait([shaking])
    again = await shaken(its, shared_gateway.endpoint)
    assert again["handshake"].ok, "its id is free again"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.0.1"])
def test_g5_a_gateway_on_this_machine_needs_no_warning(host: str) -> None:
    assert warn_of_host(host) == ""


@pytest.mark.parametrize("host", ["192.168.1.20", "tws.example.com", "0.0.0.0", "fe80::1"])
def test_g5_a_gateway_on_another_machine_is_warned_of(host: str) -> None:
    assert f"the way to {host} sees and can send orders" in warn_of_host(host)
