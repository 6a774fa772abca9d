"""What a quote tells beside prices when a client lists it: averages, volatility, auctions, what can be borrowed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING

from app.practice.contracts import Contract
from app.practice.server.locating import shares_to_borrow
from app.practice.wire import replies

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway

# IB: the numbers a client may list, apart from those that only some instruments have.
_NUMBERS = (
    "100 101 104 105 106 107 125 162 165 166 220 221 225 232 233 236 256 258 292 293 294 295 318 370 375 377 381 384"
    " 387 388 391 407 411 428 439 456 459 460 499 506 511 545 577 586 587 588 595 614 619 623 mdoff"
)
KNOWN = frozenset(_NUMBERS.split())
AUCTIONS = "225"
AUCTION_VOLUME, AUCTION_PRICE, AUCTION_IMBALANCE = 34, 35, 36
HISTORICAL_VOLATILITY, IMPLIED_VOLATILITY, MARK_PRICE, SHORTABLE, SHORTABLE_SHARES = 23, 24, 37, 46, 89
RANGES = (("13 W", 15, 16), ("26 W", 17, 18), ("52 W", 19, 20))
AVERAGE_VOLUME = 21
# IB: above 2.5 there are shares, above 1.5 they are searched for.
EASY_TO_BORROW, HARD_TO_BORROW = 3.0, 2.0
YEAR_DAYS = 252

Message = replies.TickPrice | replies.TickSize | replies.TickGeneric


def unknown_of(listed: str) -> list[str]:
    """Return what a client listed that is no generic tick."""
    return [word for word in _words(listed) if word not in KNOWN]


def wants_auctions(listed: str) -> bool:
    """Return whether a client follows auctions."""
    return AUCTIONS in _words(listed)


def generic_ticks(gateway: Gateway, req_id: int, contract: Contract, listed: str) -> Iterator[Message]:
    """Yield the values behind the generic ticks that a client listed and the instrument has."""
    for word in _words(listed):
        teller = _TELLERS.get(word)
        if teller is not None and contract.is_tradable:
            yield from teller(gateway, req_id, contract)


def auction_ticks(gateway: Gateway, req_id: int, contract: Contract) -> Iterator[Message]:
    """Yield what the auction shows that gathers now; nothing between auctions."""
    auction = gateway.market.auction(contract.con_id, gateway.clock.now())
    if auction is not None:
        yield replies.TickSize(req_id=req_id, tick_type=AUCTION_VOLUME, size=Decimal(auction.volume))
        yield _price(req_id, AUCTION_PRICE, auction.price)
        yield replies.TickSize(req_id=req_id, tick_type=AUCTION_IMBALANCE, size=Decimal(auction.imbalance))


def _historical_volatility(gateway: Gateway, req_id: int, contract: Contract) -> Iterator[Message]:
    yearly = gateway.market.tape(contract.con_id).volatility * sqrt(YEAR_DAYS)
    yield replies.TickGeneric(req_id=req_id, tick_type=HISTORICAL_VOLATILITY, value=round(yearly, 6))


def _implied_volatility(gateway: Gateway, req_id: int, contract: Contract) -> Iterator[Message]:
    yearly = gateway.market.tape(contract.con_id).volatility * sqrt(YEAR_DAYS)
    yield replies.TickGeneric(req_id=req_id, tick_type=IMPLIED_VOLATILITY, value=round(yearly, 6))


def _ranges(gateway: Gateway, req_id: int, contract: Contract) -> Iterator[Message]:
    now = gateway.clock.now()
    for span, low, high in RANGES:
        bars = gateway.market.bars(contract.con_id, "1 day", end=now, now=now, span=span)
        if len(bars):
            yield _price(req_id, low, float(bars.low.min()))
            yield _price(req_id, high, float(bars.high.max()))
            average = int(bars.volume[-63:].mean())
            yield replies.TickSize(req_id=req_id, tick_type=AVERAGE_VOLUME, size=Decimal(average))


def _mark(gateway: Gateway, req_id: int, contract: Contract) -> Iterator[Message]:
    yield _price(req_id, MARK_PRICE, gateway.market.last_tick(contract.con_id, gateway.clock.now()).price)


def _shortable(gateway: Gateway, req_id: int, contract: Contract) -> Iterator[Message]:
    if contract.sec_type == "STK":
        shares = shares_to_borrow(contract)
        ease = EASY_TO_BORROW if shares else HARD_TO_BORROW
        yield replies.TickGeneric(req_id=req_id, tick_type=SHORTABLE, value=ease)
        yield replies.TickSize(req_id=req_id, tick_type=SHORTABLE_SHARES, size=Decimal(shares))


_TELLERS = {
    "104": _historical_volatility,
    "106": _implied_volatility,
    "165": _ranges,
    AUCTIONS: auction_ticks,
    "221": _mark,
    "232": _mark,
    "236": _shortable,
}


def _price(req_id: int, tick_type: int, price: float) -> replies.TickPrice:
    return replies.TickPrice(req_id=req_id, tick_type=tick_type, price=price, size=Decimal(0), attributes=0)


def _words(listed: str) -> list[str]:
    """Return the numbers of a list such as `100,233:RTVolume`, without what stands behind a colon."""
    return [word.strip().split(":")[0] for word in listed.split(",") if word.strip()]
