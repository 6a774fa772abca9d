"""The gateway: one market, one exchange, its accounts, and every client that is connected.

Everything happens on one thread. A step takes requests or ticks, changes the state, commits it, and only then lets the
messages of the step leave.
"""

from __future__ import annotations

import logging
from typing import Any

from app.practice.accounts.account import BASE_CURRENCY
from app.practice.clock import Clock
from app.practice.contracts import Contract, ContractBook
from app.practice.faults.faults import Faults
from app.practice.faults.languages import Wording, english
from app.practice.hours import Hours, hours_of
from app.practice.market import Market, Tick
from app.practice.server import handlers
from app.practice.server.bars import BarFeed
from app.practice.server.catching_up import catch_up
from app.practice.server.depth import DepthFeed
from app.practice.server.dispatch import ANSWERS
from app.practice.server.limits import Limits
from app.practice.server.liquidation import Liquidation
from app.practice.server.options import Options
from app.practice.server.portfolio import PortfolioFeed
from app.practice.server.quotes import QuoteFeed
from app.practice.server.reference import to_query
from app.practice.server.refusals import refuse_unknown
from app.practice.server.session import Session
from app.practice.server.ticks import TickFeed
from app.practice.server.times import greeting_time
from app.practice.server.trading import Trading
from app.practice.state.store import Store
from app.practice.universe import practice_universe, replayed_contract
from app.practice.wire import records, replies, requests
from app.practice.wire.codes import AMBIGUOUS, BAD_READ, CLIENT_ID_IN_USE, NO_DEFINITION, OPENING_FARMS, Complaint
from app.practice.wire.text import BadRequest, UnknownMessage, decode, negotiate

log = logging.getLogger(__name__)

handlers.load()

# Market seconds between two notes of the time when nothing else is stored.
CLOCK_NOTED_EVERY = 30.0
# A step over more market seconds than this does not send every tick in between.
JUMP_SECONDS = 600.0


