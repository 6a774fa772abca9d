"""Rows B of the fault list over real sockets: what may happen to an order, judged by the gateway's own book."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.adapters.ib import link
from app.adapters.ib.codes import CODES
from app.adapters.ib.socket import MESSAGES_PER_SECOND
from app.domain import events as ev
from app.domain.broker import Message
from app.domain.errors import TapelineError, UserError
from app.domain.orders import Intent, IntentId, Limit, Market, OrderRef, OrderState, Side
from app.services import cancels, guard, reconcile, session
from app.services.desk import fresh_decision
from app.services.session import SessionState
from tests.adapters.ib.test_trouble import CONNECTION_CODES, LINE_CODES
from tests.support.core import WIDE_LIMITS, Trader, trading
from tests.support.gateway import PracticeGateway
from tests.support.oracle import Oracle, watched

S = OrderState
UNKNOWN_CODES = (555, 2199, 10999)


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0.4)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(session, "BACK_OFF_S", (0.2,))
    monkeypatch.setattr(guard, "SETTLES_S", 0.3)
    monkeypatch.setattr(cancels, "ASK_AGAIN_S", 1.0)
    monkeypatch.setattr(link, "HEARTBEAT_S", 1.0)


def deafen(trader: Trader) -> None:
    """Have the core hear nothing of the broker's reports any more, as if it had died at this moment."""
    trader.core.desk._channel._hear = lambda news: None  # type: ignore[attr-defined]


@pytest.mark.parametrize(("away", "state"), [(-3.0, S.ACCEPTED), (1.0, S.FILLED)])
async def test_b2_b3_what_was_sent_before_the_app_died_is_found_again_and_booked_once(
    tmp_path: Path, shared_gateway: PracticeGateway, away: float, state: OrderState
) -> None:
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as trader:
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.bracket(aapl, away=away))
        deafen(trader)
        await trader.core.facts.enter(ev.OrderIntended(at=trader.core.clock.now(), intent=review.intent))
        await trader.core.desk._channel.place(review.intent, aapl)
        await shared_gateway.book()
        assert trader.state.orders[review.intent.entry.ref].state is S.INTENDED
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as trader:
        with watched(trader) as oracle:
            await trader.until_state(review.intent.entry.ref, state)
            await oracle.holds()
            assert oracle.sent == []
            assert set(await trader.book_orders()) == {str(leg.ref) for leg in review.intent.legs}


async def test_b4_an_order_behind_three_hundred_requests_is_at_the_broker_once_or_never(
    tmp_path: Path, shared_gateway: PracticeGateway
) -> None:
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as trader:
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.bracket(aapl, away=-3))
        with watched(trader) as oracle:
            burst = [asyncio.create_task(trader.core.market.search(f"A{n}")) for n in range(300)]
            placing = asyncio.create_task(trader.core.desk.submit(review))
            await shared_gateway.fault("reset")
            await asyncio.gather(placing, *burst, return_exceptions=True)
            await trader.until(lambda state: review.intent.entry.ref in state.orders)
            await trader.core.session.ready(30)
            await oracle.holds()
            there = str(review.intent.entry.ref) in await trader.book_orders()
            assert (trader.state.orders[review.intent.entry.ref].state is S.NEVER_SENT) is not there


async def test_b8_a_duplicate_order_id_is_looked_up_and_nothing_is_sent_again(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    first = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -3)), 5))
    told = await clean.until_state(first.entry.ref, S.ACCEPTED)
    await clean.gateway.fault("error", code=103, order=told.order_id, text="Duplicate order id")
    await oracle.told("IB 103")
    await clean.core.session.matched(10)
    assert clean.state.orders[first.entry.ref].state is S.ACCEPTED
    await oracle.holds()
    assert oracle.sent == [first.entry.ref]


