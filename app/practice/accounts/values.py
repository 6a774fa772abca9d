"""The named values of an account, as account updates and summaries tell them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.practice.accounts.account import BASE_CURRENCY, Account
from app.practice.accounts.holding import ZERO

BASE = "BASE"
_BY_SEC_TYPE = {"STK": "StockMarketValue", "OPT": "OptionMarketValue", "FUT": "FutureMarketValue"}


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
    """Return the values that summaries know by tag, in the base currency."""
    margin, gross, cash = account.margin(), account.gross_value(), account.cash
    available = margin.equity - margin.initial
    excess = margin.equity - margin.maintenance
    amounts = {
        "NetLiquidation": margin.equity,
        "TotalCashValue": cash,
        "SettledCash": cash,
        "AccruedCash": ZERO,
        "BuyingPower": max(ZERO, available * 2),
        "EquityWithLoanValue": margin.equity,
        "PreviousDayEquityWithLoanValue": account.opening_value,
        "GrossPositionValue": gross,
        "RegTEquity": margin.equity,
        "RegTMargin": margin.initial,
        "SMA": max(ZERO, available),
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
    }
    ratios = {
        "AccountType": "INDIVIDUAL",
        "Cushion": f"{excess / margin.equity:.6f}" if margin.equity > 0 else "0",
        "DayTradesRemaining": "-1",
        "LookAheadNextChange": "0",
        "Leverage": f"{gross / margin.equity:.2f}" if margin.equity > 0 else "0.00",
    }
    return [Value(key, text) for key, text in ratios.items()] + [
        Value(key, _money(amount), BASE_CURRENCY) for key, amount in amounts.items()
    ]


def ledger_values(account: Account) -> list[Value]:
    """Return the values by currency: the sum in the base currency (BASE) first, then each currency in itself."""
    currencies = {BASE_CURRENCY, *account.balances, *(h.contract.currency for h in account.held())}
    return [value for currency in (BASE, *sorted(currencies)) for value in _ledger(account, currency)]


def _ledger(account: Account, currency: str) -> list[Value]:
    is_sum = currency == BASE
    rate = Decimal(1) if is_sum else account.rate(currency)
    holdings = [h for h in account.holdings.values() if is_sum or h.contract.currency == currency]
    amounts: dict[str, Decimal] = dict.fromkeys(
        ("CashBalance", "TotalCashBalance", "NetLiquidationByCurrency", *_BY_SEC_TYPE.values(), "RealizedPnL"), ZERO
    )
    amounts |= {"UnrealizedPnL": ZERO, "AccruedCash": ZERO}
    cash = account.cash if is_sum else account.cash_in(currency)
    amounts["CashBalance"] = amounts["TotalCashBalance"] = cash
    for holding in holdings:
        scale = account.rate(holding.contract.currency) if is_sum else Decimal(1)
        amounts["RealizedPnL"] += holding.realized * scale
        if holding.contract.sec_type != "CASH" and holding.quantity:
            unit = account.unit(holding)
            amounts["UnrealizedPnL"] += holding.unrealized(unit) * scale
            name = _BY_SEC_TYPE.get(holding.contract.sec_type, "StockMarketValue")
            amounts[name] += holding.quantity * unit * scale
    worth = account.base_cash() if is_sum else account.balances.get(currency, ZERO)
    amounts["NetLiquidationByCurrency"] = worth + account.market_value(None if is_sum else currency)
    return [
        Value("Currency", currency, currency),
        Value("ExchangeRate", f"{rate:.7f}".rstrip("0").ljust(4, "0") if rate != 1 else "1.00", currency),
        *(Value(key, _money(amount), currency) for key, amount in amounts.items()),
    ]


def tagged(account: Account, tags: Iterable[str]) -> list[Value]:
    """Return the values a summary asks for; `$LEDGER` (with or without a currency) stands for the ledger."""
    known = {value.key: value for value in summary_values(account)}
    found: list[Value] = []
    for tag in tags:
        if tag.startswith("$LEDGER"):
            wanted = tag.partition(":")[2]
            found += [v for v in ledger_values(account) if wanted == "ALL" or v.currency == (wanted or BASE)]
        elif tag in known:
            found.append(known[tag])
    return found
