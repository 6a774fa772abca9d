"""Streaming quotes and snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.practice.contracts import Contract
from app.practice.market import Quote, Tick
from app.practice.server.chains import computations
from app.practice.server.dispatch import answers
from app.practice.server.generic_ticks import auction_ticks, generic_ticks, unknown_of, wants_auctions
from app.practice.wire import replies, requests
from app.practice.wire.codes import DUPLICATE_TICKER, INVALID, NO_TICKER

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, HIGH, LOW, VOLUME, CLOSE, OPEN = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14
LAST_TIME, RT_VOLUME, HALTED = 45, 48, 49
LIVE, DELAYED = 1, 3
CAN_AUTO_EXECUTE = 1
EXCHANGE_MAP = "9c0001"


@dataclass(slots=True, eq=False)
class Board:
    """The running day figures of one instrument while somebody watches it."""

    session_ends: float
    volume: int
    turnover: float
    high: float
    low: float
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Line:
    """One subscription."""

    session: Session
    req_id: int
    contract: Contract
    wants_rt_volume: bool
    shows_quotes: bool
    shows_trades: bool
    wants_auctions: bool = False
    bid: tuple[float, int] = (0.0, 0)
    ask: tuple[float, int] = (0.0, 0)
    last: tuple[float, int] = (0.0, 0)
    second: int = 0


class QuoteFeed:
    """All quote subscriptions; a tick costs only the lines of its instrument."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lines: dict[tuple[Session, int], Line] = {}
        self._boards: dict[int, Board] = {}
        self.is_muted = False

    def subscribe(self, session: Session, request: requests.MarketData, contract: Contract) -> None:
        """Start a subscription: parameters and type first, then what the market shows, then ticks."""
        if (session, request.req_id) in self._lines:
            session.complain(request.req_id, DUPLICATE_TICKER)
            return
        refusal = self._gateway.limits.line_refusal(self.count(session))
        if refusal is not None:
            session.complain(request.req_id, refusal)
            return
        wants_rt_volume = "233" in request.generic_ticks.split(",")
        line = _line(session, request, contract, wants_rt_volume=wants_rt_volume)
        line.wants_auctions = contract.is_tradable and wants_auctions(request.generic_ticks)
        self._lines[session, request.req_id] = line
        self._board(contract).lines.append(line)
        self._tell_now(line)
        for message in generic_ticks(self._gateway, request.req_id, contract, request.generic_ticks):
            session.send(message)

    def snapshot(self, session: Session, request: requests.MarketData, contract: Contract) -> None:
        """Tell what the market shows, once."""
        self._tell_now(_line(session, request, contract, wants_rt_volume=False))
        session.send(replies.SnapshotEnd(req_id=request.req_id))

    def cancel(self, session: Session, req_id: int) -> bool:
        """End a subscription; return whether there was one."""
        line = self._lines.pop((session, req_id), None)
        if line is None:
            return False
        con_id = line.contract.con_id
        board = self._boards[con_id]
        board.lines.remove(line)
        if not board.lines:
            del self._boards[con_id]
            self._gateway.market.unwatch(con_id)
        return True

    def drop(self, session: Session) -> None:
        """End every subscription of a session."""
        for owner, req_id in [key for key in self._lines if key[0] is session]:
            self.cancel(owner, req_id)

    def lines_of(self, session: Session) -> list[Line]:
        """Return the subscriptions of a session."""
        return [line for line in self._lines.values() if line.session is session]

    def count(self, session: Session) -> int:
        """Return how many lines a session has open."""
        return len(self.lines_of(session))

    def on_tick(self, tick: Tick) -> None:
        """Tell a tick to the lines of its instrument."""
        board = self._boards.get(tick.con_id)
        if board is None or self.is_muted:
            return
        news = self._news(board, tick)
        for line in board.lines:
            is_new_second = int(tick.at) != line.second
            _tell_tick(line, tick, board, news)
            if is_new_second and (line.wants_auctions or line.contract.sec_type == "OPT"):
                self._tell_extras(line, tick)

    def refresh(self) -> None:
        """Tell every line what the market shows now, after a jump of the clock."""
        for board in self._boards.values():
            board.session_ends = 0.0
        for line in self._lines.values():
            self._tell_now(line)

    def tell_halted(self, con_id: int, is_halted: bool) -> None:
        """Tell the watchers of an instrument that trading stops or goes on."""
        board = self._boards.get(con_id)
        for line in board.lines if board else ():
            value = 1.0 if is_halted else 0.0
            line.session.send(replies.TickGeneric(req_id=line.req_id, tick_type=HALTED, value=value))

    def _news(self, board: Board, tick: Tick) -> list[tuple[int, float]]:
        if tick.at >= board.session_ends:
            self._renew(board, tick)
        board.volume += tick.size
        board.turnover += tick.size * tick.price
        news = []
        if tick.price > board.high:
            board.high = tick.price
            news.append((HIGH, tick.price))
        if tick.price < board.low:
            board.low = tick.price
            news.append((LOW, tick.price))
        return news

    def _renew(self, board: Board, tick: Tick) -> None:
        """Begin the next session: its figures count from its first tick."""
        board.session_ends = self._gateway.market.session_end(tick.con_id, tick.at)
        board.volume, board.turnover = 0, 0.0
        board.high, board.low = -1.0, float("inf")
        quote = self._gateway.market.quote(tick.con_id, tick.at)
        for line in board.lines:
            line.session.send(_price(line, CLOSE, quote.close, 0))
            line.session.send(_price(line, OPEN, tick.price, 0))

    def _board(self, contract: Contract) -> Board:
        known = self._boards.get(contract.con_id)
        if known is not None:
            return known
        now = self._gateway.clock.now()
        self._gateway.market.watch(contract.con_id)
        quote = self._gateway.market.quote(contract.con_id, now)
        board = Board(
            session_ends=self._gateway.market.session_end(contract.con_id, now),
            volume=quote.volume,
            turnover=quote.volume * quote.last,
            high=quote.high if quote.high is not None else -1.0,
            low=quote.low if quote.low is not None else float("inf"),
        )
        self._boards[contract.con_id] = board
        return board

    def _tell_now(self, line: Line) -> None:
        quote = self._gateway.market.quote(line.contract.con_id, self._gateway.clock.now())
        send = line.session.send
        send(
            replies.TickParameters(
                req_id=line.req_id,
                min_tick=float(line.contract.min_tick),
                exchange_map=EXCHANGE_MAP,
                snapshot_permissions=3,
            )
        )
        send(
            replies.MarketDataType(
                req_id=line.req_id, data_type=DELAYED if self._gateway.faults.serves_delayed else LIVE
            )
        )
        line.bid, line.ask = (quote.bid, quote.bid_size), (quote.ask, quote.ask_size)
        line.last = (quote.last, quote.last_size)
        for message in _picture(line, quote):
            send(message)
        self._tell_computations(line, quote)

    def _tell_extras(self, line: Line, tick: Tick) -> None:
        """Tell what is told once a second."""
        if line.wants_auctions:
            for message in auction_ticks(self._gateway, line.req_id, line.contract):
                line.session.send(message)
        self._tell_computations(line, self._gateway.market.quote(tick.con_id, tick.at))

    def _tell_computations(self, line: Line, quote: Quote) -> None:
        if line.contract.sec_type == "OPT":
            for message in computations(self._gateway, line.req_id, line.contract, quote):
                line.session.send(message)


