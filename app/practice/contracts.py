"""What can be traded on the practice market, and how a client's description of it is resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

US_STOCK_ORDER_TYPES = (
    "ACTIVETIM,AD,ADJUST,ALLOC,AVGCOST,BASKET,COND,CONDORDER,DAY,DEACT,DEACTDIS,GAT,GTC,GTD,IOC,LIT,LMT,LOC,MIT,MKT,"
    "MOC,NONALGO,OCA,OPG,SCALE,STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,TRAILMIT,WHATIF"
)
# IB: the market rule of US stocks is 26, one cent at every price.
CENT_RULE = 26


class PriceIncrement(NamedTuple):
    """From `low_edge` upwards prices move by `increment`."""

    low_edge: float
    increment: float


@dataclass(frozen=True, slots=True)
class Contract:
    """One instrument as contract details tell it; prices are in `currency` divided by `price_magnifier`."""

    con_id: int
    symbol: str
    sec_type: str
    primary_exchange: str
    currency: str
    name: str
    exchange: str = "SMART"
    local_symbol: str = ""
    trading_class: str = "NMS"
    market_name: str = "NMS"
    expiry: str = ""
    strike: float = 0.0
    right: str = ""
    multiplier: str = ""
    valid_exchanges: tuple[str, ...] = ("SMART",)
    order_types: str = US_STOCK_ORDER_TYPES
    min_tick: Decimal = Decimal("0.01")
    market_rule_id: int = CENT_RULE
    price_magnifier: int = 1
    time_zone: str = "US/Eastern"
    calendar: str = "XNYS"
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    stock_type: str = "COMMON"
    isin: str = ""
    under_con_id: int = 0
    under_symbol: str = ""
    under_sec_type: str = ""
    min_size: Decimal = Decimal("0.0001")
    size_increment: Decimal = Decimal("0.0001")
    suggested_size_increment: Decimal = Decimal(100)
    agg_group: int = 1
    contract_month: str = ""

    @property
    def value_factor(self) -> Decimal:
        """What one contract at a price of 1 is worth in `currency`: its multiplier, by the price's magnifier."""
        return Decimal(self.multiplier or "1") / self.price_magnifier

    @property
    def is_tradable(self) -> bool:
        """Whether it can be bought: an index cannot, and has neither bid nor ask."""
        return self.sec_type != "IND"

    @property
    def has_trades(self) -> bool:
        """Whether single trades are told: currencies are quoted only."""
        return self.sec_type != "CASH"


@dataclass(frozen=True, slots=True)
class Listing:
    """How an instrument behaves: either real history from a file, or one generated from these figures.

    `price` is where a generated history of `sessions` daily bars begins; `volatility` is a day's relative standard
    deviation; `volume` a usual day's shares. With `history` the last three are read from the file instead.
    `spread` is the usual distance of bid and ask, relative to the price. With `source`, the id of another instrument,
    prices are made of its prices. `dividend` is what a share pays each quarter, relative to its price; every
    `split_every` sessions one share becomes `split_ratio`.
    """

    history: str = ""
    price: float = 100.0
    volatility: float = 0.015
    volume: int = 2_000_000
    sessions: int = 800
    drift: float = 0.0003
    spread: float = 1e-4
    source: int = 0
    carry: float = 0.0
    dividend: float = 0.0
    split_every: int = 0
    split_ratio: float = 2.0


@dataclass(frozen=True, slots=True)
class ContractQuery:
    """What a client said about a contract; empty fields match anything."""

    con_id: int = 0
    symbol: str = ""
    sec_type: str = ""
    exchange: str = ""
    primary_exchange: str = ""
    currency: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    expiry: str = ""
    strike: float = 0.0
    right: str = ""
    multiplier: str = ""
    isin: str = ""
    include_expired: bool = False


# The last price of an instrument at a moment.
SpotOf = Callable[[int, float], float]


class Chain(Protocol):
    """A family of contracts too many, or too fleeting, to list: made from their ids and descriptions."""

    def get(self, con_id: int) -> Contract | None:
        """Return the contract of an id of this family."""
        ...

    def listing(self, con_id: int) -> Listing | None:
        """Return how such a contract behaves."""
        ...

    def find(self, query: ContractQuery, now: float, spot_of: SpotOf) -> list[Contract]:
        """Return the contracts of this family that a description fits."""
        ...


# IB: NASDAQ is spoken of as ISLAND by older programs; both name the same place.
EXCHANGE_ALIASES = {"ISLAND": "NASDAQ", "NASDAQ.NMS": "NASDAQ"}


