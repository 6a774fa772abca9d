"""What an exchange and a broker refuse before an order lives, each with IB's code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.practice.contracts import Contract, PriceIncrement
from app.practice.exchange.kinds import Trigger, kind_named
from app.practice.wire.codes import (
    INVALID,
    INVALID_ORDER_TYPE,
    INVALID_TIF,
    NO_ACCOUNT_DATA,
    OFF_TICK,
    ORDER_TYPE_NEEDS,
    Complaint,
)
from app.practice.wire.terms import OrderTerms

TIMES_IN_FORCE = frozenset({"DAY", "GTC", "IOC", "FOK", "GTD", "OPG"})
ACTIONS = frozenset({"BUY", "SELL", "SSHORT"})
MOST_SHARES = Decimal(10_000_000)
HIGHEST_PRICE = 10_000_000.0


def complaint_about(
    terms: OrderTerms, contract: Contract, rule: Sequence[PriceIncrement] | None, accounts: Sequence[str]
) -> Complaint | None:
    """Return why these terms cannot be an order for this contract, or None when they can."""
    return next(_complaints(terms, contract, rule, accounts), None)


def _complaints(
    terms: OrderTerms, contract: Contract, rule: Sequence[PriceIncrement] | None, accounts: Sequence[str]
) -> Iterator[Complaint]:
    if terms.account and terms.account not in accounts:
        yield INVALID.about("b5", f"Invalid account code '{terms.account}'.")
    if terms.action not in ACTIONS:
        yield INVALID.about("b5", f"Invalid action '{terms.action}'.")
    yield from _size_complaints(terms, contract)
    kind = kind_named(terms.order_type)
    if kind is None:
        yield INVALID_ORDER_TYPE
        return
    if (terms.tif or "DAY").upper() not in TIMES_IN_FORCE:
        yield INVALID_TIF.about(terms.tif)
    yield from _timing_complaints(terms)
    yield from _price_complaints(terms, rule or [PriceIncrement(0.0, float(contract.min_tick))])


def _size_complaints(terms: OrderTerms, contract: Contract) -> Iterator[Complaint]:
    if terms.quantity == 0:
        yield NO_ACCOUNT_DATA
    elif not 0 < terms.quantity <= MOST_SHARES:
        yield INVALID.about("b5", f"Invalid order size {terms.quantity}.")
    elif terms.quantity != terms.quantity.to_integral_value():
        # IB: most accounts may not send fractional sizes through the API.
        yield Complaint(
            10243, "Fractional-sized order cannot be placed via API. Please use desktop version to place it."
        )


def _timing_complaints(terms: OrderTerms) -> Iterator[Complaint]:
    if terms.tif.upper() == "GTD" and not is_moment(terms.good_till):
        yield INVALID.about("b5", f"Invalid good till date '{terms.good_till}'.")
    if terms.good_after and not is_moment(terms.good_after):
        yield INVALID.about("b5", f"Invalid good after time '{terms.good_after}'.")
    if terms.conditions:
        yield INVALID.about("b5", "Order conditions are not available.")
    if terms.algo_strategy:
        yield INVALID.about("b5", f"The algorithm {terms.algo_strategy} is not available.")


def is_moment(text: str) -> bool:
    """Return whether a text begins like a date: `20260130`, with or without a time behind it."""
    return len(text) >= 8 and text[:8].isdigit()


def _price_complaints(terms: OrderTerms, rule: Sequence[PriceIncrement]) -> Iterator[Complaint]:
    kind = kind_named(terms.order_type)
    assert kind is not None
    if kind.has_limit and kind.trigger is not Trigger.TRAIL:
        yield from _one_price(terms.limit_price, rule)
    if kind.needs_aux:
        yield from _one_price(terms.aux_price, rule)
    if kind.trigger is Trigger.TRAIL and not (terms.aux_price or terms.trailing_percent):
        yield ORDER_TYPE_NEEDS


def _one_price(price: float | None, rule: Sequence[PriceIncrement]) -> Iterator[Complaint]:
    if price is None or not 0.0 < price <= HIGHEST_PRICE:
        yield ORDER_TYPE_NEEDS
    elif not is_on_tick(price, rule):
        yield OFF_TICK


def is_on_tick(price: float, rule: Sequence[PriceIncrement]) -> bool:
    """Return whether a price is a multiple of the increment that holds there."""
    step = Decimal(str(next((s.increment for s in reversed(rule) if price >= s.low_edge), rule[0].increment)))
    return Decimal(str(price)) % step == 0