def _line(session: Session, request: requests.MarketData, contract: Contract, *, wants_rt_volume: bool) -> Line:
    """Return a subscription that shows what there is: an index has no quotes, currencies have no trades."""
    has_volume = wants_rt_volume and contract.has_trades
    return Line(session, request.req_id, contract, has_volume, contract.is_tradable, contract.has_trades)


def _picture(line: Line, quote: Quote) -> Iterator[Any]:
    if line.shows_quotes:
        yield _price(line, BID, *line.bid)
        yield _price(line, ASK, *line.ask)
    if line.shows_trades:
        yield _price(line, LAST, *line.last)
        yield replies.TickString(req_id=line.req_id, tick_type=LAST_TIME, value=str(int(quote.last_at)))
        yield replies.TickSize(req_id=line.req_id, tick_type=VOLUME, size=quote.volume)
    days = ((HIGH, quote.high), (LOW, quote.low), (CLOSE, quote.close), (OPEN, quote.open))
    for tick_type, price in days:
        if price is not None:
            yield _price(line, tick_type, price, 0)
    yield replies.TickGeneric(req_id=line.req_id, tick_type=HALTED, value=1.0 if quote.halted else 0.0)


def _price(line: Line, tick_type: int, price: float, size: int) -> replies.TickPrice:
    mask = CAN_AUTO_EXECUTE if tick_type in (BID, ASK) else 0
    return replies.TickPrice(req_id=line.req_id, tick_type=tick_type, price=price, size=size, attributes=mask)


def _tell_tick(line: Line, tick: Tick, board: Board, news: list[tuple[int, float]]) -> None:
    send = line.session.send
    bid, ask = (tick.bid, tick.bid_size), (tick.ask, tick.ask_size)
    if bid != line.bid and line.shows_quotes:
        send(_price(line, BID, *bid))
        line.bid = bid
    if ask != line.ask and line.shows_quotes:
        send(_price(line, ASK, *ask))
        line.ask = ask
    if line.shows_trades:
        second = int(tick.at)
        if second != line.second:
            send(replies.TickString(req_id=line.req_id, tick_type=LAST_TIME, value=str(second)))
            line.second = second
        send(_price(line, LAST, tick.price, tick.size))
        send(replies.TickSize(req_id=line.req_id, tick_type=VOLUME, size=board.volume))
    for tick_type, price in news:
        send(_price(line, tick_type, price, 0))
    if line.wants_rt_volume:
        send(replies.TickString(req_id=line.req_id, tick_type=RT_VOLUME, value=_rt_volume(tick, board)))


def _rt_volume(tick: Tick, board: Board) -> str:
    average = board.turnover / board.volume if board.volume else tick.price
    return f"{tick.price};{tick.size};{int(tick.at * 1000)};{board.volume};{average:.8f};true"


@answers(requests.MarketData)
def market_data(gateway: Gateway, session: Session, request: requests.MarketData) -> None:
    """Stream or tell once what the market shows of a contract."""
    contract = gateway.resolve(session, request.req_id, request.contract)
    if contract is None or not gateway.faults.allows_data(session, request.req_id):
        return
    unknown = unknown_of(request.generic_ticks)
    if unknown:
        session.complain(request.req_id, INVALID.about("b5", f"Incorrect generic tick list of {','.join(unknown)}"))
    elif request.snapshot or request.regulatory_snapshot:
        gateway.quotes.snapshot(session, request, contract)
    else:
        gateway.quotes.subscribe(session, request, contract)


@answers(requests.CancelMarketData)
def cancel_market_data(gateway: Gateway, session: Session, request: requests.CancelMarketData) -> None:
    """End a subscription."""
    if not gateway.quotes.cancel(session, request.req_id):
        session.complain(request.req_id, NO_TICKER.about(request.req_id))


@answers(requests.MarketDataTypeChoice)
def market_data_type(gateway: Gateway, session: Session, request: requests.MarketDataTypeChoice) -> None:
    """Take note of the wish; where live data is there, a gateway sends live data."""
