"""The session over real sockets: there and back, and one sentence for whatever hinders it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.compose import build
from app.domain.broker import AccountClass, Endpoint
from app.domain.errors import UserError
from app.domain.orders import Limit, OrderState
from app.domain.quotes import Quote
from app.services import reconcile, session
from app.services.session import SessionState, SessionView
from tests.support.core import Trader, is_down, running_core, trading, view_when
from tests.support.gateway import PracticeGateway

S = SessionState


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def views_of(trader: Trader) -> list[SessionState]:
    """Return a list that grows by every state the session comes to."""
    seen: list[SessionState] = []

    def note(view: SessionView) -> None:
        if not seen or seen[-1] is not view.state:
            seen.append(view.state)

    trader.core.bus.on(SessionView, note)
    return seen


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[Endpoint]:
    """Something that listens, answers this to whatever it hears, and is no gateway."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(10):
            writer.write(reply)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield Endpoint(port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def hindrance(data_dir: Path, endpoint: Endpoint, account: str = "") -> str:
    """Return the sentence that a session which cannot be ready ends with."""
    async with running_core(data_dir, endpoint, until_ready=False, account=account) as core:
        with pytest.raises(UserError) as caught:
            await core.session.ready(10, tries=1)
        assert core.session.view.state is not S.READY
        return str(caught.value)


async def test_it_comes_by_way_of_connecting_and_syncing(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    async with running_core(tmp_path / "app", shared_gateway, until_ready=False) as core:
        seen = views_of(Trader(core, shared_gateway))
        view = await core.session.ready()
        assert seen == [S.CONNECTING, S.SYNCING, S.READY]
        assert (view.account, view.account_class) == ("DUT000001", AccountClass.PRACTICE)
        assert view.server_version == 178
        assert view.is_reconciled
    assert core.session.view.state is S.OFFLINE


@pytest.mark.parametrize("failures", [0, pytest.param(3, marks=pytest.mark.slow)])
async def test_a2_after_a_kill_and_a_restart_it_is_ready_within_five_seconds(
    tmp_path: Path, practice_gateway: PracticeGateway, failures: int
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        resting = await trader.place(trader.bracket(aapl, away=-3))
        await trader.until_state(resting.entry.ref, OrderState.ACCEPTED)
        seen = views_of(trader)
        practice_gateway.kill()
        await trader.until_view(is_down)
        await trader.until_view(lambda view: trader.core.session._failures >= failures, within_s=20)
        practice_gateway.restart()
        began = time.monotonic()
        await trader.until_view(lambda view: view.is_ready)
        assert time.monotonic() - began <= 5
        assert seen[-3:] == [S.CONNECTING, S.SYNCING, S.READY]
        assert trader.core.session.view.is_reconciled
        assert trader.state.orders[resting.entry.ref].state is OrderState.ACCEPTED
        assert await trader.core.market.first_tick(aapl.con_id)


async def test_a2_a_reset_connection_is_made_again_and_quotes_flow(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        await practice_gateway.fault("reset")
        await trader.until_view(is_down)
        began = time.monotonic()
        await trader.until_view(lambda view: view.is_ready)
        assert time.monotonic() - began <= 5
        moved, came = float(trader.near(aapl, 1)), asyncio.Event()

        def is_moved(quote: Quote) -> bool:  # the market trades on from there before the first quote comes
            return quote.con_id == aapl.con_id and quote.last is not None and abs(quote.last / moved - 1) < 0.003

        trader.core.bus.on(Quote, lambda quote: came.set() if is_moved(quote) else None)
        await practice_gateway.move("AAPL", moved)
        await asyncio.wait_for(came.wait(), 10)


async def test_losing_one_of_the_two_connections_makes_both_again(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        await practice_gateway.fault("reset", client_id=18)
        await trader.until_view(is_down)
        await trader.until_view(lambda view: view.is_ready)


@pytest.mark.parametrize("data_lost", [False, True])
async def test_a5_a6_1100_closes_the_gate_and_keeps_the_socket_until_the_line_is_back(
    tmp_path: Path, practice_gateway: PracticeGateway, data_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.05)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3))))
        seen = views_of(trader)
        await practice_gateway.fault("lost")
        view = await trader.until_view(lambda view: view.state is S.DEGRADED)
        assert "restores it by itself" in view.why
        with pytest.raises(UserError, match="degraded"):
            await trader.core.desk.submit(review)
        trader.core.session.match_again()
        await asyncio.sleep(0.3)  # some beats
        assert trader.core.session.view.state is S.DEGRADED, "a match does not open the gate while the line is lost"
        await practice_gateway.fault("restored", data_lost=data_lost)
        await trader.until_view(lambda view: view.is_ready)
        assert seen == [S.DEGRADED, S.SYNCING, S.READY]
        fresh = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3))))
        await trader.core.desk.submit(fresh)


