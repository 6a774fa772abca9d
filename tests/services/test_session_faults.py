"""Rows A1 to A16 of the fault list, over real sockets: what the line may do to orders, fills and feeds.

After each of them the ledger is compared with the gateway's own book: every order once, every fill, every position.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.adapters.ib import link
from app.adapters.ib.socket import GatewaySocket
from app.domain.bars import Bars, Timeframe
from app.domain.broker import AccountClass, Endpoint, account_class
from app.domain.errors import Retryable, TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.orders import Limit, Market, OrderState, Side
from app.domain.quotes import Quote
from app.domain.strategies import Mode, RunStatus
from app.services import reconcile, session
from app.services.absence import LongAbsence
from app.services.desk import fresh_decision
from app.services.session import SessionState, SessionView
from tests.services.test_session import free_port, views_of
from tests.support.core import WIDE_LIMITS, Trader, is_down, running_core, trading
from tests.support.gateway import PracticeGateway, running_gateway
from tests.support.ledger import ledger_equals_book
from tests.support.oracle import Oracle, watched

ROOT = Path(__file__).parents[2]
S = OrderState
SYMBOLS = ("AAPL", "MSFT", "IBM", "GOOG", "FB")
PLACE, CANCEL = "3\0", "4\0"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat, look again and come back in fractions of a second."""
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(session, "BACK_OFF_S", (0.2,))
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0.4)


@pytest.fixture
async def trader(tmp_path: Path, practice_gateway: PracticeGateway) -> AsyncIterator[Trader]:
    async with trading(tmp_path / "app", practice_gateway, limits=WIDE_LIMITS) as found:
        yield found


@pytest.fixture
async def oracle(trader: Trader) -> AsyncIterator[Oracle]:
    with watched(trader) as found:
        yield found


async def resting(trader: Trader, *, away: float = -3, count: int = 1) -> list[Any]:
    """Place so many buys that rest below the market, and return them accepted."""
    aapl, found = await trader.instrument(), []
    for number in range(count):
        limit = Limit(trader.near(aapl, away - number / 10))
        intent = await trader.place(trader.proposal(aapl, limit, 1 + number))
        found.append(await trader.until_state(intent.entry.ref, S.ACCEPTED))
    return found


async def quotes_of(trader: Trader, symbols: tuple[str, ...], within_s: float = 10.0) -> None:
    """Return once each of the symbols has told a price from now on."""
    waiting, came = {(await trader.instrument(symbol)).con_id for symbol in symbols}, asyncio.Event()

    def heard(quote: Quote) -> None:
        waiting.discard(quote.con_id)
        if not waiting:
            came.set()

    stop = trader.core.bus.on(Quote, heard)
    try:
        await asyncio.wait_for(came.wait(), within_s)
    finally:
        stop()


async def test_a1_it_tries_again_ever_more_rarely_and_works_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses, enough, port = list[float](), asyncio.Event(), free_port()

    async def wait(_: session.Session, pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) == 8:
            enough.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(session.Session, "_wait_for_return", wait)
    async with running_core(tmp_path / "app", Endpoint(port=port), until_ready=False) as core:
        told: list[str] = []
        core.bus.on(SessionView, lambda view: told.append(view.why) if is_down(view) else None)
        await asyncio.wait_for(enough.wait(), 10)
        assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
        assert {why for why in told if "Connecting" not in why} == {
            f"Nobody answers at 127.0.0.1:{port}; start TWS or IB Gateway, enable its API on that port,"
            " or correct the port."
        }
        assert core.facts.state.strategies, "what is stored can be read without a gateway"


def order_messages(monkeypatch: pytest.MonkeyPatch, at: int, strike: Any) -> None:
    """Call `strike` when the `at`-th order or cancel from now on has been written to the socket."""
    count, write = [0], GatewaySocket.sendMsg

    def counted(self: GatewaySocket, message: str) -> None:
        write(self, message)
        if message.startswith((PLACE, CANCEL)):
            count[0] += 1
            if count[0] == at:
                strike()

    monkeypatch.setattr(GatewaySocket, "sendMsg", counted)


