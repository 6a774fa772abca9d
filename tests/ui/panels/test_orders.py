"""Orders: read entry first, cancelled by key, a stop that protects is not taken away unasked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.events import ForeignOrderSeen
from app.domain.orders import Intent, OrderRef, OrderState, Role
from app.ui.panels.orders import OrdersPanel
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def panel(screen: Screen) -> OrdersPanel:
    panel = OrdersPanel(screen.handles)
    screen.show(panel)
    return panel


async def resting(screen: Screen, symbol: str = "IBM") -> Intent:
    """Place a bracket far below the market and return it once the broker has it."""
    instrument = await screen.trader.instrument(symbol)
    intent = await screen.trader.place(screen.trader.bracket(instrument, away=-3))
    for leg in intent.legs:
        await screen.trader.until_state(leg.ref, OrderState.ACCEPTED)
    return intent


async def test_a_bracket_reads_entry_first_whichever_way_the_table_is_sorted(
    screen: Screen, panel: OrdersPanel
) -> None:
    intents = [await resting(screen), await resting(screen, "GOOG")]
    await screen.until(lambda: all(panel.model.find(leg.ref) for intent in intents for leg in intent.legs))
    for column, descending in (("time", True), ("time", False), ("limit", True), ("symbol", False)):
        panel.table.sort_by(column, descending=descending)
        rows = panel.model.rows()
        for intent in intents:
            places = [place for place, row in enumerate(rows) if row.order.intent == intent.id]
            roles = [rows[place].order.role for place in places]
            assert roles == [Role.ENTRY, Role.TARGET, Role.STOP], column
            assert places == list(range(places[0], places[0] + 3))
    assert [panel.model.find(leg.ref).is_child for leg in intents[0].legs] == [False, True, True]


async def test_delete_cancels_what_is_selected_and_the_table_says_what_the_broker_said(
    screen: Screen, panel: OrdersPanel
) -> None:
    intent = await resting(screen)
    await screen.until(lambda: panel.model.find(intent.entry.ref))
    panel.table.select(intent.entry.ref)
    assert panel.cancel_button.isEnabled()
    panel.table.view.setFocus()
    QTest.keyClick(panel.table.view, Qt.Key.Key_Delete)
    await screen.until(lambda: panel.model.find(intent.entry.ref).order.state is OrderState.CANCELLED)
    position = panel.model.position_of(intent.entry.ref)
    column = [column.id for column in panel.model.columns].index("state")
    assert panel.model.index(position, column).data() == "Cancelled"
    panel.show_all(False)
    assert panel.model.position_of(intent.entry.ref) is None
    await screen.until(lambda: not panel.cancel_button.isEnabled())


async def test_a_stop_that_protects_a_position_is_cancelled_only_after_a_question(
    screen: Screen, panel: OrdersPanel
) -> None:
    intent = await screen.trader.bought(await screen.trader.instrument("IBM"))
    stop = next(leg for leg in intent.legs if leg.role is Role.STOP)
    await screen.until(lambda: panel.model.find(stop.ref))
    panel.table.select(stop.ref)
    panel.cancel_selected()
    await screen.answer("cancel")
    assert screen.trader.state.orders[stop.ref].state is OrderState.ACCEPTED
    panel.cancel_selected()
    await screen.answer("cancel_stop")
    await screen.trader.until_state(stop.ref, OrderState.CANCELLED)


async def test_an_order_placed_elsewhere_is_shown_as_such_and_one_of_another_account_is_not(
    screen: Screen, panel: OrdersPanel
) -> None:
    intent = await resting(screen)
    ours = screen.trader.state.orders[intent.entry.ref]
    foreign = replace(ours, ref=OrderRef("perm:77"), intent=None, strategy=None, is_foreign=True, perm_id=77)
    other = replace(foreign, ref=OrderRef("perm:78"), account="U7654321")
    at = screen.handles.clock.now()
    await screen.handles.facts.enter(ForeignOrderSeen(at=at, order=foreign), ForeignOrderSeen(at=at, order=other))
    await screen.until(lambda: panel.model.find("perm:77"))
    row = panel.model.find("perm:77")
    assert row.reason == "Placed elsewhere"
    assert panel.model.find("perm:78") is None
    ended = replace(foreign, state=OrderState.CANCELLED)
    await screen.handles.facts.enter(ForeignOrderSeen(at=at, order=ended))


async def test_enter_asks_for_the_chain_of_the_order(screen: Screen, panel: OrdersPanel) -> None:
    intent = await resting(screen)
    await screen.until(lambda: panel.model.find(intent.entry.ref))
    traced: list[str] = []
    screen.handles.selection.traced.connect(traced.append)
    panel.table.select(intent.entry.ref)
    QTest.keyClick(panel.table.view, Qt.Key.Key_Return)
    screen.handles.selection.traced.disconnect(traced.append)
    assert traced == [intent.entry.ref]


async def test_prices_have_the_decimals_of_their_tick(screen: Screen, panel: OrdersPanel) -> None:
    intent = await resting(screen)
    await screen.until(lambda: panel.model.find(intent.entry.ref))
    row = panel.model.find(intent.entry.ref)
    assert row.limit is not None
    assert row.limit.as_tuple().exponent == -2
    assert row.limit == Decimal(str(screen.trader.state.orders[intent.entry.ref].limit))


async def test_what_a_filter_hides_is_not_selected_any_more(screen: Screen, panel: OrdersPanel) -> None:
    intent = await resting(screen)
    await screen.until(lambda: panel.model.find(intent.entry.ref))
    panel.table.select(intent.entry.ref)
    assert panel.cancel_button.isEnabled()
    panel.table.set_filter("nothing is called this")
    assert panel.table.selected_rows() == []
    assert not panel.cancel_button.isEnabled()
