"""Instruments beside the American stocks: shares and funds of other places, indices, currencies.

All are invented or generic; their figures do not depend on the seed. Ids: funds from 900000321, euro shares from
900001001, pence from 900002001, yen from 900003001, indices from 900004001, currencies from 900005001.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.practice.contracts import Contract, Listing, PriceIncrement
from app.practice.market.draws import key_of, uniforms

Listed = list[tuple[Contract, Listing]]

EURO_RULE, PENCE_RULE, YEN_RULE, FINE_YEN_RULE = 1869, 1874, 540, 541
OPTION_RULE, INDEX_RULE, FOREX_RULE, FOREX_YEN_RULE, QUARTER_RULE = 110, 1, 239, 53, 67
# For replayed tapes whose prices are finer than a cent.
FINE_RULES = (9003, 9004, 9005)
RULES: Mapping[int, tuple[PriceIncrement, ...]] = {
    # The European tick table (RTS 11) for shares with 2,000 to 9,000 trades a day, from its useful prices on.
    EURO_RULE: tuple(
        PriceIncrement(*step)
        for step in ((0, 0.0005), (2, 0.001), (5, 0.002), (10, 0.005), (20, 0.01), (50, 0.02), (100, 0.05), (200, 0.1),
                     (500, 0.2))
    ),
    PENCE_RULE: tuple(
        PriceIncrement(*step)
        for step in ((0, 0.05), (200, 0.1), (500, 0.2), (1000, 0.5), (2000, 1.0), (5000, 2.0))
    ),
    # Tokyo's table, and the finer one of the TOPIX 500.
    YEN_RULE: tuple(PriceIncrement(*step) for step in ((0, 1.0), (3000, 5.0), (5000, 10.0), (30_000, 50.0))),
    FINE_YEN_RULE: tuple(
        PriceIncrement(*step) for step in ((0, 0.1), (1000, 0.5), (3000, 1.0), (10_000, 5.0), (30_000, 10.0))
    ),
    OPTION_RULE: (PriceIncrement(0.0, 0.01), PriceIncrement(3.0, 0.05)),
    INDEX_RULE: (PriceIncrement(0.0, 0.01),),
    FOREX_RULE: (PriceIncrement(0.0, 0.00005),),
    FOREX_YEN_RULE: (PriceIncrement(0.0, 0.005),),
    QUARTER_RULE: (PriceIncrement(0.0, 0.25),),
    **dict(zip(FINE_RULES, ((PriceIncrement(0.0, step),) for step in (0.001, 0.0001, 0.00001)), strict=True)),
}  # fmt: skip
FOREIGN_ORDER_TYPES = (
    "ACTIVETIM,AD,ADJUST,ALLOC,AVGCOST,BASKET,COND,CONDORDER,DAY,DEACT,GAT,GTC,GTD,IOC,LIT,LMT,LOC,MIT,MKT,MOC,OCA,OPG,"
    "STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,TRAILMIT,WHATIF"
)
_STREAM = 12


@dataclass(frozen=True, slots=True)
class _Place:
    """One exchange: what its shares have in common; prices lie between `cheapest` and `dearest`."""

    first_con_id: int
    exchange: str
    currency: str
    calendar: str
    time_zone: str
    rule: int
    cheapest: float
    dearest: float
    magnifier: int = 1
    lot: int = 1


_FRANKFURT = _Place(900_001_001, "IBIS", "EUR", "XETR", "MET", EURO_RULE, 8.0, 240.0)
_PARIS = _Place(900_001_501, "SBF", "EUR", "XPAR", "MET", EURO_RULE, 6.0, 150.0)
_LONDON = _Place(900_002_001, "LSE", "GBP", "XLON", "GB-Eire", PENCE_RULE, 90.0, 3200.0, magnifier=100)
_TOKYO = _Place(900_003_001, "TSEJ", "JPY", "XTKS", "Japan", YEN_RULE, 700.0, 9000.0, lot=100)
_TOKYO_FINE = _Place(900_003_501, "TSEJ", "JPY", "XTKS", "Japan", FINE_YEN_RULE, 400.0, 6000.0, lot=100)

_GERMAN = ("Adlerwerke", "Bergmann", "Donauhafen", "Eisenach", "Falkenau", "Grünwald", "Harzwerk", "Isarbau")
_FRENCH = ("Aubépine", "Belleroche", "Clairval", "Dorémont", "Estérel", "Fontclair")
_BRITISH = ("Ashbourne", "Brackley", "Coldstream", "Dovedale", "Evesham", "Fenwick", "Glaisdale", "Harrogate",
            "Inverleith", "Kirkwall")  # fmt: skip
_JAPANESE = ("Asagiri", "Benten", "Chidori", "Fujimino", "Hayase", "Izumino", "Kazahaya", "Matsukaze", "Nagisa",
             "Oborozuki")  # fmt: skip
# American companies that are listed in Europe under the same symbol: who names no currency finds several.
_ABROAD = (
    ("ALDE", "Alder Energy Corp"), ("BASS", "Basalt Software Inc"), ("COBP", "Cobalt Pharma Inc"),
    ("KESS", "Kestrel Software Inc"), ("ROWT", "Rowan Telecom Corp"),
)  # fmt: skip


def foreign_shares() -> Listed:
    """Return the shares of Frankfurt, Paris, London and Tokyo."""
    houses = (
        (_FRANKFURT, [(name[:3].upper().replace("Ü", "U") + "G", f"{name} AG") for name in _GERMAN]),
        (_PARIS, [(_plain(name[:3]).upper() + "F", f"{name} SA") for name in _FRENCH]),
        (_LONDON, [(name[:3].upper() + ".", f"{name} PLC") for name in _BRITISH]),
        (_TOKYO, [(str(6101 + 37 * n), f"{name} KK") for n, name in enumerate(_JAPANESE[:5])]),
        (_TOKYO_FINE, [(str(7102 + 41 * n), f"{name} KK") for n, name in enumerate(_JAPANESE[5:])]),
    )
    shares = [_share(place, n, *made) for place, names in houses for n, made in enumerate(names)]
    # Behind the place's own: the same five symbols in Frankfurt and in Paris (both euro), three of them in London.
    for place, count in ((_FRANKFURT, 5), (_PARIS, 2), (_LONDON, 3)):
        shares += [_share(place, 100 + n, *made) for n, made in enumerate(_ABROAD[:count])]
    return shares


def _share(place: _Place, number: int, symbol: str, name: str) -> tuple[Contract, Listing]:
    con_id = place.first_con_id + number
    level, pace, crowd, yields = uniforms(key_of(_STREAM, con_id), 4).tolist()
    contract = Contract(
        con_id=con_id,
        symbol=symbol,
        sec_type="STK",
        primary_exchange=place.exchange,
        currency=place.currency,
        name=name,
        local_symbol=f"{symbol}.T" if place.exchange == "TSEJ" else symbol,
        trading_class={"IBIS": "XETRA"}.get(place.exchange, symbol),
        market_name={"IBIS": "XETRA"}.get(place.exchange, symbol),
        valid_exchanges=("SMART", place.exchange),
        order_types=FOREIGN_ORDER_TYPES,
        min_tick=Decimal(str(RULES[place.rule][0].increment)),
        market_rule_id=place.rule,
        price_magnifier=place.magnifier,
        time_zone=place.time_zone,
        calendar=place.calendar,
        industry="Industrial",
        category="Miscellaneous Manufactur",
        subcategory="Diversified Manufact Op",
        min_size=Decimal(place.lot),
        size_increment=Decimal(place.lot),
        suggested_size_increment=Decimal(place.lot),
    )
    listing = Listing(
        price=round(place.cheapest + (place.dearest - place.cheapest) * level * level, 1),
        volatility=round(0.009 + 0.014 * pace * pace, 4),
        volume=round(200_000 + 6_000_000 * crowd * crowd, -3),
        sessions=780,
        spread=3e-4,
        dividend=round(0.003 + 0.006 * yields, 4) if number % 2 == 0 else 0.0,
    )
    return contract, listing


def _plain(letters: str) -> str:
    return letters.translate(str.maketrans("éÉ", "eE"))


_FUNDS = (
    ("QQQ", "Practice 100 ETF Trust", "NASDAQ", 210.0, 0.012, 30_000_000, Listing()),
    ("IWM", "Practice Small Companies ETF", "ARCA", 120.0, 0.013, 18_000_000, Listing()),
    ("TLT", "Practice 20+ Year Treasury ETF", "NASDAQ", 95.0, 0.008, 12_000_000, Listing(dividend=0.009, drift=0.0)),
    ("GLD", "Practice Gold Shares", "ARCA", 160.0, 0.009, 7_000_000, Listing()),
    ("EEM", "Practice Emerging Markets ETF", "ARCA", 41.0, 0.012, 25_000_000, Listing(dividend=0.006)),
    ("HDIV", "Practice High Dividend ETF", "ARCA", 78.0, 0.008, 3_000_000, Listing(dividend=0.011)),
    ("SPLT", "Practice Splitting Shares ETF", "ARCA", 64.0, 0.014, 2_500_000, Listing(split_every=40)),
    ("RSPL", "Practice Reverse Splits ETF", "ARCA", 9.0, 0.02, 4_000_000, Listing(split_every=55, split_ratio=0.2)),
)


def more_funds(exchanges: tuple[str, ...]) -> Listed:
    """Return exchange-traded funds; some pay dividends, two split on their own calendar."""
    return [
        (
            Contract(
                con_id=900_000_321 + n,
                symbol=symbol,
                sec_type="STK",
                primary_exchange=exchange,
                currency="USD",
                name=name,
                local_symbol=symbol,
                trading_class=symbol,
                market_name=symbol,
                valid_exchanges=exchanges,
                industry="Funds",
                category="Equity Fund",
                subcategory="Exchange Traded",
                stock_type="ETF",
            ),
            _with(habits, price=price, volatility=volatility, volume=volume),
        )
        for n, (symbol, name, exchange, price, volatility, volume, habits) in enumerate(_FUNDS)
    ]


def _with(habits: Listing, *, price: float, volatility: float, volume: int) -> Listing:
    return Listing(
        price=price, volatility=volatility, volume=volume, sessions=900, drift=habits.drift, dividend=habits.dividend,
        split_every=habits.split_every, split_ratio=habits.split_ratio,
    )  # fmt: skip


_PAIRS = (
    ("EUR", "USD", 1.09, 0.0048), ("GBP", "USD", 1.27, 0.0055), ("AUD", "USD", 0.66, 0.0062),
    ("USD", "JPY", 148.0, 0.006), ("USD", "CHF", 0.89, 0.005), ("USD", "CAD", 1.36, 0.0042),
)  # fmt: skip


def currency_pairs() -> Listed:
    """Return currencies against the dollar, traded on IDEALPRO day and night."""
    return [_pair(900_005_001 + n, *pair) for n, pair in enumerate(_PAIRS)]


def _pair(con_id: int, symbol: str, currency: str, price: float, volatility: float) -> tuple[Contract, Listing]:
    rule = FOREX_YEN_RULE if currency == "JPY" else FOREX_RULE
    contract = Contract(
        con_id=con_id,
        symbol=symbol,
        sec_type="CASH",
        primary_exchange="",
        exchange="IDEALPRO",
        currency=currency,
        name=f"{symbol}.{currency} spot",
        local_symbol=f"{symbol}.{currency}",
        trading_class=f"{symbol}.{currency}",
        market_name=f"{symbol}.{currency}",
        valid_exchanges=("IDEALPRO",),
        order_types=FOREIGN_ORDER_TYPES,
        min_tick=Decimal(str(RULES[rule][0].increment)),
        market_rule_id=rule,
        calendar="FOREX",
        stock_type="",
        min_size=Decimal(1),
        size_increment=Decimal(1),
        suggested_size_increment=Decimal(1),
        agg_group=4,
    )
    return contract, Listing(
        price=price, volatility=volatility, volume=900_000_000, sessions=780, drift=0.0, spread=2e-5
    )


def indices(source: int) -> Listed:
    """Return the index that futures and options are written on; `source` has its prices day and night."""
    index = Contract(
        con_id=900_004_001,
        symbol="SPX",
        sec_type="IND",
        primary_exchange="CBOE",
        exchange="CBOE",
        currency="USD",
        name="Practice 500 Index",
        local_symbol="SPX",
        trading_class="SPX",
        market_name="SPX",
        valid_exchanges=("CBOE",),
        order_types="",
        market_rule_id=INDEX_RULE,
        industry="Indices",
        category="Broad Range Equity Index",
        stock_type="",
        min_size=Decimal(1),
        size_increment=Decimal(1),
        suggested_size_increment=Decimal(1),
    )
    return [(index, Listing(source=source, price=1500.0))]
