"""Which table a record goes to, what its columns are, and how it is read back; and the same for facts."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar, get_args

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert

from app.adapters.store import tables
from app.adapters.store.codec import (
    from_json,
    time_of,
    time_text,
    to_json,
    values_from_json,
    values_to_json,
)
from app.adapters.store.rows_portfolio import cost_row, snapshot_row, split_row
from app.adapters.store.rows_prompts import prompt_row, prompt_use_row, prompt_version_row
from app.adapters.store.rows_readings import provider_row, reading_row, spending_row
from app.domain.bulk import BulkData
from app.domain.claims import Checked
from app.domain.events import Event, EventId, StepName
from app.domain.fold import Fact
from app.domain.indicators import OwnIndicator
from app.domain.instruments import Instrument
from app.domain.ledger import Cost, Fill, Position, Split
from app.domain.orders import Intent, Order
from app.domain.outcomes import Outcome
from app.domain.prompts import Prompt, PromptUse, PromptVersion
from app.domain.providers import Provider, Spending
from app.domain.readings import Reading
from app.domain.returns import Snapshot
from app.domain.signals import Analysis, RunId, Signal
from app.domain.state import SessionDay, Step, TradingSwitch
from app.domain.strategies import Run, StepStatus, Strategy

R = TypeVar("R")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind of record: its class, its table, its row's values in column order, and the statement that keeps it."""

    record: type[R]
    table: Table
    row: Callable[[R], Row]
    upsert: str


def _upsert(table: Table, *keys: str) -> str:
    """Return the SQL that inserts a row or replaces the one with the same key."""
    statement: Insert = insert(table)
    names = [column.name for column in table.columns if column.name != "seq"]
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    statement = statement.values(dict.fromkeys(names)).on_conflict_do_update(index_elements=keys, set_=changed)
    return str(statement.compile(dialect=sqlite.dialect()))


def _instrument(record: Instrument) -> Row:
    return (
        record.con_id,
        record.symbol,
        record.kind.value,
        record.exchange,
        record.currency,
        to_json(record),
    )


def _strategy(record: Strategy) -> Row:
    return (record.id, record.name, record.mode.value, to_json(record))


def _own_indicator(record: OwnIndicator) -> Row:
    return (record.name, record.digest, time_text(record.at), to_json(record))


def _run(record: Run) -> Row:
    return (
        record.id,
        record.strategy,
        record.symbol,
        record.con_id,
        record.slot,
        record.status.value,
        time_text(record.started),
        record.duration_ms,
        record.reason,
        to_json(record),
    )


def _step(record: Step) -> Row:
    return (
        record.id,
        record.cause,
        record.run,
        record.step.value,
        record.status.value,
        record.attempt,
        time_text(record.started),
        record.duration_ms,
        record.subject,
        values_to_json(record.inputs),
        values_to_json(record.outputs),
        record.digest,
        record.error,
    )


STEP_COLUMNS = ", ".join(f"steps.{column.name}" for column in tables.STEPS.columns if column.name != "seq")


def step_of_row(row: Row) -> Step:
    """Return the step that a row of STEP_COLUMNS holds."""
    id_, cause, run, step, status, attempt, started, duration_ms, subject, inputs, outputs, digest, error = row
    return Step(
        id=EventId(id_),
        cause=cause and EventId(cause),
        run=run and RunId(run),
        step=StepName(step),
        status=StepStatus(status),
        attempt=attempt,
        started=time_of(started),
        duration_ms=duration_ms,
        subject=subject,
        inputs=values_from_json(inputs),
        outputs=values_from_json(outputs),
        digest=digest,
        error=error,
    )


def _signal(record: Signal) -> Row:
    analysis = record.analysis
    return (
        record.id,
        record.strategy,
        record.run,
        record.con_id,
        analysis.symbol,
        analysis.timeframe.value,
        _bar_text(analysis),
        analysis.direction.value,
        analysis.confidence.value,
        record.state.value,
        time_text(record.raised),
        time_text(record.expires),
        to_json(record),
    )


def _intent(record: Intent) -> Row:
    return (
        record.id,
        record.decision,
        record.account,
        record.con_id,
        record.symbol,
        record.strategy,
        record.signal,
        to_json(record),
    )


def _order(record: Order) -> Row:
    return (
        record.ref,
        record.intent,
        record.account,
        record.con_id,
        record.symbol,
        record.role.value,
        record.side.value,
        str(record.quantity),
        record.type_name,
        _text(record.limit),
        _text(record.stop),
        record.tif,
        record.state.value,
        str(record.filled),
        _text(record.average),
        record.perm_id,
        record.strategy,
        record.signal,
        time_text(record.created),
        time_text(record.updated),
        record.is_foreign,
        to_json(record),
    )


