"""The book in the ticket: depth where there is some, the best prices where there is none, a click takes the price."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.domain.instruments import ConId, InstrumentKind
from app.domain.quotes import DataClass, Level, Quote
from app.ui.panels.ticket import TicketPanel
from app.ui.panels.ticket_book import ASK, BID, ROWS, Rows, best_of
from app.ui.panels.ticket_terms import Entry
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def ticket(screen: Screen) -> AsyncIterator[TicketPanel]:
    panel = TicketPanel(screen.handles)
    screen.show(panel, 300, 640)
    screen.handles.selection.pick(await screen.trader.instrument("AAPL"))
    yield panel
    panel.book.open(False)
    screen.handles.settings.change(ticket_book=False)


async def opened(screen: Screen, ticket: TicketPanel) -> None:
    QTest.mouseClick(ticket.book.fold, Qt.MouseButton.LeftButton)
    await screen.until(lambda: len(ticket.book.ladder.rows.bids) == len(ticket.book.ladder.rows.asks) == ROWS)


async def test_the_book_opens_with_its_rows_source_and_age_and_stays_open_for_the_next_ticket(
    screen: Screen, ticket: TicketPanel
) -> None:
    assert not ticket.book.ladder.isVisible()
    await opened(screen, ticket)
    assert ticket.book.ladder.isVisible()
    rows = ticket.book.ladder.rows
    assert rows.bids[0].price < rows.asks[0].price
    assert ticket.book.caption.text().startswith("Practice data · ")
    assert ticket.book.caption.text().endswith(" s")
    assert f"{rows.decimals}" == "2"
    assert "bid " in ticket.book.ladder.accessibleDescription()
    assert screen.handles.settings.current.ticket_book
    stopped = ticket.book._stop
    assert stopped is not None
    QTest.mouseClick(ticket.book.fold, Qt.MouseButton.LeftButton)
    assert ticket.book._stop is None, "a book nobody sees is let go"


async def test_a_click_or_enter_on_a_row_puts_its_price_into_the_price_field(
    screen: Screen, ticket: TicketPanel
) -> None:
    await opened(screen, ticket)
    ladder = ticket.book.ladder
    height = ladder.height() // ROWS
    shown = ladder.rows.bids[2].price
    QTest.mouseClick(ladder, Qt.MouseButton.LeftButton, pos=QPoint(20, height * 2 + 4))
    assert ticket.form.price.value() == Decimal(str(shown))
    assert ticket.form.is_touched(Entry.PRICE)
    ladder.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(ladder, key)
    side, row = ladder._at
    shown = ladder.rows.side(side)[row].price
    QTest.keyClick(ladder, Qt.Key.Key_Return)
    assert side == ASK
    assert ticket.form.price.value() == Decimal(str(shown))


async def test_where_there_is_no_depth_the_best_prices_stand_with_the_reason(
    screen: Screen, ticket: TicketPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(screen, ticket)
    index = replace(
        ticket._instrument, con_id=ConId(900_004_001), symbol="SPX", kind=InstrumentKind.INDEX, exchange="CBOE"
    )
    ticket.book.begin(index)
    await screen.until(lambda: "10092" in ticket.book.caption.toolTip())
    assert ticket.book.ladder.rows.bids == ()
    assert ticket.book.caption.text() == "no prices yet"
    monkeypatch.setattr(screen.handles.market, "tick_age_s", lambda _: 75.0)
    ticket.book.begin(ticket._instrument)
    ticket.book.refresh()
    assert ticket.book.ladder.rows.is_stale
    assert ticket.book.caption.text() == "best only · Practice data · 1 m"
    quote = Quote(index.con_id, DataClass.DELAYED, bid=10.0, ask=10.5, bid_size=300.0)
    assert best_of(quote) == ((Level(10.0, 300.0),), (Level(10.5, 0.0),))
    assert best_of(replace(quote, bid=None)) == ((), (Level(10.5, 0.0),))
    assert Rows(*best_of(quote)).words() == "bid 10.00 for 300, ask 10.50 for 0"
    assert Rows().side(BID) == ()
