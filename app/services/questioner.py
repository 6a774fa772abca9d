"""One question to the model, from its prompt to the fact of what came of it; identical ones are asked once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from app.domain import events as ev
from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.instruments import ConId, Instrument
from app.domain.providers import Provider, Secret
from app.domain.readings import (
    PromptText,
    Question,
    Reading,
    ReadingId,
    ReadingKind,
    ReadingProgress,
    ReadingStatus,
)
from app.domain.signals import RunId
from app.domain.strategies import Strategy
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.budget import Budget
from app.services.facts import Facts
from app.services.keys import Keys
from app.services.ports_readings import Model, Prompts, Readings
from app.services.reading_work import Work

T = TypeVar("T")
OLDEST_S = 60.0
LARGEST_MOVE = 0.005
OFF = "No model provider is in use; choose one in Settings › Models."
CANCELLED = "It was cancelled."

LastPrice = Callable[[ConId], float | None]


@dataclass(frozen=True, slots=True)
class Brief:
    """For whom something is read: a run of a strategy, or a person; `began` is when the charts were handed in."""

    instrument: Instrument
    strategy: Strategy | None
    language: str
    began: float
    run: RunId | None = None
    cause: ev.EventId | None = None
    tell: Callable[[ReadingProgress], None] = lambda _: None
    cancel: asyncio.Event = field(default_factory=asyncio.Event)
    budget_run: str = field(default_factory=ev.new_id)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is asked about: a chart, or what was read of several."""

    kind: ReadingKind
    timeframe: Timeframe | None
    context: Mapping[str, Any]
    picture: bytes | None
    last_price: float
    snapshot: str = ""


