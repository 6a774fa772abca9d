"""The data channel: the one connection that carries contracts, history and quotes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from app.adapters.ib.codes import Severity, meaning
from app.adapters.ib.contracts import instrument_found, instrument_of, listing_query, rule_id_of
from app.adapters.ib.data_ears import DataEars, rule_key
from app.adapters.ib.depth import BookRow, DepthFeed
from app.adapters.ib.ears import guarded
from app.adapters.ib.feed import HistoryFeed
from app.adapters.ib.history import Sessions
from app.adapters.ib.link import Link, lost
from app.adapters.ib.pacing import Pacing
from app.adapters.ib.quotes import Tape
from app.adapters.ib.watching import QuoteFeed
from app.domain.bars import Bars, Timeframe
from app.domain.broker import (
    UPDATES_LOST,
    AccountClass,
    BarsReport,
    DataNews,
    Endpoint,
    Farm,
    FarmReport,
    Greeting,
    HistoryBudget,
    LinkReport,
    LinkState,
    Message,
    Priority,
    account_class,
)
from app.domain.errors import UserError
from app.domain.instruments import ConId, Instrument
from app.domain.quotes import Book, Quote
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks

log = logging.getLogger(__name__)

RENEW_AFTER_S = 1.0
RETRY_BARS_S = 30.0
"""Flapping farms are waited out this long before everything is asked for again."""


class IbDataChannel:
    """Contracts, bars and quotes over ib_async. Fulfils `services.ports.DataChannel`.

    Subscriptions live as long as their connection: they come back by themselves when the line behind the gateway was
    lost, and are asked for anew by the market service after a new `open`.
    """

    def __init__(self, tasks: Tasks, clock: Clock, sessions: Sessions | None) -> None:
        self._tasks = tasks
        self._clock = clock
        self._sessions = sessions
        self._pacing = Pacing(clock.monotonic)
        self._hear_quote: Callable[[Quote], None] = lambda quote: None
        self._hear_news: Callable[[DataNews], None] = lambda news: None
        self._link: Link | None = None
        self._ears: DataEars
        self._feed: HistoryFeed
        self._quotes: QuoteFeed
        self._depth: DepthFeed
        self._tape = Tape()
        self._rules: dict[int, list[Any]] = {}
        self._farms_down: set[Farm] = set()
        self._still: set[ConId] = set()
        """Instruments whose bars have stopped, as was told."""
        self._renewal: asyncio.TimerHandle | None = None

    # the connection

    @property
    def is_open(self) -> bool:
        """Say whether the socket is there and the gateway greeted us."""
        return self._link is not None and self._link.is_open

    def listen(self, quotes: Callable[[Quote], None], news: Callable[[DataNews], None]) -> None:
        """Name the listeners; they are called on the loop and must not block."""
        self._hear_quote, self._hear_news = guarded(quotes), guarded(news)

    async def open(self, endpoint: Endpoint) -> Greeting:
        """Connect; raise UserError (nobody there, not a gateway, id in use …) or Retryable."""
        await self.close()
        self._tape, self._rules, self._farms_down, self._still = Tape(), {}, set(), set()
        self._ears = DataEars(
            self._tape, self._hear_error, self._hear_line, self._hear_bar, self._packet_read, self._hear_row
        )
        link = Link(self._ears, endpoint.host, endpoint.port, endpoint.data_client)
        self._feed = HistoryFeed(link, self._pacing, self._sessions)
        self._quotes = QuoteFeed(link, self._tape, self._spawn)
        self._depth = DepthFeed(link, self._clock.monotonic)
        self._link = link
        self._ears.on_lost = lambda: self._lost(link)
        greeting = await link.open()
        is_practice = all(account_class(name) is AccountClass.PRACTICE for name in greeting.accounts)
        self._tape.is_practice = self._depth.is_practice = is_practice
        self._hear_news(LinkReport(LinkState.UP))
        return greeting

    async def close(self) -> None:
        """Close the socket; harmless when it is closed."""
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None
        if self._link is not None:
            self._quotes.close()
            self._link.close()
            self._link = None

    async def heartbeat(self) -> datetime:
        """Return the gateway's clock; raise Retryable when it does not answer in five seconds."""
        at = await self._open_link().heartbeat()
        self._feed.settle(at)
        return at

    # contracts

    async def search(self, pattern: str) -> tuple[Instrument, ...]:
        """Return listings whose symbol or name matches, best first, as far as a search describes them."""
        link = self._open_link()
        found = await link.ask(lambda id_: link.socket.reqMatchingSymbols(id_, pattern), what=f"what matches {pattern}")
        return tuple(instrument for item in found if (instrument := instrument_found(item)) is not None)

    async def describe(self, symbol: str, con_id: ConId | None = None) -> tuple[Instrument, ...]:
        """Return the full description of every listing meant; raise UserError when there is none."""
        link, query = self._open_link(), listing_query(symbol, con_id)
        name = symbol or f"instrument {con_id}"
        try:
            found = await link.ask(
                lambda id_: link.socket.reqContractDetails(id_, query), what=f"the details of {name}"
            )
        except UserError as error:
            raise UserError(f"The symbol {name} was not found; check its spelling or search for it. {error}") from None
        if not found:
            raise UserError(f"The symbol {name} was not found; check its spelling or search for it.")
        return tuple([instrument_of(details, await self._increments(rule_id_of(details))) for details in found])

    async def _increments(self, rule_id: int | None) -> list[Any]:
        if rule_id is None:
            return []
        if rule_id not in self._rules:
            link = self._open_link()
            kind = rule_key(rule_id)
            self._rules[rule_id] = await link.ask_in_turn(kind, lambda: link.socket.reqMarketRule(rule_id), what=kind)
        return self._rules[rule_id]

    # bars

    @property
    def budget(self) -> HistoryBudget:
        """What of the gateway's pacing for history is used."""
        return self._pacing.budget

    async def bars(
        self,
        instrument: Instrument,
        timeframe: Timeframe,
        count: int,
        *,
        end: datetime | None = None,
        priority: Priority = Priority.STRATEGY,
    ) -> Bars:
        """Return at least the newest `count` bars before `end` (now), the forming one included and marked."""
        self._open_link()
        return await self._feed.bars(instrument, timeframe, count, end, priority)

    async def follow_bars(
        self, instrument: Instrument, timeframe: Timeframe, count: int, hear: Callable[[Bars], None]
    ) -> Callable[[], None]:
        """Report a series now and whenever it changes; call the returned function to stop."""
        self._open_link()
        return await self._feed.follow(instrument, timeframe, count, guarded(hear))

    # quotes

    async def watch(self, instrument: Instrument) -> None:
        """Have quotes reported from now on; watching twice costs nothing, and is ended by two `unwatch`."""
        self._open_link()
        await self._quotes.watch(instrument)

    async def unwatch(self, con_id: ConId) -> None:
        """End one watch of an instrument; its quotes stop with the last."""
        self._quotes.unwatch(con_id)

    async def retake(self) -> None:
        """Ask for live quotes of everything watched again, where another login took them or they were refused."""
        self._open_link()
        await self._quotes.retake()

    async def follow_book(self, instrument: Instrument, rows: int, hear: Callable[[Book], None]) -> Callable[[], None]:
        """Report an order book of so many rows a side whenever it changes; call the returned function to stop."""
        self._open_link()
        return await self._depth.follow(instrument, rows, guarded(hear))

    # what the ears hear

    def _open_link(self) -> Link:
        if self._link is None or not self._link.is_open:
            raise lost()
        return self._link

    def _lost(self, link: Link) -> None:
        if link is self._link:
            self._hear_news(LinkReport(LinkState.DOWN, link.why_lost))

    def _packet_read(self) -> None:
        for quote in self._tape.news(self._clock.monotonic()):
            self._hear_quote(quote)
        self._feed.flush()
        self._depth.flush()

    def _hear_bar(self, request_id: int, row: Any) -> None:
        self._feed.heard(request_id, row)

    def _hear_row(self, row: BookRow) -> None:
        self._depth.take(row)

    def _hear_line(self, report: LinkReport | FarmReport) -> None:
        self._hear_news(report)
        if isinstance(report, LinkReport):
            # IB: subscriptions are asked for again after 1102 as well; farms have been seen to stay silent after it.
            if report.state in (LinkState.BROKER_BACK_DATA_LOST, LinkState.BROKER_BACK):
                self._renew_soon()
        elif not report.is_up:
            self._farms_down.add(report.farm)
        elif report.farm in self._farms_down:
            self._farms_down.discard(report.farm)
            self._renew_soon()

    def _hear_error(self, request_id: int, code: int, text: str) -> None:
        what = meaning(code)
        self._quotes.heard(request_id, code)
        if series := self._feed.lost(request_id, code):
            self._bars_lost(series.instrument.con_id, code, what.explain(text))
        elif self._depth.heard(request_id, code, text):
            self._renew_soon()
        line, is_error = self._tape.line_of(request_id), what.severity is Severity.ERROR
        log.log(logging.WARNING if line and is_error else logging.INFO, "the gateway says: %s", what.explain(text))
        if line is not None:
            con_id = line.instrument.con_id
            self._hear_news(Message(code, what.explain(text), is_warning=not is_error, con_id=con_id))

    def _bars_lost(self, con_id: ConId, code: int, words: str) -> None:
        """Ask for the bars again, and tell of those that somebody sees stand still."""
        if code == UPDATES_LOST and con_id not in self._still:
            self._still.add(con_id)
            self._hear_news(BarsReport(con_id, is_live=False, text=words))
        self._renew_soon()

    # asking again

    def _renew_soon(self, after_s: float | None = None) -> None:
        if self._renewal is None and self._link is not None:
            self._renewal = asyncio.get_running_loop().call_later(after_s or RENEW_AFTER_S, self._renew_now)

    def _renew_now(self) -> None:
        self._renewal = None
        if self.is_open:
            self._spawn(self._renew(self._open_link()))

    async def _renew(self, link: Link) -> None:
        await self._quotes.renew()
        if link.is_open:
            await self._depth.renew()
        if not link.is_open:
            return
        if not await self._feed.renew():
            self._renew_soon(RETRY_BARS_S)
            return
        still, self._still = self._still, set()
        for con_id in still:
            self._hear_news(BarsReport(con_id, is_live=True))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.spawn(work, name="ib renewal")