BOUNDARIES = [pytest.param(n, marks=[] if n in (2, 6) else [pytest.mark.slow]) for n in range(1, 9)]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("boundary", BOUNDARIES)
async def test_a3_a_restart_between_two_order_messages_sends_nothing_twice(
    trader: Trader, oracle: Oracle, monkeypatch: pytest.MonkeyPatch, boundary: int
) -> None:
    aapl, gateway = await trader.instrument(), trader.gateway
    proposals = [trader.proposal(aapl, Limit(trader.near(aapl, -3 - number)), 1 + number) for number in range(4)]
    reviews = [await trader.core.desk.review(proposal) for proposal in proposals]
    order_messages(monkeypatch, boundary, gateway.kill)
    for review in reviews:
        with contextlib.suppress(TapelineError):
            await trader.core.desk.submit(review)
    for ref in tuple(trader.state.orders):
        with contextlib.suppress(TapelineError):
            await trader.core.desk.cancel(ref, "the day ends")
    await trader.until_view(is_down)
    gateway.restart()
    await trader.until_view(lambda view: view.is_ready, within_s=20)
    await oracle.holds()


@pytest.mark.usefixtures("quick")
async def test_a3_new_orders_wait_from_a_minute_before_the_daily_restart_until_it_is_over(
    trader: Trader, oracle: Oracle
) -> None:
    aapl, clock = await trader.instrument(), trader.core.clock
    proposal = trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1)
    soon = clock.now().astimezone(clock.local_zone()) + timedelta(seconds=59)
    trader.core.restart.expect(f"{soon:%H:%M}")
    review = await trader.core.desk.review(proposal)
    assert "new orders wait until it is back" in review.why_not
    with pytest.raises(UserError, match="new orders wait"):
        await trader.core.desk.submit(review)
    await trader.gateway.fault("restart", after_ms=100)
    await trader.until_view(is_down)
    await trader.until_view(lambda view: view.is_ready)
    await trader.place(replace(proposal, decision=fresh_decision()))
    await oracle.holds()


@pytest.mark.usefixtures("quick")
async def test_a4_ids_that_are_given_out_again_cross_no_orders(trader: Trader, oracle: Oracle) -> None:
    old = await resting(trader, count=4)
    await trader.gateway.fault("restart", after_ms=100, next_id=-4)
    await trader.until_view(is_down)
    await trader.until_view(lambda view: view.is_ready)
    new = await resting(trader, away=-5, count=4)
    ids = [trader.state.orders[order.ref].order_id for order in (*old, *new)]
    assert len(set(ids)) == 8, "an id whose order still works is not used again"
    for order in new:
        await trader.core.desk.cancel(order.ref, "test")
        await trader.until_state(order.ref, S.CANCELLED)
    assert [trader.state.orders[order.ref].state for order in old] == [S.ACCEPTED] * 4
    aapl = await trader.instrument()
    await trader.gateway.move("AAPL", float(trader.near(aapl, -4)))
    for order in old:
        filled = await trader.until_state(order.ref, S.FILLED)
        assert filled.perm_id == order.perm_id
    await oracle.holds()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("data_lost", [False, True])
async def test_a5_a6_fills_during_1100_are_booked_and_every_feed_comes_back(
    trader: Trader, oracle: Oracle, data_lost: bool
) -> None:
    (order,) = await resting(trader)
    aapl = await trader.instrument()
    for symbol in SYMBOLS:
        await trader.instrument(symbol)
    series: list[Bars] = []
    stop = await trader.core.market.follow(aapl, Timeframe.M1, 50, series.append)
    seen = views_of(trader)
    await trader.gateway.fault("lost")
    await trader.until_view(lambda view: view.state is SessionState.DEGRADED)
    await trader.gateway.move("AAPL", float(trader.near(aapl, -4)))
    await trader.gateway.control({"do": "clock", "advance_s": 180})
    await trader.until_state(order.ref, S.FILLED)
    told = len(series)
    await trader.gateway.fault("restored", data_lost=data_lost)
    await trader.until_view(lambda view: view.is_ready)
    assert seen == [SessionState.DEGRADED, SessionState.SYNCING, SessionState.READY], "the sockets stayed"
    await quotes_of(trader, SYMBOLS)
    while len(series) == told:
        await quotes_of(trader, ("AAPL",))
    assert set(series[-1].time[1:] - series[-1].time[:-1]) == {60}, "no bar is missing"
    stop()
    await oracle.holds()