async def test_b10_a_cancel_of_what_filled_meanwhile_is_a_fill(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    intent = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -2)), 5))
    order = await clean.until_state(intent.entry.ref, S.ACCEPTED)
    at, below = float(clean.last(aapl)), float(clean.near(aapl, -2.5))
    moving = asyncio.create_task(clean.gateway.move("AAPL", below))
    await clean.core.desk._channel.cancel(order)
    await moving
    await clean.until(lambda state: state.orders[intent.entry.ref].state in (S.FILLED, S.CANCELLED))
    await oracle.holds()
    for code in (10147, 10148):
        await clean.gateway.fault("error", code=code, order=order.order_id, text="cannot be cancelled")
        await oracle.told(f"IB {code}")
    book = (await clean.book_orders())[str(intent.entry.ref)]["status"]
    assert clean.state.orders[intent.entry.ref].state.value == book.lower()
    await clean.gateway.move("AAPL", at)


async def test_b12_an_order_refused_after_it_was_accepted_is_not_tried_again(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("reject_after_accept", code=201)
    intent = await clean.place(clean.bracket(aapl, away=-3))
    order = await clean.until_state(intent.entry.ref, S.REJECTED)
    for leg in intent.children:
        await clean.until(lambda state, ref=leg.ref: state.orders[ref].state.is_final)  # type: ignore[misc]
    assert order.reason.startswith("The broker refused")
    await oracle.holds("IB 201")
    assert len(clean.state.intents) == 1


async def test_b13_a_short_sale_waits_for_its_shares_and_lives(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("locate", never=True)
    intent = await clean.place(clean.proposal(aapl, Market(), 5, Side.SELL))
    await oracle.told("locating shares")
    await clean.until_state(intent.entry.ref, S.ACCEPTED)
    await oracle.holds()


@pytest.mark.parametrize("sizes", [[1], [2, 1], [1, 1, 1], [4]])
async def test_b14_what_filled_stays_and_its_stop_covers_that(clean: Trader, oracle: Oracle, sizes: list[int]) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("partial", sizes=sizes)
    intent = await clean.place(clean.bracket(aapl, 5))
    await clean.until(lambda state: state.orders[intent.entry.ref].filled == sum(sizes))
    await clean.core.desk.cancel(intent.entry.ref, "test")
    order = await clean.until_state(intent.entry.ref, S.CANCELLED)
    assert order.filled == sum(sizes)
    for leg in intent.children:
        await clean.until(lambda state, ref=leg.ref: state.orders[ref].quantity == sum(sizes))  # type: ignore[misc]
        assert clean.state.orders[leg.ref].state.is_working
    await oracle.holds()


@pytest.mark.parametrize("name", ["orderStatus", "openOrder", "execDetails", "commissionReport"])
async def test_b16_messages_that_come_three_times_are_booked_once(clean: Trader, oracle: Oracle, name: str) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("duplicate", message=name, times=3)
    intent = await clean.place(clean.proposal(aapl, Market(), 5))
    await clean.until_state(intent.entry.ref, S.FILLED)
    await oracle.holds()
    assert len(clean.state.fills) == 1


async def test_b19_a_stop_that_the_broker_ended_is_an_alarm_and_no_new_order(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    intent = await clean.bought(aapl)
    stop, _ = intent.children
    await clean.core.desk._channel.cancel_everything()  # as the broker does it: nobody here asked for these cancels
    await clean.until_state(stop.ref, S.CANCELLED)
    await oracle.told("AAPL is held without its stop: the broker ended it (cancelled)", within_s=5)
    await oracle.holds()
    assert len(clean.state.intents) == 1


async def test_b14_b19_the_end_of_the_day_expires_what_is_left_and_keeps_what_filled(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway, limits=WIDE_LIMITS) as trader:
        aapl = await trader.instrument()
        await practice_gateway.fault("partial", sizes=[2])
        part = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, 0.5)), 5))
        rest = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
        await trader.until(lambda state: state.orders[part.entry.ref].filled == 2)
        await trader.until_state(rest.entry.ref, S.ACCEPTED)
        with watched(trader) as oracle:
            await practice_gateway.fault("day_end")
            for intent in (part, rest):
                ended = await trader.until_state(intent.entry.ref, S.EXPIRED, S.CANCELLED)
                assert not ended.cancel_asked
            await oracle.holds()
            assert trader.state.orders[part.entry.ref].filled == 2
            position = trader.state.position(trader.account, aapl.con_id)
            assert position is not None
            assert position.quantity == 2
            assert oracle.sent == []