def _fill(record: Fill) -> Row:
    return (
        *record.key,
        record.exec_id,
        record.con_id,
        record.symbol,
        record.side.value,
        str(record.quantity),
        str(record.price),
        _text(record.commission),
        record.currency,
        time_text(record.at),
        record.ref,
        record.perm_id,
        record.strategy,
        to_json(record),
    )


def _position(record: Position) -> Row:
    return (
        record.account,
        record.con_id,
        record.strategy or "",
        record.symbol,
        str(record.quantity),
        str(record.average),
        str(record.realized),
        str(record.commission),
        to_json(record),
    )


def _trading(record: TradingSwitch) -> Row:
    return (1, record.state.value, record.reason, record.since and time_text(record.since), to_json(record))


def _session_day(record: SessionDay) -> Row:
    return (record.account, record.session, str(record.net_liquidation), to_json(record))


def _outcome(record: Outcome) -> Row:
    return (
        record.signal,
        record.result.value,
        record.r,
        record.entered,
        record.exited,
        record.bars_held,
        record.found and time_text(record.found),
        to_json(record),
    )


def _checked(record: Checked) -> Row:
    return (record.reading, record.con_id, record.timeframe.value, time_text(record.at), to_json(record))


def _bulk(record: BulkData) -> Row:
    packed = zlib.compress(record.data, 0 if record.is_dense else 6)
    return (record.digest, time_text(record.at), len(record.data), packed)


def _bar_text(analysis: Analysis) -> str:
    text = time_text(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=analysis.last_bar))
    return text[:10] if analysis.timeframe.is_dated else text


def _text(number: object) -> str | None:
    return None if number is None else str(number)


def _kind(record: type[R], table: Table, row: Callable[[R], Row], *keys: str) -> Kind[R]:
    return Kind(record, table, row, _upsert(table, *keys))


# The same digest is the same bytes: they are not written again, only their last use is.
_KEEP_BULK = (
    "INSERT INTO bulk (digest, at, size, data) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET at = excluded.at"
)
KINDS: Mapping[type[object], Kind[Any]] = {
    kind.record: kind
    for kind in (
        _kind(Instrument, tables.INSTRUMENTS, _instrument, "con_id"),
        _kind(Strategy, tables.STRATEGIES, _strategy, "id"),
        _kind(OwnIndicator, tables.OWN_INDICATORS, _own_indicator, "name"),
        _kind(Run, tables.RUNS, _run, "id"),
        _kind(Step, tables.STEPS, _step, "id"),
        _kind(Signal, tables.SIGNALS, _signal, "id"),
        _kind(Intent, tables.INTENTS, _intent, "id"),
        _kind(Order, tables.ORDERS, _order, "ref"),
        _kind(Fill, tables.FILLS, _fill, "account", "key"),
        _kind(Cost, tables.COSTS, cost_row, "account", "exec_id"),
        _kind(Split, tables.SPLITS, split_row, "account", "con_id", "since"),
        _kind(Position, tables.POSITIONS, _position, "account", "con_id", "strategy"),
        _kind(TradingSwitch, tables.TRADING, _trading, "id"),
        _kind(SessionDay, tables.SESSION_DAYS, _session_day, "account"),
        _kind(Snapshot, tables.SNAPSHOTS, snapshot_row, "account", "session"),
        _kind(Provider, tables.PROVIDERS, provider_row, "id"),
        _kind(Reading, tables.READINGS, reading_row, "id"),
        _kind(Spending, tables.SPENDING, spending_row, "day", "strategy"),
        _kind(Prompt, tables.PROMPTS, prompt_row, "id"),
        _kind(PromptUse, tables.PROMPT_USES, prompt_use_row, "version"),
        _kind(PromptVersion, tables.PROMPT_VERSIONS, prompt_version_row, "id"),
        _kind(Outcome, tables.OUTCOMES, _outcome, "signal"),
        _kind(Checked, tables.CLAIMS, _checked, "reading"),
        Kind(BulkData, tables.BULK, _bulk, _KEEP_BULK),
    )
}
"""Of every record its table; parents come before the rows that refer to them."""


def _kind_name(event: type[Event]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


FACTS: Mapping[str, type[Fact]] = {_kind_name(event): event for event in get_args(Fact)}
"""Every fact by the name it is journaled under: `OrderIntended` is `order_intended`."""
_NAMES: Mapping[type[Event], str] = {event: name for name, event in FACTS.items()}


def kind_name(event: Event) -> str:
    """Return the name under which a fact is journaled."""
    return _NAMES[type(event)]


APPEND = "INSERT INTO journal (id, at, kind, cause, run, body) VALUES (?, ?, ?, ?, ?, ?)"


def fact_row(event: Event) -> Row:
    """Return the journal's row of a fact."""
    return (event.id, time_text(event.at), kind_name(event), event.cause, event.run, to_json(event))


def fact_of_row(kind: str, body: str) -> Fact:
    """Return the fact that a row of the journal holds."""
    return from_json(body, FACTS[kind])
