"""Executions: what was paid and made, adding up to what the positions say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill, Split
from app.domain.orders import Side
from app.ui.panels.executions import ExecutionsPanel
from app.ui.panels.executions_rows import realized_of
from tests.support.screen import Screen

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
TRADES = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(900, 1100), st.booleans()), min_size=1, max_size=12
)


def fill(number: int, side: Side, quantity: int, price: Decimal, commission: Decimal | None = Decimal(1)) -> Fill:
    return Fill(
        exec_id=ExecId(f"e{number}.01"),
        account="DUT000001",
        con_id=ConId(900000001),
        symbol="AAPL",
        side=side,
        quantity=Decimal(quantity),
        price=price,
        at=START + timedelta(seconds=number),
        commission=commission,
    )


@given(TRADES)
def test_once_flat_what_was_realised_is_the_cash_that_came_back(trades: list[tuple[Side, int, int, bool]]) -> None:
    fills = [fill(i, side, quantity, Decimal(cents) / 10) for i, (side, quantity, cents, _) in enumerate(trades)]
    held = sum(each.signed for each in fills)
    if held:
        way = Side.SELL if held > 0 else Side.BUY
        fills.append(fill(len(fills), way, int(abs(held)), Decimal(100)))
    cash = sum(-each.signed * each.price - Decimal(1) for each in fills)
    assert sum(realized_of(fills, {}).values()) == pytest.approx(cash, abs=Decimal("1e-18"))


def test_an_execution_without_its_commission_has_no_result_yet() -> None:
    fills = [fill(0, Side.BUY, 10, Decimal(100)), fill(1, Side.SELL, 10, Decimal(101), None)]
    assert list(realized_of(fills, {}).values()) == [Decimal(-1)]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_fill_is_shown_with_its_commission_and_the_sums_follow(screen: Screen) -> None:
    panel = ExecutionsPanel(screen.handles)
    screen.show(panel)
    instrument = await screen.trader.instrument("MSFT")
    intent = await screen.trader.bought(instrument, 7)
    await screen.until(lambda: any(row.fill.ref == intent.entry.ref for row in panel.model.rows()))
    await screen.until(
        lambda: all(row.fill.commission is not None for row in panel.model.rows()) and "–" not in panel.sums.text()
    )
    rows = [row for row in panel.model.rows() if row.fill.ref == intent.entry.ref]
    assert sum(row.fill.quantity for row in rows) == 7
    assert all(row.order is not None and row.realized == -row.fill.commission for row in rows)
    position = screen.trader.state.position(screen.trader.account, instrument.con_id)
    realized = sum(row.realized for row in panel.model.rows() if row.fill.con_id == instrument.con_id)
    assert realized == position.realized
    assert panel.sums.text().startswith(f"{panel.model.rowCount()} execution")
    traced: list[str] = []
    screen.handles.selection.traced.connect(traced.append)
    panel.table.activated.emit(rows[0])
    screen.handles.selection.traced.disconnect(traced.append)
    assert traced == [rows[0].fill.exec_id]


def test_what_was_bought_before_a_split_counts_in_the_shares_after_it() -> None:
    bought, sold = fill(0, Side.BUY, 10, Decimal(100)), fill(9, Side.SELL, 100, Decimal(11))
    divided = Split(bought.account, bought.con_id, Decimal(10), Decimal(1), sold.at)
    assert realized_of([bought, sold], {(bought.account, bought.con_id): (divided,)})[sold.exec_id] == 100 - 1