async def test_b19_a_stop_that_ended_with_its_target_is_no_alarm(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    intent = await clean.bought(aapl)
    stop, target = intent.children
    at = float(clean.last(aapl))
    await clean.gateway.move("AAPL", float(clean.near(aapl, 9)))
    await clean.until_state(target.ref, S.FILLED)
    await clean.until_state(stop.ref, S.CANCELLED)
    await asyncio.sleep(guard.SETTLES_S * 1.5)
    await oracle.holds()
    assert not [text for text in oracle.heard if "without its stop" in text]
    await clean.gateway.move("AAPL", at)


async def test_b21_a_liquidation_is_told_once_and_only_what_reduces_leaves(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    intent = await clean.place(clean.proposal(aapl, Market(), 5))
    await clean.until_state(intent.entry.ref, S.FILLED)
    await clean.gateway.fault("liquidate", symbol="AAPL", quantity=3)
    for _ in range(2):
        await clean.core.session.matched(10)
    await oracle.holds("The broker liquidated: it sold 3 AAPL")
    position = clean.state.position(clean.account, aapl.con_id)
    assert position is not None
    assert position.quantity == 2
    assert clean.state.trading.state is ev.TradingState.REDUCING
    assert sum("liquidated" in text and "until you resume" in text for text in oracle.heard) == 1


async def test_b21_an_order_by_hand_counts_in_position_and_limits(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("manual_order", symbol="AAPL", action="BUY", quantity=4)
    await clean.core.session.matched(10)
    await clean.until(lambda state: state.position(clean.account, aapl.con_id) is not None)
    await oracle.holds()
    position = clean.state.position(clean.account, aapl.con_id)
    assert position is not None
    assert position.quantity == 4


async def test_b22_a_refused_child_takes_the_entry_with_it(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("reject_after_accept", type="STP")
    intent = await clean.place(clean.bracket(aapl, away=-3))
    await clean.until_state(intent.children[0].ref, S.REJECTED, S.CANCELLED)
    await clean.until_state(intent.entry.ref, S.CANCELLED, within_s=5)
    await oracle.holds()
    assert not [order for order in (await clean.book_orders()).values() if order["status"] == "Submitted"]


async def test_b22_a_position_whose_child_is_refused_is_an_alarm_within_five_seconds(
    clean: Trader, oracle: Oracle
) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("reject_after_accept", type="STP")
    intent = await clean.place(clean.bracket(aapl))
    await clean.until_state(intent.entry.ref, S.FILLED)
    await oracle.told("AAPL is held without its stop", within_s=5)
    await oracle.holds()


async def test_b23_exits_that_both_fill_are_told_and_nothing_is_sent_against_it(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    intent = await clean.bought(aapl)
    stop, target = intent.children
    at, above, below = (float(clean.near(aapl, percent)) for percent in (0, 9, -9))
    await clean.gateway.fault("both_fill")
    await clean.gateway.move("AAPL", above)
    await clean.until_state(target.ref, S.FILLED)
    await clean.gateway.move("AAPL", below)
    await clean.until_state(stop.ref, S.FILLED)
    await oracle.holds("AAPL left by both of its exits, 10 for 5")
    position = clean.state.position(clean.account, aapl.con_id)
    assert position is not None
    assert position.quantity == -5
    assert len(clean.state.intents) == 1
    await clean.gateway.move("AAPL", at)


@pytest.mark.parametrize("burst", [80, pytest.param(500, marks=pytest.mark.slow)])
async def test_b24_a_burst_of_orders_leaves_at_the_rate_that_the_gateway_allows(
    tmp_path: Path, shared_gateway: PracticeGateway, burst: int
) -> None:
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as trader:
        aapl = await trader.instrument()
        prices = [trader.near(aapl, -3) - Decimal(n) / 100 for n in range(burst)]
        reviews = [await trader.core.desk.review(trader.proposal(aapl, Limit(price), 1)) for price in prices[:1]]
        wire = trader.core.desk._channel._link.socket  # type: ignore[attr-defined]
        times, send = list[float](), wire.sendMsg
        wire.sendMsg = lambda message: (times.append(asyncio.get_running_loop().time()), send(message))
        with watched(trader) as oracle:
            template = reviews[0]
            await trader.core.desk.submit(template)
            channel = trader.core.desk._channel
            intents = [single(template.intent, price) for price in prices[1:]]
            for intent in intents:
                await trader.core.facts.enter(ev.OrderIntended(at=trader.core.clock.now(), intent=intent))
            await asyncio.gather(*(channel.place(intent, aapl) for intent in intents))
            await trader.until(lambda state: all(order.state is S.ACCEPTED for order in state.orders.values()), 60)
            most = max(sum(at <= other < at + 1 for other in times) for at in times)
            assert most <= MESSAGES_PER_SECOND
            assert trader.core.session.view.is_ready, "the gateway hung up on us for too many messages"
            await oracle.holds()


def single(like: Intent, price: Decimal) -> Intent:
    """Return an intent like another one at another price."""
    id_ = IntentId(ev.new_id())
    leg = replace(like.entry, ref=OrderRef(id_), type=Limit(price))
    return replace(like, id=id_, decision=fresh_decision(), legs=(leg,))


async def test_b26_a_fill_that_races_a_cancel_wins(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    at, below = float(clean.last(aapl)), float(clean.near(aapl, -2.5))
    intent = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -2)), 5))
    order = await clean.until_state(intent.entry.ref, S.ACCEPTED)
    await clean.gateway.move("AAPL", below)
    with contextlib.suppress(TapelineError):
        await clean.core.desk._channel.cancel(order)
    await clean.until_state(intent.entry.ref, S.FILLED)
    await oracle.holds()
    assert clean.state.orders[intent.entry.ref].state is S.FILLED
    await clean.gateway.move("AAPL", at)


async def test_b29_of_a_strategy_that_runs_away_at_most_ten_orders_leave(
    tmp_path: Path, shared_gateway: PracticeGateway
) -> None:
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway) as trader:  # with the limits as they are
        aapl = await trader.instrument()
        with watched(trader) as oracle:

            async def one(number: int) -> None:
                limit = Limit(trader.near(aapl, -3) - Decimal(number) / 100)
                with contextlib.suppress(TapelineError):
                    review = await trader.core.desk.review(trader.proposal(aapl, limit, 1))
                    await trader.core.desk.submit(review)

            for tick in range(3):
                await asyncio.gather(*(one(100 * tick + number) for number in range(20)))
            assert len(trader.state.intents) <= 10
            await oracle.holds()
            assert 0 < len(await trader.book_orders()) <= 10


@pytest.mark.parametrize(
    "line",
    [  # the six states that a line can be in
        "up",
        "1100",
        "blackhole",
        pytest.param("half_open", marks=pytest.mark.slow),
        pytest.param("reset", marks=pytest.mark.slow),
        pytest.param("killed", marks=pytest.mark.slow),
    ],
)
async def test_b30_the_kill_switch_blocks_at_once_and_cancels_in_every_state_of_the_line(
    tmp_path: Path, practice_gateway: PracticeGateway, line: str
) -> None:
    async with trading(tmp_path / "app", practice_gateway, limits=WIDE_LIMITS) as trader:
        aapl = await trader.instrument()
        channel = trader.core.desk._channel
        first = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 1))
        others = [single(first, trader.near(aapl, -3) - Decimal(n) / 100) for n in range(1, 40)]
        for intent in others:
            await trader.core.facts.enter(ev.OrderIntended(at=trader.core.clock.now(), intent=intent))
            await channel.place(intent, aapl)
        await trader.until(lambda state: all(order.state is S.ACCEPTED for order in state.orders.values()), 20)
        review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -1)), 1))
        with watched(trader) as oracle:
            await cut(trader, line)
            began = time.perf_counter()
            trader.core.desk.halt("Stopped by hand.")
            assert time.perf_counter() - began < 0.2
            with pytest.raises(UserError):
                await trader.core.desk.submit(review)
            await trader.until(lambda state: state.trading.state is ev.TradingState.HALTED)
            await mend(trader, line)
            await trader.until(lambda state: all(o.state is S.CANCELLED for o in state.orders.values()), 40)
            await oracle.holds("Stopped by hand.")
            assert oracle.sent == []
            assert {order["status"] for order in (await trader.book_orders()).values()} == {"Cancelled"}


