"""Option chains: every expiry and strike that an underlying has, made from ids and descriptions.

Expiries: the next five Fridays, the third Fridays of the next six months and of each quarter for two years (the last
session before it when a Friday is none). Strikes: multiples of the class's step; lists hold those near the price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from app.practice.contracts import Contract, ContractQuery, Listing, SpotOf
from app.practice.expiry import session_on_or_before, third_friday
from app.practice.hours import hours_of
from app.practice.listings import FOREIGN_ORDER_TYPES, OPTION_RULE

FIRST_CON_ID = 1_000_000_000
FIRST_MONDAY = date(2000, 1, 3)
# An id holds class, week, strike and right: 16 classes, 4096 weeks, 4096 strikes.
_WEEKS, _STRIKES = 4096, 4096
LAST_WEEK = 2600
WEEKLIES, MONTHLIES, QUARTERLIES = 5, 6, 8
NEAR_LOW, NEAR_HIGH = 0.65, 1.45
FAR_LOW, FAR_HIGH = 0.1, 10.0
SPREAD = 0.02


@dataclass(frozen=True, slots=True)
class OptionClass:
    """The options on one underlying; strikes are multiples of `step`."""

    underlying: int
    symbol: str
    step: float
    exchange: str = "SMART"
    under_sec_type: str = "STK"


CLASSES = (
    OptionClass(900_000_001, "AAPL", 5.0),
    OptionClass(900_000_002, "MSFT", 0.5),
    OptionClass(900_000_003, "IBM", 2.5),
    OptionClass(900_000_004, "GOOG", 10.0),
    OptionClass(900_000_005, "FB", 0.5),
    OptionClass(900_000_006, "SPY", 2.0),
    OptionClass(900_000_321, "QQQ", 2.5),
    OptionClass(900_004_001, "SPX", 20.0, "CBOE", "IND"),
)
EXCHANGES = ("SMART", "CBOE", "AMEX", "ISE")


class OptionChain:
    """The options of all classes."""

    def get(self, con_id: int) -> Contract | None:
        """Return the option of an id, or None when it is none."""
        rest, is_put = divmod(con_id - FIRST_CON_ID, 2)
        rest, strike = divmod(rest, _STRIKES)
        number, week = divmod(rest, _WEEKS)
        if not (0 <= number < len(CLASSES) and strike and week < LAST_WEEK):
            return None
        return option(number, week, strike, "P" if is_put else "C")

    def listing(self, con_id: int) -> Listing | None:
        """Return how the option behaves."""
        contract = self.get(con_id)
        return None if contract is None else Listing(source=contract.under_con_id, spread=SPREAD)

    def find(self, query: ContractQuery, now: float, spot_of: SpotOf) -> list[Contract]:
        """Return the options that are traded now and may fit a description."""
        query = _spelled_out(query)
        if query.sec_type.upper() != "OPT":
            return []
        number = next((n for n, made in enumerate(CLASSES) if made.symbol == query.symbol.upper()), None)
        return [] if number is None else list(_traded(number, query, now, spot_of(CLASSES[number].underlying, now)))


def class_of(underlying: int) -> OptionClass | None:
    """Return the options on an underlying, or None when it has none."""
    return next((made for made in CLASSES if made.underlying == underlying), None)


def expiries(now: float) -> list[date]:
    """Return the days on which traded options end, soonest first."""
    hours = hours_of("XNYS")
    today = datetime.fromtimestamp(now, UTC).date()
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    days = {friday + timedelta(weeks=n) for n in range(WEEKLIES + 1)}
    months = [(today.year * 12 + today.month - 1 + n) for n in range(3 * QUARTERLIES + 1)]
    thirds = [third_friday(month // 12, month % 12 + 1) for month in months]
    days |= set(thirds[: MONTHLIES + 1]) | {day for day in thirds if day.month % 3 == 0}
    ends = sorted({session_on_or_before(hours, day) for day in days})
    return [day for day in ends if hours.open_close(day)[1] > now]


def strikes(made: OptionClass, spot: float) -> list[float]:
    """Return the strikes near a price."""
    low, high = int(spot * NEAR_LOW / made.step), int(spot * NEAR_HIGH / made.step) + 1
    return [n * made.step for n in range(max(1, low), min(high, _STRIKES - 1) + 1)]


def option(number: int, week: int, strike: int, right: str) -> Contract:
    """Return the option of a class that ends in a week, counted from the first Monday of 2000."""
    made, last = CLASSES[number], _last_session(week)
    price = strike * made.step
    return Contract(
        con_id=FIRST_CON_ID + ((number * _WEEKS + week) * _STRIKES + strike) * 2 + (right == "P"),
        symbol=made.symbol,
        sec_type="OPT",
        primary_exchange="",
        exchange=made.exchange,
        currency="USD",
        name=f"{made.symbol} {last:%d%b%y} {price:g} {right}",
        local_symbol=f"{made.symbol:6}{last:%y%m%d}{right}{round(price * 1000):08d}",
        trading_class=made.symbol,
        market_name=made.symbol,
        expiry=f"{last:%Y%m%d}",
        strike=price,
        right=right,
        multiplier="100",
        valid_exchanges=EXCHANGES,
        order_types=FOREIGN_ORDER_TYPES,
        market_rule_id=OPTION_RULE,
        stock_type="",
        under_con_id=made.underlying,
        under_symbol=made.symbol,
        under_sec_type=made.under_sec_type,
        min_size=Decimal(1),
        size_increment=Decimal(1),
        suggested_size_increment=Decimal(1),
        agg_group=2,
    )


@lru_cache(maxsize=256)
def _last_session(week: int) -> date:
    return session_on_or_before(hours_of("XNYS"), FIRST_MONDAY + timedelta(weeks=week, days=4))


def _traded(number: int, query: ContractQuery, now: float, spot: float) -> Iterator[Contract]:
    made = CLASSES[number]
    ends = expiries(now)
    if query.include_expired and re.fullmatch(r"20\d\d(0[1-9]|1[0-2])([012]\d|3[01])", query.expiry):
        ends = _expired_on(query.expiry)
    rights = [query.right[:1].upper()] if query.right[:1].upper() in {"C", "P"} else ["C", "P"]
    for last in ends:
        week = (last - FIRST_MONDAY).days // 7
        if f"{last:%Y%m%d}".startswith(query.expiry) and 0 <= week < LAST_WEEK and _last_session(week) == last:
            for strike in _numbers(made, query.strike, spot):
                for right in rights:
                    yield option(number, week, strike, right)


def _expired_on(day: str) -> list[date]:
    try:
        return [date.fromisoformat(day)]
    except ValueError:  # such as 20260231
        return []


def _numbers(made: OptionClass, wanted: float, spot: float) -> list[int]:
    """Return the numbers of the strikes near the price, or of the one that is wanted if there is such a strike."""
    if not wanted:
        return [round(strike / made.step) for strike in strikes(made, spot)]
    number = round(wanted / made.step)
    is_strike = abs(number * made.step - wanted) < 1e-9 and 0 < number < _STRIKES
    return [number] if is_strike and FAR_LOW * spot <= wanted <= FAR_HIGH * spot else []


def _spelled_out(query: ContractQuery) -> ContractQuery:
    """Return a query by local symbol, such as `AAPL  261218C00430000`, with its parts."""
    text = query.local_symbol
    if query.sec_type.upper() not in {"", "OPT"} or len(text) != 21 or not (text[6:12] + text[13:]).isdigit():
        return query
    return ContractQuery(
        symbol=text[:6].strip(),
        sec_type="OPT",
        expiry=f"20{text[6:12]}",
        right=text[12],
        strike=int(text[13:]) / 1000,
        include_expired=query.include_expired,
    )
