"""What the data connection hears: raw contract, history and tick messages, handed on in our words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ib_async.contract import ContractDescription, ContractDetails
from ib_async.objects import BarData

from app.adapters.ib.depth import BookRow
from app.adapters.ib.ears import Ears
from app.adapters.ib.history import Row, row_of
from app.adapters.ib.quotes import Tape
from app.domain.broker import FarmReport, LinkReport


def rule_key(rule_id: int) -> str:
    """Return the kind of question that asks for one market rule."""
    return f"the price steps of rule {rule_id}"


class DataEars(Ears):
    """The messages of the data connection."""

    def __init__(
        self,
        tape: Tape,
        hear_error: Callable[[int, int, str], None],
        hear_link: Callable[[LinkReport | FarmReport], None],
        hear_bar: Callable[[int, Row], None],
        packet_read: Callable[[], None],
        hear_row: Callable[[BookRow], None],
    ) -> None:
        super().__init__(hear_error, hear_link)
        self._tape = tape
        self._hear_bar = hear_bar
        self._packet_read = packet_read
        self._hear_row = hear_row

    def tcpDataArrived(self) -> None:
        """Nothing to do: ticks are told when the packet was read."""

    def tcpDataProcessed(self) -> None:
        """All messages of a packet were read."""
        self._packet_read()

    # contracts

    def contractDetails(self, request_id: int, details: ContractDetails) -> None:
        """One listing."""
        self.questions.add(request_id, details)

    bondContractDetails = contractDetails

    def contractDetailsEnd(self, request_id: int) -> None:
        """All listings were told."""
        self.questions.end(request_id)

    def symbolSamples(self, request_id: int, descriptions: list[ContractDescription]) -> None:
        """The answer to a search."""
        self.questions.end(request_id, descriptions)

    def marketRule(self, rule_id: int, increments: Sequence[Any]) -> None:
        """The price steps of a market rule."""
        self.questions.end(rule_key(rule_id), list(increments))

    # history

    def historicalData(self, request_id: int, bar: BarData) -> None:
        """One bar of an answer."""
        if row := row_of(bar):
            self.questions.add(request_id, row)

    def historicalDataEnd(self, request_id: int, _start: str, _end: str) -> None:
        """All bars were told."""
        self.questions.end(request_id)

    def historicalDataUpdate(self, request_id: int, bar: BarData) -> None:
        """A new or changed last bar of a followed series."""
        if row := row_of(bar):
            self._hear_bar(request_id, row)

    # ticks

    def priceSizeTick(self, request_id: int, tick_type: int, price: float, size: float) -> None:
        """A price, perhaps with its size."""
        self._tape.price(request_id, tick_type, price, size)

    def tickSize(self, request_id: int, tick_type: int, size: float) -> None:
        """A size or a volume."""
        self._tape.size(request_id, tick_type, size)

    def tickGeneric(self, request_id: int, tick_type: int, value: float) -> None:
        """A halt, among others."""
        self._tape.generic(request_id, tick_type, value)

    def marketDataType(self, request_id: int, data_type: int) -> None:
        """Live, frozen or delayed."""
        self._tape.data_type(request_id, data_type)

    # order books

    def updateMktDepth(
        self, request_id: int, position: int, operation: int, side: int, price: float, size: float
    ) -> None:
        """One row of the book of one exchange."""
        self._hear_row(BookRow(request_id, position, operation, side, price, size))

    def updateMktDepthL2(
        self,
        request_id: int,
        position: int,
        maker: str,
        operation: int,
        side: int,
        price: float,
        size: float,
        _is_smart: bool = False,
    ) -> None:
        """One row of a book with who shows it: a market maker, or the exchange where the book is of several."""
        self._hear_row(BookRow(request_id, position, operation, side, price, size, maker))