async def cut(trader: Trader, line: str) -> None:
    """Bring the line into a state in which the switch has to work as well."""
    match line:
        case "up":
            return
        case "1100":
            await trader.gateway.fault("lost")
            await trader.until_view(lambda view: not view.is_ready)
        case "killed":
            trader.gateway.kill()
            await trader.until_view(lambda view: view.state is SessionState.OFFLINE)
        case "blackhole":
            await trader.gateway.fault("blackhole", ms=1500)
        case _:
            await trader.gateway.fault(line)


async def mend(trader: Trader, line: str) -> None:
    match line:
        case "1100":
            await trader.gateway.fault("restored", data_lost=False)
        case "killed":
            trader.gateway.restart()
        case _:
            return


async def test_b9_no_known_code_moves_a_live_a_filled_or_a_cancelled_order(clean: Trader, oracle: Oracle) -> None:
    aapl = await clean.instrument()
    live = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -3)), 1))
    dead = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -4)), 1))
    done = await clean.place(clean.proposal(aapl, Market(), 1))
    await clean.until_state(dead.entry.ref, S.ACCEPTED)
    await clean.core.desk.cancel(dead.entry.ref, "test")
    ends = {live.entry.ref: S.ACCEPTED, dead.entry.ref: S.CANCELLED, done.entry.ref: S.FILLED}
    for ref, state in ends.items():
        await clean.until_state(ref, state)
    seen, stops = set[tuple[OrderRef, OrderState]](), [clean.core.bus.on(ev.OrderReported, lambda fact: note(fact.ref))]

    def note(ref: OrderRef) -> None:
        seen.add((ref, clean.state.orders[ref].state))

    told = dict[tuple[int, OrderRef | None], str]()
    stops.append(clean.core.bus.on(Message, lambda news: told.update({(news.code, news.ref): news.text})))
    codes = [*sorted(set(CODES) - CONNECTION_CODES), *UNKNOWN_CODES]
    ids = [clean.state.orders[ref].order_id for ref in ends]
    for code in codes:
        for order_id in ids:
            await clean.gateway.fault("error", code=code, order=order_id, text="Auftrag fraglich")
        await clean.gateway.fault("error", code=code, text="Auftrag fraglich")
    last = codes[-1]
    await oracle.told(f"IB message {last}")
    await clean.gateway.fault("error", code=1102, text="back")
    await clean.core.session.ready(20)
    await oracle.holds()
    for stop in stops:
        stop()
    assert seen <= set(ends.items())
    assert {ref: clean.state.orders[ref].state for ref in ends} == ends
    about_orders = {code for code, ref in told if ref is not None}
    assert about_orders >= set(codes) - LINE_CODES
    assert all(text for text in told.values())
    assert all(CODES[code].sentence.rstrip(".") for code in codes if code in CODES)
