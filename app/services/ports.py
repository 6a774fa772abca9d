"""What the services need from outside, as Protocols: adapters fulfil them, `compose` plugs them in.

A query that fails raises `Retryable`; it never answers with an empty result. Everything returned is in our words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.domain.bars import Bars, BarsKey, Source, Timeframe
from app.domain.broker import (
    Commission,
    DataNews,
    Endpoint,
    Greeting,
    HistoryBudget,
    Holding,
    Margin,
    OrderNews,
    OrderReport,
    Priority,
)
from app.domain.changes import Change
from app.domain.claims import Finding
from app.domain.errors import UserError
from app.domain.events import Event, EventId
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import Fill, Position
from app.domain.orders import Intent, Leg, Order, OrderGroup
from app.domain.prompts import PromptId, PromptVersion, PromptVersionId
from app.domain.quotes import Book, Quote
from app.domain.sheets import Report
from app.domain.signals import Signal
from app.domain.state import Record, State, Step
from app.domain.strategies import Run
from app.services.studies import StudyColumns

T = TypeVar("T")


class Journal(Protocol):
    """The durable ledger of facts, with the tables they add up to."""

    async def commit(self, events: Sequence[Event], records: Sequence[Record]) -> None:
        """Write facts and records as one durable transaction; raise Fault when that fails."""

    async def load(self) -> State:
        """Return everything that is true, as the tables have it."""


class LineageStore(Protocol):
    """Where steps of lineage are looked up."""

    async def steps_of_run(self, run: str) -> tuple[Step, ...]:
        """Return a run's steps, oldest first."""

    async def chain(self, subject: str) -> tuple[Step, ...]:
        """Return every step that led to a run, signal, intent, order, execution or position, oldest first."""

    async def fact(self, id_: EventId) -> Event | None:
        """Return a fact exactly as it was journaled, None when there is none of that id."""


class PromptStore(Protocol):
    """Where the texts of prompts' versions are looked up."""

    async def version(self, id_: PromptVersionId) -> PromptVersion:
        """Return a version with its text, deleted or not; raise UserError when there never was one of this id."""

    async def texts(self, prompts: tuple[PromptId, ...]) -> tuple[PromptVersion, ...]:
        """Return every version ever made of these prompts, oldest first within each."""

    async def containing(self, words: tuple[str, ...]) -> frozenset[PromptId]:
        """Return the prompts whose active version holds every one of the words, letters large or small."""


class RenderFailed(UserError):
    """A template gave no text: `wrong` says why, naming the variable where one is to blame, `line` where."""

    def __init__(self, wrong: str, line: int | None = None) -> None:
        where = f"Line {line} of the prompt: " if line else "The prompt cannot be used: "
        super().__init__(f"{where}{wrong}. Correct it in the Prompts panel; nothing was sent.")
        self.wrong, self.line = wrong, line


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """What a template names without being run."""

    variables: tuple[str, ...]


class Renderer(Protocol):
    """Runs templates where they can do no harm; a template has 2 s, little memory and 64 KB of text."""

    async def render(self, template: str, context: Mapping[str, Any]) -> str:
        """Return the text, made from plain values; raise RenderFailed when there is none to be had."""

    async def inspect(self, template: str) -> TemplateReport:
        """Return what a template names; raise RenderFailed when it cannot be understood."""


Pack = Callable[[object], str]
"""Writes a record as the exact text it is stored as."""


class Unpack(Protocol):
    """Reads a record back from the text that `Pack` wrote; raises Fault when it is damaged."""

    def __call__(self, text: str, kind: type[T]) -> T:
        """Return the record of that class."""


class BarStore(Protocol):
    """The local store of bars; nothing in it is asked of a gateway twice."""

    async def read(self, key: BarsKey, count: int | None = None) -> Bars:
        """Return the newest `count` closed bars (all when None), oldest first."""

    async def write(self, key: BarsKey, bars: Bars) -> None:
        """Keep the closed ones of `bars`; a later revision of a bar replaces the earlier."""

    async def forget(self, source: Source, con_id: ConId) -> None:
        """Drop every bar of an instrument: all of them were restated."""


