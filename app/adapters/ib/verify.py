"""Asking the broker how orders stand after a message that may have ended them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from app.adapters.ib.memory import Known, OrderMemory
from app.domain.broker import Commission, OrderNews, OrderReport
from app.domain.errors import ReadOnlyApi, Retryable
from app.domain.ledger import Fill
from app.domain.orders import OrderRef

log = logging.getLogger(__name__)


class Asking(Protocol):
    """The three lists of the broker that together tell where an order is."""

    async def open_orders(self) -> tuple[OrderReport, ...]:
        """Return every working order."""

    async def completed_orders(self) -> tuple[OrderReport, ...]:
        """Return the orders that ended."""

    async def executions(self) -> tuple[tuple[Fill, Commission | None], ...]:
        """Return the executions."""


class Verifier:
    """Looks doubtful orders up, all of a burst at once, and reports what the broker has."""

    def __init__(
        self,
        memory: OrderMemory,
        asking: Asking,
        tell: Callable[[OrderNews], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._memory = memory
        self._asking = asking
        self._tell = tell
        self._spawn = spawn
        self._doubtful: dict[int, Known | None] = {}
        self._is_running = False

    def doubt(self, known: Known | None) -> None:
        """Look an order up soon; None looks for orders that are not known at all."""
        self._doubtful[id(known)] = known
        if not self._is_running:
            self._is_running = True
            self._spawn(self._run())

    async def _run(self) -> None:
        try:
            while doubtful := tuple(self._doubtful.values()):
                self._doubtful.clear()
                await self._look_up([known for known in doubtful if known is None or not known.is_final])
        except Retryable as error:
            # The session reconciles every 30 s and after each connect; what is unknown stays unknown until then.
            log.warning("orders could not be looked up: %s", error)
        finally:
            self._is_running = False

    async def _look_up(self, doubtful: list[Known | None]) -> None:
        if not doubtful:
            return
        try:
            opened = await self._asking.open_orders()
        except ReadOnlyApi:
            await self._as_refused([known for known in doubtful if known])
            return
        is_open = {report.perm_id for report in opened}
        missing = [known for known in doubtful if known is not None and known.report.perm_id not in is_open]
        for known in doubtful:
            if known is not None and known not in missing and (standing := self._memory.stands(known)):
                self._tell(standing)
        if missing:
            await self._look_among_ended(missing)

    async def _as_refused(self, refused: list[Known]) -> None:
        """Take refusals as they are: IB: a read-only API takes in neither orders nor changes, so none got through."""
        for known in filter(lambda known: known.is_acknowledged, refused):
            if standing := self._memory.stands(known):
                self._tell(standing)
        await self._give_up([known for known in refused if known.refusal and not known.is_acknowledged])

    async def _look_among_ended(self, missing: list[Known]) -> None:
        ended = await self._asking.completed_orders()
        by_perm = {report.perm_id: report for report in ended}
        by_ref: dict[OrderRef | None, OrderReport] = {report.ref: report for report in ended if report.ref}
        lost = []
        for known in missing:
            said = by_perm.get(known.report.perm_id) if known.report.perm_id else by_ref.get(known.report.ref)
            if said is None:
                lost.append(known)
            elif not known.is_final:
                self._tell(self._memory.ended(known, said))
        if lost:
            await self._give_up(lost)

    async def _give_up(self, lost: list[Known]) -> None:
        executed = {fill.ref for fill, _ in await self._asking.executions()}
        orphans = self._orphans(lost)
        for known in {id(known): known for known in (*lost, *orphans)}.values():
            if known.report.ref in executed or known.is_final:
                continue
            if report := self._memory.gone(known):
                self._tell(report)

    def _orphans(self, lost: Iterable[Known]) -> list[Known]:
        """Return what was sent with a refused entry and never heard of: it went with it, and for its reason."""
        orphans = []
        for parent in lost:
            if not parent.refusal or parent.is_acknowledged or parent.family[:1] != (parent.report.ref,):
                continue
            for child in filter(None, map(self._memory.by_ref, parent.family[1:])):
                if not child.is_acknowledged:
                    child.refusal = f"The order it protects was refused: {parent.refusal}"
                    orphans.append(child)
        return orphans
