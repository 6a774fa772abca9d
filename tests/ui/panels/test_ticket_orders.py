"""The ticket with every order type, size and surrounding: fields come from the class, what is shown is what is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from app.domain.fold_orders import intended_orders
from app.domain.instruments import Instrument
from app.domain.orders import (
    Distance,
    Intent,
    IntentId,
    Leg,
    Limit,
    Market,
    Order,
    OrderRef,
    OrderState,
    OrderType,
    Role,
    Side,
    Stop,
    StopLimit,
    TimeInForce,
    Trail,
)
from app.domain.signals import StrategyId
from app.domain.strategies import Mode
from app.ui.binding import display_zone
from app.ui.panels.orders_rows import OrderSight
from app.ui.panels.ticket import TicketPanel
from app.ui.panels.ticket_acts import Phase
from app.ui.panels.ticket_preview import lasts_words
from app.ui.panels.ticket_terms import Entry, Kind, SizeBy, entries_of
from app.ui.workspace import Area, Place
from tests.support.core import stands
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")
S = OrderState
BAD = ["", "ten", "-5", "NaN", "inf", "1e18", "1000000000000000000", "0.0000001", "0", "−", "١٢", "12,5", "12 5"]


@pytest_asyncio.fixture(loop_scope="session")
async def ticket(screen: Screen) -> AsyncIterator[TicketPanel]:
    workspace = screen.handles.window.workspace
    if "ticket" not in workspace.ids():
        workspace.add(Place("ticket", "Ticket", Area.RIGHT, QWidget))
    panel = TicketPanel(screen.handles)
    screen.show(panel, 300, 560)
    yield panel
    await screen.until(lambda: panel.acts.phase is not Phase.SENDING)
    panel.acts.drop()
    screen.clear()


async def shows(screen: Screen, ticket: TicketPanel, symbol: str) -> Instrument:
    instrument = await screen.trader.instrument(symbol)
    screen.handles.selection.pick(instrument)
    await screen.until(lambda: f" {symbol}" in ticket.form.act.text() and ticket.form.terms().near is not None)
    return instrument


def write(panel: TicketPanel, entry: Entry, text: str) -> None:
    field = panel.form.fields()[entry]
    field.setText(text)
    field.textEdited.emit(text)


def press(panel: TicketPanel) -> None:
    QTest.mouseClick(panel.form.act, Qt.MouseButton.LeftButton)


async def confirmed(screen: Screen, panel: TicketPanel) -> list[Order]:
    """Press the primary button, then Confirm, and return the orders that were written down."""
    press(panel)
    await screen.until(lambda: panel.review.confirm.isEnabled() or panel.below.error.isVisible())
    review = panel.acts.held
    assert review is not None, panel.below.error.text()
    QTest.mouseClick(panel.review.confirm, Qt.MouseButton.LeftButton)
    await screen.until(lambda: review.intent.entry.ref in screen.trader.state.orders or panel.below.error.isVisible())
    assert not panel.below.error.isVisible(), panel.below.error.text()
    return [screen.trader.state.orders[leg.ref] for leg in review.intent.legs]


def notes(panel: TicketPanel) -> str:
    return panel.preview.notes.text()


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_ticket_asks_for_what_the_class_is_made_of_and_sends_that(
    screen: Screen, ticket: TicketPanel, kind: Kind
) -> None:
    instrument = await shows(screen, ticket, "HALE")
    ticket.form.set_kind(kind)
    shown = {entry for entry, field in ticket.form.numbers.prices.items() if field.isVisible() and field.isEnabled()}
    assert shown == set(entries_of(kind))
    if Entry.PRICE in shown and kind in (Kind.LIMIT, Kind.LIMIT_ON_CLOSE):
        write(ticket, Entry.PRICE, str(screen.trader.near(instrument, -3)))
    if kind is Kind.TRAIL:
        ticket.form.numbers.unit.click()
    write(ticket, Entry.QUANTITY, "1")
    await screen.until(lambda: "check" not in ticket.form.act.text())
    meant = ticket.form.terms()
    (order,) = await confirmed(screen, ticket)
    assert order.type_name == kind.value
    await screen.trader.until_state(order.ref, S.ACCEPTED, S.FILLED)
    sent = screen.trader.state.intents[order.intent].entry.type
    assert type(sent) is kind.type
    if kind is not Kind.MARKET:
        assert type(screen.trader.state.orders[order.ref].type) is kind.type
        if kind is Kind.TRAIL:
            assert sent.by.is_percent
            assert sent.by.value == meant.distance.value
        await screen.trader.core.desk.cancel(order.ref, "test")
        await screen.trader.until_state(order.ref, S.CANCELLED)


async def test_an_order_until_a_moment_says_its_zone_and_an_end_that_is_none_says_why(
    screen: Screen, ticket: TicketPanel
) -> None:
    instrument = await shows(screen, ticket, "HALE")
    ticket.form.tif.take("GTD")
    write(ticket, Entry.PRICE, str(screen.trader.near(instrument, -3)))
    error = ticket.form.numbers.errors[Entry.ENDS]
    for text in ("", "soon", "2026-13-01", "2001-01-01 10:00"):
        ticket.form.ends.setText(text)
        ticket.form.ends.textEdited.emit(text)
        assert error.text(), text
        assert "check the end" in ticket.form.act.text()
    ends = (screen.handles.clock.market() + timedelta(days=3)).astimezone(display_zone(screen.handles))
    ticket.form.ends.setText(f"{ends:%Y-%m-%d %H:%M}")
    ticket.form.ends.textEdited.emit(ticket.form.ends.text())
    assert not error.text()
    (order,) = await confirmed(screen, ticket)
    assert (order.tif, order.good_till) == ("GTD", ends.replace(second=0, microsecond=0))
    there = order.good_till.astimezone(ZoneInfo(instrument.time_zone))
    shown = f"{there:%Y-%m-%d %H:%M %Z} ({instrument.time_zone})"
    assert OrderSight(screen.handles).row(order).ends == shown
    assert lasts_words(TimeInForce.GTD, order.good_till, instrument) == f"until {shown}, GTD"
    assert "UTC" not in shown
    await screen.trader.core.desk.cancel(order.ref, "test")
    ticket.form.tif.take("DAY")


async def test_what_does_not_go_together_is_not_offered_and_says_why(screen: Screen, ticket: TicketPanel) -> None:
    await shows(screen, ticket, "HALE")
    ticket.form.set_kind(Kind.MARKET_ON_CLOSE)
    ticket.form.tif.take("GTC")
    assert "choose DAY" in ticket.form.numbers.errors[Entry.ENDS].text()
    assert not ticket.form.outside.isEnabled()
    assert "closing auction" in ticket.form.outside.toolTip()
    ticket.form.tif.take("DAY")


async def test_a_pair_sends_two_orders_of_which_one_cancels_the_other(screen: Screen, ticket: TicketPanel) -> None:
    instrument = await shows(screen, ticket, "HALF")
    ticket.form.pair.setChecked(True)
    await screen.until(lambda: "or stop" in ticket.form.act.text())
    write(ticket, Entry.QUANTITY, "3")
    first, other = await confirmed(screen, ticket)
    assert (first.type_name, other.type_name, first.side) == ("LMT", "STP", other.side)
    await screen.trader.until_state(other.ref, S.ACCEPTED)
    await screen.trader.gateway.move(instrument.symbol, float(other.stop * Decimal("1.001")))
    await screen.trader.until_state(other.ref, S.FILLED)
    await screen.trader.until_state(first.ref, S.CANCELLED)


async def test_money_buys_what_it_buys_and_close_sells_the_lot(screen: Screen, ticket: TicketPanel) -> None:
    instrument = await shows(screen, ticket, "HALL")
    ticket.form.set_size_by(SizeBy.MONEY)
    write(ticket, Entry.QUANTITY, "2000")
    count = ticket.form.terms().count
    assert count == Decimal(2000) // ticket.form.price.value()
    (order,) = await confirmed(screen, ticket)
    assert order.quantity == count
    await screen.trader.until_state(order.ref, S.FILLED)
    ticket.form.set_size_by(SizeBy.CLOSE)
    assert "choose sell" in ticket.form.show_problems()[0].text
    ticket.form.set_side(Side.SELL)
    ticket.form.set_kind(Kind.MARKET)
    await screen.until(lambda: f"Sell {count} HALL market" in ticket.form.act.text())
    (close,) = await confirmed(screen, ticket)
    assert (close.role, close.quantity) == (Role.CLOSE, count)
    account = screen.trader.account
    await screen.trader.until(lambda state: state.position(account, instrument.con_id).quantity == 0)


async def test_b5_fifty_clicks_in_a_moment_are_one_order(screen: Screen, ticket: TicketPanel) -> None:
    instrument = await shows(screen, ticket, "HALM")
    write(ticket, Entry.QUANTITY, "1")
    for _ in range(50):
        press(ticket)
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    for _ in range(50):
        QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)
        screen.handles.window.actions_.trigger("transmit")
    await screen.trader.until(lambda state: any(o.con_id == instrument.con_id for o in state.orders.values()))
    await screen.until(lambda: ticket.acts.phase is Phase.WRITING)
    book = await screen.trader.gateway.book()
    assert len([order for order in book["orders"] if order["symbol"] == "HALM"]) == 1


async def test_a_review_that_the_price_left_behind_must_be_renewed(screen: Screen, ticket: TicketPanel) -> None:
    instrument = await shows(screen, ticket, "HALP")
    ticket.form.set_kind(Kind.MARKET)
    write(ticket, Entry.QUANTITY, "1")
    press(ticket)
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    first = ticket.acts.held
    await screen.trader.gateway.move("HALP", float(screen.trader.near(instrument, 2)))
    await screen.until(lambda: ticket.review.renew.isVisible())
    assert "The price moved +" in ticket.review.error.text()
    assert not ticket.review.confirm.isVisible()
    with pytest.raises(Exception, match="The price moved"):
        await screen.handles.desk.submit(first)
    QTest.mouseClick(ticket.review.renew, Qt.MouseButton.LeftButton)
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    assert ticket.acts.held is not first
    assert ticket.acts.held.intent.decision == first.intent.decision
    QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)
    await screen.trader.until_state(ticket.acts.held.intent.entry.ref, S.FILLED)
    ticket.form.set_kind(Kind.LIMIT)


async def test_b28_the_preview_says_what_the_broker_says_and_unknown_where_it_does_not(
    screen: Screen, ticket: TicketPanel
) -> None:
    await shows(screen, ticket, "HALR")
    told = ticket.preview.values
    write(ticket, Entry.QUANTITY, "10")
    assert told["Margin"].text() == "…"
    await screen.until(lambda: told["Margin"].text().startswith("+"))
    assert told["Commission"].text() == "1.00"
    assert told["Power after"].text() not in ("…", "unknown")
    assert float(told["Cost"].text().replace(",", "")) == pytest.approx(float(10 * ticket.form.price.value()))
    ticket.form.bracket.setChecked(True)
    await screen.until(lambda: " R" in told["Distance"].text() and "ATR" in told["Distance"].text())
    assert told["At stop"].text().startswith("−")
    assert told["Session"].text().startswith("open until")
    ticket.form.bracket.setChecked(False)
    await screen.trader.gateway.fault("whatif_silence", count=1)
    write(ticket, Entry.QUANTITY, "11")
    await screen.until(lambda: told["Margin"].text() == "unknown", within_s=6)
    assert ticket.form.act.isEnabled(), "what the broker does not say never keeps a hand from going on"


async def test_conflicts_are_said_while_the_order_is_written(screen: Screen, ticket: TicketPanel) -> None:
    instrument = await shows(screen, ticket, "HALS")
    trader = screen.trader
    bought = await trader.place(trader.proposal(instrument, Market(), 4))
    await trader.until_state(bought.entry.ref, S.FILLED)
    stop = trader.near(instrument, -5)
    await trader.place(trader.proposal(instrument, Stop(stop), 4, Side.SELL, role=Role.STOP))
    ticket.form.set_side(Side.SELL)
    ticket.form.set_kind(Kind.STOP)
    write(ticket, Entry.PRICE, str(trader.near(instrument, -6)))
    write(ticket, Entry.QUANTITY, "4")
    await screen.until(lambda: "Stop quantity would be 8 for 4 HALS." in notes(ticket))
    write(ticket, Entry.PRICE, str(trader.near(instrument, 3)))
    assert "would be reached at once" in notes(ticket)
    ticket.form.set_kind(Kind.LIMIT)
    ticket.form.set_side(Side.BUY)
    low = trader.near(instrument, -4)
    resting = await trader.place(trader.proposal(instrument, Limit(low), 5))
    await trader.until_state(resting.entry.ref, S.ACCEPTED)
    write(ticket, Entry.PRICE, str(low))
    assert "The same order works already: buy 5 LMT" in notes(ticket)
    ticket.form.set_side(Side.SELL)
    await screen.until(lambda: "An order for the other side works: buy 5 LMT" in notes(ticket))


async def test_a_hand_sell_names_the_strategys_lot_and_shrinks_its_children_first(
    screen: Screen, ticket: TicketPanel
) -> None:
    instrument, trader = await shows(screen, ticket, "GARE"), screen.trader
    strategy = await trader.strategy(Mode.ASK, id=StrategyId("holding"), name="Holding")
    intent = await trader.place(trader.bracket(instrument, 5, strategy=strategy))
    await trader.until(lambda state: stands(state, intent))
    ticket.form.set_side(Side.SELL)
    ticket.form.set_kind(Kind.MARKET)
    await screen.until(ticket.lots.isVisible)
    assert ticket.lots.currentText() == "From 5 held by Holding"
    write(ticket, Entry.QUANTITY, "2")
    assert "of Holding's lot will shrink by 2." in notes(ticket)
    press(ticket)
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    assert "shrink by 2" in ticket.review.note.text()
    review = ticket.acts.held
    QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)
    await trader.until_state(review.intent.entry.ref, S.FILLED)
    assert {trader.state.orders[leg.ref].quantity for leg in intent.children} == {Decimal(3)}
    assert trader.state.position(trader.account, instrument.con_id, strategy.id).quantity == 3
    write(ticket, Entry.QUANTITY, "4")
    assert ticket.form.numbers.errors[Entry.QUANTITY].text() == "Holding holds 3; at most that comes from its lot."


async def test_a_bracket_whose_stop_trails_is_reviewed_and_sent_with_a_trailing_child(
    screen: Screen, ticket: TicketPanel
) -> None:
    instrument = await shows(screen, ticket, "HALE")
    ticket.form.set_kind(Kind.LIMIT)
    ticket.form.bracket.setChecked(True)
    ticket.form.trails.setChecked(True)
    entry, stop, target = (screen.trader.near(instrument, percent) for percent in (-3, -6, 4))
    for field, price in ((Entry.PRICE, entry), (Entry.STOP, stop), (Entry.TARGET, target)):
        write(ticket, field, str(price))
    (order,) = [one for one in await confirmed(screen, ticket) if one.role is Role.ENTRY]
    children = {leg.role: leg for leg in screen.trader.state.intents[order.intent].children}
    assert children[Role.STOP].type == Trail(Distance(entry - stop), stop)
    child = await screen.trader.until_state(children[Role.STOP].ref, S.ACCEPTED)
    assert (child.type_name, child.trail) == ("TRAIL", Distance(entry - stop))
    book = await screen.trader.book_orders()
    assert book[str(child.ref)]["type"] == "TRAIL"
    ticket.form.trails.setChecked(False)
    ticket.form.bracket.setChecked(False)
    await screen.trader.core.desk.cancel(order.ref, "test")


@pytest.mark.parametrize("kind", list(Kind))
async def test_no_field_takes_what_is_no_number_for_it(screen: Screen, ticket: TicketPanel, kind: Kind) -> None:
    await shows(screen, ticket, "HALE")
    ticket.form.set_kind(kind)
    ticket.form.bracket.setChecked(True)
    asked = (Entry.QUANTITY, *entries_of(kind), Entry.STOP, Entry.TARGET)
    before = len(screen.trader.state.intents)
    for entry in asked:
        for text in BAD:
            if entry is Entry.OFFSET and text == "0":
                continue
            write(ticket, entry, text)
            label = ticket.form.numbers.errors[entry]
            assert label.text().endswith("."), (entry, text)
            assert label.isVisible()
            assert "check the" in ticket.form.act.text()
        press(ticket)
        assert ticket.acts.phase is Phase.WRITING
        ticket.form.numbers.let_go(entry)
        ticket._filling.anew()
    for by in (SizeBy.MONEY, SizeBy.RISK):
        ticket.form.set_size_by(by)
        for text in [each for each in BAD if each != "0.0000001"]:
            write(ticket, Entry.QUANTITY, text)
            assert ticket.form.numbers.errors[Entry.QUANTITY].text().endswith("."), (by, text)
        ticket.form.numbers.let_go(Entry.QUANTITY)
    assert len(screen.trader.state.intents) == before


async def test_a_halted_symbol_a_stale_quote_and_no_account_are_said(
    screen: Screen, ticket: TicketPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shows(screen, ticket, "GARF")
    market, session = screen.handles.market, screen.handles.session
    with monkeypatch.context() as aged:
        aged.setattr(market, "tick_age_s", lambda _: 75.0)
        ticket._refresh()
        assert "is 1 m old" in notes(ticket) or "is 75 s old" in notes(ticket)
        ticket.form.set_kind(Kind.MARKET)
        press(ticket)
        await screen.until(lambda: ticket.acts.phase is Phase.REVIEWED)
        assert not ticket.review.confirm.isEnabled()
        assert "newest tick" in ticket.review.confirm.toolTip()
        ticket.acts.drop()
    with monkeypatch.context() as gone:
        gone.setattr(session, "_view", replace(session.view, account="", accounts=()))
        ticket._refresh()
        assert "No account is connected" in notes(ticket)
        press(ticket)
        await screen.until(lambda: ticket.acts.phase is Phase.REVIEWED or ticket.below.error.isVisible())
        assert not ticket.review.confirm.isEnabled()
        ticket.acts.drop()
    await screen.trader.gateway.fault("halt", symbol="GARF")
    await screen.until(lambda: "Trading in GARF is halted" in notes(ticket), within_s=15)
    assert ticket.preview.values["Session"].text() == "halted"
    ticket.form.set_kind(Kind.LIMIT)


async def test_an_instrument_without_data_is_not_guessed_at(
    screen: Screen, ticket: TicketPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    instrument = await screen.trader.instrument("GARL")
    monkeypatch.setattr(screen.handles.market, "quote", lambda _: None)
    screen.handles.selection.pick(instrument)
    ticket._refresh()
    assert ticket.form.price.value() is None
    assert "No price of GARL is known" in notes(ticket)
    assert ticket.preview.values["Cost"].text() == "–"
    press(ticket)
    assert ticket.acts.phase is Phase.WRITING
    assert ticket.form.numbers.errors[Entry.PRICE].text() == "A price is needed."


async def test_presets_are_kept_for_a_class_and_one_is_where_its_tickets_start(
    screen: Screen, ticket: TicketPanel
) -> None:
    instrument = await shows(screen, ticket, "GARM")
    presets, kind = ticket._presets, instrument.kind
    ticket.form.set_kind(Kind.STOP_LIMIT)
    ticket.form.tif.take("GTC")
    write(ticket, Entry.QUANTITY, "7")
    presets.save("Breakout", kind)
    presets.set_default("Breakout", kind)
    assert [(p.name, p.is_default) for p in screen.handles.settings.current.ticket_presets] == [("Breakout", True)]
    ticket.form.set_kind(Kind.LIMIT)
    ticket.form.tif.take("DAY")
    await shows(screen, ticket, "GARP")
    assert (ticket.form.kind.value(), ticket.form.tif.value()) == ("STP LMT", "GTC")
    assert ticket.form.quantity.value() == 7
    presets.menu.aboutToShow.emit()
    assert presets.menu.actions()[0].text() == "Breakout (default)"
    presets.delete("Breakout", kind)
    assert screen.handles.settings.current.ticket_presets == ()


async def test_a_price_that_is_clicked_goes_into_the_field_that_a_hand_is_in(
    screen: Screen, ticket: TicketPanel
) -> None:
    instrument = await shows(screen, ticket, "GARR")
    ticket.form.bracket.setChecked(True)
    ticket.form.stop.entered.emit()
    bid = screen.handles.market.quote(instrument.con_id).bid
    ticket.head.price_taken.emit(bid)
    assert ticket.form.stop.value() == Decimal(str(bid))
    assert not ticket.form.is_touched(Entry.PRICE)


async def test_g9_a_refusal_is_answered_for_with_a_typed_reason_and_then_sent(
    screen: Screen, ticket: TicketPanel
) -> None:
    instrument = await shows(screen, ticket, "HALT")
    write(ticket, Entry.QUANTITY, "1")
    write(ticket, Entry.PRICE, str(screen.trader.near(instrument, 7)))
    press(ticket)
    await screen.until(ticket.review.override.isVisible)
    assert not ticket.review.confirm.isEnabled()
    QTest.mouseClick(ticket.review.override, Qt.MouseButton.LeftButton)
    question = await screen.question()
    question.findChild(QLineEdit).setText("I know this price")
    await screen.answer("override")
    await screen.until(lambda: ticket.review.confirm.isEnabled())
    assert ticket.acts.held.override.reason == "I know this price"
    review = ticket.acts.held
    QTest.mouseClick(ticket.review.confirm, Qt.MouseButton.LeftButton)
    await screen.trader.until_state(review.intent.entry.ref, S.FILLED)


@pytest.mark.parametrize(
    ("type_", "entries"),
    [
        (Limit(Decimal("20.10")), {Entry.PRICE: "20.10"}),
        (Stop(Decimal("19.50")), {Entry.PRICE: "19.50"}),
        (StopLimit(Decimal("19.50"), Decimal("19.40")), {Entry.TRIGGER: "19.50", Entry.PRICE: "19.40"}),
        (Trail(Distance(Decimal("1.50")), Decimal("19.50")), {Entry.DISTANCE: "1.50", Entry.START: "19.50"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_a_duplicate_opens_the_ticket_filled_as_the_order_was_and_sends_nothing(
    screen: Screen, ticket: TicketPanel, type_: OrderType, entries: dict[Entry, str]
) -> None:
    instrument = await shows(screen, ticket, "IBM")
    before = len(screen.trader.state.orders)
    leg = Leg(OrderRef("copied"), Role.ENTRY, Side.SELL, Decimal(7), type_, TimeInForce.GTC)
    at = screen.handles.clock.now()
    intent = Intent(IntentId("copied"), "hand:x", screen.trader.account, instrument.con_id, "IBM", (leg,))
    screen.handles.selection.copy_wanted.emit(intended_orders(intent, at)[0])
    terms = ticket.form.terms()
    assert (terms.side, terms.kind.value, terms.tif) == (Side.SELL, type_.name, TimeInForce.GTC)
    assert terms.quantity.value == 7
    assert {entry: terms.written(entry).value for entry in entries} == {
        entry: Decimal(text) for entry, text in entries.items()
    }
    assert len(screen.trader.state.orders) == before
    ticket.form.tif.take(TimeInForce.DAY)
    ticket.form.set_kind(Kind.LIMIT)
    ticket.form.set_side(Side.BUY)
