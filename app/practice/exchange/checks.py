"""What an exchange and a broker refuse before an order lives, each with IB's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.practice.contracts import Contract, PriceIncrement
from app.practice.exchange.conditions import OFFERED, PRICE, ReadMoment, read_condition
from app.practice.exchange.kinds import Auction, OrderKind, Trigger, kind_named
from app.practice.wire.codes import (
    FRACTIONAL,
    INCOMPLETE_CONDITION,
    INVALID,
    INVALID_GOOD_TILL,
    INVALID_MOMENT,
    INVALID_ORDER_TYPE,
    NO_ACCOUNT_DATA,
    NO_ALGORITHM,
    NOT_TRADABLE,
    OFF_TICK,
    ON_CLOSE_IS_DAY,
    ORDER_TYPE_NEEDS,
    OVER_SIZE_LIMIT,
    SIZE_OFF_RULE,
    TIF_AND_TYPE,
    Complaint,
)
from app.practice.wire.terms import OrderTerms

TIMES_IN_FORCE = frozenset({"DAY", "GTC", "IOC", "FOK", "GTD", "OPG"})
ACTIONS = frozenset({"BUY", "SELL", "SSHORT"})
MOST_SHARES = Decimal(10_000_000)
HIGHEST_PRICE = 10_000_000.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a check knows beside the order: increments, accounts, the time, how moments are read, what exists."""

    rule: Sequence[PriceIncrement] | None
    accounts: Sequence[str]
    now: float
    read_moment: ReadMoment
    exists: Callable[[int], bool]


def complaint_about(terms: OrderTerms, contract: Contract, around: Surroundings) -> Complaint | None:
    """Return why these terms cannot be an order for this contract, or None when they can."""
    return next(_complaints(terms, contract, around), None)


def _complaints(terms: OrderTerms, contract: Contract, around: Surroundings) -> Iterator[Complaint]:
    if not contract.is_tradable:
        yield NOT_TRADABLE
    if terms.account and terms.account not in around.accounts:
        yield INVALID.about("b5", f"Invalid account code '{terms.account}'.")
    if terms.action not in ACTIONS:
        yield INVALID.about("b5", f"Invalid action '{terms.action}'.")
    yield from _size_complaints(terms, contract)
    kind = kind_named(terms.order_type)
    if kind is None:
        yield INVALID_ORDER_TYPE
        return
    yield from _tif_complaints(terms, kind)
    yield from _moment_complaints(terms, around)
    yield from _condition_complaints(terms, around)
    if terms.algo_strategy:
        yield NO_ALGORITHM
    yield from _price_complaints(terms, kind, around.rule or [PriceIncrement(0.0, float(contract.min_tick))])


def _size_complaints(terms: OrderTerms, contract: Contract) -> Iterator[Complaint]:
    step = contract.size_increment
    if terms.quantity == 0:
        yield NO_ACCOUNT_DATA
    elif terms.quantity < 0:
        yield INVALID.about("b5", f"The order size {terms.quantity} must be above zero.")
    elif terms.quantity > MOST_SHARES:
        yield OVER_SIZE_LIMIT.about(terms.quantity, MOST_SHARES)
    elif terms.quantity != terms.quantity.to_integral_value():
        # IB: most accounts may not send fractional sizes through the API.
        yield FRACTIONAL
    elif terms.quantity < contract.min_size or (step and terms.quantity % step):
        yield SIZE_OFF_RULE


def _tif_complaints(terms: OrderTerms, kind: OrderKind) -> Iterator[Complaint]:
    tif = terms.tif.upper() or "DAY"
    if tif not in TIMES_IN_FORCE:
        yield INVALID.about("b5", f"Invalid time in force '{terms.tif}'.")
    if kind.auction is Auction.CLOSE and tif != "DAY":
        yield ON_CLOSE_IS_DAY
    if tif == "OPG" and kind.trigger is not Trigger.NONE:
        yield TIF_AND_TYPE


def _moment_complaints(terms: OrderTerms, around: Surroundings) -> Iterator[Complaint]:
    if terms.tif.upper() == "GTD":
        ends = around.read_moment(terms.good_till)
        if ends is None or ends <= around.now:
            yield INVALID_GOOD_TILL
    if terms.good_after and around.read_moment(terms.good_after) is None:
        yield INVALID_MOMENT


def _condition_complaints(terms: OrderTerms, around: Surroundings) -> Iterator[Complaint]:
    for told in terms.conditions:
        if told.kind not in OFFERED:
            yield INVALID.about("b5", f"Order conditions of type {told.kind} are not available.")
        condition = read_condition(told, around.read_moment)
        if condition is None:
            yield INCOMPLETE_CONDITION if told.kind == PRICE else INVALID_MOMENT
        elif condition.con_id and not around.exists(condition.con_id):
            yield INCOMPLETE_CONDITION


def _price_complaints(terms: OrderTerms, kind: OrderKind, rule: Sequence[PriceIncrement]) -> Iterator[Complaint]:
    trails = kind.trigger is Trigger.TRAIL
    if kind.has_limit and not trails:
        yield from _one_price(terms.limit_price, rule)
    if kind.needs_aux:
        yield from _one_price(terms.aux_price, rule)
    if trails:
        yield from _trail_complaints(terms, rule, has_limit=kind.has_limit)


def _trail_complaints(terms: OrderTerms, rule: Sequence[PriceIncrement], *, has_limit: bool) -> Iterator[Complaint]:
    part, distance = terms.trailing_percent or 0.0, terms.aux_price or 0.0
    if not (0.0 < part < 100.0 or (not part and 0.0 < distance <= HIGHEST_PRICE)):
        yield ORDER_TYPE_NEEDS
    if terms.trail_stop_price is not None:
        yield from _one_price(terms.trail_stop_price, rule)
    if has_limit and terms.limit_offset is None:
        yield from _one_price(terms.limit_price, rule)


def _one_price(price: float | None, rule: Sequence[PriceIncrement]) -> Iterator[Complaint]:
    if price is None or not 0.0 < price <= HIGHEST_PRICE:
        yield ORDER_TYPE_NEEDS
    elif not is_on_tick(price, rule):
        yield OFF_TICK


def is_on_tick(price: float, rule: Sequence[PriceIncrement]) -> bool:
    """Return whether a price is a multiple of the increment that holds there."""
    step = Decimal(str(next((s.increment for s in reversed(rule) if price >= s.low_edge), rule[0].increment)))
    return Decimal(str(price)) % step == 0