async def test_a5_fills_while_the_line_is_lost_are_heard(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        resting = await trader.place(trader.bracket(aapl, away=-2))
        await trader.until_state(resting.entry.ref, OrderState.ACCEPTED)
        await practice_gateway.fault("lost")
        await trader.until_view(lambda view: view.state is S.DEGRADED)
        await practice_gateway.move("AAPL", float(trader.near(aapl, -2.5)))
        await trader.until_state(resting.entry.ref, OrderState.FILLED)
        assert trader.core.session.view.state is S.DEGRADED


async def test_a7_farm_flaps_make_no_new_connection(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        seen = views_of(trader)
        await practice_gateway.fault("farm", which="data", up=False)
        await trader.until_view(lambda view: not view.is_market_farm_up)
        await practice_gateway.fault("farm", which="data", up=True)
        await trader.until_view(lambda view: view.is_market_farm_up)
        assert set(seen) <= {S.READY}


@pytest.mark.slow
async def test_a9_a_black_hole_is_found_within_twelve_seconds(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        began = time.monotonic()
        await practice_gateway.fault("half_open")
        await trader.until_view(is_down, within_s=20)
        assert time.monotonic() - began <= 12
        await trader.until_view(lambda view: view.is_ready, within_s=20)


async def test_a8_a_used_client_id_is_named(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    async with running_core(tmp_path / "one", shared_gateway):
        sentence = await hindrance(tmp_path / "two", shared_gateway.endpoint)
    assert "Another program uses client id 17" in sentence
    assert "close it, or choose another" in sentence


async def test_a8_a_used_id_of_the_data_connection_is_named(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    async with running_core(tmp_path / "one", shared_gateway):
        other = replace(shared_gateway.endpoint, orders_client=27, data_client=18)
        assert "client id 18" in await hindrance(tmp_path / "two", other)


async def test_a15_an_account_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, shared_gateway: PracticeGateway
) -> None:
    sentence = await hindrance(tmp_path / "app", shared_gateway.endpoint, "DU7654321")
    assert "DU7654321" in sentence
    assert "DUT000001" in sentence


async def test_a1_nobody_at_the_port(tmp_path: Path) -> None:
    port = free_port()
    sentence = await hindrance(tmp_path / "app", Endpoint(port=port))
    assert f"Nobody answers at 127.0.0.1:{port}" in sentence


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x04abc\x00", b""])
async def test_something_else_at_the_port(tmp_path: Path, reply: bytes) -> None:
    async with answering(reply) as endpoint:
        sentence = await hindrance(tmp_path / "app", endpoint)
    assert "gateway" in sentence
    assert "127.0.0.1" in sentence


async def test_a_port_that_is_silent_is_named_within_seconds_while_it_is_still_tried(tmp_path: Path) -> None:
    gone = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        endpoint = Endpoint(port=server.sockets[0].getsockname()[1])
        async with running_core(tmp_path / "app", endpoint, until_ready=False) as core:
            began = time.monotonic()
            view = await view_when(core, lambda view: "has greeted us as a TWS gateway yet" in view.why)
            assert view.state is S.CONNECTING
            assert time.monotonic() - began < 4
        gone.set()


async def test_a8_the_same_id_is_tried_for_two_minutes_before_another_is_asked_for(
    tmp_path: Path, shared_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        running_core(tmp_path / "one", shared_gateway) as first,
        running_core(tmp_path / "two", shared_gateway, until_ready=False) as second,
    ):
        view = await view_when(second, lambda view: "old connection that is still closing" in view.why)
        assert "Another program uses client id 17" in view.why
        assert session.ID_FREED_S == 120
        monkeypatch.setattr(session, "ID_FREED_S", 0.0)
        view = await view_when(second, lambda view: view.why.endswith("choose another client id in Connection."))
        assert "Another program uses client id 17" in view.why
        await first.session.stop()
        view = await view_when(second, lambda view: view.is_ready, 20)
        assert view.endpoint == shared_gateway.endpoint, "never another id for the orders"


async def test_ready_says_what_hindered_it_and_not_that_it_tries_again(tmp_path: Path) -> None:
    async with running_core(tmp_path / "app", Endpoint(port=free_port()), until_ready=False) as core:
        with pytest.raises(UserError, match=r"not ready after 0\.5 s: Nobody answers"):
            await core.session.ready(0.5)


async def test_a14_a_live_account_reads_only_until_it_is_armed(tmp_path: Path, live_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", live_gateway) as trader:
        view = trader.core.session.view
        assert (view.account, view.account_class, view.is_armed) == ("U1234567", AccountClass.LIVE, False)
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3))))
        with pytest.raises(UserError, match="read-only until you arm it"):
            await trader.core.desk.submit(review)
        with pytest.raises(UserError, match="nothing was armed"):
            trader.core.session.arm("yes")
        assert (await live_gateway.book())["orders"] == []
        trader.core.session.arm("I trade real money")
        await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3))))
        await live_gateway.fault("reset")
        await trader.until_view(is_down)
        assert (await trader.until_view(lambda view: view.is_ready)).is_armed, "armed for this session, over a drop"
    async with running_core(tmp_path / "app", live_gateway) as core:
        assert not core.session.view.is_armed


