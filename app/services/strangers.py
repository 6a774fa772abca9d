"""Strangers: executions of others are not told to us, but holdings are; one that ours do not explain is asked about."""

from __future__ import annotations

import asyncio

from app.domain.broker import Holding
from app.domain.instruments import ConId
from app.domain.money import ZERO
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.session import Session

SETTLES_S = 0.5
"""How long our own executions may take to arrive after the holding that they make."""


class Strangers:
    """Has the ledger matched when somebody else traded what the account holds."""

    def __init__(self, facts: Facts, session: Session, bus: Bus, tasks: Tasks) -> None:
        self._facts = facts
        self._session = session
        self._tasks = tasks
        self._newest: dict[ConId, Holding] = {}
        bus.on(Holding, self._holding_came)

    def _holding_came(self, holding: Holding) -> None:
        if holding.account != self._session.view.account:
            return
        is_looked_at = holding.con_id in self._newest
        self._newest[holding.con_id] = holding
        if not is_looked_at:
            self._tasks.spawn(self._look(holding.con_id), name=f"look at {holding.symbol}")

    async def _look(self, con_id: ConId) -> None:
        """Ask the broker once it is sure that executions are missing."""
        await asyncio.sleep(SETTLES_S)
        holding = self._newest.pop(con_id)
        held = self._facts.state.position(holding.account, con_id)
        if self._session.view.is_ready and (held.quantity if held else ZERO) != holding.quantity:
            self._session.match_again()
