"""The ticket in hand: two gestures place exactly what was reviewed, once; everything that hinders is said in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.domain.instruments import Instrument
from app.domain.orders import OrderState, Role, Side
from app.domain.risk import GateVerdict
from app.domain.signals import SignalState, StrategyId
from app.domain.strategies import Mode, RunStatus
from app.ui.panels.ticket import TicketPanel
from app.ui.panels.ticket_acts import Phase
from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_problems import problems_of
from app.ui.panels.ticket_terms import Entry, Kind, SizeBy
from app.ui.workspace import Area, Place
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def msft(screen: Screen) -> Instrument:
    return await screen.trader.instrument("MSFT")


@pytest_asyncio.fixture(loop_scope="session")
async def ticket(screen: Screen, msft: Instrument) -> AsyncIterator[TicketPanel]:
    workspace = screen.handles.window.workspace
    if "ticket" not in workspace.ids():
        workspace.add(Place("ticket", "Ticket", Area.RIGHT, QWidget))
    panel = TicketPanel(screen.handles)
    screen.show(panel, 300, 560)
    screen.handles.selection.pick(msft)
    await screen.until(lambda: "limit" in panel.form.act.text())
    yield panel
    await screen.until(lambda: panel.acts.phase is not Phase.SENDING)
    screen.clear()


def press(panel: TicketPanel) -> None:
    QTest.mouseClick(panel.form.act, Qt.MouseButton.LeftButton)


async def reviewed(screen: Screen, panel: TicketPanel) -> None:
    """Press the primary button and wait until what it shows can be confirmed."""
    press(panel)
    await screen.until(lambda: panel.review.confirm.isEnabled())


def write(form: TicketForm, entry: Entry, text: str) -> None:
    """Type into a field as a hand does."""
    field = form.fields()[entry]
    field.selectAll()
    QTest.keyClicks(field, text) if text else field.clear()
    field.textEdited.emit(text)


def entries(screen: Screen, instrument: Instrument) -> int:
    orders = screen.trader.state.orders.values()
    return sum(order.con_id == instrument.con_id and order.role is Role.ENTRY for order in orders)


async def test_two_gestures_lead_to_a_filled_order_and_the_ticket_says_so(
    screen: Screen, ticket: TicketPanel, msft: Instrument
) -> None:
    act = ticket.form.act.text()
    await reviewed(screen, ticket)
    assert ticket.review.confirm.text() == f"Confirm: b{act[1:]}"
    review = ticket.acts.held
    assert review is not None
    QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)
    order = await screen.trader.until_state(review.intent.entry.ref, OrderState.FILLED)
    assert (order.quantity, order.limit) == (review.intent.entry.quantity, review.proposal.type.price)
    await screen.until(lambda: "commission" in ticket.below.progress.state.text())
    assert ticket.below.progress.title.text() == act
    assert ticket.below.progress.state.text().startswith(f"Filled {order.quantity} at ")
    assert ticket.below.position.title.text().startswith("Long ")
    traced: list[str] = []
    screen.handles.selection.traced.connect(traced.append)
    QTest.mouseClick(ticket.below.progress.why, Qt.MouseButton.LeftButton)
    screen.handles.selection.traced.disconnect(traced.append)
    assert traced == [order.ref]


async def test_pressing_again_and_again_sends_one_order(screen: Screen, ticket: TicketPanel, msft: Instrument) -> None:
    before = entries(screen, msft)
    press(ticket)
    press(ticket)
    QTest.mouseDClick(ticket.form.act, Qt.MouseButton.LeftButton)
    await screen.until(lambda: ticket.acts.phase is Phase.REVIEWED)
    QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)  # the rest of a double click: too early
    assert ticket.acts.phase is Phase.REVIEWED
    review = ticket.acts.held
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    for _ in range(3):
        ticket.review.confirmed.emit()
    screen.handles.window.actions_.trigger("transmit")
    assert review is not None
    await screen.trader.until_state(review.intent.entry.ref, OrderState.FILLED)
    assert entries(screen, msft) == before + 1
    assert not ticket.below.error.isVisible()  # not even a second attempt that the desk refused


async def test_ctrl_enter_reviews_then_confirms_and_escape_leaves_the_review(
    screen: Screen, ticket: TicketPanel, msft: Instrument
) -> None:
    before = entries(screen, msft)
    screen.handles.window.actions_.trigger("transmit")
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    QTest.keyClick(ticket, Qt.Key.Key_Escape)
    assert ticket.acts.phase is Phase.WRITING
    assert not ticket.review.confirm.isEnabled()
    screen.handles.window.actions_.trigger("transmit")
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    screen.handles.window.actions_.trigger("transmit")
    await screen.until(lambda: entries(screen, msft) == before + 1)


async def test_a_review_shows_every_gate_with_its_verdict_and_what_refuses_cannot_be_confirmed(
    screen: Screen, ticket: TicketPanel
) -> None:
    write(ticket.form, Entry.PRICE, "99")
    press(ticket)
    await screen.until(lambda: ticket.acts.phase is Phase.REVIEWED)
    review = ticket.acts.held
    assert review is not None
    refusing = [gate for gate in review.gates if gate.verdict is GateVerdict.REFUSE]
    assert "collar" in {gate.name for gate in refusing}
    assert ticket.review.verdict.text().startswith(f"Of {len(review.gates)} checks {len(refusing)} refuse")
    assert "beyond the last price" in ticket.review.confirm.toolTip()
    await screen.until(lambda: not ticket.review._settle.isActive())
    assert not ticket.review.confirm.isEnabled()


async def test_a_review_is_dropped_with_its_instrument_and_outlived_after_a_minute(
    screen: Screen, ticket: TicketPanel
) -> None:
    await reviewed(screen, ticket)
    ticket.acts._age.timeout.emit()
    assert not ticket.review.confirm.isEnabled()
    assert "minute old" in ticket.review.error.text()
    QTest.mouseClick(ticket.review.back, Qt.MouseButton.LeftButton)
    await reviewed(screen, ticket)
    screen.handles.selection.pick(await screen.trader.instrument("IBM"))
    assert ticket.acts.phase is Phase.WRITING
    assert not ticket.review.confirm.isEnabled()
    assert "IBM" in ticket.form.act.text()


async def test_a_wrong_field_says_so_beside_itself_and_nothing_is_asked_of_the_desk(
    screen: Screen, ticket: TicketPanel
) -> None:
    write(ticket.form, Entry.QUANTITY, "ten")
    assert "“ten”" in ticket.form.numbers.errors[Entry.QUANTITY].text()
    assert ticket.form.act.text() == "Buy MSFT: check the quantity"
    press(ticket)
    assert ticket.acts.phase is Phase.WRITING
    QTest.keyClick(ticket, Qt.Key.Key_Escape)
    assert not ticket.form.numbers.errors[Entry.QUANTITY].isVisible()
    assert ticket.form.act.text().startswith("Buy ")
    assert "check" not in ticket.form.act.text()


async def test_an_untouched_price_follows_the_ask_and_a_touched_one_stays(screen: Screen, ticket: TicketPanel) -> None:
    await screen.trader.gateway.move("MSFT", 29.0)
    await screen.until(lambda: (ticket.form.price.value() or 0) > Decimal("29"))
    write(ticket.form, Entry.PRICE, "28.50")
    await screen.trader.gateway.move("MSFT", 28.0)
    await screen.until(lambda: ticket.head.last.text().startswith("28.0"))
    assert ticket.form.price.value() == Decimal("28.50")
    shown = ticket.head.bid.text().split()[1]  # the market may have moved on since
    QTest.mouseClick(ticket.head.bid, Qt.MouseButton.LeftButton)
    assert ticket.form.price.value() == Decimal(shown)


async def test_a_size_by_risk_brings_a_bracket_and_the_desk_finds_the_quantity(
    screen: Screen, ticket: TicketPanel
) -> None:
    ticket.form.set_size_by(SizeBy.RISK)
    await screen.until(lambda: ticket.form.stop.value() is not None and ticket.form.target.value() is not None)
    assert ticket.form.act.text().endswith("by risk")
    await reviewed(screen, ticket)
    review = ticket.acts.held
    assert review is not None
    assert review.size is not None
    assert review.intent.entry.quantity == review.size.quantity > 0
    assert [leg.role for leg in review.intent.legs] == [Role.ENTRY, Role.STOP, Role.TARGET]
    assert f" {review.size.quantity:,} MSFT" in ticket.review.confirm.text()


async def test_close_takes_the_stop_and_the_target_off_first(screen: Screen, ticket: TicketPanel) -> None:
    instrument = await screen.trader.instrument("ALDF")
    intent = await screen.trader.bought(instrument)
    screen.handles.selection.pick(instrument)
    await screen.until(lambda: ticket.below.position.close_.isVisible())
    QTest.mouseClick(ticket.below.position.close_, Qt.MouseButton.LeftButton)
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    assert "First cancels the stop" in ticket.review.note.text()
    QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)
    for child in intent.children:
        await screen.trader.until_state(child.ref, OrderState.CANCELLED)
    account = screen.trader.account
    await screen.trader.until(lambda state: state.position(account, instrument.con_id).quantity == 0)
    await screen.until(lambda: ticket.below.position.title.text().startswith("No position in ALDF"))


async def test_the_keys_and_the_chart_choose_side_and_price(screen: Screen, ticket: TicketPanel) -> None:
    screen.handles.selection.price_wanted.emit(27.123, "SELL")
    assert ticket.form.side.value() == Side.SELL
    assert ticket.form.price.value() == Decimal("27.12")
    ticket.form.set_kind(Kind.MARKET)
    assert problems_of(ticket.form.terms()) == ()
    assert not ticket.form.price.isEnabled()
    screen.handles.selection.price_wanted.emit(None, "BUY")
    assert ticket.form.side.value() == Side.BUY


async def test_a_signal_that_waits_opens_the_ticket_reviewed_and_becomes_its_order(
    screen: Screen, ticket: TicketPanel
) -> None:
    instrument = await screen.trader.instrument("SPY")
    strategy = await screen.trader.strategy(Mode.ASK, id=StrategyId("asking"), name="Asking")
    await screen.trader.trending(instrument, +1)
    result = await screen.handles.runs.run(strategy.id, "SPY")
    assert result.status is RunStatus.WAITING, result.reason
    screen.handles.selection.approval_wanted.emit(result.signal)
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    review = ticket.acts.held
    assert review is not None
    assert "A signal of Asking." in ticket.review.note.text()
    QTest.mouseClick(ticket.review.back, Qt.MouseButton.LeftButton)
    assert ticket.form.price.value() == review.proposal.type.price
    assert ticket.form.stop.value() == review.proposal.stop
    screen.handles.selection.approval_wanted.emit(result.signal)
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)
    await screen.trader.until(lambda state: state.signals[result.signal].state is SignalState.ACTED)
    orders = [order for order in screen.trader.state.orders.values() if order.signal == result.signal]
    assert [order.role for order in orders] == [Role.ENTRY, Role.STOP, Role.TARGET]
