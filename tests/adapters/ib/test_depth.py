"""Order books over the practice gateway's socket: rows in order, the broker's refusals in words, three at once."""

from __future__ import annotations

import pytest

from app.adapters.ib.depth import BID, DELETE, INSERT, UPDATE, BookRow, FollowedBook
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.quotes import Book, DataClass, Level
from tests.adapters.ib.conftest import DataDesk, Heard
from tests.support.gateway import PracticeGateway

ROWS = 5
ASK = 0


@pytest.fixture
async def channel(shared_gateway: PracticeGateway, data: DataDesk) -> DataDesk:
    await data.channel.open(shared_gateway.endpoint)
    return data


async def described(data: DataDesk, symbol: str) -> Instrument:
    return (await data.channel.describe(symbol))[0]


async def test_a_book_has_the_best_price_first_and_goes_on_until_it_is_stopped(channel: DataDesk) -> None:
    heard = Heard()
    stop = await channel.channel.follow_book(await described(channel, "AAPL"), ROWS, heard)
    book: Book = await heard.until(lambda: next((b for b in heard.news if len(b.bids) == len(b.asks) == ROWS), None))
    assert book.data_class is DataClass.PRACTICE
    assert [row.price for row in book.bids] == sorted((row.price for row in book.bids), reverse=True)
    assert [row.price for row in book.asks] == sorted(row.price for row in book.asks)
    assert book.bids[0].price < book.asks[0].price
    assert all(row.size > 0 for row in (*book.bids, *book.asks))
    assert {row.place for row in book.bids} == {"NASDAQ"}
    count = len(heard.news)
    await heard.until(lambda: len(heard.news) > count)
    stop()
    await channel.channel.heartbeat()
    count = len(heard.news)
    await channel.channel.heartbeat()
    assert len(heard.news) == count


async def test_a_fourth_book_and_an_index_are_refused_in_words(channel: DataDesk) -> None:
    stops, heards = [], [Heard() for _ in range(4)]
    for symbol, heard in zip(("AAPL", "MSFT", "IBM", "GOOG"), heards, strict=True):
        stops.append(await channel.channel.follow_book(await described(channel, symbol), ROWS, heard))
    refused: Book = await heards[3].until(lambda: next((book for book in heards[3].news if book.why), None))
    assert "Too many market depth requests" in refused.why
    assert (refused.bids, refused.asks) == ((), ())
    assert not any(book.why for heard in heards[:3] for book in heard.news)
    stops[0]()
    stops[3]()
    again = Heard()
    stops.append(await channel.channel.follow_book(await described(channel, "FB"), ROWS, again))
    await again.until(lambda: any(book.bids for book in again.news))
    for stop in stops[1:3] + stops[4:]:
        stop()
    index = Instrument(ConId(900_004_001), "SPX", InstrumentKind.INDEX, "CBOE", "", "USD")
    none = Heard()
    await channel.channel.follow_book(index, ROWS, none)
    book = await none.until(lambda: next((book for book in none.news if book.why), None))
    assert "10092" in book.why


def test_rows_are_inserted_changed_and_deleted_by_their_position() -> None:
    book = FollowedBook(Instrument(ConId(1), "X", InstrumentKind.STOCK, "SMART", "", "USD"), 3, lambda _: None)

    def row(position: int, operation: int, price: float, size: float = 100, side: int = BID) -> None:
        book.take(BookRow(1, position, operation, side, price, size, "NYSE"))

    for position, price in enumerate((10.0, 9.9, 9.8)):
        row(position, INSERT, price)
    row(0, INSERT, 10.1)
    assert [level.price for level in book.bids] == [10.1, 10.0, 9.9], "what is pushed out of the last row is gone"
    row(1, DELETE, 0.0, 0)
    assert [level.price for level in book.bids] == [10.1, 9.9]
    row(1, UPDATE, 9.95, 300)
    assert book.bids[1] == Level(9.95, 300, "NYSE")
    for wrong in ((7, INSERT, 1.0), (-1, UPDATE, 1.0), (9, DELETE, 0.0), (0, UPDATE, float("nan")), (0, INSERT, 1e308)):
        row(*wrong)
    assert [level.price for level in book.bids] == [10.1, 9.95]
    row(0, INSERT, 10.2, side=ASK)
    assert len(book.asks) == 1
    book.clear()
    assert (book.bids, book.asks) == ([], [])
