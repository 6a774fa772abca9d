"""What the table of orders is narrowed to: a state, a symbol, a strategy; and what its orders add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.domain.orders import Order, OrderState
from app.ui.panels.orders_rows import OrderRow
from app.ui.panels.seen_choice import BY_HAND, SeenChoice
from app.ui.widgets.format import number
from app.ui.widgets.segmented import Segmented


class OrderFilters(QObject):
    """Three choices side by side; a symbol or strategy is offered once an order has it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        states = [("working", "Working"), ("filled", "Filled"), ("ended", "Ended"), ("all", "All")]
        self.shown = Segmented(states, name="Orders shown")
        self.symbol = SeenChoice("All symbols", "Symbol of the orders shown")
        self.strategy = SeenChoice("All strategies", "Strategy of the orders shown")
        self.shown.chosen.connect(lambda _: self.changed.emit())
        for choice in (self.symbol, self.strategy):
            choice.chosen.connect(lambda _: self.changed.emit())

    def widgets(self) -> list[QWidget]:
        """Return the choices, left to right."""
        return [self.shown, self.symbol, self.strategy]

    def offer(self, rows: Iterable[OrderRow]) -> None:
        """Offer the symbols and strategies of these rows beside those offered already."""
        rows = list(rows)
        self.symbol.offer({row.order.symbol for row in rows})
        one_of_each = {row.order.strategy: row for row in rows}
        self.strategy.offer({row.strategy or BY_HAND for row in one_of_each.values()})

    def accepts(self, row: OrderRow) -> bool:
        """Say whether a row is among what was chosen."""
        order, which = row.order, self.shown.value()
        if which == "working" and order.state.is_final:
            return False
        if which == "filled" and order.state is not OrderState.FILLED:
            return False
        if which == "ended" and (not order.state.is_final or order.state is OrderState.FILLED):
            return False
        return self.symbol.takes(order.symbol) and self.strategy.takes(row.strategy or BY_HAND)


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """How many orders there are, work, are filled, and were placed today."""

    total: int
    active: int
    filled: int
    today: int

    def __str__(self) -> str:
        if not self.total:
            return ""
        parts = (f"{number(self.active)} active", f"{number(self.filled)} filled", f"{number(self.today)} today")
        return "  ·  ".join((*parts, f"{number(self.total)} in all"))


def figures_of(orders: Iterable[Order], since: datetime) -> OrderFigures:
    """Count orders; those created at or after `since` are today's."""
    total = active = filled = today = 0
    for order in orders:
        total += 1
        active += not order.state.is_final
        filled += order.state is OrderState.FILLED
        today += order.created >= since
    return OrderFigures(total, active, filled, today)
