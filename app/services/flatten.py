"""Flattening: what works is cancelled, what is held is closed, and only the broker's own lists say that it is flat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.errors import Retryable, TapelineError
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import Position
from app.domain.orders import Order, Role
from app.domain.signals import StrategyId
from app.domain.state import State
from app.services.closing import Closing
from app.services.desk import Desk
from app.services.facts import Facts
from app.services.ports import OrderChannel
from app.services.session import Session

log = logging.getLogger(__name__)
GONE_S = 15.0
"""How long the broker may take to prove that what was cancelled is gone, and that what was sent has filled."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be flat: an instrument, a strategy's share, or, with neither, the whole account."""

    con_id: ConId | None = None
    strategy: StrategyId | None = None

    @property
    def is_whole(self) -> bool:
        """Say whether it is the whole account."""
        return self.con_id is None and self.strategy is None

    def has(self, one: Order | Position) -> bool:
        """Say whether an order or a position is in it; the account's positions stand for those of no strategy."""
        is_instrument = self.con_id is None or one.con_id == self.con_id
        return is_instrument and (self.strategy is None or one.strategy == self.strategy)


@dataclass(frozen=True, slots=True)
class FlattenPlan:
    """What flattening would do now: these orders are cancelled, these positions closed."""

    scope: Scope
    orders: tuple[Order, ...]
    positions: tuple[Position, ...]

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to do."""
        return not self.orders and not self.positions


@dataclass(frozen=True, slots=True)
class FlattenReport:
    """What came of it: `is_flat` is the broker's word, `left` says in sentences what is not."""

    is_flat: bool
    left: tuple[str, ...]


class Flatten:
    """A person's way out of everything; it ends with what the broker itself still shows."""

    def __init__(self, channel: OrderChannel, facts: Facts, session: Session, desk: Desk, closing: Closing) -> None:
        self._channel = channel
        self._facts = facts
        self._session = session
        self._desk = desk
        self._closing = closing

    def plan(self, scope: Scope) -> FlattenPlan:
        """Return what would be cancelled and closed, as our ledger has it."""
        return FlattenPlan(scope, self._working(scope), self._held(scope))

    async def carry_out(self, scope: Scope, tell: Callable[[str], None]) -> FlattenReport:
        """Cancel, wait for proof, close, and ask the broker what is left; `tell` hears each step.

        The whole account stays halted afterwards, until a person resumes. What cannot be done is in the report.
        """
        if scope.is_whole:
            self._desk.hold("Flattened by hand.")
        problems = await self._cancel(scope, tell)
        problems += await self._close(scope, tell)
        tell("Asking the broker what is left")
        left = await self._left(scope)
        return FlattenReport(not left, tuple(left + problems if left else []))

    async def _cancel(self, scope: Scope, tell: Callable[[str], None]) -> list[str]:
        """Cancel what is not the protection of a lot; that goes with its lot, so that nothing stands bare meanwhile."""
        orders = [order for order in self._working(scope) if not self._protects(order)]
        if not orders:
            return []
        tell(f"Cancelling {len(orders)} order{'' if len(orders) == 1 else 's'}")
        if scope.is_whole and any(order.is_foreign for order in orders):
            await self._desk.cancel_everything("flatten")
        problems = [problem for order in orders if (problem := await self._cancelled(order))]
        refs = {order.ref for order in orders}
        if not await self._facts.until(lambda state: all(state.orders[ref].state.is_final for ref in refs), GONE_S):
            problems.append(f"The broker did not confirm every cancel within {GONE_S:g} s.")
        return problems

    async def _cancelled(self, order: Order) -> str:
        try:
            if not order.is_foreign and not self._facts.state.orders[order.ref].state.is_final:
                await self._desk.cancel(order.ref, "flatten")
        except TapelineError as error:
            return str(error)
        return ""

    async def _close(self, scope: Scope, tell: Callable[[str], None]) -> list[str]:
        instruments = {position.con_id: position.symbol for position in self._held(scope)}
        if instruments:
            tell(f"Closing {', '.join(sorted(instruments.values()))}")
        ways = (self._close_one(scope, self._facts.state.instruments.get(con_id)) for con_id in instruments)
        problems = [problem for problem in await asyncio.gather(*ways) if problem]
        await self._facts.until(lambda state: not _held(state, self._account, scope), GONE_S)
        return problems

    async def _close_one(self, scope: Scope, instrument: Instrument | None) -> str:
        if instrument is None:
            return "A position's instrument is not known yet; wait for the broker to describe it."
        try:
            for close in await self._closing.propose(instrument):
                owner = close.review.proposal.strategy
                if scope.strategy is None or (owner and owner.id == scope.strategy):
                    await self._closing.carry_out(close)
        except TapelineError as error:
            log.warning("%s could not be closed: %s", instrument.symbol, error)
            return f"{instrument.symbol}: {error}"
        return ""

    async def _left(self, scope: Scope) -> list[str]:
        """Return what the broker still shows, in sentences; that it did not answer is no evidence of being flat."""
        await self._facts.until(lambda state: not _working(state, self._account, scope), GONE_S)
        try:
            await self._session.matched(GONE_S)
            opened = await self._channel.open_orders()
            holdings = await self._channel.holdings()
        except Retryable as error:
            return [f"The broker did not say what is left ({error}); it is not known whether this is flat."]
        shown = {key for report in opened for key in (str(report.ref), f"perm:{report.perm_id}")}
        left = [_said(order) for order in self._working(scope) if {str(order.ref), f"perm:{order.perm_id}"} & shown]
        if scope.strategy is not None:
            return left + [f"{one.quantity} {one.symbol} are held." for one in self._held(scope)]
        mine = (one for one in holdings if one.account == self._account and one.quantity)
        here = (one for one in mine if scope.con_id is None or one.con_id == scope.con_id)
        return left + [f"{one.quantity} {one.symbol} are held at the broker." for one in here]

    @property
    def _account(self) -> str:
        return self._session.view.account

    def _working(self, scope: Scope) -> tuple[Order, ...]:
        return _working(self._facts.state, self._account, scope)

    def _held(self, scope: Scope) -> tuple[Position, ...]:
        return _held(self._facts.state, self._account, scope)

    def _protects(self, order: Order) -> bool:
        """Say whether an order is a filled entry's stop or target, or a stop put back: it is withdrawn with its lot."""
        held = self._facts.state.position(order.account, order.con_id, order.strategy)
        is_exit = order.role in (Role.STOP, Role.TARGET) and not order.is_foreign
        return is_exit and held is not None and held.quantity * order.side.sign < 0


def _working(state: State, account: str, scope: Scope) -> tuple[Order, ...]:
    return tuple(o for o in state.orders.values() if o.account == account and not o.state.is_final and scope.has(o))


def _held(state: State, account: str, scope: Scope) -> tuple[Position, ...]:
    mine = (one for key, one in state.positions.items() if key[0] == account and one.quantity)
    return tuple(one for one in mine if one.strategy == scope.strategy and scope.has(one))


def _said(order: Order) -> str:
    placed = ", placed elsewhere" if order.is_foreign else ""
    return f"{order.side} {order.remaining} {order.symbol} still works at the broker{placed}."
