"""The tape: ticks of watched instruments become quotes, told once a packet. Sentinels become None here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.adapters.ib.values import quote_price, quote_size
from app.domain.instruments import ConId, Instrument
from app.domain.quotes import DataClass, Quote

# IB: delayed ticks have numbers of their own, 66 and up.
_PRICES = {
    1: "bid", 66: "bid", 2: "ask", 67: "ask", 4: "last", 68: "last", 6: "high", 72: "high", 7: "low", 73: "low",
    9: "previous_close", 75: "previous_close", 14: "open", 76: "open",
}  # fmt: skip
_SIZES = {
    0: "bid_size", 69: "bid_size", 3: "ask_size", 70: "ask_size", 5: "last_size", 71: "last_size",
    8: "volume", 74: "volume",
}  # fmt: skip
_SIZE_OF_PRICE = {"bid": "bid_size", "ask": "ask_size", "last": "last_size"}
_HALTED = (49, 90)
LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
_CLASSES = {
    LIVE: DataClass.LIVE,
    FROZEN: DataClass.FROZEN,
    DELAYED: DataClass.DELAYED,
    DELAYED_FROZEN: DataClass.DELAYED_FROZEN,
}


@dataclass(slots=True)
class Line:
    """One watched instrument: its request, how many watch it, and what is known."""

    instrument: Instrument
    request_id: int
    watchers: int = 1
    data_type: int = LIVE
    numbers: dict[str, float | None] = field(default_factory=dict)
    is_halted: bool = False
    arrived: float = 0.0


class Tape:
    """All watched instruments of one connection."""

    def __init__(self, *, is_practice: bool = False) -> None:
        self.is_practice = is_practice
        self._by_con: dict[ConId, Line] = {}
        self._by_request: dict[int, Line] = {}
        self._dirty: dict[int, Line] = {}

    def __iter__(self) -> Iterator[Line]:
        return iter(tuple(self._by_con.values()))

    def line(self, con_id: ConId) -> Line | None:
        """Return the line of an instrument, None when nobody watches it."""
        return self._by_con.get(con_id)

    def line_of(self, request_id: int) -> Line | None:
        """Return the line that a request feeds."""
        return self._by_request.get(request_id)

    def start(self, instrument: Instrument, request_id: int) -> Line:
        """Begin a line."""
        line = Line(instrument, request_id)
        self._by_con[instrument.con_id] = self._by_request[request_id] = line
        return line

    def move(self, line: Line, request_id: int) -> int:
        """Feed a line by another request from now on; return the one before."""
        old = line.request_id
        self._by_request.pop(old, None)
        line.request_id = request_id
        self._by_request[request_id] = line
        return old

    def stop(self, line: Line) -> None:
        """End a line."""
        self._by_con.pop(line.instrument.con_id, None)
        self._by_request.pop(line.request_id, None)
        self._dirty.pop(line.request_id, None)

    # ticks

    def price(self, request_id: int, tick_type: int, price: float, size: float) -> None:
        """Take a price, with its size where it has one."""
        line, name = self._by_request.get(request_id), _PRICES.get(tick_type)
        if line is None or name is None:
            return
        line.numbers[name] = quote_price(price)
        if size_name := _SIZE_OF_PRICE.get(name):
            line.numbers[size_name] = quote_size(size)
        self._dirty[request_id] = line

    def size(self, request_id: int, tick_type: int, size: float) -> None:
        """Take a size or the day's volume."""
        line, name = self._by_request.get(request_id), _SIZES.get(tick_type)
        if line is not None and name is not None:
            line.numbers[name] = quote_size(size)
            self._dirty[request_id] = line

    def generic(self, request_id: int, tick_type: int, value: float) -> None:
        """Take whether trading is halted (0 and −1: it is not)."""
        line = self._by_request.get(request_id)
        if line is not None and tick_type in _HALTED:
            line.is_halted = value > 0
            self._dirty[request_id] = line

    def data_type(self, request_id: int, data_type: int) -> None:
        """Take what kind of data a line carries from now on."""
        if line := self._by_request.get(request_id):
            line.data_type = data_type
            self._dirty[request_id] = line

    def news(self, at: float) -> list[Quote]:
        """Return the quotes that changed since the last call; `at` is monotonic seconds of their arrival."""
        dirty, self._dirty = self._dirty, {}
        return [self._quote(line, at) for line in dirty.values()]

    def _quote(self, line: Line, at: float) -> Quote:
        line.arrived = at
        class_ = _CLASSES.get(line.data_type, DataClass.DELAYED)
        if self.is_practice and class_ is DataClass.LIVE:
            class_ = DataClass.PRACTICE
        return Quote(line.instrument.con_id, class_, arrived=at, is_halted=line.is_halted, **line.numbers)
