"""Lots: whose what is held is, each strategy's share and the rest by hand, and what still works for each."""

from __future__ import annotations

from decimal import Decimal

from app.domain.instruments import ConId, Instrument
from app.domain.money import ZERO
from app.domain.orders import Order, OrderState, Role
from app.domain.state import State
from app.domain.strategies import Strategy
from app.services.facts import Facts
from app.services.session import Session
from app.services.situation import Situations

WITHDRAWN_BY = "closing the position"
"""Who asked for the cancel of an order that is put back should the close not come about."""


class Lots:
    """Reads what is true; decides nothing. `None` stands for the lot that no strategy owns."""

    def __init__(self, facts: Facts, situations: Situations, session: Session) -> None:
        self._facts = facts
        self._situations = situations
        self._session = session

    def owners(self, instrument: Instrument) -> list[Strategy | None]:
        """Return everyone who has a share of what the account holds of an instrument."""
        owners = (*self._facts.state.strategies.values(), None)
        return [owner for owner in owners if self.held(owner, instrument) != 0]

    def all(self) -> list[tuple[Strategy | None, Instrument]]:
        """Return every lot of the account, as owner and instrument."""
        state = self._facts.state
        held = {key[1] for key, one in state.positions.items() if key[0] == self.account and one.quantity}
        instruments = (state.instruments[con_id] for con_id in held if con_id in state.instruments)
        return [(owner, each) for each in instruments for owner in self.owners(each)]

    def held(self, strategy: Strategy | None, instrument: Instrument) -> Decimal:
        """Return a strategy's share, or what the account holds beyond all strategies."""
        if strategy is not None:
            return self._situations.held(instrument, strategy.id)
        shares = (self._situations.held(instrument, each) for each in self._facts.state.strategies)
        return self._situations.held(instrument) - sum(shares, ZERO)

    def bare(self, strategy: Strategy | None, instrument: Instrument) -> Decimal:
        """Return how much of a lot the account really holds: what was sold elsewhere needs no stop."""
        lot, whole = self.held(strategy, instrument), self._situations.held(instrument)
        return min(lot, whole, key=abs) if lot * whole > 0 else ZERO

    def companions(self, strategy: Strategy | None, instrument: Instrument) -> list[Order]:
        """Return what still works for a lot: the rest of its entry first, then what protects it.

        The children of an entry that has not filled belong to no lot yet and stay.
        """
        mine = [
            order
            for order in self._orders(strategy, instrument.con_id)
            if not order.state.is_final and order.role is not Role.CLOSE and self._belongs_to_lot(order)
        ]
        return sorted(mine, key=lambda order: order.role is not Role.ENTRY)

    def newest_stop(self, strategy: Strategy | None, instrument: Instrument) -> Order | None:
        """Return the stop that a lot got last, whatever became of it; None when it never had one."""
        orders = (order for order in self._orders(strategy, instrument.con_id) if self._belongs_to_lot(order))
        stops = [order for order in orders if order.role is Role.STOP and order.state is not OrderState.NEVER_SENT]
        return max(stops, key=lambda order: order.created, default=None)

    def withdrawn_stop(self, strategy: Strategy | None, instrument: Instrument) -> Order | None:
        """Return a lot's newest stop if it was withdrawn for a close; None when it works, was hit or ended by hand."""
        newest = self.newest_stop(strategy, instrument)
        if newest is None or newest.cancel_by != WITHDRAWN_BY or newest.state is OrderState.FILLED:
            return None
        return newest

    def is_closing(self, state: State, strategy: Strategy | None, instrument: Instrument) -> bool:
        """Say whether an order that takes something of a lot off is on its way or works."""
        owner = strategy.id if strategy else None
        return any(
            order.role is Role.CLOSE and order.strategy == owner and order.con_id == instrument.con_id
            for order in state.orders.values()
            if not order.state.is_final and not order.is_foreign
        )

    @property
    def account(self) -> str:
        """The account whose lots these are."""
        return self._session.view.account

    def _orders(self, strategy: Strategy | None, con_id: ConId) -> list[Order]:
        owner = strategy.id if strategy else None
        return [
            order
            for order in self._facts.state.orders.values()
            if order.strategy == owner and order.con_id == con_id
            if order.account == self.account and not order.is_foreign
        ]

    def _belongs_to_lot(self, order: Order) -> bool:
        intent = self._facts.state.intents.get(order.intent) if order.intent else None
        if intent is None:
            return False
        if order.role is Role.ENTRY:
            return order.filled > 0
        entry = self._facts.state.orders[intent.entry.ref]
        return entry.role is not Role.ENTRY or entry.filled > 0
