"""Splits and dividends: what a share becomes over a night, and how the bars before it are told afterwards."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import prod


class ActionKind(StrEnum):
    """split: one share becomes `ratio` shares; dividend: a share brings `amount` in the contract's currency."""

    SPLIT = "split"
    DIVIDEND = "dividend"


@dataclass(frozen=True, slots=True, order=True)
class CorporateAction:
    """Something that happens to a share before `session` begins to trade, at epoch second `at`.

    `factor` is what prices are multiplied with from then on. `amount` is in the unit that the price is quoted in.
    """

    at: float
    con_id: int
    session: date
    kind: ActionKind
    ratio: float = 1.0
    factor: float = 1.0
    amount: float = 0.0


# The next scheduled action behind a number of them, or None when there are none (any more).
Schedule = Callable[[int], CorporateAction | None]


class Actions:
    """An instrument's corporate actions: those of its calendar, found when their time comes, and announced ones."""

    def __init__(self, schedule: Schedule = lambda number: None) -> None:
        self._schedule = schedule
        self._known: list[CorporateAction] = []
        self._taken = 0
        self._next = schedule(0)

    def add(self, action: CorporateAction) -> None:
        """Add an announced action."""
        insort(self._known, action)

    def next_after(self, at: float) -> CorporateAction | None:
        """Return the first action later than a moment."""
        self._look_ahead(at)
        coming = [action for action in self._known if action.at > at]
        return min([*coming, *([self._next] if self._next else [])], default=None)

    def between(self, after: float, until: float) -> list[CorporateAction]:
        """Return the actions with after < at <= until."""
        self._look_ahead(until)
        return [action for action in self._known if after < action.at <= until]

    def factor_at(self, at: float) -> float:
        """Return the product of all actions up to a moment: what a generated price is multiplied with."""
        if not self._known and (self._next is None or self._next.at > at):
            return 1.0
        self._look_ahead(at)
        return prod(action.factor for action in self._known if action.at <= at)

    def adjustments(self, now: float, *, with_dividends: bool) -> list[CorporateAction]:
        """Return what earlier bars are adjusted for at `now`: splits, and dividends where they are wanted."""
        self._look_ahead(now)
        wanted = (ActionKind.SPLIT, ActionKind.DIVIDEND) if with_dividends else (ActionKind.SPLIT,)
        return [action for action in self._known if action.at <= now and action.kind in wanted]

    def _look_ahead(self, at: float) -> None:
        while self._next is not None and self._next.at <= at:
            insort(self._known, self._next)
            self._taken += 1
            self._next = self._schedule(self._taken)
