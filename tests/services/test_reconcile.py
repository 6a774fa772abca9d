"""Reconciliation: what happened while nobody looked is booked, what never left is closed, the rest is a difference."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from app.adapters.ib import link
from app.domain import events as ev
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Limit, Market, OrderState, Side
from app.domain.strategies import Mode, RunStatus
from app.services import reconcile, session
from tests.support.core import Trader, stands, trading
from tests.support.gateway import PracticeGateway

S = OrderState


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0.3)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.1)


async def matched(trader: Trader) -> ev.Reconciled:
    """Have the ledger matched now and return what came out."""
    came: asyncio.Future[ev.Reconciled] = asyncio.get_running_loop().create_future()
    stop = trader.core.bus.on(ev.Reconciled, lambda fact: came.set_result(fact) if not came.done() else None)
    trader.core.session.match_again()
    try:
        return await asyncio.wait_for(came, 10)
    finally:
        stop()


async def test_fills_while_the_app_was_away_are_booked_once(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        intent = await trader.place(trader.bracket(aapl, away=-2))
        await trader.until_state(intent.entry.ref, S.ACCEPTED)
        lower = float(trader.near(aapl, -2.5))
    await practice_gateway.move("AAPL", lower)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        await trader.until(lambda state: stands(state, intent))
        told = (await practice_gateway.book())["executions"]
        booked = {str(fill.exec_id): fill for fill in trader.state.fills.values()}
        assert booked.keys() == {execution["exec_id"] for execution in told}
        assert sum(fill.quantity for fill in booked.values()) == 5
        assert trader.core.session.view.is_reconciled
        before = trader.state
        await matched(trader)
        assert trader.state.fills == before.fills
        assert trader.state.positions == before.positions


async def test_a_stop_that_filled_while_the_app_was_away_leaves_it_flat(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        intent = await trader.bought(aapl)
        below = float(trader.near(aapl, -9))
    await practice_gateway.move("AAPL", below)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        stop, target = intent.children
        await trader.until_state(stop.ref, S.FILLED)
        await trader.until_state(target.ref, S.CANCELLED)
        position = trader.state.positions[(trader.account, aapl.con_id, None)]
        assert position.quantity == 0
        assert position.realized < 0
        assert trader.core.session.view.is_reconciled


async def test_b1_an_intent_that_never_left_is_closed_after_two_looks_and_never_sent(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.bracket(aapl, away=-3))
        await trader.core.facts.enter(ev.OrderIntended(at=trader.core.clock.now(), intent=review.intent))
    async with trading(tmp_path / "app", practice_gateway) as trader:
        assert {trader.state.orders[leg.ref].state for leg in review.intent.legs} == {S.VERIFYING}
        assert not trader.core.session.view.is_reconciled, "auto waits until it is known"
        for leg in review.intent.legs:
            order = await trader.until_state(leg.ref, S.NEVER_SENT)
            assert "Decide anew" in order.reason
        await trader.until_view(lambda view: view.is_reconciled)
        assert await trader.book_orders() == {}


async def test_one_look_alone_never_closes_an_order(
    tmp_path: Path, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 1000.0)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.bracket(aapl, away=-3))
        await trader.core.facts.enter(ev.OrderIntended(at=trader.core.clock.now(), intent=review.intent))
        for _ in range(3):
            await matched(trader)
        assert {trader.state.orders[leg.ref].state for leg in review.intent.legs} == {S.VERIFYING}


async def test_an_order_that_ended_unseen_is_over_after_two_looks(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        intent = await trader.place(trader.bracket(aapl, away=-3))
        await trader.until_state(intent.entry.ref, S.ACCEPTED)
    await practice_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", practice_gateway) as trader:
        assert (await trader.until_state(intent.entry.ref, S.EXPIRED)).tif == "DAY"
        for child in intent.children:
            await trader.until_state(child.ref, S.CANCELLED)


async def test_orders_of_another_program_are_shown_and_never_cancelled_as_ours(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "other", practice_gateway) as other:
        aapl = await other.instrument()
        theirs = await other.place(other.proposal(aapl, Limit(other.near(aapl, -3))))
        await other.until_state(theirs.entry.ref, S.ACCEPTED)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        (seen,) = trader.state.orders.values()
        assert seen.is_foreign
        assert (seen.symbol, seen.side, seen.quantity, seen.state) == ("AAPL", Side.BUY, 5, S.ACCEPTED)
        assert trader.core.session.view.is_reconciled
        assert await trader.core.desk.cancel_all("quitting") == 0
        assert [order["status"] for order in (await practice_gateway.book())["orders"]] == ["Submitted"]


async def test_a_hand_order_in_tws_counts_in_the_position(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        await trader.bought(aapl, 5)
        await practice_gateway.fault("manual_order", symbol="AAPL", action="BUY", quantity=3)
        await matched(trader)
        assert trader.state.positions[(trader.account, aapl.con_id, None)].quantity == 8
        assert trader.core.session.view.is_reconciled


async def test_what_an_account_held_before_us_is_where_the_ledger_begins(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "other", practice_gateway) as other:
        aapl = await other.instrument()
        await other.place(other.proposal(aapl, Market(), 9))
        await other.until(lambda state: state.fills)
    practice_gateway.stop()
    forget_executions(practice_gateway)
    practice_gateway.start()
    async with trading(tmp_path / "app", practice_gateway) as trader:
        position = trader.state.positions[(trader.account, aapl.con_id, None)]
        assert position.quantity == 9
        assert position.average > 0
        assert trader.core.session.view.is_reconciled
        (adopted,) = trader.state.fills.values()
        assert adopted.exec_id.startswith("adopted-")
        await matched(trader)
        assert len(trader.state.fills) == 1, "adopted once"


def forget_executions(gateway: PracticeGateway) -> None:
    """Have a stopped gateway list no executions any more, as a broker does after midnight."""
    import sqlite3

    (file,) = gateway.data_dir.glob("*.sqlite*")
    with sqlite3.connect(file) as connection:
        connection.execute("delete from executions")
    connection.close()


async def test_a_fill_of_ours_that_the_broker_no_longer_lists_is_a_difference_and_not_an_opening(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        intent = await trader.place(trader.bracket(aapl, away=-2))
        await trader.until_state(intent.entry.ref, S.ACCEPTED)
        lower = float(trader.near(aapl, -2.5))
    await practice_gateway.move("AAPL", lower)
    practice_gateway.stop()
    forget_executions(practice_gateway)
    practice_gateway.start()
    async with trading(tmp_path / "app", practice_gateway) as trader:
        assert not trader.state.fills
        assert trader.core.session.view.is_ready
        assert not trader.core.session.view.is_reconciled
        (difference,) = trader.core.session.view.differences
        assert difference.subject == "Position AAPL"
        assert (difference.ours, difference.broker) == ("0", "5")


async def test_a_position_that_differs_locks_auto_and_not_a_hand(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        await trader.bought(aapl, 5)
        now = trader.core.clock.now()
        invented = Fill(
            ExecId("invented.01"), trader.account, aapl.con_id, "AAPL", Side.BUY, Decimal(2), Decimal(100), now
        )
        await trader.core.facts.enter(ev.Filled(at=now, fill=invented))
        fact = await matched(trader)
        assert "Position AAPL: ours 7, the broker's 5" in fact.differences[0]
        await trader.until_view(lambda view: view.is_ready and not view.is_reconciled)
        msft = await trader.instrument("MSFT")
        await trader.trending(msft, +1)
        strategy = await trader.strategy(Mode.AUTO)
        result = await trader.core.runs.run(strategy.id, "MSFT")
        assert result.status is RunStatus.REFUSED
        assert "differs from the broker's" in result.reason
        await trader.place(trader.bracket(msft, away=-3))


async def test_adopting_makes_the_ledger_equal_the_broker(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        await trader.bought(aapl, 5)
        now = trader.core.clock.now()
        invented = Fill(
            ExecId("invented.01"), trader.account, aapl.con_id, "AAPL", Side.BUY, Decimal(2), Decimal(100), now
        )
        await trader.core.facts.enter(ev.Filled(at=now, fill=invented))
        await matched(trader)
        (holding,) = await trader.core.session._orders.holdings()
        await trader.core.session._reconciler.adopt(holding)
        assert trader.state.positions[(trader.account, aapl.con_id, None)].quantity == 5
        fact = await matched(trader)
        assert fact.differences == ()


async def test_a_failed_query_is_not_an_empty_answer(
    tmp_path: Path, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "HEARTBEAT_S", 0.4)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        intent = await trader.bought(aapl)
        await practice_gateway.fault("half_open", client_id=17)
        trader.core.session.match_again()
        await trader.until_view(lambda view: not view.is_ready, within_s=15)
        assert {trader.state.orders[leg.ref].state for leg in intent.children} == {S.ACCEPTED}
        assert len(trader.state.fills) == 1


async def test_orders_on_their_way_during_a_look_are_not_doubted_for_good(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        for n in range(8):
            trader.core.session.match_again()
            await trader.place(trader.bracket(aapl, 1, away=-3 - n / 10))
        await trader.until(lambda state: all(order.state is S.ACCEPTED for order in state.orders.values()))
        await trader.until_view(lambda view: view.is_reconciled)
