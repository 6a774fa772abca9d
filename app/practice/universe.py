"""The instruments of the practice market: five stocks with real history, the rest invented or made of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from app.practice.contracts import CENT_RULE, Contract, ContractBook, ContractQuery, Listing, PriceIncrement
from app.practice.futures import SP_ROOT, FuturesChain, future_roots
from app.practice.invented import invented_companies
from app.practice.listings import FINE_RULES, RULES, currency_pairs, foreign_shares, indices, more_funds
from app.practice.option_chain import OptionChain
from app.practice.replay import Replay

FIRST_CON_ID = 900_000_001
FIRST_INVENTED_CON_ID = 900_000_101
REPLAYED_CON_ID = 900_900_001
US_EXCHANGES = ("SMART", "NYSE", "NASDAQ", "ARCA", "BATS", "IEX", "EDGX")

MARKET_RULES: Mapping[int, tuple[PriceIncrement, ...]] = {CENT_RULE: (PriceIncrement(0.0, 0.01),), **RULES}

_SHIPPED = (
    ("AAPL", "Apple Inc", "NASDAQ", "Technology", "Computers", "Computers", "US0378331005"),
    ("MSFT", "Microsoft Corp", "NASDAQ", "Technology", "Software", "Applications Software", "US5949181045"),
    ("IBM", "Intl Business Machines Corp", "NYSE", "Technology", "Computers", "Computer Services", "US4592001014"),
    ("GOOG", "Google Inc", "NASDAQ", "Communications", "Internet", "Web Portals/ISP", "US38259P5089"),
    ("FB", "Facebook Inc", "NASDAQ", "Communications", "Internet", "Internet Content-Entmnt", "US30303M1027"),
)


def practice_universe(now: Callable[[], float] | None = None, replay: Replay | None = None) -> ContractBook:
    """Return the book of all practice instruments; `now` is market time, which futures and options end by.

    A replayed tape of a symbol that there is not brings a stock of its own.
    """
    listed = [
        *_shipped_stocks(),
        _index_fund(),
        *_invented_stocks(),
        *more_funds(US_EXCHANGES),
        *foreign_shares(),
        *indices(SP_ROOT),
        *currency_pairs(),
    ]
    if replay is not None and replayed_contract(ContractBook(listed, {}), replay) is None:
        listed.append((_new_stock(replay), Listing()))
    return ContractBook(listed, MARKET_RULES, roots=future_roots(), chains=(FuturesChain(), OptionChain()), now=now)


def replayed_contract(book: ContractBook, replay: Replay) -> Contract | None:
    """Return the American share that a tape is of, or None when there is none yet."""
    found = book.find(ContractQuery(symbol=replay.symbol, sec_type="STK", currency="USD"))
    return found[0] if found else None


def _new_stock(replay: Replay) -> Contract:
    stock = _us_stock(REPLAYED_CON_ID, replay.symbol, f"{replay.symbol} as replayed", "NASDAQ", ("", "", ""), "")
    for rule in (CENT_RULE, *FINE_RULES):
        tick = MARKET_RULES[rule][0].increment
        steps = replay.close / tick
        if rule == FINE_RULES[-1] or np.abs(steps - np.rint(steps)).max() < 1e-6:
            break
    return replace(stock, min_tick=Decimal(str(tick)), market_rule_id=rule)


def _shipped_stocks() -> list[tuple[Contract, Listing]]:
    return [
        (
            _us_stock(FIRST_CON_ID + n, symbol, name, exchange, (industry, category, subcategory), isin),
            Listing(history=f"{symbol}.csv.gz"),
        )
        for n, (symbol, name, exchange, industry, category, subcategory, isin) in enumerate(_SHIPPED)
    ]


def _index_fund() -> tuple[Contract, Listing]:
    fund = Contract(
        con_id=FIRST_CON_ID + len(_SHIPPED),
        symbol="SPY",
        sec_type="STK",
        primary_exchange="ARCA",
        currency="USD",
        name="Practice 500 ETF Trust",
        local_symbol="SPY",
        trading_class="SPY",
        market_name="SPY",
        valid_exchanges=US_EXCHANGES,
        industry="Funds",
        category="Equity Fund",
        subcategory="Growth&Income-Large Cap",
        stock_type="ETF",
    )
    return fund, Listing(price=150.0, volatility=0.009, volume=40_000_000, sessions=1500)


def _invented_stocks() -> list[tuple[Contract, Listing]]:
    return [
        (_us_stock(FIRST_INVENTED_CON_ID + n, made.symbol, made.name, made.exchange, made.trade, ""), made.listing)
        for n, made in enumerate(invented_companies())
    ]


def _us_stock(con_id: int, symbol: str, name: str, exchange: str, trade: tuple[str, str, str], isin: str) -> Contract:
    return Contract(
        con_id=con_id,
        symbol=symbol,
        sec_type="STK",
        primary_exchange=exchange,
        currency="USD",
        name=name,
        local_symbol=symbol,
        trading_class="NMS" if exchange == "NASDAQ" else symbol,
        market_name="NMS" if exchange == "NASDAQ" else symbol,
        valid_exchanges=US_EXCHANGES,
        industry=trade[0],
        category=trade[1],
        subcategory=trade[2],
        isin=isin,
    )