class Gateway:
    """Builds the parts, hands each request to its answer and each tick to who wants it."""

    def __init__(self, options: Options, clock: Clock, store: Store) -> None:
        self.options = options
        self.clock = clock
        self.store = store
        self.book: ContractBook = practice_universe(self.clock.now, options.replay)
        self.hours: Hours = hours_of("XNYS")
        self.market = self._open_market()
        self.sessions: dict[int, Session] = {}
        self.connections: set[Session] = set()
        self._noted_at = self.clock.now()
        self.wording: Wording = english
        self.faults = Faults(self)
        self.faults.is_read_only = options.is_read_only
        self.limits = Limits(options.limits, self.clock.now)
        self.trading = Trading(self)
        self.quotes = QuoteFeed(self)
        self.bars = BarFeed(self)
        self.ticks = TickFeed(self)
        self.depth = DepthFeed(self)
        self.portfolio = PortfolioFeed(self)
        self.liquidation = Liquidation(self)
        self.trading.resume()
        self._stepped_to = self.clock.now()
        self.settle()

    def _open_market(self) -> Market:
        anchor, replay = self.store.get("anchor"), self.options.replay
        tape_of = replayed_contract(self.book, replay) if replay else None
        market = Market(
            self.book,
            self.hours,
            seed=self.options.seed,
            mode=self.options.market,
            now=self.clock.now(),
            anchor=anchor,
            events=self.store.load_events(),
            replays={tape_of.con_id: replay} if tape_of and replay else {},
        )
        market.on_event = self.store.keep_event
        if market.anchor != anchor:
            self.store.put("anchor", market.anchor)
        return market

    # -- connections

    def connected(self, session: Session) -> None:
        """Take note of a new connection."""
        self.connections.add(session)

    def disconnected(self, session: Session) -> None:
        """Forget a connection and everything it subscribed to; its orders stay."""
        self.connections.discard(session)
        if session.client_id is not None and self.sessions.get(session.client_id) is session:
            del self.sessions[session.client_id]
            self.trading.intake.forget_drafts(session.client_id)
        self.limits.forget(session)
        for feed in (self.quotes, self.bars, self.ticks, self.depth, self.portfolio):
            feed.drop(session)

    def received(self, session: Session, frames: list[bytes]) -> None:
        """Answer what a client sent, in order."""
        for payload in frames:
            if session.is_closed:
                break
            if self.limits.allows_message(session):
                self._take(session, payload)
        self.settle()

    def _take(self, session: Session, payload: bytes) -> None:
        if session.version == 0:
            self._shake_hands(session, payload)
            return
        try:
            request = decode(payload, session.version)
        except UnknownMessage as unknown:
            refuse_unknown(session, payload, str(unknown))
            return
        except BadRequest as problem:
            if session.client_id is None:
                session.close(f"expected startApi first, found a message that cannot be read: {problem}")
            else:
                session.complain(problem.request_id, BAD_READ.about(problem))
            return
        self._answer(session, request)

    def _answer(self, session: Session, request: Any) -> None:
        if isinstance(request, requests.StartApi):
            self._start(session, request)
        elif session.client_id is None:
            session.close(f"expected startApi first, found {type(request).__name__}")
        else:
            try:
                ANSWERS[type(request)](self, session, request)
            except Exception:
                log.exception("answering %r failed", request)
                session.close(f"{type(request).__name__} could not be answered")

    def _shake_hands(self, session: Session, greeting: bytes) -> None:
        try:
            version = min(negotiate(greeting), self.options.server_version)
        except ValueError as problem:
            session.close(str(problem))
            return
        session.greet(version, greeting_time(self.clock.told()))

    def _start(self, session: Session, request: requests.StartApi) -> None:
        if session.client_id is not None:
            return
        if request.client_id in self.sessions:
            session.complain(-1, CLIENT_ID_IN_USE)
            session.close(f"client id {request.client_id} is in use")
            return
        session.client_id = request.client_id
        self.sessions[request.client_id] = session
        session.send(replies.ManagedAccounts(accounts=self.accounts_text()))
        session.send(replies.NextValidId(order_id=self.next_order_id(session)))
        for notice in OPENING_FARMS:
            session.complain(-1, notice)

    # -- what answers need

    def accounts_text(self) -> str:
        """Return the accounts as clients are told."""
        return ",".join(self.options.accounts)

    def next_order_id(self, session: Session) -> int:
        """Return the lowest order id that this client has not used."""
        return self.trading.next_order_id(session.client_id or 0)

    def resolve(self, session: Session, req_id: int, asked: records.ContractQuery) -> Contract | None:
        """Return the one contract a client means, or complain and return None."""
        found = self.book.find(to_query(asked))
        if len(found) == 1:
            return found[0]
        session.complain(req_id, AMBIGUOUS.about(asked.symbol) if found else NO_DEFINITION)
        return None

    def rate(self, currency: str) -> float:
        """Return what one unit of a currency is worth in US dollars; 1 for a currency that the market does not know."""
        try:
            return self.market.rate(currency, BASE_CURRENCY, self.clock.now())
        except ValueError:
            return 1.0

    def tell_all(self, complaint: Complaint) -> None:
        """Send a session-wide notice to every client."""
        for session in self.sessions.values():
            session.complain(-1, complaint)

    def is_open(self, contract: Contract, at: float) -> bool:
        """Return whether the contract's market is open."""
        return self.market.is_open(contract.con_id, at)

    # -- time

    def step(self) -> None:
        """Bring the market, the orders and the feeds to the present; nothing leaves before `settle`."""
        now = self.clock.now()
        if now - self._stepped_to > JUMP_SECONDS:
            self._jump(now)
        for tick in self.market.advance(now):
            self._pass_time(tick.at)
            self.dispatch(tick)
        self._stepped_to = now
        self._pass_time(now)
        self.faults.pass_time(now)
        self.liquidation.look(now)

    def _jump(self, now: float) -> None:
        """Go over a long stretch of time: orders meet what concerns them, watchers see where it ends."""
        catch_up(self.trading, self.market, self._stepped_to, now)
        self.market.skip(now)
        self.quotes.refresh()
        self.depth.refresh()
        self.bars.refresh()

    def dispatch(self, tick: Tick) -> None:
        """Match a tick and tell it to who watches."""
        self.trading.exchange.on_tick(tick)
        self.show(tick)

    def show(self, tick: Tick) -> None:
        """Tell a tick to who watches."""
        self.quotes.on_tick(tick)
        self.bars.on_tick(tick)
        self.ticks.on_tick(tick)
        self.depth.on_tick(tick)

    def _pass_time(self, at: float) -> None:
        if self.trading.next_event() <= at:
            self.trading.pass_time(at)

    def beat(self) -> None:
        """Do what a moment brings: ticks, feeds that follow a timer, and the messages of all of it."""
        self.step()
        self.bars.beat()
        self.portfolio.beat()
        self.settle()

    def settle(self) -> None:
        """Commit what changed, then let the messages leave."""
        if self.store.is_dirty or self.clock.now() - self._noted_at > CLOCK_NOTED_EVERY:
            self._noted_at = self.clock.now()
            self.store.put("clock", self._noted_at)
            self.trading.exchange.keep_trailing()
        self.store.commit()
        for session in list(self.connections):
            session.flush()

    def abandon(self) -> None:
        """Cut every connection without another word: the state cannot be stored any more."""
        for session in list(self.connections):
            session.abort("the gateway cannot go on")

    def close(self) -> None:
        """End every connection and the state file."""
        self.store.put("clock", self.clock.now())
        for session in list(self.connections):
            session.close("the gateway stops")
        self.settle()
        self.store.close()
