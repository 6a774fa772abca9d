"""Orders as they come in: ids, drafts that wait to be transmitted, brackets, modifications, cancels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.practice.contracts import Contract
from app.practice.exchange.desk import Desk, Draft
from app.practice.exchange.groups import REDUCE_WITHOUT_BLOCK, was_filled
from app.practice.exchange.kinds import is_cancellable, kind_trails, spelled
from app.practice.exchange.order import Order, Status
from app.practice.exchange.trailing import level_after_change
from app.practice.wire.codes import (
    DUPLICATE_ORDER_ID,
    FINISHED_ORDER,
    MODIFY_FILLED,
    MODIFY_MISMATCH,
    NO_ORDER,
    NOT_CANCELLABLE,
    REJECTED,
    TIF_SET,
    UNKNOWN_ORDER,
    WHAT_IF_TRANSMITS,
    Complaint,
)
from app.practice.wire.terms import OrderTerms

PARENT_REFUSED = "The parent order was not accepted."
GROUP_IS_DONE = "The OCA group is filled already."


class Intake:
    """Turns what clients send into orders of the exchange, or into refusals."""

    def __init__(self, desk: Desk, last_ids: dict[int, int]) -> None:
        self._desk = desk
        self.last_ids = last_ids
        self._drafts: dict[tuple[int, int], Draft] = {}
        self._live: dict[tuple[int, int], Order] = {}
        # A fault may turn a modification into a second order.
        self.modify_twice: Callable[[Order], bool] = lambda order: False

    def adopt(self, orders: list[Order]) -> None:
        """Know the orders of an earlier run by their ids."""
        for order in orders:
            if order.order_id > 0:
                self._live[order.client_id, order.order_id] = order

    def find(self, client_id: int, order_id: int) -> Order | None:
        """Return the order a client knows by this id."""
        return self._live.get((client_id, order_id))

    def submit(self, client_id: int, order_id: int, contract: Contract, terms: OrderTerms, at: float) -> None:
        """Take an order or a modification."""
        is_tif_given, terms = bool(terms.tif.strip()), self._completed(terms)
        known = self._live.get((client_id, order_id))
        if known is not None:
            self._modify(known, contract, terms, at)
            return
        complaint = self._complaint(client_id, order_id, contract, terms, at)
        if complaint is not None:
            self._desk.announcer.refused(client_id, order_id, complaint)
            return
        self._use_id(client_id, order_id)
        self._drafts[client_id, order_id] = Draft(client_id, order_id, contract, terms, is_tif_given)
        if terms.transmit:
            self._transmit(self._group_of(client_id, order_id), at)

    def cancel(self, client_id: int, order_id: int, at: float) -> None:
        """Cancel an order of this client."""
        draft = self._drafts.pop((client_id, order_id), None)
        order = self._live.get((client_id, order_id))
        if draft is not None:
            self._desk.announcer.refused(client_id, order_id, Complaint(202, "Order Canceled - reason:"))
        elif order is None:
            self._desk.announcer.refused(client_id, order_id, UNKNOWN_ORDER.about(order_id))
        elif order.is_finished:
            self._desk.announcer.refused(client_id, order_id, FINISHED_ORDER.about(order_id, order.status.value))
        elif not is_cancellable(order, at):
            self._desk.announcer.refused(client_id, order_id, NOT_CANCELLABLE.about(order.perm_id))
        else:
            self._desk.exchange.cancel(order, at, "")

    def cancel_all(self, at: float) -> None:
        """Cancel every order of every client, drafts included."""
        self._drafts.clear()
        for order in self._desk.exchange.working():
            self._desk.exchange.cancel(order, at, "")

    def forget_finished(self) -> None:
        """Forget the ids of finished orders; they count as used."""
        self._live = {key: order for key, order in self._live.items() if not order.is_finished}

    def forget_drafts(self, client_id: int) -> None:
        """Drop what a client sent and never transmitted."""
        self._drafts = {key: draft for key, draft in self._drafts.items() if key[0] != client_id}

    def preview(self, client_id: int, order_id: int, contract: Contract, terms: OrderTerms, at: float) -> Order | None:
        """Return a what-if order that is kept nowhere, or announce why it would be refused and return None."""
        is_transmitted, terms = terms.transmit, self._completed(terms)
        complaint = self._desk.complaint(terms, contract, at) if is_transmitted else WHAT_IF_TRANSMITS
        if complaint is not None:
            self._desk.announcer.refused(client_id, order_id, complaint)
            return None
        return Order(0, order_id, client_id, contract, terms, at)

    def _completed(self, terms: OrderTerms) -> OrderTerms:
        return replace(
            terms,
            account=terms.account or (self._desk.accounts[0] if len(self._desk.accounts) == 1 else ""),
            tif=terms.tif.strip().upper() or "DAY",
            action="SELL" if terms.action.upper() == "SSHORT" else terms.action.upper(),
            order_type=spelled(terms.order_type),
        )

    def _complaint(
        self, client_id: int, order_id: int, contract: Contract, terms: OrderTerms, at: float
    ) -> Complaint | None:
        is_draft = (client_id, order_id) in self._drafts
        if not is_draft and order_id <= self.last_ids.get(client_id, 0):
            return DUPLICATE_ORDER_ID
        if terms.parent_id and not self._parent_exists(client_id, terms.parent_id):
            return NO_ORDER.about(terms.parent_id)
        return self._desk.complaint(terms, contract, at)

    def _parent_exists(self, client_id: int, parent_id: int) -> bool:
        return (client_id, parent_id) in self._drafts or (client_id, parent_id) in self._live

    def _use_id(self, client_id: int, order_id: int) -> None:
        self.last_ids[client_id] = max(order_id, self.last_ids.get(client_id, 0))

    def place_foreign(self, order_id: int, contract: Contract, terms: OrderTerms, at: float) -> None:
        """Place an order that no client sent: by hand (id 0) or by the broker (id -1)."""
        order = Order(self._desk.keeper.next_perm_id(), order_id, 0, contract, terms, at)
        self._set_times(order, contract, terms, at)
        self._desk.exchange.accept(order)
        self._desk.exchange.activate(order, at)

    def keep_both(self, order: Order, terms: OrderTerms, at: float) -> Order:
        """Make a modification a second live order under the same order id, as a lost link can."""
        twin = Order(self._desk.keeper.next_perm_id(), order.order_id, order.client_id, order.contract, terms, at)
        self._set_times(twin, order.contract, terms, at)
        self._live[order.client_id, order.order_id] = twin
        self._desk.exchange.accept(twin)
        self._desk.exchange.activate(twin, at)
        return twin

    def roll_ids(self, next_id: int) -> None:
        """Make the next order id of every client this number, or roll it back by a negative one."""
        for client_id, last in self.last_ids.items():
            self.last_ids[client_id] = max(0, last + next_id) if next_id < 0 else max(0, next_id - 1)

    # -- transmitting

    def _group_of(self, client_id: int, order_id: int) -> list[Draft]:
        """Return the drafts that this one transmits: its root and everything under it, parents first."""
        root = order_id
        while self._drafts[client_id, root].terms.parent_id and (
            (client_id, self._drafts[client_id, root].terms.parent_id) in self._drafts
        ):
            root = self._drafts[client_id, root].terms.parent_id
        family, waiting = [self._drafts[client_id, root]], [root]
        while waiting:
            parent_id = waiting.pop(0)
            for key in sorted(self._drafts):
                draft = self._drafts[key]
                if key[0] == client_id and draft.terms.parent_id == parent_id and draft not in family:
                    family.append(draft)
                    waiting.append(key[1])
        return family

    def _transmit(self, drafts: list[Draft], at: float) -> None:
        for draft in drafts:
            del self._drafts[draft.client_id, draft.order_id]
        orders = [order for draft in drafts if (order := self._accept(draft, at)) is not None]
        self._link_children(orders)
        for order in orders:
            self._desk.exchange.accept(order)
        # The children of an order in this group are released by its fill.
        for order in orders:
            if order.parent not in orders:
                self._desk.exchange.activate(order, at)

    def _accept(self, draft: Draft, at: float) -> Order | None:
        parent = self._live.get((draft.client_id, draft.terms.parent_id)) if draft.terms.parent_id else None
        order = Order(0, draft.order_id, draft.client_id, draft.contract, draft.terms, at, parent=parent)
        complaint = self._broker_complaint(draft, order, at)
        if complaint is not None:
            self._desk.announcer.refused(draft.client_id, draft.order_id, complaint)
            return None
        if not draft.is_tif_given:
            # IB: told before the order itself; a warning, the order lives.
            self._desk.announcer.refused(draft.client_id, draft.order_id, TIF_SET)
        order.perm_id = self._desk.keeper.next_perm_id()
        self._set_times(order, draft.contract, draft.terms, at)
        self._live[draft.client_id, draft.order_id] = order
        if parent is not None:
            parent.children.append(order)
        return order

    def _set_times(self, order: Order, contract: Contract, terms: OrderTerms, at: float) -> None:
        times = self._desk.times_of(contract, terms, at)
        order.wakes_at, order.expires_at = times.wakes_at, times.expires_at

    def _broker_complaint(self, draft: Draft, order: Order, at: float) -> Complaint | None:
        if was_filled(order, self._desk.exchange.roster.orders.values()):
            return REJECTED.about(GROUP_IS_DONE)
        if draft.terms.parent_id:
            parent = order.parent
            ended_unfilled = parent is not None and parent.is_finished and parent.filled == 0
            return REJECTED.about(PARENT_REFUSED) if parent is None or ended_unfilled else None
        return self._desk.ledger.refusal(order, self.price_of(draft.terms, draft.contract, at))

    def price_of(self, terms: OrderTerms, contract: Contract, at: float) -> Decimal:
        """Return the price that an order is reckoned at: its own one, else the market's."""
        own = terms.limit_price or (terms.aux_price if not kind_trails(terms.order_type) else None)
        return Decimal(str(own or self._desk.price_of(contract.con_id, at)))

    def _link_children(self, orders: list[Order]) -> None:
        """Tie the children of one parent together: one filled, the others go."""
        for parent in {id(order.parent): order.parent for order in orders if order.parent}.values():
            loose = [child for child in parent.children if not child.is_finished and not child.terms.oca_group]
            grouped = any(child.terms.oca_group == str(parent.perm_id) for child in parent.children)
            if len(loose) < 2 and not grouped:
                continue
            for child in loose:
                child.terms = replace(child.terms, oca_group=str(parent.perm_id), oca_type=REDUCE_WITHOUT_BLOCK)

    # -- modifying

    def _modify(self, order: Order, contract: Contract, terms: OrderTerms, at: float) -> None:
        complaint = self._modify_complaint(order, contract, terms, at)
        if complaint is not None:
            self._desk.announcer.refused(order.client_id, order.order_id, complaint)
            return
        kept = replace(
            terms,
            parent_id=terms.parent_id or order.terms.parent_id,
            oca_group=terms.oca_group or order.terms.oca_group,
            oca_type=terms.oca_type or order.terms.oca_type,
            transmit=True,
        )
        if self.modify_twice(order):
            self.keep_both(order, kept, at)
            return
        self._set_times(order, contract, kept, at)
        order.stop_level = level_after_change(order, kept)
        self._desk.exchange.modify(order, kept, at)

    def _modify_complaint(self, order: Order, contract: Contract, terms: OrderTerms, at: float) -> Complaint | None:
        if order.status is Status.FILLED:
            return MODIFY_FILLED
        if order.is_finished:
            return DUPLICATE_ORDER_ID
        if contract.con_id != order.contract.con_id or terms.action != order.terms.action:
            return MODIFY_MISMATCH
        complaint = self._desk.complaint(terms, contract, at)
        if complaint is not None or terms.quantity <= order.terms.quantity or order.is_waiting_for_parent:
            return complaint
        wanted = replace(order, terms=replace(terms, quantity=terms.quantity - order.filled))
        return self._desk.ledger.refusal(wanted, self.price_of(terms, contract, at))
