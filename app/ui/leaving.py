"""Leaving the window: with working orders or armed strategies it lists them and asks what to do."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.orders import Order
from app.domain.strategies import Mode, Strategy
from app.ui.binding import Binding
from app.ui.handles import Handles
from app.ui.widgets.ask import Choice, ask

STAY = Choice("stay", "Stay")
LEAVE = Choice("leave", "Quit, orders keep working", "primary")
CANCEL_AND_LEAVE = Choice("cancel", "Cancel orders and quit", "danger")


class Leaving:
    """Asks once at a time and leaves through `leave`."""

    def __init__(self, handles: Handles, binding: Binding, leave: Callable[[], None]) -> None:
        self._h = handles
        self._binding = binding
        self._leave = leave
        self._is_asking = False

    def ask(self) -> None:
        """Leave, or ask first when something would be left behind."""
        if not self._orders() and not self._strategies():
            self._leave()
        elif not self._is_asking:
            self._is_asking = True
            self._binding.attempt(self._choose(), "quit")

    async def _choose(self) -> None:
        try:
            answer = await ask(
                self._h.theme,
                self._h.window,
                "Quit Tapeline?",
                "Entries, stops and targets keep working at the broker; strategies stop until Tapeline runs again.",
                [STAY, CANCEL_AND_LEAVE, LEAVE] if self._orders() else [STAY, LEAVE],
                details="\n".join((*map(_order_line, self._orders()), *map(_strategy_line, self._strategies()))),
            )
        finally:
            self._is_asking = False
        if answer == CANCEL_AND_LEAVE.id:
            await self._h.desk.cancel_all("quitting")
        if answer in (LEAVE.id, CANCEL_AND_LEAVE.id):
            self._leave()

    def _orders(self) -> list[Order]:
        orders = self._h.facts.state.orders.values()
        return [order for order in orders if not order.state.is_final and not order.is_foreign]

    def _strategies(self) -> list[Strategy]:
        strategies = self._h.facts.state.strategies.values()
        return [one for one in strategies if one.is_scheduled or one.mode is Mode.AUTO]


def _order_line(order: Order) -> str:
    price = order.limit if order.limit is not None else order.stop
    words = f"{order.side} {order.remaining} {order.symbol} {order.type_name} {price or ''}".strip()
    return f"{words}  {order.state.value.replace('_', ' ')}"


def _strategy_line(strategy: Strategy) -> str:
    return f"{strategy.name}  {strategy.mode.value}{', scheduled' if strategy.is_scheduled else ''}"
