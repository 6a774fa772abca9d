"""The three-way match, line by line: what our ledger says, what the broker says, what may be done where they differ.

Pure: it compares one healthy look at the broker's book with our state and asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.broker import Commission, Holding, OrderReport
from app.domain.instruments import ConId
from app.domain.ledger import Fill, Split
from app.domain.money import ZERO
from app.domain.orders import OrderState
from app.domain.state import State


class MatchKind(StrEnum):
    """What a line of the match is about."""

    POSITION = "position"
    ORDER = "order"
    EXECUTIONS = "executions"


class MatchAct(StrEnum):
    """What a person may do about a difference."""

    ADOPT = "adopt"
    CANCEL = "cancel"
    IGNORE_ONCE = "ignore_once"


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One thing that the broker and our ledger both speak of; `cause` and `acts` are there where they differ.

    `key` is the order's ref, or the instrument's conId. An `is_ignored` difference was set aside by a person; `split`
    is the split that explains it.
    """

    kind: MatchKind
    key: str
    con_id: ConId
    symbol: str
    subject: str
    ours: str
    broker: str
    cause: str = ""
    acts: tuple[MatchAct, ...] = ()
    is_ignored: bool = False
    split: Split | None = None

    @property
    def is_equal(self) -> bool:
        """Say whether both say the same."""
        return not self.cause

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes it this difference and no other: set aside, it comes back as soon as either side moves."""
        return (self.kind.value, self.key, self.ours, self.broker)

    def __str__(self) -> str:
        return f"{self.subject}: ours {self.ours}, the broker's {self.broker} ({self.cause})"


@dataclass(frozen=True, slots=True)
class Match:
    """One match of an account: when, how long it took, and every line of it."""

    account: str
    at: datetime
    took_ms: float
    rows: tuple[MatchRow, ...]

    @property
    def differences(self) -> tuple[MatchRow, ...]:
        """The lines that differ and that nobody has set aside."""
        return tuple(row for row in self.rows if not row.is_equal and not row.is_ignored)


@dataclass(frozen=True, slots=True)
class BrokerBook:
    """Everything the broker told in one healthy look."""

    open: tuple[OrderReport, ...]
    completed: tuple[OrderReport, ...]
    executions: tuple[tuple[Fill, Commission | None], ...]
    holdings: tuple[Holding, ...]

    @property
    def working(self) -> set[str]:
        """The refs and permIds of every order that the broker still works."""
        refs = {str(report.ref) for report in self.open if report.ref}
        return refs | {f"perm:{report.perm_id}" for report in self.open if report.perm_id}

    def held(self, account: str) -> dict[ConId, Holding]:
        """Return what an account holds, by instrument."""
        return {holding.con_id: holding for holding in self.holdings if holding.account == account}


Cause = Callable[[ConId, Holding | None], tuple[str, Split | None]]


def compare(state: State, book: BrokerBook, account: str, cause: Cause) -> Iterator[MatchRow]:
    """Yield every line of the match; `cause` says why a position may differ."""
    yield from _positions(state, book, account, cause)
    yield from _orders(state, book, account)
    yield from _executions(state, book, account)


def _positions(state: State, book: BrokerBook, account: str, cause: Cause) -> Iterator[MatchRow]:
    theirs = book.held(account)
    ours = {key[1]: position for key, position in state.positions.items() if key[0] == account and key[2] is None}
    for con_id in sorted(ours.keys() | theirs.keys()):
        held = ours[con_id].quantity if con_id in ours else ZERO
        broker = theirs[con_id].quantity if con_id in theirs else ZERO
        if not held and not broker:
            continue
        symbol = ours[con_id].symbol if con_id in ours else theirs[con_id].symbol
        differs = held != broker
        why, split = cause(con_id, theirs.get(con_id)) if differs else ("", None)
        yield MatchRow(
            kind=MatchKind.POSITION,
            key=str(con_id),
            con_id=con_id,
            symbol=symbol,
            subject=f"Position {symbol}",
            ours=f"{held:f}",
            broker=f"{broker:f}",
            cause=why,
            acts=(MatchAct.ADOPT, MatchAct.IGNORE_ONCE) if differs else (),
            split=split,
        )


def _orders(state: State, book: BrokerBook, account: str) -> Iterator[MatchRow]:
    working = book.working
    for order in state.orders.values():
        if order.account != account or order.state.is_final:
            continue
        is_shown = bool({str(order.ref), f"perm:{order.perm_id}"} & working)
        in_doubt = order.state is OrderState.VERIFYING
        yield MatchRow(
            kind=MatchKind.ORDER,
            key=str(order.ref),
            con_id=order.con_id,
            symbol=order.symbol,
            subject=f"{order.side} {order.quantity:f} {order.symbol}",
            ours="sent, perhaps" if in_doubt else order.state.value.replace("_", " "),
            broker="works" if is_shown else "not shown",
            cause="the send was interrupted" if in_doubt else "",
            acts=(MatchAct.CANCEL,) if in_doubt and not order.is_foreign else (),
        )


def _executions(state: State, book: BrokerBook, account: str) -> Iterator[MatchRow]:
    told: dict[ConId, list[Fill]] = {}
    for fill, _ in book.executions:
        if fill.account == account:
            told.setdefault(fill.con_id, []).append(fill)
    for con_id, fills in sorted(told.items()):
        missing = [fill for fill in fills if not _is_booked(state, fill)]
        yield MatchRow(
            kind=MatchKind.EXECUTIONS,
            key=str(con_id),
            con_id=con_id,
            symbol=fills[0].symbol,
            subject=f"Executions {fills[0].symbol}",
            ours=_many(len(fills) - len(missing), _sum(fills) - _sum(missing)),
            broker=_many(len(fills), _sum(fills)),
            cause="an execution that our ledger could not take in; see the log" if missing else "",
            acts=(MatchAct.IGNORE_ONCE,) if missing else (),
        )


def _is_booked(state: State, fill: Fill) -> bool:
    """Say whether we have an execution, in the revision told or a later one."""
    known = state.fill_of(fill.account, fill.exec_id)
    return known is not None and (known.exec_id >= fill.exec_id or known.quantity == fill.quantity)


def _sum(fills: Iterable[Fill]) -> Decimal:
    return sum((fill.signed for fill in fills), ZERO)


def _many(count: int, net: Decimal) -> str:
    return f"{count}, net {net:+f}"
