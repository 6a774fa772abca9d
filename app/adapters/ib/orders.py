"""The order channel: the one connection that carries orders, executions, positions and the account."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from ib_async.objects import ExecutionFilter
from ib_async.order import Order as IbOrder

from app.adapters.ib.contracts import contract_of
from app.adapters.ib.ears import guarded
from app.adapters.ib.link import Link, lost
from app.adapters.ib.memory import Known, OrderMemory, general_message
from app.adapters.ib.order_ears import ACCOUNT, COMPLETED_ORDERS, HOLDINGS, OPEN_ORDERS, OrderEars
from app.adapters.ib.socket import Urgency
from app.adapters.ib.translate import changed_order, ib_order, ib_orders
from app.adapters.ib.verify import Verifier
from app.domain.broker import (
    Commission,
    Endpoint,
    Greeting,
    Holding,
    LinkReport,
    LinkState,
    Margin,
    OrderNews,
    OrderReport,
)
from app.domain.changes import Change, ChangeId, OrderChange
from app.domain.errors import Fault, Retryable, UserError
from app.domain.instruments import Instrument
from app.domain.ledger import Fill
from app.domain.orders import Intent, Leg, Order, OrderRef
from app.runtime.tasks import Tasks

log = logging.getLogger(__name__)

PREVIEW_S = 3.0


class IbOrderChannel:
    """Orders over ib_async. Fulfils `services.ports.OrderChannel`; survives any number of connections."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._hear: Callable[[OrderNews], None] = lambda news: None
        self._link: Link | None = None
        self._ears: OrderEars
        self._memory: OrderMemory
        self._verifier: Verifier
        self._placed: set[OrderRef] = set()
        self._modified: set[ChangeId] = set()
        self._preview_turn = asyncio.Lock()

    # the connection

    @property
    def is_open(self) -> bool:
        """Say whether the socket is there and the gateway greeted us."""
        return self._link is not None and self._link.is_open

    def listen(self, hear: Callable[[OrderNews], None]) -> None:
        """Name the one listener; it is called in order, on the loop, and must not block."""
        self._hear = guarded(hear)

    async def open(self, endpoint: Endpoint) -> Greeting:
        """Connect; raise UserError (nobody there, not a gateway, id in use …) or Retryable."""
        await self.close()
        self._memory = OrderMemory(endpoint.orders_client)
        self._ears = OrderEars(self._memory, self._tell, self._hear_error, lambda: self._verifier.doubt(None))
        self._verifier = Verifier(self._memory, self, self._tell, self._spawn)
        link = Link(self._ears, endpoint.host, endpoint.port, endpoint.orders_client)
        self._link = link
        self._ears.on_lost = lambda: self._lost(link)
        greeting = await link.open()
        self._tell(LinkReport(LinkState.UP))
        return greeting

    async def close(self) -> None:
        """Close the socket; harmless when it is closed."""
        if self._link is not None:
            self._ears.account.stop()
            self._link.close()
            self._link = None

    async def heartbeat(self) -> datetime:
        """Return the gateway's clock; raise Retryable when it does not answer in five seconds."""
        return await self._open_link().heartbeat()

    # orders

    async def place(self, intent: Intent, instrument: Instrument) -> None:
        """Write an intent's orders to the socket in one go, transmitted as a group.

        Raises UserError when surely nothing left, Retryable when it is not known what did. No ref is written twice.
        """
        if not self.is_open:
            raise UserError(
                "The order was not sent: there is no connection to a gateway; place it again when there is."
            )
        link = self._open_link()
        await link.socket.room(Urgency.ORDER)
        if not await link.socket.flushed():
            raise UserError(
                "The order was not sent: the gateway takes no messages at the moment; place it again when it does."
            )
        self._write(link, intent, instrument)
        if not await link.socket.flushed():
            raise Retryable("The connection broke while the order was being sent; the broker is asked what arrived.")

    def _write(self, link: Link, intent: Intent, instrument: Instrument) -> None:
        socket, contract = link.socket, contract_of(instrument)
        refs = [leg.ref for leg in intent.legs]
        if self._placed.intersection(refs):
            raise Fault(f"The orders of intent {intent.id} were sent before; nothing was sent again.")
        orders = ib_orders(intent, [socket.getReqId() for _ in intent.legs])
        with socket.together():
            for order in orders:
                socket.placeOrder(order.orderId, contract, order)
            self._memory.sent(contract, orders)
            self._placed.update(refs)

    async def modify(self, change: Change, instrument: Instrument) -> None:
        """Ask for new terms of working orders in one go, under the ids they have; the answer comes as a report.

        Everything else stays as the broker last told it. Raises UserError when surely nothing left, Retryable when it
        is not known what did. No change is written twice.
        """
        if not self.is_open:
            raise UserError("The change was not sent: there is no connection to a gateway; ask for it when there is.")
        link = self._open_link()
        try:
            if not all(self._is_told(part.ref) for part in change.parts):
                await self.open_orders()
            await link.socket.room(Urgency.ORDER)
        except Retryable as error:
            raise UserError(
                f"The change was not sent: the broker did not tell how the order stands ({error})"
            ) from error
        if not await link.socket.flushed():
            raise UserError(
                "The change was not sent: the gateway takes no messages at the moment; ask for it when it does."
            )
        self._write_change(link, change, instrument)
        if not await link.socket.flushed():
            raise Retryable("The connection broke while the change was being sent; the broker is asked what arrived.")

    def _is_told(self, ref: OrderRef) -> bool:
        known = self._memory.by_ref(ref)
        return known is not None and known.told is not None

    def _write_change(self, link: Link, change: Change, instrument: Instrument) -> None:
        if change.id in self._modified:
            raise Fault(f"The change {change.id} was sent before; nothing was sent again.")
        contract, socket = contract_of(instrument), link.socket
        orders = [self._changed(part, instrument) for part in change.parts]
        self._modified.add(change.id)
        with socket.together():
            for order in orders:
                socket.placeOrder(order.orderId, contract, order)
            for part in change.parts:
                self._memory.asked_to_change(part)

    def _changed(self, part: OrderChange, instrument: Instrument) -> IbOrder:
        known = self._memory.by_ref(part.ref)
        if known is None or known.told is None or known.is_final:
            raise UserError(f"The broker does not show the {instrument.symbol} order as working; it was not changed.")
        if known.report.client_id != self._memory.client_id or not known.report.order_id:
            raise UserError(
                f"The {instrument.symbol} order was placed by another program (client id {known.report.client_id});"
                " change it there or in TWS."
            )
        return changed_order(known.told, part)

    async def cancel(self, order: Order) -> None:
        """Ask for a cancel, ahead of everything else; the answer comes as a report.

        Raises UserError when the broker does not show the order as one that this program can cancel.
        """
        link = self._open_link()
        known = self._memory.find(order)
        if known is None:
            await self.open_orders()
            known = self._memory.find(order)
        link.socket.cancelOrder(self._cancellable(known, order))

    async def cancel_everything(self) -> None:
        """Ask for a cancel of every order of the login, whoever placed it; the answers come as reports."""
        self._open_link().socket.reqGlobalCancel()

    def _cancellable(self, known: Known | None, order: Order) -> int:
        if known is None:
            raise UserError(
                f"The broker does not show the {order.symbol} order as working; there is nothing to cancel."
            )
        report = known.report
        if report.client_id != self._memory.client_id or not report.order_id:
            raise UserError(
                f"The {order.symbol} order was placed by another program (client id {report.client_id});"
                " cancel it there or in TWS."
            )
        return report.order_id

    async def preview(self, leg: Leg, instrument: Instrument, account: str) -> Margin:
        """Return what the broker says an order would do; raise Retryable after 3 s of silence, UserError if refused."""
        async with self._preview_turn:
            link = self._open_link()
            order = ib_order(leg, account)
            order.whatIf, order.orderId = True, link.socket.getReqId()
            contract = contract_of(instrument)
            margin: Margin = await link.ask(
                lambda id_: link.socket.placeOrder(id_, contract, order),
                what="the margin of this order",
                within=PREVIEW_S,
                key=order.orderId,
            )
            return margin

    # what the broker has

    async def open_orders(self) -> tuple[OrderReport, ...]:
        """Return every working order of every client."""
        link, memory = self._open_link(), self._memory
        seen = await link.ask_in_turn(OPEN_ORDERS, link.socket.reqAllOpenOrders, what=OPEN_ORDERS)
        return memory.working(seen)

    async def completed_orders(self) -> tuple[OrderReport, ...]:
        """Return the orders that ended, as far back as the broker says."""
        link = self._open_link()
        done = await link.ask_in_turn(
            COMPLETED_ORDERS, lambda: link.socket.reqCompletedOrders(False), what=COMPLETED_ORDERS
        )
        return tuple(done)

    async def executions(self) -> tuple[tuple[Fill, Commission | None], ...]:
        """Return the executions of all clients since the broker's midnight, with their commission where it is known."""
        link, ears = self._open_link(), self._ears
        fills = await link.ask(lambda id_: link.socket.reqExecutions(id_, ExecutionFilter()), what="the executions")
        return tuple((fill, ears.commissions.get(fill.exec_id)) for fill in fills)

    async def holdings(self) -> tuple[Holding, ...]:
        """Return all positions of all accounts of this login; changes are reported from now on."""
        link = self._open_link()
        told = await link.ask_in_turn(HOLDINGS, link.socket.reqPositions, what=HOLDINGS)
        newest = {(holding.account, holding.con_id): holding for holding in told}
        return tuple(newest.values())

    async def follow_account(self, account: str) -> None:
        """Have the account's figures reported from now on; return once the first set is there."""
        link, ears = self._open_link(), self._ears
        is_new = ears.account.follow(account)
        await link.ask_in_turn(ACCOUNT, lambda: link.socket.reqAccountUpdates(True, account), what=ACCOUNT)
        if is_new:
            link.socket.reqPnL(link.next_id(), account, "")
        ears.account.flush()

    # inside

    def _open_link(self) -> Link:
        if self._link is None or not self._link.is_open:
            raise lost()
        return self._link

    def _tell(self, news: OrderNews) -> None:
        self._hear(news)
        if isinstance(news, LinkReport) and news.state is LinkState.BROKER_BACK_DATA_LOST:
            self._spawn(self._follow_again(self._ears))

    async def _follow_again(self, ears: OrderEars) -> None:
        account = ears.account.forget()
        if account and ears is self._ears and self.is_open:
            try:
                await self.follow_account(account)
            except Retryable as error:
                log.warning("the figures of the account did not come back: %s", error)

    def _lost(self, link: Link) -> None:
        self._ears.account.stop()
        if link is self._link:
            self._tell(LinkReport(LinkState.DOWN, link.why_lost))

    def _hear_error(self, id_: int, code: int, text: str) -> None:
        about = self._memory.complained(id_, code, text)
        if about is None:
            self._tell(general_message(code, text))
            return
        message, report, is_doubtful = about
        self._tell(message)
        if report is not None:
            self._tell(report)
        if is_doubtful:
            self._verifier.doubt(self._memory.ours(id_))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.spawn(work, name="ib order channel")
