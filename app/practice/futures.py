"""Futures chains: contracts by month, made from their ids and descriptions; expired ones are found only when wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from app.practice.contracts import Contract, ContractQuery, Listing, SpotOf
from app.practice.expiry import expiry_moment, middle_of_month, session_on_or_before, third_friday
from app.practice.hours import hours_of
from app.practice.listings import FOREIGN_ORDER_TYPES, QUARTER_RULE, Listed

FIRST_CON_ID, IDS_PER_PRODUCT = 900_100_001, 10_000
FIRST_YEAR, LAST_YEAR = 2000, 2048
MONTH_LETTERS = "FGHJKMNQUVXZ"
SP_ROOT, CORN_ROOT = 900_006_001, 900_006_002
YEARS_BACK = 2


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of future: `months` have contracts, the next `listed` of them are traded."""

    symbol: str
    name: str
    exchange: str
    multiplier: str
    months: tuple[int, ...]
    listed: int
    ends: Callable[[int, int], date]
    root: int
    carry: float
    magnifier: int = 1
    under_con_id: int = 0
    under_symbol: str = ""
    industry: str = "Indices"


QUARTERS = (3, 6, 9, 12)
PRODUCTS = (
    Product("ES", "Practice 500 E-mini", "CME", "50", QUARTERS, 5, third_friday, SP_ROOT, 0.02,
            under_con_id=900_004_001, under_symbol="SPX"),
    Product("MES", "Practice 500 Micro E-mini", "CME", "5", QUARTERS, 5, third_friday, SP_ROOT, 0.02,
            under_con_id=900_004_001, under_symbol="SPX"),
    # Corn is quoted in cents a bushel: 5,000 bushels by a magnifier of 100.
    Product("ZC", "Practice Corn", "CBOT", "5000", (3, 5, 7, 9, 12), 5, middle_of_month, CORN_ROOT, 0.05,
            magnifier=100, industry="Commodities"),
)  # fmt: skip


def future_roots() -> Listed:
    """Return what futures prices are made of: never told to clients."""
    return [
        (_root(SP_ROOT, "SPX.ROOT", "0.01"), Listing(price=1500.0, volatility=0.0095, volume=1_400_000, sessions=900)),
        (
            _root(CORN_ROOT, "ZC.ROOT", "0.01"),
            Listing(price=440.0, volatility=0.014, volume=180_000, sessions=900, drift=0.0),
        ),
    ]


def _root(con_id: int, symbol: str, tick: str) -> Contract:
    return Contract(
        con_id, symbol, "ROOT", "", "USD", symbol, min_tick=Decimal(tick), market_rule_id=0, calendar="CMES"
    )


class FuturesChain:
    """The contracts of all products."""

    def get(self, con_id: int) -> Contract | None:
        """Return the future of an id, or None when it is none."""
        number, month = divmod(con_id - FIRST_CON_ID, IDS_PER_PRODUCT)
        year, month = FIRST_YEAR + month // 12, month % 12 + 1
        if not 0 <= number < len(PRODUCTS) or year > LAST_YEAR or month not in PRODUCTS[number].months:
            return None
        return future(number, year, month)

    def listing(self, con_id: int) -> Listing | None:
        """Return how the future behaves."""
        contract = self.get(con_id)
        if contract is None:
            return None
        product = PRODUCTS[(con_id - FIRST_CON_ID) // IDS_PER_PRODUCT]
        return Listing(source=product.root, carry=product.carry)

    def find(self, query: ContractQuery, now: float, spot_of: SpotOf) -> list[Contract]:
        """Return the contracts traded now (or, when wanted, of the last years) of the product that is asked for."""
        if query.sec_type.upper() != "FUT" and not (query.local_symbol and not query.sec_type):
            return []
        found: list[Contract] = []
        for number, product in enumerate(PRODUCTS):
            if query.symbol.upper() == product.symbol or query.local_symbol.upper().startswith(product.symbol):
                found += _traded(number, now, has_expired=query.include_expired)
        return found


def _traded(number: int, now: float, *, has_expired: bool) -> Iterator[Contract]:
    product = PRODUCTS[number]
    today, left = datetime.fromtimestamp(now, UTC), product.listed
    for year in range(max(FIRST_YEAR, today.year - YEARS_BACK), min(today.year + 4, LAST_YEAR) + 1):
        for month in product.months:
            contract = future(number, year, month)
            is_over = expiry_moment(contract) <= now
            left -= not is_over
            if left < 0:
                return
            if has_expired or not is_over:
                yield contract


def future(number: int, year: int, month: int) -> Contract:
    """Return the contract of a product's month."""
    product = PRODUCTS[number]
    # What is settled by shares ends on a day on which they trade.
    days = hours_of("XNYS" if product.under_con_id else "CMES")
    last = session_on_or_before(days, product.ends(year, month))
    return Contract(
        con_id=FIRST_CON_ID + number * IDS_PER_PRODUCT + (year - FIRST_YEAR) * 12 + month - 1,
        symbol=product.symbol,
        sec_type="FUT",
        primary_exchange="",
        exchange=product.exchange,
        currency="USD",
        name=product.name,
        local_symbol=f"{product.symbol}{MONTH_LETTERS[month - 1]}{year % 10}",
        trading_class=product.symbol,
        market_name=product.symbol,
        expiry=f"{last:%Y%m%d}",
        multiplier=product.multiplier,
        valid_exchanges=(product.exchange,),
        order_types=FOREIGN_ORDER_TYPES,
        min_tick=Decimal("0.25"),
        market_rule_id=QUARTER_RULE,
        price_magnifier=product.magnifier,
        time_zone="US/Central",
        calendar="CMES",
        industry=product.industry,
        category=product.name,
        stock_type="",
        under_con_id=product.under_con_id,
        under_symbol=product.under_symbol or product.symbol,
        under_sec_type="IND" if product.under_con_id else "",
        min_size=Decimal(1),
        size_increment=Decimal(1),
        suggested_size_increment=Decimal(1),
        agg_group=2147483647,
        contract_month=f"{year}{month:02}",
    )