class Questioner:
    """Puts questions to the provider in use, and writes down what became of each."""

    def __init__(
        self,
        facts: Facts,
        model: Model,
        keys: Keys,
        prompts: Prompts,
        readings: Readings,
        budget: Budget,
        last_price: LastPrice,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._facts = facts
        self._model = model
        self._keys = keys
        self._prompts = prompts
        self._readings = readings
        self._budget = budget
        self._last_price = last_price
        self._clock = clock
        self._tasks = tasks
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def put(self, brief: Brief, matter: Matter) -> Reading:
        """Return the reading of a matter, kept as a fact; raise Fault when it could not be kept."""
        brief.tell(ReadingProgress(matter.kind, matter.timeframe))
        work = self._work(brief, matter)
        async with AsyncExitStack() as held:  # who asks the same meanwhile waits until this answer is kept
            try:
                await self._until_cancelled(self._read(brief, matter, work, held), brief.cancel, work)
            except asyncio.CancelledError:
                work.end(ReadingStatus.CANCELLED, CANCELLED)
                self._facts.post(self._fact(brief, work), keep=work.keep)
                raise
            return await self._kept(brief, work)

    async def leave(self, brief: Brief, matter: Matter, status: ReadingStatus, why: str) -> Reading:
        """Return a reading that could not be asked for, kept as what it is."""
        work = self._work(brief, matter)
        work.end(status, why)
        return await self._kept(brief, work)

    async def question(self, brief: Brief, matter: Matter, provider: Provider) -> Question:
        """Return what would be asked; raise UserError when the prompt cannot be made."""
        language, strategy = brief.language, brief.strategy
        prompt = await self._prompts.compose(matter.kind, matter.timeframe, language, strategy, matter.context)
        found = provider.capability
        picture = matter.picture if found is None or found.has_vision else None
        prompt = self._without_accounts(prompt)
        return Question(matter.kind, brief.instrument.symbol, matter.timeframe, prompt, picture, matter.last_price)

    def _work(self, brief: Brief, matter: Matter) -> Work:
        return Work(
            Reading(
                id=ReadingId(ev.new_id()),
                kind=matter.kind,
                status=ReadingStatus.OFF,
                con_id=brief.instrument.con_id,
                symbol=brief.instrument.symbol,
                timeframe=matter.timeframe,
                at=self._clock.now(),
                run=brief.run,
                strategy=brief.strategy.id if brief.strategy else None,
                language=brief.language,
                snapshot=matter.snapshot,
                last_price=matter.last_price,
            )
        )

    async def _kept(self, brief: Brief, work: Work) -> Reading:
        await self._facts.enter(self._fact(brief, work), keep=work.keep)
        reading = work.reading
        self._budget.note(brief.budget_run, reading)
        brief.tell(ReadingProgress(reading.kind, reading.timeframe, reading))
        return reading

    def _fact(self, brief: Brief, work: Work) -> ev.ReadingTaken:
        reading, day = work.reading, self._budget.today()
        id_ = ev.EventId(reading.id)  # so that whoever goes on from a reading can name it as the cause
        return ev.ReadingTaken(id=id_, at=reading.at, run=brief.run, cause=brief.cause, reading=reading, day=day)

    async def _until_cancelled(self, reading: Awaitable[None], cancel: asyncio.Event, work: Work) -> None:
        """Await a reading unless a person cancels it first."""
        asking = self._tasks.spawn(_awaited(reading), name=f"reading {work.reading.symbol}")
        waiting = self._tasks.spawn(cancel.wait(), name="cancelling a reading")
        try:
            await asyncio.wait((asking, waiting), return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                asking.result()
            else:
                work.end(ReadingStatus.CANCELLED, CANCELLED)
        finally:
            for task in (asking, waiting):
                task.cancel()
            await asyncio.gather(asking, waiting, return_exceptions=True)

    async def _read(self, brief: Brief, matter: Matter, work: Work, held: AsyncExitStack) -> None:
        provider = self._facts.state.provider
        if provider is None:
            return work.end(ReadingStatus.OFF, OFF)
        work.set(provider=provider.id, model=provider.model)
        try:
            key = await self._keys.of(provider)
        except UserError as error:
            return work.end(ReadingStatus.NO_KEY, str(error))
        if provider.needs_key and not key:
            return work.end(ReadingStatus.NO_KEY, _no_key(provider))
        try:
            question = await self.question(brief, matter, provider)
        except UserError as error:
            return work.end(ReadingStatus.NO_PROMPT, str(error))
        work.note_question(question, provider, self._model.request(question, provider))
        await held.enter_async_context(self._asking.setdefault(work.reading.key, asyncio.Lock()))
        return await self._answer(brief, question, provider, key, work)

    async def _answer(
        self, brief: Brief, question: Question, provider: Provider, key: Secret | None, work: Work
    ) -> None:
        earlier = await self._readings.answered(work.reading.key)
        if earlier is not None:
            work.take_over(earlier)
        else:
            await self._ask(brief, question, provider, key, work)
        if work.reading.is_valid:
            self._hold_to_market(brief, work, is_new=earlier is None)

    async def _ask(self, brief: Brief, question: Question, provider: Provider, key: Secret | None, work: Work) -> None:
        most = self._budget.estimate(question, provider)
        strategy = work.reading.strategy
        try:
            with self._budget.reserved(provider, brief.budget_run, strategy, most):
                work.note_sent(most, provider)
                work.note_answer(await self._model.ask(question, provider, key), most, provider)
        except UserError as error:
            work.end(ReadingStatus.OVER_BUDGET, str(error))

    def _hold_to_market(self, brief: Brief, work: Work, *, is_new: bool) -> None:
        """An answer that came late, or to a price that is gone, is kept and has no say."""
        took = self._clock.monotonic() - brief.began
        asked, now = work.reading.last_price, self._last_price(brief.instrument.con_id)
        if is_new and took > OLDEST_S:
            work.end(ReadingStatus.OUTDATED, f"The answer came {took:.0f} s after the chart was drawn; {_LATE}.")
        elif asked and now is not None and abs(now - asked) / asked > LARGEST_MOVE:
            moved = f"The price moved from {asked:.6g} to {now:.6g} since the chart was drawn"
            work.end(ReadingStatus.OUTDATED, f"{moved}; {_LATE}.")

    def _without_accounts(self, prompt: PromptText) -> PromptText:
        """Take account numbers out: whatever a template or a note says, they are nobody else's business."""
        state = self._facts.state
        known = {account for account, *_ in state.positions} | set(state.days)
        known |= {order.account for order in state.orders.values()}
        named = "|".join(re.escape(account) for account in sorted(filter(None, known), key=len, reverse=True))
        numbers = re.compile(f"{named}|{_ACCOUNT}" if named else _ACCOUNT)
        system, text = (numbers.sub("[account]", words) for words in (prompt.system, prompt.text))
        return replace(prompt, system=system, text=text)


_ACCOUNT = r"\b(?:DUT?|DFH?|[UFI])\d{5,9}\b"
"""What the broker's account numbers look like; also those that nothing was traded in yet are found by it."""
_LATE = "it is outdated"


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _no_key(provider: Provider) -> str:
    if provider.key_variable:
        return (
            f"The environment variable {provider.key_variable} was expected to hold {provider.name}'s key; it is empty."
        )
    return f"There is no key for {provider.name}; enter it in Settings › Models."
