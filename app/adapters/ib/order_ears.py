"""What the order connection hears: raw order, execution, position and account messages, handed on in our words."""

from __future__ import annotations

from collections.abc import Callable

from ib_async.contract import Contract
from ib_async.objects import CommissionReport, Execution
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState

from app.adapters.ib.account import AccountBook
from app.adapters.ib.ears import Ears
from app.adapters.ib.memory import OrderMemory
from app.adapters.ib.translate import commission_of, fill_of, margin_of, our_ref
from app.adapters.ib.values import exact_or_none
from app.domain.broker import Commission, FarmReport, Holding, LinkReport, Liquidation, OrderNews
from app.domain.errors import ReadOnlyApi
from app.domain.instruments import ConId
from app.domain.ledger import ExecId
from app.domain.money import ZERO

OPEN_ORDERS = "the open orders"
COMPLETED_ORDERS = "the completed orders"
HOLDINGS = "the positions"
ACCOUNT = "the account"
INVALID_REQUEST = 321
NO_REQUEST = (-1, 2147483647)
LIQUIDATED = -1
"""The order id of what the broker did by itself."""
READ_ONLY = (
    "The gateway's API is read-only, so no order can leave; charts go on. To trade, clear “Read-Only API” in "
    "File › Global Configuration › API › Settings (IB Gateway: Configure › Settings › API › Settings)."
)


class OrderEars(Ears):
    """The messages of the order connection."""

    def __init__(
        self,
        memory: OrderMemory,
        tell: Callable[[OrderNews], None],
        hear_error: Callable[[int, int, str], None],
        hear_unknown_order: Callable[[], None],
    ) -> None:
        super().__init__(hear_error, self._hear_line)
        self.memory = memory
        self.commissions: dict[ExecId, Commission] = {}
        self.account = AccountBook(tell)
        self._tell = tell
        self._hear_unknown_order = hear_unknown_order

    def _hear_line(self, report: LinkReport | FarmReport) -> None:
        self._tell(report)

    def error(self, request_id: int, code: int, text: str, advice: str) -> None:
        """Take 321 about no request for what it is: lists of orders are refused while the API is read-only."""
        if code == INVALID_REQUEST and request_id in NO_REQUEST:
            for question in (OPEN_ORDERS, COMPLETED_ORDERS):
                self.questions.refuse(question, ReadOnlyApi(READ_ONLY))
        super().error(request_id, code, text, advice)

    # orders

    def openOrder(self, order_id: int, contract: Contract, order: IbOrder, state: IbOrderState) -> None:
        """An order as it stands, or the answer to a what-if."""
        if order.whatIf:
            margin = margin_of(state)
            # IB: a first answer without margins may come before the one that counts.
            if margin.initial_change is not None:
                self.questions.end(order_id, margin)
            return
        if order.clientId == self.memory.client_id:
            self.socket.updateReqId(order_id + 1)
        report = self.memory.opened(contract, order, state)
        self.questions.add(OPEN_ORDERS, (order.permId, order.clientId, order_id))
        if report is not None:
            self._tell(report)

    def openOrderEnd(self) -> None:
        """All open orders were told."""
        self.questions.end(OPEN_ORDERS)

    def orderStatus(
        self,
        order_id: int,
        status: str,
        filled: float,
        _remaining: float,
        average: float,
        perm_id: int,
        _parent_id: int,
        _last_price: float,
        client_id: int,
        why_held: str,
        _cap: float = 0.0,
    ) -> None:
        """Where an order is."""
        is_known, report = self.memory.stated(client_id, order_id, perm_id, status, filled, average, why_held)
        if report is not None:
            self._tell(report)
        if not is_known:
            self._hear_unknown_order()

    def completedOrder(self, contract: Contract, order: IbOrder, state: IbOrderState) -> None:
        """An order that ended, as part of a list."""
        self.questions.add(COMPLETED_ORDERS, self.memory.completed(contract, order, state))

    def completedOrdersEnd(self) -> None:
        """All completed orders were told."""
        self.questions.end(COMPLETED_ORDERS)

    # executions

    def execDetails(self, request_id: int, contract: Contract, execution: Execution) -> None:
        """An execution, live or as part of a list."""
        is_own_client = execution.clientId == self.memory.client_id
        ref = our_ref(execution.orderRef, is_own_client=is_own_client) or self.memory.ref_of_perm(execution.permId)
        fill = fill_of(contract, execution, ref)
        self.memory.filled(execution.permId)
        if execution.liquidation or execution.orderId == LIQUIDATED:
            self._tell(Liquidation(fill))
        if self.questions.is_open(request_id):
            self.questions.add(request_id, fill)
        else:
            self._tell(fill)

    def execDetailsEnd(self, request_id: int) -> None:
        """All executions were told."""
        self.questions.end(request_id)

    def commissionReport(self, report: CommissionReport) -> None:
        """What an execution cost; it may come late, twice or never."""
        commission = commission_of(report)
        if commission is not None:
            self.commissions[commission.exec_id] = commission
            self._tell(commission)

    # positions and the account

    def position(self, account: str, contract: Contract, size: float, cost: float) -> None:
        """A holding: part of a list, or a change."""
        quantity = exact_or_none(size)
        if quantity is None:
            return
        average = exact_or_none(cost) or ZERO
        holding = Holding(account, ConId(contract.conId), contract.symbol, quantity, average)
        if self.questions.is_open(HOLDINGS):
            self.questions.add(HOLDINGS, holding)
        else:
            self._tell(holding)

    def positionEnd(self) -> None:
        """All holdings were told."""
        self.questions.end(HOLDINGS)

    def updateAccountValue(self, tag: str, val: str, currency: str, account: str) -> None:
        """One figure of the account."""
        self.account.note(tag, val, currency, account)

    def updatePortfolio(self, *_ignored: object) -> None:
        """Holdings come from `position`; these carry the gateway's own prices as well."""

    def accountDownloadEnd(self, _account: str) -> None:
        """The first full set of the account's figures is there."""
        self.questions.end(ACCOUNT)

    def pnl(self, _request_id: int, day: float, unrealized: float, realized: float) -> None:
        """The account's profit and loss, about once a second."""
        self.account.note_pnl(day, unrealized, realized)
