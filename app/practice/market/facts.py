"""What can be asked of the market at any moment: prices, bars, hours, the book, rates of exchange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

from app.practice.contracts import Contract, ContractBook, ContractQuery
from app.practice.hours import Hours
from app.practice.market.anchor import Anchor
from app.practice.market.auctions import Auction, auction_at
from app.practice.market.bars import QUOTE_KINDS, TRADE_KINDS, cut_bars
from app.practice.market.columns import Bars
from app.practice.market.depth import Depth, book_behind
from app.practice.market.derived import DerivedTape
from app.practice.market.making import TapeMaker
from app.practice.market.minutes import MINUTE
from app.practice.market.quote import Quote
from app.practice.market.spans import bar_size, duration
from app.practice.market.tape import Tape
from app.practice.market.ticks import Tick
from app.practice.market.valuing import OptionState, option_state
from app.practice.replay import Replay

DOLLAR = "USD"


class MarketFacts:
    """Reads the tapes of all instruments; each is made when it is first asked for."""

    def __init__(self, book: ContractBook, hours: Hours, anchor: Anchor, replays: Mapping[int, Replay]) -> None:
        self._book = book
        self._tapes: dict[int, Tape] = {}
        self._made_of: dict[int, list[DerivedTape]] = {}
        self._maker = TapeMaker(anchor, hours, book.market_rule, self.tape, replays)
        for con_id in replays:  # what is wrong with a tape is found now
            self.tape(con_id)
        book.follow(lambda con_id, at: self.last_tick(con_id, at).price)

    def tape(self, con_id: int) -> Tape:
        """Return an instrument's tape; raises KeyError for an unknown id."""
        found = self._tapes.get(con_id)
        if found is None:
            found = self._tapes[con_id] = self._maker.make(self._contract(con_id), self._book.listing(con_id))
            if isinstance(found, DerivedTape):
                self._made_of.setdefault(found.source.contract.con_id, []).append(found)
        return found

    def is_open(self, con_id: int, now: float) -> bool:
        """Return whether the instrument's market is open (a halt does not close it)."""
        return self.tape(con_id).is_open(now)

    def hours_texts(self, con_id: int, now: float) -> tuple[str, str]:
        """Return (tradingHours, liquidHours) of an instrument as TWS words them."""
        tape = self.tape(con_id)
        return tape.hours.hours_texts(now, tape.mode_of(tape.hours.session_of(now)))

    def session_end(self, con_id: int, at: float) -> float:
        """Return when the session closes that a moment belongs to."""
        hours = self.tape(con_id).hours
        return hours.open_close(hours.session_of(at))[1]

    def quote(self, con_id: int, now: float) -> Quote:
        """Return what the market shows of an instrument."""
        return self.tape(con_id).quote(now)

    def last_tick(self, con_id: int, now: float) -> Tick:
        """Return the newest trade of an instrument; cheaper than a quote."""
        return self.tape(con_id).last_tick(now)

    def bars(
        self,
        con_id: int,
        size: str,
        *,
        end: float,
        now: float,
        start: float | None = None,
        span: str = "",
        what: str = "TRADES",
    ) -> Bars:
        """Return bars from `start`, or of a duration such as "10 D", up to min(end, now).

        Raises ValueError for a bar size, duration or kind that is not offered.
        """
        if what not in TRADE_KINDS and what not in QUOTE_KINDS:
            raise ValueError(f"bars of {what!r} are not offered, only {', '.join(TRADE_KINDS + QUOTE_KINDS)}")
        since = duration(span) if start is None else start
        return cut_bars(self.tape(con_id), bar_size(size), what, since, end, now)

    def path(
        self, con_id: int, start: float, end: float, *, low: float | None = None, high: float | None = None
    ) -> Iterator[Tick]:
        """Yield every tick with start < at <= end, watched or not; for orders that worked while the gateway was off.

        With `low` or `high`: only the minutes in which a trade is <= low or >= high; others cost next to nothing.
        """
        tape = self.tape(con_id)
        is_bounded = low is not None or high is not None
        floor, ceiling = -inf if low is None else low, inf if high is None else high
        while start < end:
            touched = tape.first_touch(start, end, floor, ceiling) if is_bounded else start
            if touched is None:
                return
            start = min(end, (touched // MINUTE + 1) * MINUTE)
            yield from tape.due(touched, start)

    def reach(self, con_id: int, price: float) -> float:
        """Return how far bid and ask lie from a trade at that price at most."""
        return self.tape(con_id).grid.reach(price)

    def head(self, con_id: int) -> float:
        """Return when the instrument's history begins, in epoch seconds."""
        tape = self.tape(con_id)
        return tape.window(tape.first_session)[0]

    def depth(self, con_id: int, now: float, rows: int = 10) -> Depth:
        """Return the order book of an instrument; its first levels are the quote."""
        tape = self.tape(con_id)
        return book_behind(tape.last_tick(now), tape.grid, rows)

    def option_state(self, con_id: int, at: float) -> OptionState:
        """Return what an option's price is made of; raises ValueError for another instrument."""
        tape = self.tape(con_id)
        if not isinstance(tape, DerivedTape):
            raise ValueError(f"{tape.contract.symbol} is no option")
        return option_state(tape, at)

    def auction_price(self, con_id: int, at: float, *, is_opening: bool) -> float | None:
        """Return the price of the opening or closing auction of the session that a moment belongs to.

        It is the first, or the last, price of the day's bar; None when nothing was traded that day.
        """
        tape = self.tape(con_id)
        bar = tape.bar(tape.hours.session_of(tape.alive_at(at)))
        return None if bar is None else bar[0 if is_opening else 3] / tape.units_per_price

    def auction(self, con_id: int, at: float) -> Auction | None:
        """Return the auction that gathers at a moment, or None."""
        return auction_at(self.tape(con_id), at)

    def rate(self, currency: str, base: str, now: float) -> float:
        """Return what one unit of a currency is worth in another, by the pairs' middle prices.

        Raises ValueError for a currency that no pair has.
        """
        return 1.0 if currency == base else self._in_dollars(currency, now) / self._in_dollars(base, now)

    def _in_dollars(self, currency: str, now: float) -> float:
        if currency == DOLLAR:
            return 1.0
        for symbol, priced_in, power in ((currency, DOLLAR, 1.0), (DOLLAR, currency, -1.0)):
            for pair in self._book.find(ContractQuery(symbol=symbol, sec_type="CASH", currency=priced_in)):
                tick = self.last_tick(pair.con_id, now)
                middle: float = ((tick.bid + tick.ask) / 2.0) ** power
                return middle
        raise ValueError(f"no practice currency pair has {currency}")

    def _contract(self, con_id: int) -> Contract:
        contract = self._book.get(con_id)
        if contract is None:
            raise KeyError(f"no practice instrument has the id {con_id}")
        return contract