class OrderChannel(Protocol):
    """The connection that carries orders, executions, positions and the account. Never 0, never a random client id."""

    @property
    def is_open(self) -> bool:
        """Say whether the socket is there."""

    def listen(self, hear: Callable[[OrderNews], None]) -> None:
        """Name the one listener; it is called in order, on the loop, and must not block."""

    async def open(self, endpoint: Endpoint) -> Greeting:
        """Connect; raise UserError (nobody there, not a gateway, id in use …) or Retryable."""

    async def close(self) -> None:
        """Close the socket; harmless when it is closed."""

    async def heartbeat(self) -> datetime:
        """Return the gateway's clock; raise Retryable when it does not answer in time."""

    async def place(self, intent: Intent, instrument: Instrument) -> None:
        """Write an intent's orders to the socket, transmitted as a group.

        Raise UserError when surely nothing left, Retryable when it is not known what did.
        """

    async def modify(self, change: Change, instrument: Instrument) -> None:
        """Ask for new terms of working orders, under the ids they have, all else as it stands at the broker.

        Raise UserError when surely nothing left, Retryable when it is not known what did; the answer is a report.
        """

    async def cancel(self, order: Order) -> None:
        """Ask for a cancel, ahead of everything else in the queue; the answer comes as a report."""

    async def cancel_everything(self) -> None:
        """Ask for a cancel of every order of the login, whoever placed it; the answers come as reports."""

    async def preview(self, leg: Leg, instrument: Instrument, account: str) -> Margin:
        """Return what the broker says an order would do; raise Retryable after 3 s of silence."""

    async def open_orders(self) -> tuple[OrderReport, ...]:
        """Return every working order of every client."""

    async def completed_orders(self) -> tuple[OrderReport, ...]:
        """Return the orders that ended, as far back as the broker says."""

    async def executions(self) -> tuple[tuple[Fill, Commission | None], ...]:
        """Return the executions since the broker's midnight, with their commission where it is known."""

    async def holdings(self) -> tuple[Holding, ...]:
        """Return all positions of all accounts of this login."""

    async def follow_account(self, account: str) -> None:
        """Have the account's figures reported from now on; return once the first set is there."""


class DataChannel(Protocol):
    """The connection that carries contracts, history and quotes."""

    @property
    def is_open(self) -> bool:
        """Say whether the socket is there."""

    def listen(self, quotes: Callable[[Quote], None], news: Callable[[DataNews], None]) -> None:
        """Name the listeners; they are called on the loop and must not block."""

    async def open(self, endpoint: Endpoint) -> Greeting:
        """Connect; errors as in OrderChannel.open."""

    async def close(self) -> None:
        """Close the socket; harmless when it is closed."""

    async def heartbeat(self) -> datetime:
        """Return the gateway's clock; raise Retryable when it does not answer in time."""

    @property
    def budget(self) -> HistoryBudget:
        """What of the gateway's pacing for history is used."""

    async def search(self, pattern: str) -> tuple[Instrument, ...]:
        """Return listings whose symbol or name matches, best first (described only as far as a search tells)."""

    async def describe(self, symbol: str, con_id: ConId | None = None) -> tuple[Instrument, ...]:
        """Return the full description of every listing meant; raise UserError when there is none."""

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

    async def follow_bars(
        self, instrument: Instrument, timeframe: Timeframe, count: int, hear: Callable[[Bars], None]
    ) -> Callable[[], None]:
        """Report a series now and whenever it changes; call the returned function to stop."""

    async def follow_book(self, instrument: Instrument, rows: int, hear: Callable[[Book], None]) -> Callable[[], None]:
        """Report an order book of so many rows a side whenever it changes; call the returned function to stop.

        What is refused (no depth for it, too many books at once) is a book that says why.
        """

    async def watch(self, instrument: Instrument) -> None:
        """Have quotes reported from now on; watching twice costs nothing."""

    async def unwatch(self, con_id: ConId) -> None:
        """Stop quotes of an instrument."""

    async def retake(self) -> None:
        """Ask for live quotes of everything watched again; raise Retryable when there is no connection."""


