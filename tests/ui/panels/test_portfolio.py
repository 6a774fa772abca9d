"""Portfolio: live positions and what may be done with them, trades, the curve, the calendar, and the files."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from app.domain.events import SnapshotTaken
from app.domain.instruments import Instrument
from app.domain.orders import Market, OrderState, Role, Side
from app.domain.returns import Snapshot
from app.domain.signals import StrategyId
from app.domain.strategies import Mode
from app.services.flatten import Scope
from app.services.session import SessionState
from app.ui.panels.portfolio import PortfolioPanel
from app.ui.panels.portfolio_positions import PositionsPage
from app.ui.panels.positions_rows import PositionRow
from app.ui.panels.positions_turn import suggested_stop
from app.ui.widgets.states import Ready, Stale
from tests.domain.examples import APPLE
from tests.domain.examples import instrument as instrument_of
from tests.support.core import stands
from tests.support.screen import Screen

AAPL = instrument_of(APPLE)
pytestmark = pytest.mark.asyncio(loop_scope="session")


def shown(screen: Screen, page: str = "positions") -> PortfolioPanel:
    """Return the panel with one of its pages on show."""
    panel = PortfolioPanel(screen.handles)
    screen.show(panel)
    panel.show_page(page)
    return panel


def row_of(panel: PositionsPage, instrument: Instrument) -> PositionRow | None:
    return next((row for row in panel.model.rows() if row.view.position.con_id == instrument.con_id), None)


async def test_figures_and_rows_are_live(screen: Screen) -> None:
    panel = shown(screen).positions
    instrument = await screen.trader.instrument("GOOG")
    await screen.trader.bought(instrument, 3)
    await screen.until(lambda: row_of(panel, instrument) and row_of(panel, instrument).last is not None)
    await screen.until(lambda: row_of(panel, instrument).stop is not None)
    row = row_of(panel, instrument)
    assert row.lots == "By hand"
    figures = screen.handles.portfolio.figures(screen.trader.account)
    await screen.until(lambda: panel.figures.worth.text.startswith(f"{figures.net_liquidation:,.2f}"[:3]))
    price = float(screen.trader.near(instrument, 3))
    await screen.trader.gateway.move("GOOG", price)
    await screen.until(lambda: row_of(panel, instrument).last > row.last)
    moved = row_of(panel, instrument).view
    assert moved.unrealized == (moved.last - moved.position.average) * moved.position.quantity


async def test_closing_cancels_stop_and_target_first_and_sells_what_was_shown(screen: Screen) -> None:
    panel = shown(screen).positions
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


def holds(panel: PositionsPage, instrument: Instrument, quantity: int) -> bool:
    """Say whether this much of an instrument is held, and the panel shows so, with its price."""
    row, handles = row_of(panel, instrument), panel._h
    held = handles.facts.state.position(handles.session.view.account, instrument.con_id)
    if row is None or row.last is None or held is None:
        return False
    return row.view.position.quantity == held.quantity == quantity


async def emptied(screen: Screen, instrument: Instrument) -> None:
    """Leave nothing of an instrument that other tests held on the shared screen."""
    report = await screen.trader.core.flatten.carry_out(Scope(con_id=instrument.con_id), lambda step: None)
    assert report.is_flat, report.left


async def test_a_strategy_is_made_flat_from_a_row_and_what_a_hand_holds_stays(screen: Screen) -> None:
    panel, trader = shown(screen).positions, screen.trader
    instrument = await trader.instrument("KESM")
    strategy = await trader.strategy(Mode.ASK, id=StrategyId("flattened"), name="Flattened")
    theirs = await trader.place(trader.bracket(instrument, 5, strategy=strategy))
    await trader.until(lambda state: stands(state, theirs))
    await trader.bought(instrument, 2)
    await screen.until(lambda: holds(panel, instrument, 7))
    scopes = panel.scopes(row_of(panel, instrument))
    assert [name for _, name in scopes] == ["KESM", "Flattened"]
    panel.flatten(*scopes[1])
    question = await screen.question()
    text = "\n".join(each.toPlainText() for each in question.findChildren(QPlainTextEdit))
    assert "Close   5 KESM" in text
    question.button("flatten").click()  # not held: nothing happens
    assert not trader.state.orders[theirs.children[0].ref].cancel_asked
    question.button("flatten").held.emit()
    await screen.until(lambda: any("The broker shows Flattened flat" in told for told in screen.told))
    await screen.until(lambda: holds(panel, instrument, 2))


async def test_a_position_is_reversed_as_it_was_shown(screen: Screen) -> None:
    panel = shown(screen).positions
    instrument = await screen.trader.instrument("IBM")
    await emptied(screen, instrument)
    await screen.trader.bought(instrument, 4)
    await screen.until(lambda: holds(panel, instrument, 4))
    panel.reverse_row(row_of(panel, instrument))
    question = await screen.question()
    assert question.button("reverse").text() == "Sell 4 IBM, then sell 4 more: 4 short"
    await screen.answer("reverse")
    await screen.until(lambda: holds(panel, instrument, -4))
    await screen.until(lambda: any("is turned; protect it" in told for told in screen.told))


async def test_a_bare_position_is_protected_at_the_price_that_was_typed(screen: Screen) -> None:
    panel = shown(screen).positions
    instrument = await screen.trader.instrument("MSFT")
    await emptied(screen, instrument)
    await screen.trader.place(screen.trader.proposal(instrument, Market(), 7))
    await screen.until(lambda: holds(panel, instrument, 7))
    panel.protect_row(row_of(panel, instrument))
    question = await screen.question()
    line = question.findChild(QLineEdit)
    assert float(line.text()) == pytest.approx(float(screen.trader.last(instrument)) * 0.98, rel=0.01)
    line.setText("not a price")
    await screen.answer("review")
    await screen.until(lambda: any("A price above 0 was expected" in told for told in screen.told))
    panel.protect_row(row_of(panel, instrument))
    price = screen.trader.near(instrument, -4)
    (await screen.question()).findChild(QLineEdit).setText(str(price))
    (await screen.question()).choose("review")
    await screen.until(lambda: any("protect" in each._buttons for each in screen.open_questions()))
    assert (await screen.question()).button("protect").text() == f"Sell 7 MSFT stop {price}"
    await screen.answer("protect")
    await screen.until(lambda: row_of(panel, instrument).view.is_guarded)
    row = row_of(panel, instrument)
    panel.protect_row(row)
    await screen.until(lambda: any("guarded by a stop already" in told for told in screen.told))
    await emptied(screen, instrument)
    panel.protect_row(row)
    await screen.until(lambda: any("No MSFT is held, so there is nothing to protect" in told for told in screen.told))
    assert not screen.open_questions()


@pytest.mark.parametrize("last", ["0.02", "1.23", "187.21", "431.555"])
@pytest.mark.parametrize("side", [1, -1])
async def test_a_suggested_stop_is_on_the_tick_and_away_from_the_price(last: str, side: int) -> None:
    stop = suggested_stop(AAPL, Decimal(last), side)
    assert AAPL.is_on_tick(stop)
    assert (stop < Decimal(last)) is (side > 0)
    assert abs(stop / Decimal(last) - 1) >= Decimal("0.02")


async def test_trades_show_what_closed_positions_brought_and_lead_to_their_lineage(screen: Screen) -> None:
    instrument = await screen.trader.instrument("AAPL")
    for side in (Side.BUY, Side.SELL):
        intent = await screen.trader.place(screen.trader.proposal(instrument, Market(), 3, side))
        await screen.trader.until_state(intent.entry.ref, OrderState.FILLED)
    await screen.trader.until(lambda state: all(fill.commission is not None for fill in state.fills.values()))
    panel = shown(screen, "trades").trades
    trades = screen.handles.track.trades(screen.trader.account)
    await screen.until(lambda: len(panel.model.rows()) == len(trades))
    row = next(row for row in panel.model.rows() if row.result.trade.symbol == "AAPL")
    position = screen.trader.state.position(screen.trader.account, instrument.con_id)
    assert row.result.net == position.realized
    found = screen.handles.track.statistics(screen.trader.account)
    assert panel.figures.text("Trades") == str(found.count)
    assert panel.figures.text("R planned") == "–" if found.planned_r is None else True
    traced: list[str] = []
    screen.handles.selection.traced.connect(traced.append)
    panel.table.activated.emit(row)
    assert traced == [row.result.trade.executions[-1]]


async def test_overview_and_calendar_are_drawn_from_the_snapshots(screen: Screen) -> None:
    facts, account, now = screen.handles.facts, screen.trader.account, screen.handles.clock.now()
    calendar = screen.trader.core.runs._calendar
    last = calendar.last_closed(screen.handles.clock.market())
    month = (last.replace(day=1) - timedelta(days=40)).replace(day=1)
    days = calendar.sessions(month, month + timedelta(days=27))
    worth = Decimal(900_000)
    for before, day in pairwise(days):
        earned = Decimal(day.day - 15) * 100
        worth += earned
        taken = Snapshot(account, day.isoformat(), now, 1.0, "USD", worth, day_pnl=earned, before=before.isoformat())
        await facts.enter(SnapshotTaken(at=now, snapshot=taken))
    overview = shown(screen, "overview").overview
    await screen.until(lambda: len(overview.curve.points) >= 9)
    assert overview.totals.text("Return") != "–"
    assert overview.totals.text("Worst drawdown").startswith(("−", "0"))
    assert "Nothing was kept" in overview.gaps.text()
    panel = shown(screen, "calendar")
    while panel.calendar.month > month:
        panel.calendar.turn(-1)
    assert panel.calendar.title.text().endswith(str(month.year))
    mine = [Decimal(one.day - 15) * 100 for one in days[2:]]
    told = panel.calendar.sum.text().split("  ")[0].replace(",", "").replace("−", "-")
    assert Decimal(told) == sum(mine)


def csv_tables(path: Path) -> dict[str, list[list[str]]]:
    """Return the tables of a report by title: each follows its title's line, and an empty one ends it."""
    found: dict[str, list[list[str]]] = {}
    title = ""
    for line in csv.reader(path.read_text("utf-8-sig").splitlines()):
        if len(line) == 1:
            title = line[0]
        elif line:
            found.setdefault(title, []).append(line)
    return found


