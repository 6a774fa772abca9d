"""The order being written as lines on the chart: dragged before anything is sent, and only the ticket is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.domain.orders import Side
from app.ui.charts.values import Mark, MarkState, Phase
from app.ui.panels import ticket_acts
from app.ui.panels.chart import ChartPanel
from app.ui.panels.ticket import TicketPanel
from app.ui.panels.ticket_terms import Entry
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def pair(screen: Screen) -> AsyncIterator[tuple[TicketPanel, ChartPanel]]:
    ticket, chart = TicketPanel(screen.handles), ChartPanel(screen.handles)
    screen.show(ticket, 300, 560)
    screen.show(chart, 860, 560)
    screen.handles.selection.pick(await screen.trader.instrument("GOOG"))
    await screen.until(lambda: "limit" in ticket.form.act.text() and chart.view.model.phase is Phase.READY)
    chart.view.set_look(volume=False)
    yield ticket, chart
    ticket._filling.anew()
    screen.clear()


def lines(chart: ChartPanel) -> dict[str, Mark]:
    return {mark.key: mark for mark in chart.view.model.marks if mark.key.startswith("plan.")}


async def planned(screen: Screen, ticket: TicketPanel, chart: ChartPanel) -> tuple[Decimal, Decimal, Decimal]:
    """Write a bracket around a price of the ticket's own and return entry, stop and target."""
    ticket.form.set_side(Side.BUY)
    await screen.until(lambda: ticket.form.price.value() is not None)
    entry = ticket.form.price.value()
    assert entry is not None
    stop, target = entry - 12, entry + 24
    ticket.form.bracket.setChecked(True)
    for field, value in ((Entry.PRICE, entry), (Entry.STOP, stop), (Entry.TARGET, target)):
        ticket.form.put(field, value)
    await screen.until(lambda: len(lines(chart)) == 3)
    return entry, stop, target


def drag(chart: ChartPanel, price: float, by: int) -> float:
    """Drag the line at a price down by so many pixels and return the price where it was let go."""
    canvas = chart.view.canvas
    frame = canvas.current_frame()
    assert frame is not None
    row, view = round(frame.panes[0].scale.y_of(price)), canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, row))
    QTest.mouseMove(view, QPoint(200, row + by // 2))
    QTest.mouseMove(view, QPoint(200, row + by))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(200, row + by))
    return frame.panes[0].scale.price_at(row + by)


async def test_a_price_that_follows_the_market_is_no_plan(screen: Screen, pair: tuple[TicketPanel, ChartPanel]) -> None:
    _, chart = pair
    assert screen.handles.selection.plan is None
    assert lines(chart) == {}


async def test_a_written_bracket_is_three_dashed_lines_with_what_they_would_bring(
    screen: Screen, pair: tuple[TicketPanel, ChartPanel]
) -> None:
    ticket, chart = pair
    entry, stop, target = await planned(screen, ticket, chart)
    found = lines(chart)
    assert {key: mark.price for key, mark in found.items()} == {
        "plan.price": float(entry), "plan.stop": float(stop), "plan.target": float(target),
    }  # fmt: skip
    assert {mark.state for mark in found.values()} == {MarkState.INTENDED}
    assert found["plan.stop"].label.endswith("USD · −1.00 R")
    assert found["plan.target"].label.endswith("USD · +2.00 R")
    assert [band.key for band in chart.view.model.bands][-1] == "plan"
    ticket._filling.anew()
    assert lines(chart) == {}


async def test_dragging_the_stop_writes_it_into_the_ticket_and_sends_nothing(
    screen: Screen, pair: tuple[TicketPanel, ChartPanel]
) -> None:
    ticket, chart = pair
    before = len(screen.trader.state.orders)
    _, stop, _ = await planned(screen, ticket, chart)
    chart.view.times.show_last(40)
    wanted = drag(chart, float(stop), 30)
    await screen.until(lambda: ticket.form.stop.value() != stop)
    written = ticket.form.stop.value()
    assert written is not None
    assert float(written) == pytest.approx(wanted, abs=0.02)
    await screen.until(lambda: lines(chart)["plan.stop"].price == float(written))
    assert chart.view.orders.wishes == {}
    assert len(screen.trader.state.orders) == before


async def test_a_drag_leaves_a_review_for_what_was_reviewed_is_no_longer_meant(
    screen: Screen, pair: tuple[TicketPanel, ChartPanel]
) -> None:
    ticket, chart = pair
    _, stop, _ = await planned(screen, ticket, chart)
    QTest.mouseClick(ticket.form.act, Qt.MouseButton.LeftButton)
    await screen.until(lambda: ticket.acts.phase is ticket_acts.Phase.REVIEWED)
    drag(chart, float(stop), 30)
    await screen.until(lambda: ticket.acts.phase is ticket_acts.Phase.WRITING)
    assert ticket.form.stop.value() != stop