class OrderLook(Protocol):
    """A connection that only looks: what the doctor asks, and no way to place anything."""

    async def open(self, endpoint: Endpoint) -> Greeting:
        """Connect; errors as in OrderChannel.open."""

    async def close(self) -> None:
        """Close the socket; harmless when it is closed."""

    async def open_orders(self) -> tuple[OrderReport, ...]:
        """Return every working order of every client; raise ReadOnlyApi where the gateway lists none."""


class Calendar(Protocol):
    """An exchange's sessions; outside the years it knows it takes every weekday for one."""

    @property
    def name(self) -> str:
        """The exchange's market identifier, such as XNYS."""

    @property
    def zone(self) -> str:
        """The exchange's time zone, by its IANA name."""

    def sessions(self, start: date, end: date) -> tuple[date, ...]:
        """Return the sessions from one date to another, both included."""

    def is_session(self, day: date) -> bool:
        """Say whether the exchange trades that day."""

    def session_of(self, moment: datetime) -> date:
        """Return the session a moment belongs to: the running one, or the next to open."""

    def close_of(self, session: date) -> datetime:
        """Return when a session closes, UTC."""

    def last_closed(self, moment: datetime) -> date:
        """Return the newest session that has closed by a moment."""

    def next_session(self, session: date) -> date:
        """Return the session after this one."""

    def last_sessions_of_weeks(self, start: date, end: date) -> frozenset[date]:
        """Return the last session of each ISO week between two dates."""

    def last_sessions_of_months(self, start: date, end: date) -> frozenset[date]:
        """Return the last session of each month between two dates."""


OpenCalendar = Callable[[str, date, date], Calendar]
"""Opens the calendar of an exchange, by name, for the dates from one to another; raises UserError for no such name."""

ReadBars = Callable[[Path, Timeframe], tuple[Bars, tuple[str, ...]]]
"""Reads a file of bars, with notes on what was put right; raises UserError naming the first bad line."""


class ChartPainter(Protocol):
    """Draws a chart as the window draws it, without needing one."""

    async def paint(
        self,
        bars: Bars,
        studies: Sequence[StudyColumns],
        symbol: str,
        timeframe: Timeframe,
        theme: str = "dark",
        claims: Sequence[Finding] = (),
        *,
        source: str = "",
        zone: str = "UTC",
        decimals: int = 2,
        visible: int = 150,
    ) -> bytes:
        """Return a PNG of 1920×1080 of the newest `visible` bars; raise UserError, in a sentence, where it cannot be.

        Printed on it, and as JSON in its text chunk `Tapeline`: symbol, timeframe, the newest bar's time, source, zone,
        theme, and each study's values at that bar. What a model is to judge has closed bars only: pass those.
        """


class ReportFiles(Protocol):
    """Reports as files; each call may take a while and is made in a thread."""

    def csv(self, report: Report, path: Path) -> None:
        """Write a report's tables as CSV; raise UserError when the file cannot be written."""

    def xlsx(self, report: Report, path: Path) -> None:
        """Write a report as a workbook; raise UserError when the file cannot be written."""


class Cron(Protocol):
    """Cron schedules."""

    def next_after(self, expression: str, zone: str, moment: datetime) -> datetime:
        """Return the first firing after a moment, UTC; raise UserError for an expression or zone that is none."""


class Records(Protocol):
    """Lists of what happened, newest first."""

    async def runs(self, count: int | None = None) -> tuple[Run, ...]:
        """Return runs."""

    async def signals(self, count: int | None = None) -> tuple[Signal, ...]:
        """Return signals."""

    async def orders(self, count: int | None = None) -> tuple[OrderGroup, ...]:
        """Return orders, grouped by their intent."""

    async def fills(self, count: int | None = None) -> tuple[Fill, ...]:
        """Return executions in their newest revision."""

    async def positions(self) -> tuple[Position, ...]:
        """Return the accounts' whole positions."""
