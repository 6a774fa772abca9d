"""The true book as JSON: what a checker compares a client's ledger with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.practice.exchange.order import Execution, Order

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway


def true_book(gateway: Gateway) -> dict[str, Any]:
    """Return orders, executions, positions and cash."""
    trading = gateway.trading
    return {
        "orders": [_order(order) for order in trading.exchange.roster.orders.values()],
        "executions": [_execution(execution) for execution in trading.executions.values()],
        "positions": [
            {
                "account": account.name,
                "con_id": holding.contract.con_id,
                "symbol": holding.contract.symbol,
                "quantity": float(holding.quantity),
                "average": float(holding.average),
            }
            for account in trading.accounts.values()
            for holding in sorted(account.held(), key=lambda held: held.contract.con_id)
        ],
        "cash": {
            account.name: {currency: float(account.cash_in(currency)) for currency in account.balances}
            for account in trading.accounts.values()
        },
    }


def _order(order: Order) -> dict[str, Any]:
    terms = order.terms
    return {
        "perm_id": order.perm_id,
        "order_id": order.order_id,
        "client_id": order.client_id,
        "ref": terms.order_ref,
        "account": terms.account,
        "symbol": order.contract.symbol,
        "side": terms.action,
        "type": terms.order_type,
        "quantity": float(terms.quantity),
        "filled": float(order.filled),
        "limit": terms.limit_price or None,
        "aux": terms.aux_price or None,
        "tif": terms.tif,
        "status": order.status.value,
        "parent_perm_id": order.parent.perm_id if order.parent else None,
        "oca_group": terms.oca_group or None,
    }


def _execution(execution: Execution) -> dict[str, Any]:
    return {
        "exec_id": execution.exec_id,
        "perm_id": execution.perm_id,
        "ref": execution.order_ref,
        "account": execution.account,
        "symbol": execution.contract.symbol,
        "side": "BUY" if execution.is_buy else "SELL",
        "quantity": float(execution.shares),
        "price": float(execution.price),
        "commission": float(execution.commission),
        "currency": execution.charged_in,
        "at": datetime.fromtimestamp(execution.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
