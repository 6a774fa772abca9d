"""The faults of a running gateway: those that wait for their moment, and the hooks where the moment comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.practice.exchange.order import Execution, Order
from app.practice.faults.catalogue import FaultError, Parameters, checked
from app.practice.wire.codes import COMPETING, DELAYED, NOT_SUBSCRIBED, Complaint
from app.practice.wire.replies import ErrorMessage

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

log = logging.getLogger(__name__)

for _entries in ("connections", "notices", "orders", "markets"):
    import_module(f"app.practice.faults.{_entries}")


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that waits; `left` is how often it still strikes."""

    name: str
    parameters: Parameters
    left: int

    def fits(self, client_id: int | None, symbol: str | None, order_type: str | None) -> bool:
        """Return whether it is not narrowed to something else."""
        wanted_client, wanted_symbol = self.parameters.get("client_id"), self.parameters.get("symbol")
        return (
            (wanted_client is None or wanted_client == client_id)
            and (wanted_symbol is None or symbol is None or str(wanted_symbol).upper() == symbol)
            and self.parameters.get("type") in (None, order_type)
        )


class Faults:
    """Orders faults, keeps those that wait, and strikes when a hook is reached."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.is_read_only = False
        self.has_competitor = False
        self.is_unsubscribed = self.is_delayed = False
        self.restart: Callable[[float], None] = lambda seconds: None
        self.stated_hours: dict[int, str] = {}
        self._armed: list[Armed] = []
        self._script: list[tuple[float, Parameters]] = []

    # -- ordering

    def order(self, wanted: Parameters) -> None:
        """Do or arm a fault; raises FaultError when it is not well formed."""
        entry, parameters = checked(wanted)
        entry.act(self, parameters)

    def load_script(self, script: list[Parameters]) -> None:
        """Take a script of faults with `at_s`, in market seconds from now."""
        start = self.gateway.clock.now()
        self._script = sorted(((start + float(line["at_s"]), line) for line in script), key=lambda item: item[0])

    def pass_time(self, now: float) -> None:
        """Order the faults of the script that are due."""
        while self._script and self._script[0][0] <= now:
            wanted = self._script.pop(0)[1]
            try:
                self.order(wanted)
            except FaultError as problem:
                # Well formed, but not possible now: a correction before the first execution, for example.
                log.warning("the scripted fault %s did not happen: %s", wanted.get("name"), problem)

    def arm(self, name: str, parameters: Parameters) -> None:
        """Let a fault wait for its moment."""
        self._armed.append(Armed(name, parameters, int(parameters.get("count", 1))))

    def disarm(self, name: str) -> None:
        """Take back every waiting fault of a name."""
        self._armed = [armed for armed in self._armed if armed.name != name]

    def take(
        self, name: str, client_id: int | None = None, symbol: str | None = None, order_type: str | None = None
    ) -> Parameters | None:
        """Return the parameters of a waiting fault that fits and count it down, or None."""
        for armed in self._armed:
            if armed.name == name and armed.fits(client_id, symbol, order_type):
                armed.left -= 1
                if armed.left <= 0:
                    self._armed.remove(armed)
                return armed.parameters
        return None

    def sessions(self, parameters: Parameters) -> Iterator[Session]:
        """Yield the sessions a fault is meant for."""
        wanted = parameters.get("client_id")
        for client_id, session in list(self.gateway.sessions.items()):
            if wanted is None or wanted == client_id:
                yield session

    def later(self, milliseconds: float, act: Callable[[], None]) -> None:
        """Do something after a real delay and let its messages leave."""

        def run() -> None:
            act()
            self.gateway.settle()

        asyncio.get_running_loop().call_later(milliseconds / 1000.0, run)

    # -- hooks

    def order_accepted(self, session: Session, order: Order) -> None:
        """An order was accepted: it may be refused after all."""
        symbol = order.contract.symbol
        late = self.take("reject_after_accept", session.client_id, symbol, order.terms.order_type)
        if late is not None:
            self._refuse_late(session, order, int(late.get("code", 201)))
        elif self.take("inactive", session.client_id, symbol) is not None:
            self.gateway.trading.exchange.deactivate(order, self.gateway.clock.now())

    def _refuse_late(self, session: Session, order: Order, code: int) -> None:
        exchange, now = self.gateway.trading.exchange, self.gateway.clock.now()
        exchange.deactivate(order, now)
        session.complain(order.order_id, Complaint(code, "Order rejected - reason:The exchange refused the order."))
        for child in order.children:
            exchange.cancel(child, now, "")

    def split_fill(self, order: Order, quantity: Decimal) -> list[Decimal] | None:
        """Split a fill as ordered, else None; what is left over then rests until it is cancelled."""
        wanted = self.take("partial", order.client_id, order.contract.symbol)
        if wanted is None:
            return None
        sizes, left = [], quantity
        for size in wanted["sizes"]:
            share = min(Decimal(str(size)), left)
            if share > 0:
                sizes.append(share)
                left -= share
        order.is_unfillable = left > 0
        return sizes

    def leaves_group(self, order: Order) -> bool:
        """Return whether a fill leaves the other orders of its group as they are."""
        return self.take("both_fill", order.client_id, order.contract.symbol) is not None

    def fill_messages(self, session: Session, order: Order, messages: list[Any]) -> None:
        """Send the messages of a fill: in order, unless a fault permutes, repeats or withholds some."""
        symbol = order.contract.symbol
        messages = self._permuted(order, messages, self.take("permute", session.client_id, symbol))
        withheld = self.take("commission", session.client_id, symbol)
        for message in messages:
            if withheld is not None and type(message).__name__ == "Commission":
                self._withhold(session, message, withheld)
            else:
                session.send(message)

    def _permuted(self, order: Order, messages: list[Any], wanted: Parameters | None) -> list[Any]:
        if wanted is None:
            return messages
        if "error" in wanted["order"]:
            code = int(wanted.get("code", 2109))
            text = self.gateway.wording(code, "Practice fault.")
            messages = [*messages, ErrorMessage(req_id=order.order_id, code=code, text=text)]
        messages = [message for message in messages for _ in range(int(wanted.get("times", 1)))]
        ranks = {WIRE_NAMES.get(name, name): rank for rank, name in enumerate(wanted["order"])}
        return sorted(messages, key=lambda message: ranks.get(type(message).__name__, len(ranks)))

    def _withhold(self, session: Session, message: Any, wanted: Parameters) -> None:
        if "late_ms" in wanted:
            self.later(float(wanted["late_ms"]), lambda: session.send(message))

    def fee_currency(self, execution: Execution) -> str:
        """Return the currency that a fill's commission is charged in, empty for its contract's own."""
        wanted = self.take("foreign_fee", execution.client_id, execution.contract.symbol)
        return str(wanted["currency"]) if wanted else ""

    def modifies_twice(self, order: Order) -> bool:
        """Return whether a modification leaves the old order alive."""
        return self.take("two_live_after_modify", order.client_id, order.contract.symbol) is not None

    def swallows_what_if(self, session: Session) -> bool:
        """Return whether a what-if gets no answer."""
        return self.take("whatif_silence", session.client_id) is not None

    def allows_data(self, session: Session, req_id: int) -> bool:
        """Return whether market data may be given; complain when another login holds it."""
        if self.has_competitor:
            session.complain(req_id, COMPETING)
        elif self.is_unsubscribed:
            session.complain(req_id, DELAYED if self.is_delayed else NOT_SUBSCRIBED)
            return self.is_delayed
        return not self.has_competitor

    @property
    def serves_delayed(self) -> bool:
        """Say whether the data that is given is late for want of a subscription."""
        return self.is_unsubscribed and self.is_delayed

    def history_refusal(self, session: Session) -> Complaint | None:
        """Return the pacing refusal that was ordered, or None."""
        if self.take("pacing", session.client_id) is None:
            return None
        return Complaint(162, "Historical Market Data Service error message:Historical data request pacing violation")


# The names clients know messages by, and the classes that are sent.
WIRE_NAMES = {
    "openOrder": "OpenOrder",
    "orderStatus": "OrderStatus",
    "execDetails": "Execution",
    "commissionReport": "Commission",
    "commission": "Commission",
    "error": "ErrorMessage",
    "position": "Position",
    "tickPrice": "TickPrice",
    "tickSize": "TickSize",
    "historicalData": "History",
    "historicalDataUpdate": "HistoryUpdate",
    "currentTime": "CurrentTime",
}
