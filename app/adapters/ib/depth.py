"""Order books on one data connection: rows told by position become a book, told once a packet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.adapters.ib.codes import Severity, meaning
from app.adapters.ib.contracts import contract_of
from app.adapters.ib.link import Link
from app.adapters.ib.socket import Urgency
from app.adapters.ib.values import quote_price, quote_size
from app.domain.instruments import Instrument
from app.domain.quotes import Book, DataClass, Level

INSERT, UPDATE, DELETE = 0, 1, 2
BID = 1
HALTED, RESET = 316, 317
REFUSALS = frozenset({309, 354, 10089, 10090, 10092, 10186})
"""Codes after which there is no book, warnings though some of them are."""


@dataclass(frozen=True, slots=True)
class BookRow:
    """One message about a book: what is to be done at a position of a side, and with what."""

    request_id: int
    position: int
    operation: int
    side: int
    price: float
    size: float
    place: str = ""

    @property
    def level(self) -> Level | None:
        """What the row says, None where it says nothing."""
        price, size = quote_price(self.price), quote_size(self.size)
        return None if price is None or size is None else Level(price, size, self.place)


@dataclass(slots=True, eq=False)
class FollowedBook:
    """One subscription and the rows it has told; the sides are kept by the gateway's own positions."""

    instrument: Instrument
    rows: int
    hear: Callable[[Book], None]
    request_id: int = 0
    bids: list[Level] = field(default_factory=list)
    asks: list[Level] = field(default_factory=list)
    why: str = ""
    is_asked: bool = False
    is_dirty: bool = False
    is_stopped: bool = False

    def take(self, row: BookRow) -> None:
        """Take one row: inserted ones push the rest down, deleted ones let it move up."""
        side, level, at = self.bids if row.side == BID else self.asks, row.level, row.position
        if not 0 <= at <= len(side):
            return
        if row.operation == DELETE:
            del side[at : at + 1]
        elif level is not None:
            side[at : at if row.operation == INSERT else at + 1] = [level]
            del side[self.rows :]
        self.why, self.is_dirty = "", True

    def clear(self, why: str = "") -> None:
        """Forget every row."""
        self.bids.clear()
        self.asks.clear()
        self.why, self.is_dirty = why, True


class DepthFeed:
    """The order books that one connection follows."""

    def __init__(self, link: Link, now: Callable[[], float]) -> None:
        self._link, self._now = link, now
        self._books: dict[int, FollowedBook] = {}
        self.is_practice = False

    async def follow(self, instrument: Instrument, rows: int, hear: Callable[[Book], None]) -> Callable[[], None]:
        """Report a book whenever it changes; the result stops it."""
        book = FollowedBook(instrument, rows, hear)
        await self._start(book)
        return lambda: self._stop(book)

    async def renew(self) -> None:
        """Ask for every book again, under new request ids."""
        for book in tuple(self._books.values()):
            self._unsubscribe(book)
            book.clear()
            await self._start(book)

    def heard(self, request_id: int, code: int, text: str) -> bool:
        """Take a message about a request; say whether the book has to be asked for again."""
        book = self._books.get(request_id)
        if book is None:
            return False
        if code in (RESET, HALTED):
            book.clear()
            return code == HALTED
        if code in REFUSALS or meaning(code).severity is Severity.ERROR:
            book.is_asked = False  # IB: what was refused has no subscription that could be cancelled
            book.clear(meaning(code).explain(text))
            self.flush()
        return False

    def take(self, row: BookRow) -> None:
        """Take one row of a book."""
        if book := self._books.get(row.request_id):
            book.take(row)

    def flush(self) -> None:
        """Tell the listeners of books that changed."""
        for book in tuple(self._books.values()):
            if book.is_dirty:
                book.is_dirty = False
                class_ = DataClass.PRACTICE if self.is_practice else DataClass.LIVE
                sides = (tuple(book.bids), tuple(book.asks))
                book.hear(Book(book.instrument.con_id, class_, *sides, arrived=self._now(), why=book.why))

    async def _start(self, book: FollowedBook) -> None:
        book.request_id = self._link.next_id()
        self._books[book.request_id] = book
        await self._link.socket.room(Urgency.QUERY)
        if self._link.is_open and not book.is_stopped:
            contract = contract_of(book.instrument)
            is_smart = contract.exchange == "SMART"
            book.is_asked = True
            self._link.socket.reqMktDepth(book.request_id, contract, book.rows, is_smart, [])

    def _stop(self, book: FollowedBook) -> None:
        book.is_stopped = True
        self._unsubscribe(book)

    def _unsubscribe(self, book: FollowedBook) -> None:
        if self._books.pop(book.request_id, None) is not None and self._link.is_open and book.is_asked:
            book.is_asked = False
            self._link.socket.cancelMktDepth(book.request_id, contract_of(book.instrument).exchange == "SMART")
