"""Facts: the only way something becomes true. One queue, total order, written before it is believed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from app.domain.bulk import BulkData
from app.domain.errors import Fault, TapelineError
from app.domain.events import DifferenceSetAside, GatesOverridden, LimitChanged, LineCrossed, Reconciled
from app.domain.fold import Fact, fold
from app.domain.state import Record, State, Step
from app.domain.strategies import StepStatus
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.ports import Journal

log = logging.getLogger(__name__)
TOLD_ANYWAY = (DifferenceSetAside, Reconciled, LimitChanged, GatesOverridden, LineCrossed)
"""Facts that are kept though they change nothing: that they happened is what matters."""


@dataclass(slots=True)
class _Group:
    """Facts that become true together or not at all."""

    facts: tuple[Fact, ...]
    done: asyncio.Future[None]
    keep: tuple[BulkData, ...] = ()


@dataclass(slots=True)
class _Draft:
    """What one transaction will make true."""

    state: State
    groups: list[_Group] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def add(self, group: _Group) -> None:
        """Fold a group in, or raise why one of its facts may not become true, with nothing of the group taken in.

        A fact that changes nothing, such as an execution told again, happened before and is not kept twice.
        """
        state, facts, records = self.state, list[Fact](), list[Record]()
        for fact in group.facts:
            began = perf_counter()
            after, rows = fold(state, fact)
            took = round((perf_counter() - began) * 1000, 3)
            if rows or after is not state or isinstance(fact, TOLD_ANYWAY):
                facts.append(fact)
            state = after
            records.extend(_lasting(row, took) for row in rows)
        self.state = state
        self.groups.append(group)
        self.facts.extend(facts)
        self.records.extend(records)
        self.records.extend(group.keep)


class Facts:
    """Folds what happened, commits it, then lets the rest of the product know.

    A commit that fails drops what it would have made true and calls `on_fault`; the state stays what the file says.
    """

    def __init__(self, journal: Journal, bus: Bus, tasks: Tasks) -> None:
        self.state = State()
        self.on_fault: Callable[[Fault], None] = lambda fault: log.error("%s", fault)
        self._journal = journal
        self._bus = bus
        self._tasks = tasks
        self._queue: list[_Group] = []
        self._watchers: list[tuple[Callable[[State], bool], asyncio.Event]] = []
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> State:
        """Take the state from the journal's tables."""
        self.state = await self._journal.load()
        return self.state

    async def enter(self, *facts: Fact, keep: Sequence[BulkData] = ()) -> None:
        """Make facts true, all or none, and return once they are on disk; raise what hindered it.

        `keep` is the bulk data that the facts name by digest: it is written with them or not at all.
        """
        await asyncio.shield(self.post(*facts, keep=keep))

    def post(self, *facts: Fact, keep: Sequence[BulkData] = ()) -> asyncio.Future[None]:
        """Queue facts, with the bulk data they name, from a callback; the future tells when they are on disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_note_failure)
        self._queue.append(_Group(facts, done, tuple(keep)))
        if self._writing is None or self._writing.done():
            self._writing = self._tasks.spawn(self._write(), name="facts", is_vital=True)
        return done

    async def until(self, is_so: Callable[[State], bool], timeout_s: float) -> bool:
        """Wait until the state satisfies `is_so`; False when it did not within `timeout_s`."""
        if _holds(is_so, self.state):
            return True
        came = asyncio.Event()
        watcher = (is_so, came)
        self._watchers.append(watcher)
        try:
            async with asyncio.timeout(timeout_s):
                await came.wait()
        except TimeoutError:
            return _holds(is_so, self.state)
        finally:
            self._watchers.remove(watcher)
        return True

    async def settle(self) -> None:
        """Return once everything queued so far is written or refused."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        while self._queue:
            draft = _Draft(self.state)
            queued, self._queue = self._queue, []
            try:
                for group in queued:
                    self._add(draft, group)
                if draft.groups:
                    await self._commit(draft)
            except Exception as error:  # whatever is wrong here: nobody may wait for ever, and the next facts are kept
                log.exception("the ledger's writer failed")
                self._give_up(queued, Fault(f"The ledger's writer failed ({error!r}); trading stops, see the log."))

    def _add(self, draft: _Draft, group: _Group) -> None:
        try:
            draft.add(group)
        except TapelineError as error:
            _refuse(group, error)
        except Exception as error:  # a bug in one fact must not end the ledger, and nobody may wait for ever
            log.exception("a fact could not be folded")
            fault = Fault(f"Tapeline could not take in what happened ({error!r}); trading stops, see the log.")
            _refuse(group, fault)
            self.on_fault(fault)

    async def _commit(self, draft: _Draft) -> None:
        try:
            if draft.facts or draft.records:
                await self._journal.commit(draft.facts, draft.records)
        except Fault as fault:
            self._give_up(draft.groups, fault)
            return
        except Exception as error:  # whatever hinders the write: what is not on disk is not true
            log.exception("the ledger was not written")
            self._give_up(
                draft.groups, Fault(f"The ledger could not be written ({error!r}); trading stops, see the log.")
            )
            return
        self.state = draft.state
        for group in draft.groups:
            if not group.done.done():
                group.done.set_result(None)
        for fact in draft.facts:
            self._bus.publish(fact)
        for is_so, came in tuple(self._watchers):
            if _holds(is_so, self.state):
                came.set()

    def _give_up(self, groups: Iterable[_Group], fault: Fault) -> None:
        for group in groups:
            _refuse(group, fault)
        self.on_fault(fault)


def _refuse(group: _Group, error: TapelineError) -> None:
    if not group.done.done():
        group.done.set_exception(error)


def _holds(is_so: Callable[[State], bool], state: State) -> bool:
    """Say whether a condition holds; one that cannot be asked yet does not."""
    try:
        return is_so(state)
    except LookupError:
        return False


def _lasting(record: Record, took_ms: float) -> Record:
    """A step that has no length of its own lasted as long as booking it took."""
    if isinstance(record, Step) and record.status is StepStatus.OK and record.duration_ms == 0:
        return replace(record, duration_ms=took_ms)
    return record


def _note_failure(done: asyncio.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.warning("a fact did not become true: %s", error)
