"""What the broker said of each order on one connection: joins order ids, permIds and our refs.

An order id means something only here, within one connection and client; a permId and our ref mean the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ib_async.contract import Contract
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState

from app.adapters.ib.codes import Effect, Severity, meaning
from app.adapters.ib.translate import completed_state, order_state, report_of, terms_of
from app.adapters.ib.values import exact_or_none, price_or_none
from app.domain.broker import ChangeRefused, Message, OrderReport
from app.domain.changes import OrderChange
from app.domain.money import ZERO
from app.domain.orders import Order, OrderRef, OrderState, Terms

HELD = {"locate": "Held: the broker is locating shares to sell short."}


@dataclass(slots=True)
class Known:
    """One order as last told; `refusal` is why the broker may have refused it, `family` the refs sent with it.

    `told` is the broker's own newest description of it, `asked` the terms that it was asked to give it, and
    `objection` what it said against that.
    """

    report: OrderReport
    is_acknowledged: bool = False
    refusal: str = ""
    family: tuple[OrderRef, ...] = ()
    told: IbOrder | None = None
    asked: Terms | None = None
    objection: str = ""

    @property
    def is_final(self) -> bool:
        """Say whether the broker itself said that nothing more is to come."""
        return self.report.state is not None and self.report.state.is_final


class OrderMemory:
    """All orders heard of on one connection."""

    def __init__(self, client_id: int) -> None:
        self.client_id = client_id
        self._by_id: dict[tuple[int, int], Known] = {}
        self._by_perm: dict[int, Known] = {}
        self._by_ref: dict[OrderRef, Known] = {}

    # what is asked of it

    def ours(self, order_id: int) -> Known | None:
        """Return the order that this client sent under an id."""
        return self._by_id.get((self.client_id, order_id))

    def find(self, order: Order) -> Known | None:
        """Return what is known of one of our domain's orders."""
        if order.perm_id and (known := self._by_perm.get(order.perm_id)):
            return known
        return self.by_ref(order.ref)

    def by_ref(self, ref: OrderRef) -> Known | None:
        """Return the latest order with one of our refs."""
        return self._by_ref.get(ref)

    def ref_of_perm(self, perm_id: int) -> OrderRef | None:
        """Return our ref of an order by its permId."""
        known = self._by_perm.get(perm_id)
        return known.report.ref if known else None

    def working(self, seen: Iterable[tuple[int, int, int]]) -> tuple[OrderReport, ...]:
        """Return the reports of orders named by (permId, client id, order id), but for those that ended meanwhile."""
        found = [self._lookup(client_id, order_id, perm_id) for perm_id, client_id, order_id in seen]
        unique = {id(known): known for known in found if known is not None and not known.is_final}
        return tuple(known.report for known in unique.values())

    # what it is told; a report comes back when it says something new

    def sent(self, contract: Contract, orders: Iterable[IbOrder]) -> None:
        """Remember orders that are about to be written."""
        orders = list(orders)
        family = tuple(OrderRef(order.orderRef) for order in orders)
        for order in orders:
            report = report_of(contract, order, client_id=self.client_id, ours=self.client_id)
            self._keep(Known(report, family=family), is_new=True)

    def opened(self, contract: Contract, order: IbOrder, state: IbOrderState) -> OrderReport | None:
        """Take an openOrder message."""
        said = report_of(contract, order, client_id=order.clientId, ours=self.client_id)
        known = self._lookup(order.clientId, order.orderId, order.permId)
        if known is None or self._is_anothers(known, order):
            known = Known(replace(said, state=order_state(state.status, None)), told=order)
            self._keep(known, is_new=True)
            known.is_acknowledged = True
            return known.report
        old, known.told = known.report, order
        if known.asked == terms_of(said):
            known.asked, known.objection = None, ""
        self._keep(known, perm_id=order.permId)
        filled = said.quantity if state.status == "Filled" else old.filled
        said = replace(said, filled=filled, average=old.average, reason=old.reason)
        warning = state.warningText or old.warning
        return self._told(known, replace(said, ref=old.ref or said.ref, warning=warning), state.status)

    def stated(
        self,
        client_id: int,
        order_id: int,
        perm_id: int,
        status: str,
        filled: float,
        average: float,
        why_held: str,
    ) -> tuple[bool, OrderReport | None]:
        """Take an orderStatus message; return (whether the order is known, what is new about it)."""
        known = self._lookup(client_id, order_id, perm_id)
        if known is None:
            return False, None
        self._keep(known, perm_id=perm_id)
        said = replace(
            known.report,
            perm_id=perm_id or known.report.perm_id,
            filled=exact_or_none(filled),
            average=price_or_none(average),
            warning=HELD.get(why_held, known.report.warning),
        )
        return True, self._told(known, said, status)

    def completed(self, contract: Contract, order: IbOrder, state: IbOrderState) -> OrderReport:
        """Take a completedOrder message; it carries no order id and no client id."""
        filled = exact_or_none(order.filledQuantity)
        said = report_of(contract, order, client_id=self.client_id, ours=-1)
        known = self._by_perm.get(order.permId)
        ref = said.ref or (known.report.ref if known else None) or self._sent_ref(order.orderRef)
        # IB: the total of a filled order is sometimes told as zero.
        quantity = said.quantity or filled or ZERO
        ended = completed_state(state, filled, quantity)
        is_plain = ended in (OrderState.FILLED, OrderState.CANCELLED)
        reason = known.refusal if known and ended is OrderState.REJECTED else ""
        return replace(
            said,
            ref=ref,
            order_id=None,
            client_id=None,
            quantity=quantity,
            filled=filled,
            state=ended,
            reason=reason or ("" if is_plain else state.completedStatus),
        )

    def complained(self, order_id: int, code: int, text: str) -> tuple[Message, OrderReport | None, bool] | None:
        """Take an error about an order of this client; None when the id is no order of ours.

        Returns the message, a report if it explains a state already told, and whether the broker should be asked.
        """
        known = self.ours(order_id)
        if known is None:
            return None
        what = meaning(code)
        sentence = what.explain(text)
        message = Message(code, sentence, known.report.ref, is_warning=what.severity is not Severity.ERROR)
        if known.asked is not None and what.effect is not Effect.NONE:
            known.objection = sentence
        elif what.effect is Effect.REFUSAL:
            known.refusal = sentence
            if known.report.state is OrderState.INACTIVE:
                return message, self._told(known, known.report, "Inactive"), False
        return message, None, what.effect is not Effect.NONE and not known.is_final

    def asked_to_change(self, part: OrderChange) -> None:
        """Remember that an order is about to be asked to change; its terms are the old ones until it is told again."""
        if known := self.by_ref(part.ref):
            known.asked, known.objection = part.new, ""

    def stands(self, known: Known) -> ChangeRefused | None:
        """Take that an order works after a complaint: it was no refusal of the order, perhaps one of its change."""
        objection, known.refusal, known.objection = known.objection, "", ""
        if known.asked is None or not objection or known.report.ref is None:
            return None
        known.asked = None
        return ChangeRefused(known.report.ref, objection)

    def filled(self, perm_id: int) -> None:
        """Take that an order was executed: it is alive or was, whatever else was said."""
        if known := self._by_perm.get(perm_id):
            known.is_acknowledged = True

    def gone(self, known: Known) -> OrderReport | None:
        """Take that the broker has no such order anywhere: it was refused, if it said so and never acknowledged it."""
        if known.is_acknowledged or not known.refusal:
            return None
        known.report = replace(known.report, state=OrderState.REJECTED, reason=known.refusal)
        return known.report

    def ended(self, known: Known, said: OrderReport) -> OrderReport:
        """Take from the completed orders how an order ended, with the reason we know."""
        known.is_acknowledged = True
        known.report = replace(
            known.report,
            perm_id=said.perm_id,
            state=said.state,
            filled=said.filled,
            reason=known.refusal if said.state is OrderState.REJECTED else said.reason,
        )
        return known.report

    # inside

    def _lookup(self, client_id: int, order_id: int, perm_id: int) -> Known | None:
        if perm_id and (known := self._by_perm.get(perm_id)):
            return known
        if order_id <= 0:
            return None
        known = self._by_id.get((client_id, order_id))
        # IB: a restarted gateway gives old order ids to new orders; another permId is another order.
        is_other = known is not None and perm_id and known.report.perm_id and known.report.perm_id != perm_id
        return None if is_other else known

    @staticmethod
    def _is_anothers(known: Known, order: IbOrder) -> bool:
        """Say whether a message that found an order by its id, not yet by a permId, is about another one."""
        return known.report.perm_id is None and bool(order.orderRef) and order.orderRef != known.report.ref

    def _keep(self, known: Known, perm_id: int | None = None, *, is_new: bool = False) -> None:
        report = known.report
        if perm_id := perm_id or report.perm_id:
            self._by_perm[perm_id] = known
        if report.ref and is_new:
            self._by_ref[report.ref] = known
        if report.order_id and report.client_id is not None:
            self._by_id[report.client_id, report.order_id] = known

    def _told(self, known: Known, said: OrderReport, status: str) -> OrderReport | None:
        state = order_state(status, said.filled)
        known.is_acknowledged = known.is_acknowledged or state is not None
        if state is OrderState.INACTIVE and known.refusal:
            said, state = replace(said, reason=known.refusal), OrderState.REJECTED
        old, known.report = known.report, replace(said, state=state or known.report.state)
        # IB: openOrder does not say how much is filled; that nothing is, said afterwards, is no news.
        is_news = replace(known.report, filled=known.report.filled or None) != replace(old, filled=old.filled or None)
        return known.report if is_news else None

    def _sent_ref(self, order_ref: str) -> OrderRef | None:
        known = self.by_ref(OrderRef(order_ref)) if order_ref else None
        return known.report.ref if known else None


def general_message(code: int, text: str) -> Message:
    """Return what the broker said about no order of ours."""
    what = meaning(code)
    return Message(code, what.explain(text), is_warning=what.severity is not Severity.ERROR)
