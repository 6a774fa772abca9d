"""The named values of an account, as account updates and summaries tell them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.practice.accounts.account import CURRENCY, Account

BASE = "BASE"


@dataclass(frozen=True, slots=True)
class Value:
    """One named value."""

    key: str
    value: str
    currency: str = ""


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def account_values(account: Account) -> list[Value]:
    """Return every value that account updates tell."""
    return [Value("AccountCode", account.name), *summary_values(account), *ledger_values(account)]


def summary_values(account: Account) -> list[Value]:
    """Return the values that summaries know by tag."""
    margin, gross, holdings = account.margin(), account.gross_value(), account.market_value()
    available = margin.equity - margin.initial
    excess = margin.equity - margin.maintenance
    amounts = {
        "NetLiquidation": margin.equity,
        "TotalCashValue": account.cash,
        "SettledCash": account.cash,
        "AccruedCash": Decimal(0),
        "BuyingPower": max(Decimal(0), available * 2),
        "EquityWithLoanValue": margin.equity,
        "PreviousDayEquityWithLoanValue": account.opening_value,
        "GrossPositionValue": gross,
        "RegTEquity": margin.equity,
        "RegTMargin": margin.initial,
        "SMA": max(Decimal(0), available),
        "InitMarginReq": margin.initial,
        "MaintMarginReq": margin.maintenance,
        "AvailableFunds": available,
        "ExcessLiquidity": excess,
        "FullInitMarginReq": margin.initial,
        "FullMaintMarginReq": margin.maintenance,
        "FullAvailableFunds": available,
        "FullExcessLiquidity": excess,
        "LookAheadInitMarginReq": margin.initial,
        "LookAheadMaintMarginReq": margin.maintenance,
        "LookAheadAvailableFunds": available,
        "LookAheadExcessLiquidity": excess,
        "StockMarketValue": holdings,
    }
    ratios = {
        "AccountType": "INDIVIDUAL",
        "Cushion": f"{excess / margin.equity:.6f}" if margin.equity > 0 else "0",
        "DayTradesRemaining": "-1",
        "LookAheadNextChange": "0",
        "Leverage": f"{gross / margin.equity:.2f}" if margin.equity > 0 else "0.00",
    }
    return [Value(key, text) for key, text in ratios.items()] + [
        Value(key, _money(amount), CURRENCY) for key, amount in amounts.items()
    ]


def ledger_values(account: Account) -> list[Value]:
    """Return the values by currency: the base currency and USD, which are the same here."""
    amounts = {
        "CashBalance": account.cash,
        "TotalCashBalance": account.cash,
        "NetLiquidationByCurrency": account.net_liquidation(),
        "StockMarketValue": account.market_value(),
        "RealizedPnL": account.realized(),
        "UnrealizedPnL": account.unrealized(),
        "AccruedCash": Decimal(0),
    }
    return [
        value
        for currency in (BASE, CURRENCY)
        for value in (
            Value("Currency", currency, currency),
            Value("ExchangeRate", "1.00", currency),
            *(Value(key, _money(amount), currency) for key, amount in amounts.items()),
        )
    ]


def tagged(account: Account, tags: Iterable[str]) -> list[Value]:
    """Return the values a summary asks for; `$LEDGER` (with or without a currency) stands for the ledger."""
    known = {value.key: value for value in summary_values(account)}
    found: list[Value] = []
    for tag in tags:
        if tag.startswith("$LEDGER"):
            currency = tag.partition(":")[2]
            wanted = {BASE} if not currency else {BASE, CURRENCY} if currency == "ALL" else {currency}
            found += [value for value in ledger_values(account) if value.currency in wanted]
        elif tag in known:
            found.append(known[tag])
    return found