def workbook_tables(path: Path) -> dict[str, list[list[str]]]:
    """Return the sheets of a workbook by name, every cell as it is stored."""
    names = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{names}sheet")
        titles = [each.get("name") for each in sheets]
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        texts = ["".join(part.text or "" for part in item.iter(f"{names}t")) for item in strings]
        found = {}
        for place, title in enumerate(titles, start=1):
            sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{place}.xml"))
            found[str(title)] = [sheet_row(row, names, texts) for row in sheet.iter(f"{names}row")]
    return found


def sheet_row(row: ElementTree.Element, names: str, texts: list[str]) -> list[str]:
    """Return a row's cells at their columns, empty where there is none."""
    cells = [""] * 30
    for cell in row.iter(f"{names}c"):
        value = cell.find(f"{names}v")
        column = 0
        for letter in str(cell.get("r")).rstrip("0123456789"):
            column = column * 26 + ord(letter) - ord("A") + 1
        raw = value.text if value is not None and value.text is not None else ""
        cells[column - 1] = texts[int(raw)] if cell.get("t") == "s" else raw
    return cells


async def test_the_portfolio_is_written_as_workbook_csv_and_pdf(screen: Screen, tmp_path: Path) -> None:
    panel = shown(screen)
    for kind, begins in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbfOverview"), ("pdf", b"%PDF")):
        path = tmp_path / f"portfolio.{kind}"
        panel.export_to(path, kind)
        await screen.until(lambda path=path: any(str(path) in told for told in screen.told))
        assert path.read_bytes().startswith(begins)
    held = {row.view.position.symbol: row.view.position for row in panel.positions.model.rows()}
    assert held
    for kind, tables in (("csv", csv_tables), ("xlsx", workbook_tables)):
        sheets = tables(tmp_path / f"portfolio.{kind}")
        head, *rows = sheets["Positions"]
        told = {row[head.index("Symbol")]: row for row in rows}
        assert told.keys() == held.keys()
        for symbol, position in held.items():
            assert Decimal(told[symbol][head.index("Quantity")]) == position.quantity
            assert Decimal(told[symbol][head.index("Average")]) == pytest.approx(position.average, abs=Decimal("1e-5"))
            realized = Decimal(told[symbol][head.index("Realised")])
            assert realized == pytest.approx(position.realized, abs=Decimal("0.01"))
        overview = dict(row[:2] for row in sheets["Overview"][1:])
        assert int(overview["Closed trades"]) == screen.handles.track.statistics(screen.trader.account).count
        assert {"Realised P&L today", "Largest position", "Worst drawdown, %", "Open risk in R"} <= overview.keys()
    panel.export_to(tmp_path / "missing" / "a.pdf", "pdf")
    await screen.until(lambda: any("could not be written" in told for told in screen.told))


async def test_without_the_broker_everything_says_how_old_it_is(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = shown(screen)
    view = screen.handles.session.view
    monkeypatch.setattr(screen.handles.session, "_view", replace(view, state=SessionState.OFFLINE, why="Gone."))
    screen.handles.bus.publish(screen.handles.session.view)
    assert panel._overlay is not None
    assert isinstance(panel._overlay.state, Stale)
    assert panel._overlay.state.why == "Gone."
    monkeypatch.undo()
    screen.handles.bus.publish(screen.handles.session.view)
    assert isinstance(panel._overlay.state, Ready)
