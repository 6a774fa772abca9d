"""Executions: what was paid and made, adding up to what the positions say."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill, Split
from app.domain.orders import Side
from app.ui.panels.executions import ExecutionsPanel
from app.ui.panels.executions_days import days_of
from app.ui.panels.executions_rows import FillRow, realized_of
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


def row(number: int, side: Side, day: int, realized: Decimal | None) -> FillRow:
    booked = replace(fill(number, side, 10, Decimal(100)), at=START + timedelta(days=day))
    return FillRow(booked, Decimal(100), realized, None, None, "")


def test_days_add_up_what_was_executed_on_them_and_know_what_they_do_not_know() -> None:
    rows = [row(0, Side.BUY, 0, Decimal(-1)), row(1, Side.SELL, 0, Decimal(9)), row(2, Side.BUY, 1, None)]
    newest, older = days_of(rows, UTC)
    assert (newest.day, newest.count, newest.realized) == (START.date() + timedelta(days=1), 1, None)
    assert (older.bought, older.sold, older.commission, older.realized) == (10, 10, 2, 8)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_a_day_is_the_day_of_the_zone_shown(zone: str) -> None:
    late = FillRow(replace(fill(0, Side.BUY, 1, Decimal(1)), at=START.replace(hour=23)), None, None, None, None, "")
    assert days_of([late], ZoneInfo(zone))[0].day.day == (23 if zone.startswith("America") else 24)


@pytest.mark.asyncio(loop_scope="session")
async def test_executions_are_filtered_shown_by_day_and_exported_with_exact_numbers(
    screen: Screen, tmp_path: Path
) -> None:
    panel = ExecutionsPanel(screen.handles)
    screen.show(panel)
    intent = await screen.trader.bought(await screen.trader.instrument("QQQ"), 3)
    await screen.until(lambda: any(each.fill.ref == intent.entry.ref for each in panel.model.rows()))
    panel.symbol.take("QQQ")
    shown = panel.model.rows()
    assert shown
    assert {each.fill.symbol for each in shown} == {"QQQ"}
    panel.show_page("days")
    assert sum(day.count for day in panel.days.rows()) == len(shown)
    panel.day_table.activated.emit(panel.days.rows()[0])
    assert panel.day == panel.days.rows()[0].day
    assert panel.table.isVisible()
    for kind in ("csv", "xlsx"):
        path = tmp_path / f"executions.{kind}"
        panel.export_to(path, kind)
        await screen.until(path.exists)
    text = (tmp_path / "executions.csv").read_text(encoding="utf-8-sig")
    assert all(each.fill.exec_id in text and f"{each.fill.price:f}" in text for each in shown)
    assert zipfile.is_zipfile(tmp_path / "executions.xlsx")
