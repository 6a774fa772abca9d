"""Faults of orders and executions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from app.practice.exchange.order import Execution
from app.practice.faults.catalogue import FaultError, Parameters, fault, number
from app.practice.faults.markets import instrument
from app.practice.server.announce import LIVE, commission, execution_message
from app.practice.wire.terms import OrderTerms

if TYPE_CHECKING:
    from app.practice.faults.faults import Faults


@fault("reject_after_accept", "the next order is accepted and then refused", code="the code (default 201)",
       type="only an order of this type, such as STP")  # fmt: skip
def reject_after_accept(faults: Faults, parameters: Parameters) -> None:
    """Refuse the next order late."""
    faults.arm("reject_after_accept", parameters)


@fault("inactive", "the next order becomes Inactive")
def inactive(faults: Faults, parameters: Parameters) -> None:
    """Make the next order inactive."""
    faults.arm("inactive", parameters)


@fault("partial", "the next fill comes in these sizes; what is left over rests", required=("sizes",), sizes="a list")
def partial(faults: Faults, parameters: Parameters) -> None:
    """Split the next fill."""
    sizes = parameters["sizes"]
    if not isinstance(sizes, list) or not all(isinstance(s, int | float) and s > 0 for s in sizes):
        raise FaultError(f"expected a list of sizes above 0, found {sizes!r}")
    faults.arm("partial", parameters)


@fault("permute", "the messages of the next fill come in another order, an error among them", required=("order",),
       order="names in the wanted order: openOrder, orderStatus, execDetails, commissionReport, error",
       code="the code of the error (default 2109)", times="how often each is sent (default 1)")  # fmt: skip
def permute(faults: Faults, parameters: Parameters) -> None:
    """Reorder the messages of the next fill."""
    if not isinstance(parameters["order"], list):
        raise FaultError(f"expected a list of message names, found {parameters['order']!r}")
    faults.arm("permute", parameters)


@fault("commission", "the next commission report is late or never comes", late_ms="how late", never="true for never")
def late_commission(faults: Faults, parameters: Parameters) -> None:
    """Withhold the next commission report."""
    if ("late_ms" in parameters) == bool(parameters.get("never", False)):
        raise FaultError("the fault commission needs either late_ms or never")
    faults.arm("commission", parameters)


@fault("foreign_fee", "the commission of the next fill is charged in another currency, the same number of it",
       required=("currency",), currency="which")  # fmt: skip
def foreign_fee(faults: Faults, parameters: Parameters) -> None:
    """Charge the next commission in another currency."""
    faults.arm("foreign_fee", parameters)


@fault("both_fill", "the next fill of a group leaves its other orders alive, so that more than one of them can fill")
def both_fill(faults: Faults, parameters: Parameters) -> None:
    """Let the next fill of an OCA group cancel and reduce nothing."""
    faults.arm("both_fill", parameters)


@fault("whatif_silence", "the next what-if is never answered")
def whatif_silence(faults: Faults, parameters: Parameters) -> None:
    """Swallow the next what-if."""
    faults.arm("whatif_silence", parameters)


@fault("locate", "the next short sale is held while its shares are located (404)",
       after_s="market seconds until they are found (default 30)", never="true for never")  # fmt: skip
def locate(faults: Faults, parameters: Parameters) -> None:
    """Make the next short sale wait for its shares."""
    number(parameters, "after_s", 0.0)
    faults.arm("locate", parameters)


@fault("correct", "the last execution is corrected to another price (its id then ends in .02)", required=("price",),
       price="the price")  # fmt: skip
def correct(faults: Faults, parameters: Parameters) -> None:
    """Correct the last execution."""
    last = _last_execution(faults, parameters)
    price = Decimal(str(number(parameters, "price")))
    _revise(faults, last, replace(last, exec_id=_next_revision(last.exec_id), price=price, average_price=price))


@fault("bust", "the last execution is undone; it is told again with no shares")
def bust(faults: Faults, parameters: Parameters) -> None:
    """Undo the last execution."""
    _revise(faults, _last_execution(faults, parameters), None)


def _last_execution(faults: Faults, parameters: Parameters) -> Execution:
    client_id, symbol = parameters.get("client_id"), parameters.get("symbol")
    fitting = [
        execution
        for execution in faults.gateway.trading.executions.values()
        if (client_id is None or execution.client_id == client_id)
        and (symbol is None or execution.contract.symbol == str(symbol).upper())
    ]
    if not fitting:
        raise FaultError("there is no execution to correct")
    return fitting[-1]


def _next_revision(exec_id: str) -> str:
    head, _, revision = exec_id.rpartition(".")
    return f"{head}.{int(revision) + 1:02d}"


def _undone(old: Execution) -> Execution:
    zero = Decimal(0)
    return replace(old, exec_id=_next_revision(old.exec_id), shares=zero, cumulative=zero, commission=zero)


def _revise(faults: Faults, old: Execution, new: Execution | None) -> None:
    trading = faults.gateway.trading
    trading.accounts[old.account].correct(old, new)
    del trading.executions[old.exec_id]
    faults.gateway.store.remove_execution(old.exec_id)
    if new is not None:
        trading.keep_execution(new)
    session = faults.gateway.sessions.get(old.client_id)
    if session is None:
        return
    told = new or _undone(old)
    session.send(execution_message(told, LIVE, session.version))
    session.send(commission(told))


@fault("two_live_after_modify", "the next modification leaves the old order alive beside the new one")
def two_live_after_modify(faults: Faults, parameters: Parameters) -> None:
    """Let the next modification make a second live order."""
    faults.arm("two_live_after_modify", parameters)


_ORDER_PARAMETERS = {
    "symbol": "the instrument",
    "action": "BUY or SELL",
    "quantity": "how many",
    "type": "MKT (default) or LMT",
    "limit": "the limit price",
}


@fault("manual_order", "somebody places an order by hand in TWS (order id 0, client id 0)",
       required=("symbol", "action", "quantity"), **_ORDER_PARAMETERS)  # fmt: skip
def manual_order(faults: Faults, parameters: Parameters) -> None:
    """Place an order that belongs to no client."""
    _place_by_hand(faults, parameters, order_id=0)


@fault("liquidate", "the broker liquidates (order id -1)", required=("symbol", "quantity"), symbol="the instrument",
       quantity="how many; sold when long, bought when short")  # fmt: skip
def liquidate(faults: Faults, parameters: Parameters) -> None:
    """Close a part of a position on the broker's behalf."""
    contract = instrument(faults, parameters)
    account = next(iter(faults.gateway.trading.accounts.values()))
    holding = account.holdings.get(contract.con_id)
    action = "BUY" if holding is not None and holding.quantity < 0 else "SELL"
    _place_by_hand(faults, {**parameters, "action": action}, order_id=-1)


def _place_by_hand(faults: Faults, parameters: Parameters, *, order_id: int) -> None:
    contract = instrument(faults, parameters)
    action, order_type = str(parameters["action"]).upper(), str(parameters.get("type", "MKT")).upper()
    if action not in {"BUY", "SELL"} or order_type not in {"MKT", "LMT"}:
        raise FaultError("expected an action BUY or SELL and a type MKT or LMT")
    terms = OrderTerms(
        action=action,
        quantity=Decimal(str(number(parameters, "quantity"))),
        order_type=order_type,
        limit_price=number(parameters, "limit") if order_type == "LMT" else None,
        account=faults.gateway.options.accounts[0],
    )
    faults.gateway.step()
    faults.gateway.trading.intake.place_foreign(order_id, contract, terms, faults.gateway.clock.now())
