"""Positions: live figures, and a close that withdraws the children before it sells."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.instruments import Instrument
from app.domain.orders import OrderState, Role
from app.ui.panels.positions import PositionsPanel
from app.ui.panels.positions_rows import PositionRow
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


def row_of(panel: PositionsPanel, instrument: Instrument) -> PositionRow | None:
    return next((row for row in panel.model.rows() if row.view.position.con_id == instrument.con_id), None)


async def test_figures_and_rows_are_live(screen: Screen) -> None:
    panel = PositionsPanel(screen.handles)
    screen.show(panel)
    instrument = await screen.trader.instrument("GOOG")
    await screen.trader.bought(instrument, 3)
    await screen.until(lambda: row_of(panel, instrument) and row_of(panel, instrument).last is not None)
    row = row_of(panel, instrument)
    assert row.lots == "By hand"
    assert row.stop is not None
    figures = screen.handles.portfolio.figures(screen.trader.account)
    await screen.until(lambda: panel.figures.worth.text.startswith(f"{figures.net_liquidation:,.2f}"[:3]))
    price = float(screen.trader.near(instrument, 3))
    await screen.trader.gateway.move("GOOG", price)
    await screen.until(lambda: row_of(panel, instrument).last > row.last)
    moved = row_of(panel, instrument).view
    assert moved.unrealized == (moved.last - moved.position.average) * moved.position.quantity


async def test_closing_cancels_stop_and_target_first_and_sells_what_was_shown(screen: Screen) -> None:
    panel = PositionsPanel(screen.handles)
    screen.show(panel)
    instrument = await screen.trader.instrument("FB")
    intent = await screen.trader.bought(instrument, 6)
    await screen.until(lambda: row_of(panel, instrument))
    panel.table.select(row_of(panel, instrument).key)
    panel.close_current()
    question = await screen.question()
    assert question.button("close").text() == "Sell 6 FB at market"
    await screen.answer("cancel")
    assert screen.trader.state.position(screen.trader.account, instrument.con_id).quantity == 6
    panel.close_current()
    await screen.answer("close")
    await screen.until(lambda: row_of(panel, instrument) is None)
    orders = screen.trader.state.orders
    assert [orders[leg.ref].state for leg in intent.children] == [OrderState.CANCELLED, OrderState.CANCELLED]
    sale = next(order for order in orders.values() if order.role is Role.CLOSE and order.con_id == instrument.con_id)
    assert (sale.side, sale.quantity, sale.filled) == ("SELL", Decimal(6), Decimal(6))
    assert sale.created > orders[intent.entry.ref].created
