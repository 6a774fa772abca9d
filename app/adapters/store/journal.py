"""Facts and what they add up to, written as one transaction and read back as the state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, select, text

from app.adapters.store import tables
from app.adapters.store.codec import from_json
from app.adapters.store.database import Database
from app.adapters.store.failures import as_fault, as_read_failure
from app.adapters.store.rows import APPEND, KINDS, Row, fact_of_row, fact_row, kind_name
from app.adapters.store.worker import Worker
from app.domain.claims import Checked
from app.domain.events import Event, EventId, StepName
from app.domain.fold import Fact
from app.domain.index import index_of
from app.domain.indicators import OwnIndicator
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import Cost, Fill, Position, Split
from app.domain.orders import Intent, Order
from app.domain.outcomes import Outcome
from app.domain.prompts import Prompt, PromptUse
from app.domain.providers import Provider, Spending
from app.domain.returns import Snapshot
from app.domain.signals import Signal
from app.domain.state import PositionKey, Record, SessionDay, State, TradingSwitch
from app.domain.strategies import Run, Strategy

R = TypeVar("R")


class SqlJournal:
    """The durable ledger of facts (services.ports.Journal)."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker

    async def commit(self, events: Sequence[Event], records: Sequence[Record]) -> None:
        """Write facts and records as one durable transaction; raise Fault, with nothing written, when that fails."""
        await self._worker.do(self._commit, events, records)

    async def load(self) -> State:
        """Return everything that is true, as the tables have it; raise Fault when a row is damaged."""
        return await self._worker.do(self._load)

    async def facts(self, after: int = 0) -> tuple[Fact, ...]:
        """Return the facts behind the first `after` ones, oldest first: what `load` answers is their fold."""
        return await self._worker.do(self._facts, after)

    def _commit(self, events: Sequence[Event], records: Sequence[Record]) -> None:
        written = [fact_row(event) for event in events]
        rows = _rows_by_kind(records)
        with as_fault(_named(events)), self._database.write():
            raw = self._database.raw  # the driver keeps these few statements prepared
            raw.executemany(APPEND, written)
            for kind, changed in rows.items():
                raw.executemany(KINDS[kind].upsert, changed)

    def _load(self) -> State:
        with as_read_failure("what is true"), self._database.read() as connection:
            return _state(connection)

    def _facts(self, after: int) -> tuple[Fact, ...]:
        journal = tables.JOURNAL.columns
        asked = select(journal.kind, journal.body).order_by(journal.seq).offset(after)
        with as_read_failure("the journal"), self._database.read() as connection:
            return tuple(fact_of_row(kind, body) for kind, body in connection.execute(asked))


def _rows_by_kind(records: Iterable[Record]) -> dict[type[Any], list[Row]]:
    """Return the rows of each kind, parents before children, the newest version of a record last."""
    rows: dict[type[Any], list[Row]] = {}
    for record in records:
        rows.setdefault(type(record), []).append(KINDS[type(record)].row(record))
    return rows


def _named(events: Sequence[Event]) -> str:
    counted = Counter(kind_name(event) for event in events)
    return ", ".join(f"{count} × {kind}" if count > 1 else kind for kind, count in counted.items()) or "records"


def _state(connection: Connection) -> State:
    intents, runs = _all(connection, Intent), _all(connection, Run)
    signals, fills = _all(connection, Signal), {record.key: record for record in _all(connection, Fill)}
    strategies = _all(connection, Strategy)
    return State(
        instruments={record.con_id: record for record in _all(connection, Instrument)},
        strategies={record.id: record for record in strategies if not record.is_deleted},
        retired={record.id: record for record in strategies if record.is_deleted},
        own_indicators={record.name: record for record in _all(connection, OwnIndicator)},
        runs={record.id: record for record in runs},
        signals={record.id: record for record in signals},
        intents={record.id: record for record in intents},
        decisions={record.decision: record.id for record in intents},
        orders={record.ref: record for record in _all(connection, Order)},
        fills=fills,
        positions={_position_key(record): record for record in _all(connection, Position)},
        costs={(record.account, record.exec_id): record for record in _all(connection, Cost)},
        splits=_splits(_all(connection, Split)),
        days={record.account: record for record in _all(connection, SessionDay)},
        providers={record.id: record for record in _all(connection, Provider) if not record.is_removed},
        spending={record.key: record for record in _all(connection, Spending)},
        prompts={record.id: record for record in _all(connection, Prompt)},
        prompt_uses={record.version: record for record in _all(connection, PromptUse)},
        outcomes={record.signal: record for record in _all(connection, Outcome)},
        checked={record.reading: record for record in _all(connection, Checked)},
        snapshots={(record.account, record.session): record for record in _all(connection, Snapshot)},
        trading=next(iter(_all(connection, TradingSwitch)), TradingSwitch()),
        origins=_origins(connection),
        index=index_of(fills, runs, signals),
    )


def _all(connection: Connection, record: type[R]) -> list[R]:
    table = KINDS[record].table
    found = connection.execute(select(table.columns.body).order_by(text("rowid")))
    return [from_json(body, record) for (body,) in found]


def _splits(records: Iterable[Split]) -> dict[tuple[str, ConId], tuple[Split, ...]]:
    found: dict[tuple[str, ConId], tuple[Split, ...]] = {}
    for record in sorted(records, key=lambda each: each.since):
        key = (record.account, record.con_id)
        found[key] = (*found.get(key, ()), record)
    return found


def _position_key(position: Position) -> PositionKey:
    return (position.account, position.con_id, position.strategy)


def _origins(connection: Connection) -> dict[str, EventId]:
    """Return the newest step that explains each signal, intent, order and execution, under the fold's own keys."""
    steps = tables.STEPS.columns
    asked = select(steps.step, steps.subject, steps.id).where(steps.step.in_(_EXPLAINING), steps.subject != "")
    return {
        f"intent:{subject}" if step == StepName.INTENT else subject: EventId(id_)
        for step, subject, id_ in connection.execute(asked.order_by(steps.seq))
    }


_EXPLAINING = [StepName.SIGNAL.value, StepName.INTENT.value, StepName.ORDER.value, StepName.FILLS.value]