async def test_a_session_that_fails_in_an_unforeseen_way_connects_again(
    tmp_path: Path, shared_gateway: PracticeGateway
) -> None:
    core = await build(tmp_path, gateway=shared_gateway.endpoint)
    attempts: list[int] = []

    async def locate() -> Endpoint:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("a torn file")
        return shared_gateway.endpoint

    try:
        core.session.start(locate, core.market.hear)
        view = await view_when(core, lambda view: view.state is S.OFFLINE and "torn file" in view.why)
        assert "connects again" in view.why
        await core.session.ready()
    finally:
        await core.close()


async def test_what_comes_during_a_match_is_looked_at_again(
    tmp_path: Path, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        looks: list[SessionState] = []
        look = reconcile.Reconciler.match

        async def slow(self: reconcile.Reconciler, channel: object, account: str) -> object:
            found = await look(self, channel, account)  # type: ignore[arg-type]
            looks.append(trader.core.session.view.state)
            if len(looks) == 1:
                await practice_gateway.fault("lost")
                await trader.until_view(lambda view: view.state is S.DEGRADED)
            return found

        monkeypatch.setattr(reconcile.Reconciler, "match", slow)
        trader.core.session.match_again()
        await trader.until_view(lambda view: view.state is S.DEGRADED)
        seen = views_of(trader)
        await practice_gateway.fault("restored", data_lost=False)
        await trader.until_view(lambda view: view.is_ready)
        assert seen == [S.SYNCING, S.READY]
        assert len(looks) == 2


async def test_a13_a_read_only_api_is_named_with_the_way_out_and_charts_go_on(
    tmp_path: Path, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MATCH_DIFFERENT_S", 0.2)
    await practice_gateway.fault("read_only")
    async with running_core(tmp_path / "app", practice_gateway, until_ready=False) as core:
        trader = Trader(core, practice_gateway)
        view = await trader.until_view(lambda view: view.is_read_only)
        assert "clear “Read-Only API” in File › Global Configuration › API › Settings" in view.why
        aapl = await trader.instrument()
        with pytest.raises(UserError, match="it is degraded"):
            await trader.core.desk.submit(
                await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
            )
        assert (await practice_gateway.book())["orders"] == []
        await practice_gateway.fault("read_only", on=False)
        await trader.until_view(lambda view: view.is_ready and not view.is_read_only)
        await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
