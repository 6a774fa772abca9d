"""What is told of an adopted order counts for it: its executions come with the broker's permanent id alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.fold import fold
from app.domain.orders import Limit, OrderState
from app.domain.state import State
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.adoption import adopt_order
from app.services.watch import OrderWatch
from tests.domain.test_fold_adoption import AT, FOREIGN, fill
from tests.support.core import Trader, running_core, trading
from tests.support.gateway import PracticeGateway
from tests.support.oracle import watched


@pytest.mark.parametrize("is_adopted", [True, False])
def test_an_execution_belongs_to_an_adopted_order_and_to_no_foreign_one(is_adopted: bool) -> None:
    state = fold(State(), ev.ForeignOrderSeen(at=AT, order=FOREIGN))[0]
    if is_adopted:
        state = fold(state, ev.OrderAdopted(at=AT, ref=FOREIGN.ref))[0]
    watch = OrderWatch(SimpleNamespace(state=state), Clock(), Bus())
    told = watch.fill_fact(fill(1, 100))
    assert isinstance(told, ev.Filled)
    assert told.fill == replace(fill(1, 100), ref=FOREIGN.ref if is_adopted else None)


async def test_an_adopted_order_of_another_program_says_that_only_that_one_can_cancel_or_change_it(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    elsewhere = replace(practice_gateway.endpoint, orders_client=27, data_client=28)
    async with (
        running_core(tmp_path / "other", elsewhere) as core,
        trading(tmp_path / "app", practice_gateway) as trader,
    ):
        other = Trader(core, practice_gateway)
        aapl = await other.instrument()
        theirs = await other.place(other.proposal(aapl, Limit(other.near(aapl, -3))))
        await other.until_state(theirs.entry.ref, OrderState.ACCEPTED)
        await trader.core.session.matched(5)
        (seen,) = trader.state.orders.values()
        await adopt_order(trader.core.facts, trader.core.clock, seen.ref)
        adopted, desk = trader.state.orders[seen.ref], trader.core.desk
        assert "client id 27" in desk.why_elsewhere(adopted)
        with pytest.raises(UserError, match="lets nobody else cancel or change it"):
            await desk.cancel(adopted.ref, "hand")
        with pytest.raises(UserError, match="lets nobody else cancel or change it"):
            await desk.review_change(adopted.ref, limit=trader.near(await trader.instrument(), -4))
        assert not trader.state.orders[adopted.ref].cancel_asked
        with watched(trader) as oracle:
            desk.halt("a test")
            await oracle.told("It still works: Another program (client id 27)")
        assert other.state.orders[theirs.entry.ref].state is OrderState.ACCEPTED
        await desk.cancel_everything("a test")  # what reaches the orders of others, as flattening the account does
        await other.until_state(theirs.entry.ref, OrderState.CANCELLED)
        await trader.core.session.matched(5)
        await trader.until(lambda state: state.orders[adopted.ref].state.is_final, 20)


async def test_an_order_of_our_own_client_id_that_this_database_does_not_know_is_ours_to_cancel(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "lost", practice_gateway) as before:
        aapl = await before.instrument()
        placed = await before.place(before.proposal(aapl, Limit(before.near(aapl, -3))))
        await before.until_state(placed.entry.ref, OrderState.ACCEPTED)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        (seen,) = trader.state.orders.values()
        await adopt_order(trader.core.facts, trader.core.clock, seen.ref)
        assert trader.core.desk.why_elsewhere(trader.state.orders[seen.ref]) == ""
        await trader.core.desk.cancel(seen.ref, "hand")
        await trader.until_state(seen.ref, OrderState.CANCELLED)
