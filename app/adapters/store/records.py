"""Lists of what happened, for people and scripts: newest first, as domain records."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Connection, select, text

from app.adapters.store.codec import from_json
from app.adapters.store.database import Database
from app.adapters.store.failures import as_read_failure
from app.adapters.store.rows import KINDS
from app.adapters.store.worker import Worker
from app.domain.ledger import Fill, Position
from app.domain.orders import Intent, Order, OrderGroup
from app.domain.signals import Signal
from app.domain.strategies import Run

R = TypeVar("R")


class SqlRecords:
    """Answers the questions of the command line; `count` limits an answer to the newest so many, None to all."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker

    async def runs(self, count: int | None = None) -> tuple[Run, ...]:
        """Return runs, the last started first."""
        return await self._worker.do(self._newest, Run, "started", count)

    async def signals(self, count: int | None = None) -> tuple[Signal, ...]:
        """Return signals, the last raised first."""
        return await self._worker.do(self._newest, Signal, "raised", count)

    async def fills(self, count: int | None = None) -> tuple[Fill, ...]:
        """Return fills in their newest revision, the last executed first."""
        return await self._worker.do(self._newest, Fill, "at", count)

    async def positions(self) -> tuple[Position, ...]:
        """Return the accounts' whole positions, also those that are flat now, the last opened first."""
        held = await self._worker.do(self._newest, Position, "rowid", None)
        return tuple(position for position in held if position.strategy is None)

    async def orders(self, count: int | None = None) -> tuple[OrderGroup, ...]:
        """Return orders grouped by their intent, a foreign order by itself, the last created first."""
        return await self._worker.do(self._orders, count)

    def _newest(self, record: type[R], by: str, count: int | None) -> tuple[R, ...]:
        with as_read_failure("the records"), self._database.read() as connection:
            return _newest(connection, record, by, count)

    def _orders(self, count: int | None) -> tuple[OrderGroup, ...]:
        with as_read_failure("the orders"), self._database.read() as connection:
            orders = _newest(connection, Order, "created", None)
            intents = {intent.id: intent for intent in _newest(connection, Intent, "rowid", None)}
        groups: dict[str, list[Order]] = {}
        for order in orders:
            groups.setdefault(order.intent or order.ref, []).append(order)
        newest = list(groups.values())[:count]
        return tuple(_group(orders, intents.get(orders[0].intent) if orders[0].intent else None) for orders in newest)


def _newest(connection: Connection, record: type[R], by: str, count: int | None) -> tuple[R, ...]:
    newest_first = (text(f"{by} DESC"), text("rowid DESC"))
    asked = select(KINDS[record].table.columns.body).order_by(*newest_first).limit(count)
    return tuple(from_json(body, record) for (body,) in connection.execute(asked))


def _group(orders: list[Order], intent: Intent | None) -> OrderGroup:
    if intent is None:
        return OrderGroup(None, tuple(orders))
    places = {leg.ref: place for place, leg in enumerate(intent.legs)}
    return OrderGroup(intent, tuple(sorted(orders, key=lambda order: places.get(order.ref, len(places)))))
