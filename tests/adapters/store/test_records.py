"""Lists for people: newest first, in domain records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.orders import OrderState, Side
from app.domain.state import State
from tests.adapters.store.test_journal import keep
from tests.domain.examples import SAP, at, bracket, fill, foreign, run, signal


@pytest.fixture
async def state(store: Store) -> State:
    """Return what is true after two of everything."""
    return await keep(
        store,
        [
            ev.RunStarted(at=at(0), started=run("run-1")),
            ev.RunStarted(at=at(0), started=replace(run("run-2"), started=at(60))),
            ev.SignalRaised(at=at(1), signal=signal("signal-1", "run-1")),
            ev.SignalRaised(at=at(2), signal=replace(signal("signal-2", "run-2", last_bar=0), raised=at(60))),
            ev.OrderIntended(at=at(3), intent=bracket("intent-1", signal_id="signal-1")),
            ev.ForeignOrderSeen(at=at(4), order=replace(foreign(5, OrderState.ACCEPTED), created=at(4))),
            ev.OrderIntended(at=at(5), intent=bracket("intent-2", con_id=SAP)),
            ev.Filled(at=at(9), fill=fill("late.01", "4", ref="intent-1", seconds=8)),
            ev.Filled(at=at(9), fill=fill("early.01", "1", ref="intent-1", seconds=7)),
            ev.Filled(at=at(9), fill=fill("early.02", "2", ref="intent-1", seconds=7)),
            ev.Filled(at=at(9), fill=fill("sap.01", "2", side=Side.SELL, ref="intent-2", seconds=6, con_id=SAP)),
        ],
    )


async def test_runs_come_newest_first(store: Store, state: State) -> None:
    assert list(await store.records.runs()) == list(state.runs.values())[::-1]
    assert [found.id for found in await store.records.runs(1)] == ["run-2"]


async def test_signals_come_newest_first(store: Store, state: State) -> None:
    assert list(await store.records.signals()) == list(state.signals.values())[::-1]
    assert [found.id for found in await store.records.signals(1)] == ["signal-2"]


async def test_fills_come_newest_first_in_their_last_revision(store: Store, state: State) -> None:
    fills = await store.records.fills()
    assert [found.exec_id for found in fills] == ["late.01", "early.02", "sap.01"]
    assert set(fills) == set(state.fills.values())


async def test_positions_are_the_accounts_whole_ones(store: Store, state: State) -> None:
    positions = await store.records.positions()
    assert [(found.symbol, found.quantity) for found in positions] == [("SAP", -2), ("AAPL", 6)]
    assert {(found.account, found.con_id, None) for found in positions} < set(state.positions)


async def test_orders_come_with_their_intent_in_the_order_of_its_legs(store: Store, state: State) -> None:
    groups = await store.records.orders()
    assert [group.intent and group.intent.id for group in groups] == ["intent-2", None, "intent-1"]
    assert [order.ref for order in groups[2].orders] == ["intent-1", "intent-1.stop", "intent-1.target"]
    assert groups[2].intent == state.intents[groups[2].intent.id] if groups[2].intent else False
    assert [order.ref for order in groups[1].orders] == ["foreign-5"]
    assert [len(group.orders) for group in await store.records.orders(1)] == [3]


async def test_nothing_is_an_empty_list(store: Store) -> None:
    records = store.records
    asked = (records.runs, records.signals, records.orders, records.fills, records.positions)
    assert [await ask() for ask in asked] == [()] * 5