async def test_a7_two_hundred_flaps_of_the_farms_leave_every_socket_and_feed(trader: Trader, oracle: Oracle) -> None:
    for symbol in SYMBOLS:
        await trader.instrument(symbol)
    seen, sockets = views_of(trader), [channel._link.socket for channel in channels(trader)]
    for number in range(200):
        which = "history" if number % 4 == 3 else "data"
        await trader.gateway.fault("farm", which=which, up=False)
        if number == 0:
            await trader.until_view(lambda view: not view.is_market_farm_up)
        await trader.gateway.fault("farm", which=which, up=True)
    await trader.until_view(lambda view: view.is_market_farm_up and view.is_history_farm_up)
    await quotes_of(trader, SYMBOLS)
    assert set(seen) <= {SessionState.READY}
    assert [channel._link.socket for channel in channels(trader)] == sockets
    await resting(trader)
    await oracle.holds()


def channels(trader: Trader) -> list[Any]:
    return [trader.core.session._orders, trader.core.session._data]


@pytest.mark.usefixtures("quick")
async def test_a9_a_gateway_that_hears_and_says_nothing_is_left(
    trader: Trader, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.HEARTBEAT_S + 2 * link.HEARTBEAT_S <= 12
    (order,) = await resting(trader)
    monkeypatch.setattr(link, "HEARTBEAT_S", 0.5)
    aapl, loop = await trader.instrument(), asyncio.get_running_loop()
    review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
    began = loop.time()
    await trader.gateway.fault("half_open")
    await trader.until_view(is_down)
    assert loop.time() - began <= 5, "two beats and what a busy machine adds"
    with pytest.raises(UserError, match="it is offline"):
        await trader.core.desk.submit(review)
    await trader.until_view(lambda view: view.is_ready)
    assert trader.state.orders[order.ref].state is S.ACCEPTED
    await oracle.holds()


async def test_a11_data_that_another_login_took_is_never_fresh(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway, limits={**WIDE_LIMITS, "tick_age_s": 1}) as trader:
        aapl = await trader.instrument()
        await trader.trending(aapl, +1)
        strategy = await trader.strategy(Mode.AUTO)
        with watched(trader) as oracle:
            await practice_gateway.fault("competing_session", on=True)
            await oracle.told("taken by another login")
            await until_tick_is_older(trader, aapl, 1)
            by_market = await trader.core.desk.review(trader.proposal(aapl, Market(), 1))
            assert "The newest tick of AAPL is" in by_market.why_not
            at_limit = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
            assert at_limit.is_fit, "a hand may place what waits; it is warned"
            result = await trader.core.runs.run(strategy.id, "AAPL")
            assert result.status is RunStatus.REFUSED, result.reason
            assert oracle.sent == []
            await practice_gateway.fault("competing_session", on=False)
            await oracle.holds()


async def until_tick_is_older(trader: Trader, instrument: Instrument, seconds: float) -> None:
    """Return once the newest tick of an instrument is older; nothing tells of what does not come."""
    async with asyncio.timeout(20):
        while (trader.core.market.tick_age_s(instrument.con_id) or 0) <= seconds:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a12_a_long_absence_is_told_at_five_minutes_at_an_hour_and_then_daily(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, told = [trader.core.clock.monotonic()], list[LongAbsence]()
    monkeypatch.setattr(trader.core.clock, "monotonic", lambda: now[0])
    trader.core.bus.on(LongAbsence, told.append)
    began = now[0]
    trader.gateway.kill()
    await trader.until_view(is_down)
    for minute in range(72 * 60 + 2):
        now[0] = began + minute * 60
        trader.core.absence.look()
    assert [round(one.lasted_s / 3600, 1) for one in told] == [0.1, 1.0, 24.0, 48.0, 72.0]
    assert "for 3 days" in str(told[-1])
    assert "log in" in str(told[-1])


@pytest.mark.parametrize(
    ("account", "class_"),
    [("U1234567", AccountClass.LIVE), ("DU1234567", AccountClass.PAPER), ("DUT000001", AccountClass.PRACTICE),
     ("F1234567", AccountClass.LIVE), ("DF1234567", AccountClass.PAPER), ("", AccountClass.LIVE)],
)  # fmt: skip
def test_a14_the_prefix_of_the_account_says_what_it_is(account: str, class_: AccountClass) -> None:
    assert account_class(account) is class_


async def test_a14_a_live_account_behind_a_profile_called_paper_is_live(
    tmp_path: Path, live_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", live_gateway) as trader:
        view = trader.core.session.view
        assert (view.account_class, view.is_armed) == (AccountClass.LIVE, False)
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
        with pytest.raises(UserError, match="read-only until you arm it"):
            await trader.core.desk.submit(review)
        assert (await live_gateway.book())["orders"] == []


@pytest.fixture
def two_accounts(tmp_path: Path) -> Iterator[PracticeGateway]:
    yield from running_gateway(tmp_path / "two", "--account", "DU1111111", "--account", "DU2222222")


async def test_a15_each_order_names_the_account_and_nothing_is_booked_in_the_other(
    tmp_path: Path, two_accounts: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", two_accounts, limits=WIDE_LIMITS, account="DU2222222") as trader:
        aapl = await trader.instrument()
        await trader.bought(aapl, 3)
        await ledger_equals_book(trader)
        book = await two_accounts.book()
        assert {order["account"] for order in book["orders"]} == {"DU2222222"}
        assert {key[0] for key in trader.state.positions} == {"DU2222222"}
        review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
        with pytest.raises(UserError, match="unknown"):
            await trader.core.desk.submit(replace(review, intent=replace(review.intent, account="DU9999999")))
        assert len((await two_accounts.book())["orders"]) == len(book["orders"])


@pytest.mark.usefixtures("quick")
async def test_a15_an_account_that_vanishes_is_not_replaced_by_another(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        practice_gateway.stop()
        for other in running_gateway(tmp_path / "other", "--account", "DU3333333"):
            endpoint = other.endpoint
            other.stop()
            other.start(port=practice_gateway.told["port"])
            assert endpoint.host == other.endpoint.host
            view = await trader.until_view(lambda view: "DUT000001" in view.why, within_s=20)
            assert view.state is SessionState.OFFLINE
            assert "DU3333333" in view.why
            assert trader.account == "DUT000001"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("language", ["de", "zh"])
async def test_a16_codes_decide_whatever_the_language_of_the_texts(
    trader: Trader, oracle: Oracle, language: str
) -> None:
    await trader.gateway.fault("language", code=language)
    (order,) = await resting(trader)
    await trader.core.desk.cancel(order.ref, "test")
    await trader.until_state(order.ref, S.CANCELLED)
    aapl = await trader.instrument()
    await trader.gateway.fault("reject_after_accept", code=201)
    refused = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
    assert (await trader.until_state(refused.entry.ref, S.REJECTED)).reason
    await trader.bought(aapl, 2)
    await trader.gateway.fault("lost")
    await trader.until_view(lambda view: view.state is SessionState.DEGRADED)
    await trader.gateway.fault("restored", data_lost=True)
    await trader.until_view(lambda view: view.is_ready)
    await trader.gateway.fault("whatif_silence")
    with pytest.raises(Retryable):
        await trader.core.desk.preview(trader.proposal(aapl, Market(), 1, Side.BUY), Decimal(1))
    await trader.gateway.fault("reset")
    await trader.until_view(is_down)
    await trader.until_view(lambda view: view.is_ready)
    await oracle.holds("IB 201")


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a16_every_scenario_again_at_a_gateway_that_speaks_german() -> None:
    """The tests of orders, lines and changes once more; their gateways word every error in German from the start."""
    rooms = ("desk_faults", "session_faults", "order_faults", "ledger_faults", "changes", "session", "desk")
    modules = [f"tests/services/test_{room}.py" for room in rooms]
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *modules],
        cwd=ROOT,
        env={**os.environ, "TAPELINE_TEST_LANGUAGE": "de"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
