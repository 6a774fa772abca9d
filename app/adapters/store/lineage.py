"""Why something exists: the steps that led to it, found by one recursive query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from app.adapters.store.database import Database
from app.adapters.store.failures import as_read_failure
from app.adapters.store.rows import STEP_COLUMNS, fact_of_row, step_of_row
from app.adapters.store.worker import Worker
from app.domain.errors import UserError
from app.domain.events import EventId
from app.domain.fold import Fact
from app.domain.state import Step


class SqlLineage:
    """Where steps of lineage are looked up (services.ports.LineageStore)."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker

    async def steps_of_run(self, run: str) -> tuple[Step, ...]:
        """Return a run's steps, oldest first; none when there is no such run."""
        return await self._worker.do(self._steps, _OF_RUN, {"run": run})

    async def chain(self, subject: str) -> tuple[Step, ...]:
        """Return every step that led to `subject`, oldest first; raise UserError when nothing has that id.

        `subject` is the id of a run, signal, intent, order (its ref), execution, or a position as "account:con_id",
        whose chain holds every fill since it was last flat. The id of an intent stands for all of its orders.
        """
        return await self._worker.do(self._chain, subject)

    async def fact(self, id_: EventId) -> Fact | None:
        """Return a fact exactly as it was journaled, None when there is none of that id."""
        return await self._worker.do(self._fact, id_)

    def _fact(self, id_: EventId) -> Fact | None:
        with as_read_failure("lineage"), self._database.read() as connection:
            row = connection.exec_driver_sql("SELECT kind, body FROM journal WHERE id = ?", (id_,)).one_or_none()
        return fact_of_row(*row) if row else None

    def _steps(self, query: str, parameters: dict[str, Any]) -> tuple[Step, ...]:
        with as_read_failure("lineage"), self._database.read() as connection:
            return _asked(connection, query, parameters)

    def _chain(self, subject: str) -> tuple[Step, ...]:
        account, _, con_id = subject.rpartition(":")
        number = int(con_id) if con_id.isdecimal() and len(con_id) < 19 else None
        parameters = {"subject": subject, "account": account, "con_id": number}
        with as_read_failure("lineage"), self._database.read() as connection:
            steps = _asked(connection, _CHAIN, parameters)
            if not steps and not connection.exec_driver_sql(_IS_KNOWN, parameters).scalar():
                raise UserError(
                    f"“{subject}” is not a run, signal, order, fill or position here; "
                    "take an id from the lists of runs, signals, orders, fills or positions."
                )
        return steps


def _asked(connection: Connection, query: str, parameters: dict[str, Any]) -> tuple[Step, ...]:
    rows: Sequence[Any] = connection.exec_driver_sql(query, parameters).all()
    return tuple(step_of_row(row) for row in rows)


_OF_RUN = f"SELECT {STEP_COLUMNS} FROM steps WHERE run = :run ORDER BY started, seq"

# A cause is a step or a plain fact: the walk back goes through both. UNION ends it even if it went in a circle.
# The readings of a run are taken side by side, so its signal has them all although each has one cause.
_CHAIN = f"""
WITH RECURSIVE
held(exec_id) AS (
    SELECT fill.value
    FROM positions, json_each(positions.body, '$.fills') AS fill
    WHERE account = :account AND con_id = :con_id AND strategy = ''
),
meant(subject) AS (
    SELECT :subject
    UNION SELECT intent FROM orders WHERE ref = :subject AND intent IS NOT NULL
    UNION SELECT ref FROM orders WHERE intent = :subject
    UNION SELECT exec_id FROM held
),
booked(id) AS (
    SELECT steps.id FROM steps JOIN held ON steps.subject = held.exec_id WHERE steps.subject <> ''
),
led(id) AS (
    SELECT id FROM steps WHERE run = :subject
    UNION SELECT id FROM booked
    UNION SELECT id FROM steps
        WHERE subject = :subject AND subject <> '' AND step = 'position' AND cause IN (SELECT id FROM booked)
    UNION SELECT steps.id FROM steps JOIN meant ON steps.subject = meant.subject
        WHERE steps.subject <> ''
        AND (steps.step IN ('signal', 'intent', 'fills')
            OR steps.step = 'order' AND (steps.subject = :subject OR :subject IN (SELECT id FROM intents)))
    UNION SELECT steps.id FROM steps JOIN steps AS raised ON steps.run = raised.run JOIN led ON raised.id = led.id
        WHERE raised.step = 'signal' AND steps.step IN ('reading', 'consolidation')
    UNION SELECT steps.cause FROM steps JOIN led ON steps.id = led.id WHERE steps.cause IS NOT NULL
    UNION SELECT journal.cause FROM journal JOIN led ON journal.id = led.id WHERE journal.cause IS NOT NULL
)
SELECT {STEP_COLUMNS} FROM steps WHERE id IN (SELECT id FROM led) ORDER BY started, seq
"""

_IS_KNOWN = """
SELECT EXISTS (SELECT 1 FROM runs WHERE id = :subject)
    OR EXISTS (SELECT 1 FROM signals WHERE id = :subject)
    OR EXISTS (SELECT 1 FROM intents WHERE id = :subject)
    OR EXISTS (SELECT 1 FROM orders WHERE ref = :subject)
    OR EXISTS (SELECT 1 FROM fills WHERE exec_id = :subject)
    OR EXISTS (SELECT 1 FROM positions WHERE account = :account AND con_id = :con_id)
"""
