"""Fills and the positions they add up to, in exact money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NewType

from app.domain.instruments import ConId
from app.domain.money import ZERO
from app.domain.orders import OrderRef, Side
from app.domain.signals import StrategyId

ExecId = NewType("ExecId", str)


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution; its identity is the account and `key`, a correction carries a higher `revision`.

    `commission` and `realized` are None until the broker has said them.
    """

    exec_id: ExecId
    account: str
    con_id: ConId
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    at: datetime
    ref: OrderRef | None = None
    perm_id: int | None = None
    commission: Decimal | None = None
    currency: str = ""
    strategy: StrategyId | None = None
    multiplier: Decimal = Decimal(1)
    price_magnifier: int = 1

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same when the broker corrects this execution."""
        return (self.account, self.exec_id.rpartition(".")[0] or self.exec_id)

    @property
    def revision(self) -> int:
        """Which version of the execution this is, from the last part of its id."""
        tail = self.exec_id.rpartition(".")[2]
        return int(tail) if tail.isdigit() else 0

    @property
    def signed(self) -> Decimal:
        """The change of position: positive when bought."""
        return self.quantity * self.side.sign


@dataclass(frozen=True, slots=True)
class Position:
    """A signed holding of one instrument in one account, whole or one strategy's share of it.

    `average` is without commission; `realized` has commission taken off. `fills` are those since it was last flat.
    """

    account: str
    con_id: ConId
    symbol: str
    quantity: Decimal = ZERO
    average: Decimal = ZERO
    realized: Decimal = ZERO
    commission: Decimal = ZERO
    strategy: StrategyId | None = None
    multiplier: Decimal = Decimal(1)
    price_magnifier: int = 1
    fills: tuple[ExecId, ...] = ()

    def unrealized(self, last: Decimal) -> Decimal:
        """Return what closing at `last` would realise, before commission."""
        return (last - self.average) * self.quantity * self.multiplier / self.price_magnifier


def apply_fill(position: Position, fill: Fill) -> Position:
    """Return the position after one fill.

    Reducing realises against the average and leaves it; through zero closes, then opens the rest at the fill's price.
    """
    after = position.quantity + fill.signed
    realized, average = position.realized, position.average
    if position.quantity * fill.signed >= 0:
        held, added = abs(position.quantity), fill.quantity
        average = (position.average * held + fill.price * added) / (held + added) if held + added else ZERO
    else:
        closed = min(abs(position.quantity), fill.quantity)
        sign = 1 if position.quantity > 0 else -1
        worth = closed * sign * position.multiplier / position.price_magnifier
        realized += (fill.price - position.average) * worth
        if position.quantity * after < 0:
            average = fill.price
        elif after == 0:
            average = ZERO
    was_flat_between = position.quantity == 0 or position.quantity * after < 0
    fills = (fill.exec_id,) if was_flat_between else (*position.fills, fill.exec_id)
    return apply_commission(
        replace(position, quantity=after, average=average, realized=realized, fills=fills), fill.commission or ZERO
    )


def apply_commission(position: Position, commission: Decimal) -> Position:
    """Return the position with a commission counted in what it realised."""
    return replace(position, realized=position.realized - commission, commission=position.commission + commission)


def happened(fill: Fill) -> tuple[datetime, ExecId]:
    """Return what puts executions in the order they happened, whenever they arrived."""
    return (fill.at, fill.exec_id)


def rebuild(empty: Position, fills: list[Fill]) -> Position:
    """Return the position that `fills`, in the order they happened, add up to."""
    position = empty
    for fill in sorted(fills, key=happened):
        position = apply_fill(position, fill)
    return position
