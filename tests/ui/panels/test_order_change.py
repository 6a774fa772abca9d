"""Changing orders by hand: in the cell, in a form and on the chart; words are confirmed, Escape restores."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.domain.orders import Intent, OrderRef, OrderState, Role
from app.ui.charts.values import MarkState, Phase
from app.ui.panels.chart import ChartPanel
from app.ui.panels.orders import OrdersPanel
from app.ui.widgets.fields import DecimalField
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def panel(screen: Screen) -> OrdersPanel:
    panel = OrdersPanel(screen.handles)
    screen.show(panel, 1200, 300)
    return panel


async def resting(screen: Screen, symbol: str = "IBM") -> Intent:
    instrument = await screen.trader.instrument(symbol)
    intent = await screen.trader.place(screen.trader.bracket(instrument, away=-3))
    for leg in intent.legs:
        await screen.trader.until_state(leg.ref, OrderState.ACCEPTED)
    return intent


async def alone(screen: Screen, symbol: str) -> None:
    """Cancel what other tests left working in a symbol, so that no other line lies where a hand reaches."""
    left = [o.ref for o in screen.trader.state.orders.values() if o.symbol == symbol and not o.state.is_final]
    for ref in left:
        if not screen.trader.state.orders[ref].state.is_final:
            await screen.handles.desk.cancel(ref, "a test")
    await screen.until(lambda: all(screen.trader.state.orders[ref].state.is_final for ref in left))


def cell(panel: OrdersPanel, ref: OrderRef, column: str) -> QPoint:
    """Make a cell the current one and return its middle."""
    position = panel.model.position_of(ref)
    assert position is not None
    place = [each.id for each in panel.model.columns].index(column)
    index = panel.model.index(position, place)
    panel.table.view.setCurrentIndex(index)
    panel.table.view.scrollTo(index)
    return panel.table.view.visualRect(index).center()


def double_click(panel: OrdersPanel, at: QPoint) -> None:
    """Click twice: the second press of a double click is only one if the first was on the same cell."""
    QTest.mouseClick(panel.table.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(panel.table.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def field(panel: OrdersPanel) -> DecimalField | None:
    fields = panel.table.view.viewport().findChildren(DecimalField)
    return next((each for each in fields if each.isVisible()), None)


def buttons(screen: Screen) -> list[str]:
    (question,) = screen.open_questions()
    return [button.text() for button in question.findChildren(QPushButton)]


async def test_f2_in_a_price_changes_it_after_its_words_are_confirmed(screen: Screen, panel: OrdersPanel) -> None:
    ref = (await resting(screen)).entry.ref
    await screen.until(lambda: panel.model.find(ref))
    old = screen.trader.state.orders[ref].limit
    assert old is not None
    cell(panel, ref, "limit")
    panel.change_current()
    typed = field(panel)
    assert typed is not None
    assert typed.value() == old
    typed.setText(str(old + 1))
    QTest.keyClick(typed, Qt.Key.Key_Return)
    await screen.question()
    assert f"Change limit of BUY 5 IBM from {old:.2f} to {old + 1:.2f}" in buttons(screen)
    await screen.answer("change")
    await screen.until(lambda: screen.trader.state.orders[ref].limit == old + 1)
    await screen.until(lambda: panel.model.find(ref).limit == old + 1)


async def test_escape_and_a_refusal_leave_the_cell_as_it_was(screen: Screen, panel: OrdersPanel) -> None:
    ref = (await resting(screen)).entry.ref
    await screen.until(lambda: panel.model.find(ref))
    old, traced = screen.trader.state.orders[ref].terms, list[str]()
    screen.handles.selection.traced.connect(traced.append)
    double_click(panel, cell(panel, ref, "quantity"))
    typed = field(panel)
    assert typed is not None
    assert traced == []
    QTest.keyClick(typed, Qt.Key.Key_Escape)
    assert field(panel) is None
    for text, words in (("999999", "20000|more than|order may"), ("many", "must be a number")):
        double_click(panel, cell(panel, ref, "quantity"))
        typed, before = field(panel), len(screen.told)
        assert typed is not None
        typed.setText(text)
        QTest.keyClick(typed, Qt.Key.Key_Return)
        await screen.until(lambda before=before: len(screen.told) > before)
        assert any(word in screen.told[0] for word in words.split("|"))
    double_click(panel, cell(panel, ref, "symbol"))
    screen.handles.selection.traced.disconnect(traced.append)
    assert traced == [ref], "elsewhere a double click asks for the chain"
    assert screen.trader.state.orders[ref].terms == old


async def test_the_form_changes_several_terms_at_once_and_the_children_follow(
    screen: Screen, panel: OrdersPanel
) -> None:
    intent = await resting(screen)
    ref = intent.entry.ref
    await screen.until(lambda: panel.model.find(ref))
    old = screen.trader.state.orders[ref].limit
    assert old is not None
    cell(panel, ref, "symbol")
    panel.change_current()
    question = await screen.question()
    fields = {each.accessibleName().split(" ")[0]: each for each in question.findChildren(DecimalField)}
    assert fields.keys() == {"Quantity", "Limit"}
    fields["Quantity"].setText("7")
    fields["Limit"].setText(str(old - 1))
    question.choose("review")
    await screen.until(lambda: screen.open_questions() and screen.open_questions()[0] is not question)
    words = f"Change limit of BUY 5 IBM from {old:.2f} to {old - 1:.2f} and quantity from 5 to 7"
    assert words in buttons(screen)
    await screen.answer("change")
    await screen.until(lambda: {screen.trader.state.orders[leg.ref].quantity for leg in intent.legs} == {Decimal(7)})
    assert screen.trader.state.orders[ref].limit == old - 1


async def test_a_line_dragged_on_the_chart_is_confirmed_or_put_back(screen: Screen) -> None:
    screen.handles.selection._shown.clear()
    panel = ChartPanel(screen.handles)
    screen.show(panel, 900, 600)
    screen.handles.selection.pick(await screen.trader.instrument("MSFT"))
    await screen.until(lambda: panel.view.model.phase is Phase.READY and panel._bars is not None)
    await alone(screen, "MSFT")
    intent = await resting(screen, "MSFT")
    stop = next(leg.ref for leg in intent.legs if leg.role is Role.STOP)
    hands, orders = panel.view.orders, screen.trader.state.orders
    await screen.until(lambda: stop in {mark.key for mark in panel.view.model.marks} and stop in hands._terms)
    old = orders[stop].stop
    assert old is not None
    wanted = old - 1
    for answer, after in (("cancel", old), ("change", wanted)):
        _drag(panel, stop, float(wanted))
        assert hands.wishes == {stop: float(wanted)}
        await screen.question()
        assert f"Change stop of SELL 5 MSFT from {old:.2f} to {wanted:.2f}" in buttons(screen)
        await screen.answer(answer)
        await screen.until(lambda after=after: screen.trader.state.orders[stop].stop == after)
        await screen.until(lambda: hands.wishes == {})
    _drag(panel, stop, float(screen.trader.state.orders[intent.entry.ref].limit) + 1)
    await screen.until(lambda: any("must lie below the entry" in text for text in screen.told))
    await screen.until(lambda: hands.wishes == {})

    def states() -> set[MarkState]:
        return {mark.state for mark in panel.view.model.marks if mark.key == stop}

    await screen.until(lambda: states() == {MarkState.WORKING})


async def test_an_order_that_fills_while_its_line_is_held_ends_the_drag_and_nothing_is_sent(screen: Screen) -> None:
    screen.handles.selection._shown.clear()
    panel = ChartPanel(screen.handles)
    screen.show(panel, 900, 600)
    instrument = await screen.trader.instrument("MSFT")
    screen.handles.selection.pick(instrument)
    await screen.until(lambda: panel.view.model.phase is Phase.READY and panel._bars is not None)
    await alone(screen, "MSFT")
    entry = (await resting(screen, "MSFT")).entry.ref
    hands, orders = panel.view.orders, screen.trader.state.orders
    await screen.until(lambda: entry in {mark.key for mark in panel.view.model.marks} and entry in hands._terms)
    panel.view.canvas.flush()
    frame = panel.view.canvas.frame_now
    assert frame is not None
    limit = orders[entry].limit
    assert limit is not None
    start = QPointF(frame.plot / 3, frame.panes[0].scale.y_of(float(limit)))
    assert hands.press(frame, start, Qt.KeyboardModifier.NoModifier)
    hands.move(frame, start - QPointF(0, 30), Qt.KeyboardModifier.NoModifier)
    assert hands.dragged == entry
    desk, marketable = screen.handles.desk, screen.trader.last(instrument) * Decimal("1.01")
    review = await desk.review_change(entry, limit=instrument.round_to_tick(marketable))
    await desk.submit_change(review)
    await screen.trader.until_state(entry, OrderState.FILLED)
    await screen.until(lambda: hands.dragged == "")
    filled = screen.trader.state.orders[entry]
    hands.release(frame, start - QPointF(0, 30))
    assert panel.view._saying.text()
    assert hands.wishes == {}
    assert not screen.open_questions()
    assert screen.trader.state.orders[entry] == filled


def _drag(panel: ChartPanel, ref: OrderRef, price: float) -> None:
    """Pull the line of an order to a price, by the hands the mouse works."""
    panel.view.canvas.flush()
    hands, frame = panel.view.orders, panel.view.canvas.frame_now
    assert frame is not None
    mark = next(mark for mark in panel.view.model.marks if mark.key == ref)
    scale = frame.panes[0].scale
    start = QPointF(frame.plot / 3, scale.y_of(mark.price))
    assert hands.press(frame, start, Qt.KeyboardModifier.NoModifier)
    hands._drag.has_moved, hands._drag.price = True, price  # the row of a price on its tick is between two pixels
    hands.release(frame, start)
