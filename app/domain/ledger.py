"""Fills and the positions they add up to, in exact money."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NewType

from app.domain.instruments import ConId
from app.domain.money import ZERO
from app.domain.orders import OrderRef, Side
from app.domain.signals import StrategyId

ExecId = NewType("ExecId", str)


def execution_key(exec_id: ExecId) -> str:
    """Return what stays the same of an execution's id when it is corrected: IB counts revisions in two last digits."""
    head, _, tail = exec_id.rpartition(".")
    return head if head and _is_revision(tail) else exec_id


def revision_of(exec_id: ExecId) -> int:
    """Return which version of an execution an id names, 0 for an id that counts none."""
    head, _, tail = exec_id.rpartition(".")
    return int(tail) if head and _is_revision(tail) else 0


def _is_revision(tail: str) -> bool:
    return len(tail) == 2 and tail.isascii() and tail.isdigit()


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution; its identity is the account and `key`, a correction carries a higher `revision`.

    `commission` is None until the broker has said it, in its own `currency`; `cost_revision` is the revision it was
    said of, −1 before. `rate` turns it into the instrument's currency, None while nobody knows the rate; `rate_source`
    says who told it. A quantity of 0 is an execution that was undone (a bust).
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
    cost_revision: int = -1
    rate: Decimal | None = Decimal(1)
    rate_source: str = ""

    @property
    def cost(self) -> Decimal | None:
        """What it cost in the instrument's currency, None while the commission or its rate is not known."""
        return None if self.commission is None or self.rate is None else self.commission * self.rate

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same when the broker corrects this execution."""
        return (self.account, execution_key(self.exec_id))

    @property
    def revision(self) -> int:
        """Which version of the execution this is, from the last part of its id."""
        return revision_of(self.exec_id)

    @property
    def signed(self) -> Decimal:
        """The change of position: positive when bought."""
        return self.quantity * self.side.sign

    @property
    def worth(self) -> Decimal:
        """What one unit of quantity at a price of 1 is worth, in the instrument's currency."""
        return self.multiplier / self.price_magnifier


@dataclass(frozen=True, slots=True)
class Cost:
    """What one revision of an execution cost, kept where the broker said it before the execution itself."""

    account: str
    exec_id: ExecId
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Split:
    """From `since` on, `old` shares of an account's instrument are `new` shares."""

    account: str
    con_id: ConId
    new: Decimal
    old: Decimal
    since: datetime

    @property
    def in_words(self) -> str:
        """The ratio as people say it."""
        return f"{self.new:f} for {self.old:f}"


@dataclass(frozen=True, slots=True)
class Position:
    """A signed holding of one instrument in one account, whole or one strategy's share of it.

    `average` is without commission; `realized` has commission taken off, but for that of `unpaid` executions, whose
    cost is not known: while there are any it is before fees. `fills` are those since it was last flat.
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
    unpaid: int = 0

    def unrealized(self, last: Decimal) -> Decimal:
        """Return what closing at `last` would realise, before commission."""
        return (last - self.average) * self.quantity * self.multiplier / self.price_magnifier


def apply_fill(position: Position, fill: Fill) -> Position:
    """Return the position after one fill.

    Reducing realises against the average and leaves it; through zero closes, then opens the rest at the fill's price.
    An execution that was undone leaves nothing but what it cost.
    """
    if fill.quantity == 0:
        return apply_commission(position, fill.cost or ZERO)
    after = position.quantity + fill.signed
    realized, average = position.realized, position.average
    if position.quantity * fill.signed >= 0:
        before, added = abs(position.quantity), fill.quantity
        average = (position.average * before + fill.price * added) / (before + added) if before + added else ZERO
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
    unpaid = position.unpaid + (fill.cost is None)
    held = replace(position, quantity=after, average=average, realized=realized, fills=fills, unpaid=unpaid)
    return apply_commission(held, fill.cost or ZERO)


def apply_commission(position: Position, commission: Decimal, *, unpaid: int = 0) -> Position:
    """Return the position with a commission counted in what it realised, and so many more executions unpaid."""
    return replace(
        position,
        realized=position.realized - commission,
        commission=position.commission + commission,
        unpaid=position.unpaid + unpaid,
    )


def happened(fill: Fill) -> tuple[datetime, ExecId]:
    """Return what puts executions in the order they happened, whenever they arrived."""
    return (fill.at, fill.exec_id)


def restated(fill: Fill, splits: Sequence[Split]) -> Fill:
    """Return an execution in the shares of now: what was traded before a split counts in the shares after it."""
    for split in splits:
        if fill.at < split.since:
            quantity, price = fill.quantity * split.new / split.old, fill.price * split.old / split.new
            fill = replace(fill, quantity=quantity, price=price)
    return fill


def rebuild(empty: Position, fills: Iterable[Fill], splits: Sequence[Split] = ()) -> Position:
    """Return the position that `fills`, in the order they happened, add up to in the shares of now."""
    position = empty
    for fill in sorted(fills, key=happened):
        position = apply_fill(position, restated(fill, splits))
    return position
