"""The order watch: what the broker reports becomes facts. It decides nothing; the fold says what is news."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from app.domain import events as ev
from app.domain.broker import (
    AccountFigures,
    ChangeRefused,
    Commission,
    FarmReport,
    Holding,
    LinkReport,
    Liquidation,
    Message,
    OrderNews,
    OrderReport,
)
from app.domain.fold import Fact
from app.domain.ledger import Fill
from app.domain.orders import Order, OrderRef, OrderState, Role
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts

log = logging.getLogger(__name__)


class OrderWatch:
    """Listens to the order channel for one account and posts what it hears."""

    def __init__(self, facts: Facts, clock: Clock, bus: Bus) -> None:
        self._facts = facts
        self._clock = clock
        self._bus = bus
        self.account = ""

    def hear(self, news: OrderNews) -> None:
        """Take one report of the broker; figures, holdings and links go on over the bus."""
        match news:
            case OrderReport():
                self._post(self.order_facts(news))
            case ChangeRefused():
                self._post([ev.OrderChangeRefused(at=self._clock.now(), ref=news.ref, reason=news.reason)])
            case Fill():
                self._post([self.fill_fact(news)])
            case Commission():
                self._post(self.commission_facts(news))
            case Message():
                self._message(news)
            case Liquidation() | AccountFigures() | Holding() | LinkReport() | FarmReport():
                self._bus.publish(news)
            case _:
                assert_never(news)

    def order_facts(self, report: OrderReport) -> list[Fact]:
        """Return what a report says as facts: about our order, or about another program's."""
        order = self._known(report)
        if order is None and (first := self._of_ref(report.ref)) is not None:
            return [ev.TwinOrderSeen(at=self._clock.now(), order=self._twin(report, first), of=first.ref)]
        if order is None:
            return [ev.ForeignOrderSeen(at=self._clock.now(), order=self._foreign(report))]
        if order.is_foreign:
            return [ev.ForeignOrderSeen(at=self._clock.now(), order=self._foreign(report))]
        return [
            ev.OrderReported(
                at=self._clock.now(),
                run=self._facts.state.run_of(order),
                ref=order.ref,
                state=report.state,
                perm_id=report.perm_id,
                order_id=report.order_id,
                quantity=report.quantity,
                limit=report.limit,
                stop=report.stop,
                reason=report.reason,
                warning=report.warning,
                type_name=report.type_name,
                tif=report.tif,
                trail=report.trail,
                offset=report.offset,
                good_till=report.good_till,
            )
        ]

    def fill_fact(self, fill: Fill) -> Fact:
        """Return an execution as a fact, of the very order that traded: a twin under one ref, or one we adopted."""
        order, named = self._of_ref(fill.ref), OrderRef(f"perm:{fill.perm_id}")
        known = self._facts.state.orders.get(named)
        is_of_twin = order is not None and _is_another(order, fill.perm_id) and known is not None
        is_of_adopted = order is None and known is not None and not known.is_foreign
        if is_of_twin or is_of_adopted:
            fill = replace(fill, ref=named)
        return ev.Filled(at=self._clock.now(), fill=fill)

    def commission_facts(self, commission: Commission) -> list[Fact]:
        """Return what an execution cost as a fact, for the account that has the execution."""
        known = self._facts.state.fill_of(self.account, commission.exec_id)
        accounts = {known.account} if known else {self.account}
        return [
            ev.CommissionReported(
                at=self._clock.now(),
                exec_id=commission.exec_id,
                account=account,
                commission=commission.commission,
                currency=commission.currency,
            )
            for account in accounts
        ]

    def _post(self, facts: Iterable[Fact]) -> None:
        self._facts.post(*facts)

    def _message(self, message: Message) -> None:
        level = logging.INFO if message.is_warning else logging.WARNING
        log.log(level, "the broker says (%d): %s", message.code, message.text)
        self._bus.publish(message)
        if message.ref is not None:
            fact = ev.OrderReported(
                at=self._clock.now(),
                ref=message.ref,
                reason="" if message.is_warning else message.text,
                warning=message.text if message.is_warning else "",
            )
            self._facts.post(fact)

    def _known(self, report: OrderReport) -> Order | None:
        order = self._of_ref(report.ref)
        if order is not None and not _is_another(order, report.perm_id):
            return order
        return self._facts.state.orders.get(_foreign_ref(report))

    def _of_ref(self, ref: OrderRef | None) -> Order | None:
        return self._facts.state.orders.get(ref) if ref is not None else None

    def _twin(self, report: OrderReport, first: Order) -> Order:
        """Return the second order under a ref of ours: as the broker shows it, and as much ours as the first."""
        shown = self._foreign(report)
        return replace(
            shown, intent=first.intent, role=first.role, strategy=first.strategy, signal=first.signal, is_foreign=False
        )

    def _foreign(self, report: OrderReport) -> Order:
        now = self._clock.now()
        return Order(
            ref=_foreign_ref(report),
            intent=None,
            account=report.account,
            con_id=report.con_id,
            symbol=report.symbol,
            role=Role.ENTRY,
            side=report.side,
            quantity=report.quantity,
            type_name=report.type_name,
            limit=report.limit,
            stop=report.stop,
            tif=report.tif,
            state=report.state or OrderState.ACCEPTED,
            created=now,
            updated=now,
            perm_id=report.perm_id,
            order_id=report.order_id,
            filled=report.filled or report.quantity * 0,
            average=report.average,
            reason=report.reason,
            warning=report.warning,
            is_foreign=True,
            trail=report.trail,
            offset=report.offset,
            good_till=report.good_till,
            outside_hours=report.outside_hours,
            client_id=report.client_id,
        )


def _is_another(order: Order, perm_id: int | None) -> bool:
    """Say whether a permId is not that of an order; one that is not told says nothing."""
    return bool(order.perm_id and perm_id and order.perm_id != perm_id)


def _foreign_ref(report: OrderReport) -> OrderRef:
    return OrderRef(f"perm:{report.perm_id}")
