"""Orders: read entry first, cancelled by key, a stop that protects is not taken away unasked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QPlainTextEdit

from app.domain.broker import Message
from app.domain.changes import why_not_changeable
from app.domain.events import ForeignOrderSeen, OrderReported, TwinOrderSeen
from app.domain.orders import Distance, Intent, OrderRef, OrderState, Role
from app.domain.signals import StrategyId
from app.domain.strategies import Mode
from app.ui.panels.orders import OrdersPanel
from app.ui.panels.seen_choice import BY_HAND
from app.ui.panels.ticket import TicketPanel
from app.ui.widgets.ask import Question
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


async def test_enter_and_a_double_click_ask_for_the_chain_of_the_order(screen: Screen, panel: OrdersPanel) -> None:
    intent = await resting(screen)
    await screen.until(lambda: panel.model.find(intent.entry.ref))
    traced: list[str] = []
    screen.handles.selection.traced.connect(traced.append)
    panel.table.select(intent.entry.ref)
    QTest.keyClick(panel.table.view, Qt.Key.Key_Return)
    view, place = panel.table.view, panel.model.position_of(intent.entry.ref)
    at = view.visualRect(
        panel.model.index(place, [column.id for column in panel.model.columns].index("symbol"))
    ).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    screen.handles.selection.traced.disconnect(traced.append)
    assert traced == [intent.entry.ref] * 2


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


async def foreign_order(screen: Screen, perm_id: int = 91) -> OrderRef:
    """Have the broker show a working order of another program, and return its ref."""
    intent = await resting(screen)
    ours = screen.trader.state.orders[intent.entry.ref]
    ref = OrderRef(f"perm:{perm_id}")
    foreign = replace(ours, ref=ref, intent=None, strategy=None, is_foreign=True, perm_id=perm_id)
    await screen.handles.facts.enter(ForeignOrderSeen(at=screen.handles.clock.now(), order=foreign))
    return ref


async def test_an_order_placed_elsewhere_is_left_or_adopted_as_one_of_ours(screen: Screen, panel: OrdersPanel) -> None:
    ref = await foreign_order(screen)
    panel.acts.adopt(screen.trader.state.orders[ref])
    await screen.answer("leave")
    assert screen.trader.state.orders[ref].is_foreign
    panel.acts.adopt(screen.trader.state.orders[ref])
    await screen.answer("adopt")
    await screen.until(lambda: not screen.trader.state.orders[ref].is_foreign)
    await screen.until(lambda: panel.model.find(ref) and not panel.model.find(ref).order.is_foreign)
    steps = await screen.handles.lineage.chain(ref)
    assert steps[-1].inputs["adopted"] is True
    panel.table.select(ref)
    assert not panel.cancel_button.isEnabled()
    assert "the broker lets nobody else cancel or change it" in panel.cancel_button.toolTip()
    menu = QMenu()
    panel._fill_menu(menu, screen.trader.state.orders[ref])
    acts = {act.text(): act.isEnabled() for act in menu.actions()}
    assert (acts["Cancel order"], acts["Change order…"]) == (False, False)
    assert acts["Why it cannot be cancelled here…"]
    at = screen.handles.clock.now()
    await screen.handles.facts.enter(OrderReported(at=at, ref=ref, state=OrderState.CANCELLED))
    assert screen.trader.state.orders[ref].state.is_final


async def test_an_order_of_a_type_we_do_not_know_is_shown_and_changed_by_nobody_here(
    screen: Screen, panel: OrdersPanel
) -> None:
    ref = await foreign_order(screen, 95)
    at = screen.handles.clock.now()
    strange = replace(
        screen.trader.state.orders[ref], type_name="PEG MID", tif="FOK", limit=None, stop=None, quantity=Decimal("7.5")
    )
    await screen.handles.facts.enter(ForeignOrderSeen(at=at, order=strange))
    await screen.until(lambda: panel.model.find(ref) and panel.model.find(ref).order.type_name == "PEG MID")
    place, columns = panel.model.position_of(ref), [column.id for column in panel.model.columns]
    shown = {id_: panel.model.index(place, at).data() for at, id_ in enumerate(columns)}
    assert (shown["type"], shown["tif"], shown["quantity"], shown["limit"], shown["stop"]) == (
        "PEG MID", "FOK", "7.5", "–", "–",
    )  # fmt: skip
    assert why_not_changeable(strange)
    ticket = TicketPanel(screen.handles)
    screen.show(ticket, 300, 640)
    panel.acts.duplicate(strange)
    assert "no order type PEG MID" in ticket.below.error.text()
    assert ticket.form.quantity.value() == Decimal("7.5")
    await screen.handles.facts.enter(ForeignOrderSeen(at=at, order=replace(strange, state=OrderState.CANCELLED)))


async def test_a_message_for_an_order_that_is_not_ours_is_told_and_changes_nothing(
    screen: Screen, panel: OrdersPanel
) -> None:
    before, rows = dict(screen.trader.state.orders), len(panel.model.rows())
    for message in (
        Message(201, "Order rejected - reason: nobody's order", OrderRef("nobody")),
        Message(399, "Order Message: it waits", OrderRef("nobody"), is_warning=True),
        Message(202, "Order cancelled", None),
    ):
        screen.handles.bus.publish(message)
    await screen.handles.facts.enter(
        OrderReported(at=screen.handles.clock.now(), ref=OrderRef("nobody"), state=OrderState.FILLED)
    )
    assert screen.trader.state.orders == before
    assert len(panel.model.rows()) == rows
    assert any("nobody's order" in sentence for sentence in screen.told)


async def test_filters_narrow_to_state_symbol_and_strategy_and_the_figures_count_all(
    screen: Screen, panel: OrdersPanel
) -> None:
    intents = [await resting(screen), await resting(screen, "GOOG")]
    await screen.until(lambda: all(panel.model.find(intent.entry.ref) for intent in intents))
    panel.filters.symbol.take("GOOG")
    assert {row.order.symbol for row in panel.model.rows()} == {"GOOG"}
    panel.filters.shown.chosen.emit("x")
    panel.filters.shown.set_value("filled")
    panel.filters.changed.emit()
    assert all(row.order.state is OrderState.FILLED for row in panel.model.rows())
    panel.show_all(True)
    panel.filters.strategy.take(BY_HAND)
    assert panel.model.rows()
    assert all(not row.strategy for row in panel.model.rows())
    orders = [order for order in screen.trader.state.orders.values() if order.account == screen.trader.account]
    await screen.until(lambda: f"{len(orders)} in all" in panel._line.caption.text())
    active = sum(not order.state.is_final for order in orders)
    assert panel._line.caption.text().startswith(f"{active} active")


async def test_all_orders_of_a_symbol_are_cancelled_after_one_question(screen: Screen, panel: OrdersPanel) -> None:
    intent, other = await resting(screen, "KESE"), await resting(screen)
    panel.acts.cancel_symbol("KESE")
    question = await screen.question()
    assert "protect" not in texts(question)
    question.choose("cancel_all")
    await screen.until(lambda: all(screen.trader.state.orders[leg.ref].state.is_final for leg in intent.legs))
    assert not screen.trader.state.orders[other.entry.ref].state.is_final


async def test_the_question_before_cancelling_many_says_which_of_them_protect_something(
    screen: Screen, panel: OrdersPanel
) -> None:
    held = await screen.trader.bought(await screen.trader.instrument("KESE"))
    resting_too = await resting(screen, "KESE")
    panel.acts.cancel_symbol("KESE")
    question = await screen.question()
    assert "One of them is a stop that protects what is held" in texts(question)
    question.choose("cancel_all")
    legs = [*held.children, *resting_too.legs]
    await screen.until(lambda: all(screen.trader.state.orders[leg.ref].state.is_final for leg in legs))
    assert not screen.open_questions()


async def test_all_orders_of_a_strategy_are_cancelled_and_those_by_hand_stay(
    screen: Screen, panel: OrdersPanel
) -> None:
    trader, instrument = screen.trader, await screen.trader.instrument("KESF")
    strategy = await trader.strategy(Mode.ASK, id=StrategyId("resting"), name="Resting")
    theirs = await trader.place(trader.bracket(instrument, away=-3, strategy=strategy))
    by_hand = await resting(screen, "KESF")
    panel.acts.cancel_strategy(trader.state.orders[theirs.entry.ref])
    question = await screen.question()
    assert "Cancel all orders of Resting?" in texts(question)
    assert texts(question).count("KESF LMT") == 2  # entry and target; the other bracket is not named
    await screen.answer("cancel")
    assert not trader.state.orders[theirs.entry.ref].state.is_final
    panel.acts.cancel_strategy(trader.state.orders[theirs.entry.ref])
    await screen.answer("cancel_all")
    await screen.until(lambda: all(trader.state.orders[leg.ref].state.is_final for leg in theirs.legs))
    assert not any(trader.state.orders[leg.ref].state.is_final for leg in by_hand.legs)


async def test_all_orders_of_the_account_are_cancelled_at_the_broker_and_those_placed_elsewhere_stay(
    screen: Screen, panel: OrdersPanel
) -> None:
    trader, elsewhere = screen.trader, await foreign_order(screen, 93)
    panel.acts.cancel_account()
    await screen.answer("cancel")
    ours = [order.ref for order in trader.state.orders.values() if not order.is_foreign and not order.state.is_final]
    assert ours
    panel.acts.cancel_account()
    question = await screen.question()
    assert f"Cancel all orders of {trader.account}?" in texts(question)
    others = [order for order in panel.acts.working() if order.is_foreign]
    assert elsewhere in {order.ref for order in others}
    assert f"{len(others)} placed elsewhere stay" in texts(question)
    question.choose("cancel_all")
    await screen.until(lambda: all(trader.state.orders[ref].state.is_final for ref in ours))
    book = await trader.book_orders()
    assert {book[ref]["status"] for ref in ours if ref in book} <= {"Cancelled", "Filled"}
    assert not trader.state.orders[elsewhere].state.is_final
    ended = replace(trader.state.orders[elsewhere], state=OrderState.CANCELLED)
    await screen.handles.facts.enter(ForeignOrderSeen(at=screen.handles.clock.now(), order=ended))


async def test_a_second_live_copy_is_marked_and_one_click_cancels_the_extra(
    screen: Screen, panel: OrdersPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = await resting(screen)
    first = screen.trader.state.orders[intent.entry.ref]
    twin = replace(first, ref=OrderRef("perm:5511"), perm_id=5511)
    at = screen.handles.clock.now()
    await screen.handles.facts.enter(TwinOrderSeen(at=at, order=twin, of=first.ref))
    await screen.until(lambda: panel.model.find(twin.ref))
    assert panel.model.find(twin.ref).reason.startswith("2 live copies: this is the extra one")
    assert panel.model.find(first.ref).reason.startswith("2 live copies: this is the first")
    assert not panel.twin_button.isHidden()
    cancelled: list[str] = []
    monkeypatch.setattr(panel.acts, "cancel", lambda orders: cancelled.extend(order.ref for order in orders))
    panel.twin_button.click()
    assert cancelled == [twin.ref]
    await screen.handles.facts.enter(OrderReported(at=at, ref=twin.ref, state=OrderState.CANCELLED))
    await screen.until(panel.twin_button.isHidden)
    await screen.handles.desk.resume()


async def test_an_order_of_a_trailing_type_says_its_distance(screen: Screen, panel: OrdersPanel) -> None:
    intent = await resting(screen)
    await screen.until(lambda: panel.model.find(intent.entry.ref))
    row = panel.model.find(intent.entry.ref)
    column = next(column for column in panel.model.columns if column.id == "trail")
    assert column.text(row) == "–"
    trailing = replace(row.order, type_name="TRAIL", trail=Distance(Decimal("1.50")))
    assert column.text(replace(row, order=trailing)) == "1.50"
    assert column.text(replace(row, order=replace(trailing, trail=Distance(Decimal("2.0"), True)))) == "2 %"


def texts(question: Question) -> str:
    """Return everything that a question says."""
    details = [each.toPlainText() for each in question.findChildren(QPlainTextEdit)]
    return "\n".join([*(each.text() for each in question.findChildren(QLabel)), *details])


async def test_history_tells_each_state_with_its_reason_in_words(screen: Screen, panel: OrdersPanel) -> None:
    intent = await resting(screen)
    panel.acts.show_history(screen.trader.state.orders[intent.entry.ref])
    text = texts(await screen.question())
    assert "Accepted" in text
    assert "The broker has it and it works." in text
    await screen.answer("close")
