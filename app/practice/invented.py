"""Invented companies with generated history: two hundred names that nobody can mistake for real ones.

Names and figures do not depend on the seed, so an instrument is the same one in every practice market; its prices do.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.practice.contracts import Listing
from app.practice.market.draws import key_of, uniforms

_HOUSES = (
    "Alder", "Basalt", "Cobalt", "Dunmore", "Ember", "Fathom", "Garnet", "Halcyon", "Indigo", "Juniper",
    "Kestrel", "Larkspur", "Marlow", "Nimbus", "Orchard", "Pinnacle", "Quarry", "Rowan", "Saffron", "Thistle",
    "Umber", "Verdant", "Willow", "Yarrow", "Zephyr",
)  # fmt: skip
_TRADES = (
    ("Energy Corp", "E", ("Energy", "Oil&Gas", "Oil Comp-Explor&Prodtn")),
    ("Foods Inc", "F", ("Consumer, Non-cyclical", "Food", "Food-Misc/Diversified")),
    ("Logistics Inc", "L", ("Industrial", "Transportation", "Transport-Services")),
    ("Materials Corp", "M", ("Basic Materials", "Chemicals", "Chemicals-Specialty")),
    ("Pharma Inc", "P", ("Consumer, Non-cyclical", "Pharmaceuticals", "Medical-Drugs")),
    ("Retail Corp", "R", ("Consumer, Cyclical", "Retail", "Retail-Discount")),
    ("Software Inc", "S", ("Technology", "Software", "Applications Software")),
    ("Telecom Corp", "T", ("Communications", "Telecommunications", "Cellular Telecom")),
)
_STREAM = 11


@dataclass(frozen=True, slots=True)
class InventedCompany:
    """A company that does not exist: its symbol, name, exchange, line of business and behaviour."""

    symbol: str
    name: str
    exchange: str
    trade: tuple[str, str, str]
    listing: Listing


def invented_companies() -> list[InventedCompany]:
    """Return all invented companies, always the same ones in the same order."""
    pairs = [(house, *trade) for house in _HOUSES for trade in _TRADES]
    return [_company(n, house, kind, letter, trade) for n, (house, kind, letter, trade) in enumerate(pairs)]


def _company(number: int, house: str, kind: str, letter: str, trade: tuple[str, str, str]) -> InventedCompany:
    level, pace, crowd, age = uniforms(key_of(_STREAM, number), 4).tolist()
    return InventedCompany(
        symbol=house[:3].upper() + letter,
        name=f"{house} {kind}",
        exchange="NYSE" if number % 3 == 0 else "NASDAQ",
        trade=trade,
        listing=Listing(
            price=round(8.0 + 240.0 * level * level, 2),
            volatility=round(0.009 + 0.022 * pace * pace, 4),
            volume=round(250_000 + 12_000_000 * crowd * crowd * crowd, -3),
            sessions=780 + int(age * 500),
        ),
    )