class ContractBook:
    """All instruments, found by id, by description or by a few letters."""

    def __init__(
        self,
        listed: Sequence[tuple[Contract, Listing]],
        rules: Mapping[int, tuple[PriceIncrement, ...]],
        *,
        roots: Sequence[tuple[Contract, Listing]] = (),
        chains: Sequence[Chain] = (),
        now: Callable[[], float] | None = None,
    ) -> None:
        """Take roots, which others are made of and nobody finds, and chains, which need market time to be searched."""
        self._listings = {contract.con_id: listing for contract, listing in listed}
        self._by_id = {contract.con_id: contract for contract, _ in listed}
        self._by_symbol: dict[str, list[Contract]] = {}
        for contract in self._by_id.values():
            self._by_symbol.setdefault(contract.symbol, []).append(contract)
        self._rules = rules
        self._roots = {contract.con_id: contract for contract, _ in roots}
        self._listings |= {contract.con_id: listing for contract, listing in roots}
        self._chains = chains
        self._now = now
        self._spot_of: SpotOf = lambda con_id, at: self._listings[con_id].price

    def follow(self, spot_of: SpotOf) -> None:
        """List strikes around these prices from now on."""
        self._spot_of = spot_of

    def all(self) -> list[Contract]:
        """Return every instrument in the order of its id."""
        return sorted(self._by_id.values(), key=lambda contract: contract.con_id)

    def get(self, con_id: int) -> Contract | None:
        """Return the instrument of that id, or None."""
        found = self._by_id.get(con_id) or self._roots.get(con_id)
        if found is None:
            found = next((made for chain in self._chains if (made := chain.get(con_id)) is not None), None)
        return found

    def listing(self, con_id: int) -> Listing:
        """Return how the instrument behaves on the market; raises KeyError for an unknown id."""
        made = next((made for chain in self._chains if (made := chain.listing(con_id)) is not None), None)
        return made or self._listings[con_id]

    def find(self, query: ContractQuery) -> list[Contract]:
        """Return every instrument that the description fits; none if a field contradicts, several if it is vague."""
        if query.con_id:
            known = None if query.con_id in self._roots else self.get(query.con_id)
            return [known] if known is not None and exchange_fits(known, query.exchange) else []
        if not (query.symbol or query.local_symbol or query.isin):
            return []
        candidates = self._by_symbol.get(query.symbol.upper(), []) if query.symbol else self.all()
        return [contract for contract in [*candidates, *self._made(query)] if fits(contract, query)]

    def _made(self, query: ContractQuery) -> list[Contract]:
        if self._now is None:
            return []
        now = self._now()
        return [contract for chain in self._chains for contract in chain.find(query, now, self._spot_of)]

    def matching(self, pattern: str, limit: int = 16) -> list[Contract]:
        """Return instruments whose symbol begins with, or whose name contains, the pattern; best first."""
        wanted = pattern.strip().upper()
        if not wanted:
            return []
        ranked = ((_rank(contract, wanted), contract.symbol, contract) for contract in self._by_id.values())
        hits = sorted((hit for hit in ranked if hit[0] is not None), key=lambda hit: (hit[0], hit[1], hit[2].con_id))
        return [contract for _, _, contract in hits[:limit]]

    def market_rule(self, rule_id: int) -> list[PriceIncrement] | None:
        """Return the price increments of a market rule from the lowest price up, or None for an unknown id."""
        rule = self._rules.get(rule_id)
        return None if rule is None else list(rule)


def fits(contract: Contract, query: ContractQuery) -> bool:
    """Return whether a contract is what a description says."""
    said = (
        (query.sec_type, contract.sec_type),
        (query.currency, contract.currency),
        (query.local_symbol, contract.local_symbol),
        (query.trading_class, contract.trading_class),
        (query.isin, contract.isin),
        (query.multiplier, contract.multiplier),
    )
    if any(wish and wish.upper() != fact.upper() for wish, fact in said):
        return False
    primary = EXCHANGE_ALIASES.get(query.primary_exchange.upper(), query.primary_exchange.upper())
    return (
        (not primary or primary == contract.primary_exchange)
        and exchange_fits(contract, query.exchange)
        and contract.expiry.startswith(query.expiry)
        and (not query.strike or abs(query.strike - contract.strike) < 1e-9)
        and (not query.right or query.right[:1].upper() == contract.right)
    )


def exchange_fits(contract: Contract, exchange: str) -> bool:
    """Return whether a contract is traded at an exchange; blank fits any."""
    wanted = EXCHANGE_ALIASES.get(exchange.upper(), exchange.upper())
    return not wanted or wanted in contract.valid_exchanges


def _rank(contract: Contract, wanted: str) -> int | None:
    if contract.symbol == wanted:
        return 0
    if contract.symbol.startswith(wanted):
        return 1
    words = contract.name.upper()
    if words.startswith(wanted):
        return 2
    return 3 if wanted in words else None
