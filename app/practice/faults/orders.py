"""Faults of orders and executions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from app.practice.exchange.order import Execution
from app.practice.faults.catalogue import FaultError, Parameters, fault, number
from app.practice.server.announce import LIVE, commission, execution_message

if TYPE_CHECKING:
    from app.practice.faults.faults import Faults


@fault("reject_after_accept", "the next order is accepted and then refused", code="the code (default 201)")
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


@fault("permute", "the messages of the next fill come in another order", required=("order",),
       order="names in the wanted order: openOrder, orderStatus, execDetails, commissionReport")  # fmt: skip
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


@fault("whatif_silence", "the next what-if is never answered")
def whatif_silence(faults: Faults, parameters: Parameters) -> None:
    """Swallow the next what-if."""
    faults.arm("whatif_silence", parameters)


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
