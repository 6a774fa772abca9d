"""Conditions of orders: prices and times that must come before an order works, or that end it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.practice.exchange.order import Order
from app.practice.wire.terms import OrderCondition

PRICE, TIME = 1, 3
OFFERED = frozenset({PRICE, TIME})

# The last price of an instrument at a moment.
LastPrice = Callable[[int, float], float]
# A worded moment as epoch seconds, None when it is no moment.
ReadMoment = Callable[[str], float | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: a price of an instrument (`con_id`), or a time when `con_id` is 0."""

    is_and: bool
    is_more: bool
    level: float
    con_id: int = 0

    def holds(self, last_price: LastPrice, at: float) -> bool:
        """Return whether it is fulfilled at this moment."""
        value = last_price(self.con_id, at) if self.con_id else at
        return value >= self.level if self.is_more else value <= self.level


def read_condition(told: OrderCondition, read_moment: ReadMoment) -> Condition | None:
    """Return a condition as it is checked, or None for one that makes no sense or is of another kind."""
    texts = told.texts
    try:
        is_and, is_more = texts[0].lower() != "o", texts[1] in {"1", "true", "True"}
        if told.kind == PRICE:
            level, con_id = float(texts[2]), int(texts[3])
            return Condition(is_and, is_more, level, con_id) if math.isfinite(level) and con_id > 0 else None
    except ValueError:
        return None
    moment = read_moment(texts[2]) if told.kind == TIME else None
    return None if moment is None else Condition(is_and, is_more, moment)


def all_hold(conditions: list[Condition], last_price: LastPrice, at: float) -> bool:
    """Return whether the conditions hold together; each says how it is tied to the next, and binds before or."""
    together = True
    for condition in conditions:
        together = together and condition.holds(last_price, at)
        if not condition.is_and:
            if together:
                return True
            together = True
    return together and (not conditions or conditions[-1].is_and)


@dataclass(frozen=True, slots=True)
class _Waiting:
    order: Order
    revision: int
    conditions: list[Condition]

    @property
    def is_current(self) -> bool:
        return self.revision == self.order.revision and not self.order.is_finished


class Conditional:
    """Orders with open conditions; a tick costs only the orders that look at its instrument."""

    def __init__(self, last_price: LastPrice, read_moment: ReadMoment) -> None:
        self._last_price = last_price
        self._read_moment = read_moment
        self._by_instrument: dict[int, list[_Waiting]] = {}
        self._by_order: dict[int, _Waiting] = {}

    def conditions_of(self, order: Order) -> list[Condition]:
        """Return the order's conditions as they are checked."""
        read = (read_condition(told, self._read_moment) for told in order.terms.conditions)
        return [condition for condition in read if condition is not None]

    def are_met(self, order: Order, at: float) -> bool:
        """Return whether the order's conditions hold now."""
        return all_hold(self.conditions_of(order), self._last_price, at)

    def add(self, order: Order) -> None:
        """Let an order wait for its conditions."""
        waiting = _Waiting(order, order.revision, self.conditions_of(order))
        self._by_order[order.perm_id] = waiting
        for con_id in {condition.con_id for condition in waiting.conditions if condition.con_id}:
            self._by_instrument.setdefault(con_id, []).append(waiting)

    def moments(self, order: Order) -> list[float]:
        """Return the times that its conditions speak of."""
        return [condition.level for condition in self.conditions_of(order) if not condition.con_id]

    def instruments(self) -> list[int]:
        """Return the instruments that conditions look at."""
        self._tidy()
        return list(self._by_instrument)

    def orders_at(self, con_id: int) -> list[Order]:
        """Return the orders whose open conditions look at an instrument."""
        return [waiting.order for waiting in self._by_instrument.get(con_id, ()) if waiting.is_current]

    def looked_at(self, con_id: int) -> bool:
        """Return whether an open condition looks at this instrument."""
        return con_id in self._by_instrument

    def met_by_tick(self, con_id: int, at: float) -> Iterator[Order]:
        """Yield the orders whose conditions hold after a tick of this instrument."""
        for waiting in list(self._by_instrument.get(con_id, ())):
            if waiting.is_current and all_hold(waiting.conditions, self._last_price, at):
                yield waiting.order

    def drop(self, order: Order) -> list[int]:
        """Forget an order; return the instruments that nobody looks at any more."""
        if self._by_order.pop(order.perm_id, None) is None:
            return []
        return self._tidy()

    def _tidy(self) -> list[int]:
        gone = []
        for con_id, waiting in list(self._by_instrument.items()):
            current = [one for one in waiting if one.is_current and one.order.perm_id in self._by_order]
            if current:
                self._by_instrument[con_id] = current
            else:
                del self._by_instrument[con_id]
                gone.append(con_id)
        return gone
