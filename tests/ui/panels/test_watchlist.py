"""The watchlist in hand: it opens the window on its first symbol, finds, adds, pastes, walks and forgets symbols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from time import thread_time

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from app.domain.instruments import Instrument
from app.ui.panels.watchlist import WatchlistPanel
from app.ui.panels.watchlist_rows import COLUMNS
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")
PLACES = {column.id: place for place, column in enumerate(COLUMNS)}


@pytest_asyncio.fixture(loop_scope="session")
async def panel(screen: Screen) -> AsyncIterator[WatchlistPanel]:
    screen.handles.settings.change(watchlists={"Practice": ("AAPL", "MSFT", "IBM")}, watchlist="Practice")
    screen.handles.selection._shown.clear()
    panel = WatchlistPanel(screen.handles)
    panel.tester = QAbstractItemModelTester(panel.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    screen.show(panel, 260, 500)
    yield panel
    screen.clear()
    screen.handles.settings.change(watchlists={"Practice": ("AAPL", "MSFT", "IBM")}, watchlist="Practice")


def shown(screen: Screen) -> str:
    instrument = screen.handles.selection.instrument()
    return instrument.symbol if instrument else ""


def symbols(panel: WatchlistPanel) -> list[str]:
    return [row.symbol for row in panel.model.rows()]


async def priced(screen: Screen, panel: WatchlistPanel) -> None:
    """Wait until every line has a price."""
    await screen.until(lambda: all(row.quote and row.quote.last and row.quote.bid for row in panel.model.rows()))


async def test_it_opens_the_window_on_its_first_symbol_with_prices_and_no_gesture(
    screen: Screen, panel: WatchlistPanel
) -> None:
    await priced(screen, panel)
    assert shown(screen) == "AAPL"
    assert [row.symbol for row in panel.table.selected_rows()] == ["AAPL"]
    row = panel.model.rows()[0]
    assert row.quote is not None
    last = panel.model.index(0, PLACES["last"]).data()
    assert last == f"{row.quote.last:,.2f}"
    assert panel.model.index(0, PLACES["change"]).data()[-1] == "%"
    assert COLUMNS[PLACES["symbol"]].detail(row) == "Apple Inc"
    assert panel._badge.text() == "practice"


async def test_a_search_finds_by_name_and_enter_adds_the_listing_and_shows_it_fully_described(
    screen: Screen, panel: WatchlistPanel
) -> None:
    QTest.keyClicks(panel.search, "facebook")
    QTest.keyClick(panel.search, Qt.Key.Key_Return)  # before the answer is there
    await screen.until(lambda: "FB" in symbols(panel))
    assert shown(screen) == "FB"
    instrument = screen.handles.selection.instrument()
    assert instrument is not None
    assert instrument.liquid_hours  # not as little as a search tells
    assert screen.handles.settings.current.watchlists["Practice"][-1] == "FB"
    assert panel.search.text() == ""
    assert panel.search.list.isHidden()


async def test_a_search_without_result_says_so(screen: Screen, panel: WatchlistPanel) -> None:
    QTest.keyClicks(panel.search, "qqqzz")
    await screen.until(lambda: "Nothing called “qqqzz”" in panel.search.list._words.text())
    QTest.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.search.list.isHidden()


async def test_c4_listings_that_share_a_symbol_are_kept_by_their_id(screen: Screen, panel: WatchlistPanel) -> None:
    instrument: Instrument = await screen.handles.market.resolve("GOOG")
    panel.add_symbol(instrument, has_twins=True)
    assert panel.lists.entries[-1] == f"GOOG#{instrument.con_id}"
    again = WatchlistPanel(screen.handles)
    screen.show(again, 260, 500)
    await screen.until(lambda: again.feed.entry_of(instrument.con_id))
    assert symbols(again)[-1] == "GOOG"


async def test_a_pasted_list_is_added_and_what_is_no_symbol_is_named_in_one_sentence(
    screen: Screen, panel: WatchlistPanel
) -> None:
    QGuiApplication.clipboard().setText("GOOG, fb\nNOSUCH  §§ AAPL")
    panel.paste()
    await screen.until(lambda: "No single listing" in panel._note.text())
    assert symbols(panel) == ["AAPL", "MSFT", "IBM", "GOOG", "FB"]
    assert panel._note.text().startswith("No single listing was found for §§, NOSUCH;")
    QGuiApplication.clipboard().setText("")
    panel.paste()
    assert panel._note.text().startswith("There are no symbols on the clipboard")


async def test_selecting_a_line_shows_it_and_space_walks_on(screen: Screen, panel: WatchlistPanel) -> None:
    await priced(screen, panel)
    panel.table.select("IBM")
    assert shown(screen) == "IBM"
    panel.next()
    assert shown(screen) == "AAPL"  # round the end
    screen.handles.selection.pick(await screen.handles.market.resolve("MSFT"))
    assert [row.symbol for row in panel.table.selected_rows()] == ["MSFT"]


async def test_delete_forgets_a_symbol_and_undo_brings_it_back(screen: Screen, panel: WatchlistPanel) -> None:
    await priced(screen, panel)
    panel.table.select("MSFT")
    QTest.keyClick(panel.table.view, Qt.Key.Key_Delete)
    assert symbols(panel) == ["AAPL", "IBM"]
    notice = screen.handles.window.notices.kept()[0]
    assert notice.text == "MSFT left the list Practice."
    assert notice.act is not None
    notice.act()
    assert symbols(panel) == ["AAPL", "MSFT", "IBM"]


async def test_an_unknown_entry_says_so_in_its_line(screen: Screen, panel: WatchlistPanel) -> None:
    screen.handles.settings.change(watchlists={"Practice": ("NOSUCH", "IBM")})
    panel._open()
    await screen.until(lambda: panel.model.find("IBM").quote and panel.model.find("NOSUCH").problem)
    assert "was not found" in panel.model.find("NOSUCH").problem
    assert panel.model.index(0, PLACES["last"]).data() == "–"


async def test_numbers_sort_as_numbers(screen: Screen, panel: WatchlistPanel) -> None:
    await priced(screen, panel)
    panel.table.sort_by("last", descending=True)
    prices = [row.quote.last for row in panel.model.rows()]
    assert prices == sorted(prices, reverse=True)


async def test_c2_a_line_without_ticks_turns_grey_and_tells_its_age(screen: Screen, panel: WatchlistPanel) -> None:
    await priced(screen, panel)
    row = panel.model.find("AAPL")
    old = type(row)(row.entry, row.instrument, row.quote, 7.0)
    assert old.is_stale
    assert {COLUMNS[PLACES[key]].token(old) for key in ("symbol", "last", "change", "bid")} == {"text.faint"}
    assert "7 s old" in COLUMNS[PLACES["symbol"]].tip(old)


async def test_more_columns_come_as_the_panel_is_widened(screen: Screen, panel: WatchlistPanel) -> None:
    view = panel.table.view

    def visible() -> list[str]:
        return [key for key, place in PLACES.items() if not view.isColumnHidden(place)]

    assert visible() == ["symbol", "last", "change"]
    panel.resize(520, 500)
    await screen.until(lambda: visible() == ["symbol", "last", "change", "bid", "ask", "volume"])
    view.setColumnHidden(PLACES["ask"], True)  # by hand: from now on the width changes nothing
    panel.resize(260, 500)
    await screen.until(lambda: panel.width() == 260)
    assert "bid" in visible()


async def test_c12_a_flood_of_ticks_is_conflated_and_leaves_the_window_its_turn(
    screen: Screen, panel: WatchlistPanel
) -> None:
    await priced(screen, panel)
    bus, model = screen.handles.bus, panel.model
    changes: list[object] = []
    model.dataChanged.connect(lambda *where: changes.append(where))
    quotes = [row.quote for row in model.rows() if row.quote is not None]
    longest, sent = 0.0, 0
    for _ in range(20):
        began = thread_time()
        for tick in range(200):
            quote = quotes[tick % len(quotes)]
            bus.publish(replace(quote, last=(quote.last or 1.0) + tick % 7 * 0.01))
            sent += 1
        QApplication.processEvents()
        longest = max(longest, thread_time() - began)
        await asyncio.sleep(0)
    assert sent == 4000
    assert longest < 2.5
    assert len(changes) < sent / 10
