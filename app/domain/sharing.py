"""Whose an execution is: one that names no lot takes off what no strategy holds first, then off their lots pro rata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from app.domain.ledger import Fill, Split, happened, restated
from app.domain.money import ZERO
from app.domain.signals import StrategyId

Parts = Mapping[StrategyId, Decimal]
"""Of each strategy how many (unsigned) of an execution that named no lot are its."""


def pro_rata(amount: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """Return how much of `amount` falls on each share: in whole units as far as that goes, never more than a share."""
    total = sum(shares, ZERO)
    amount = min(amount, total)
    parts = [(amount * share / total).to_integral_value(ROUND_DOWN) for share in shares] if total else []
    for place, share in enumerate(shares):
        left = amount - sum(parts, ZERO)
        parts[place] += min(left, share - parts[place])
    return parts


def taken(change: Decimal, whole: Decimal, shares: Parts, unit: Decimal = Decimal(1)) -> dict[StrategyId, Decimal]:
    """Return what an execution that named no lot takes off each strategy's share, empty where it takes none off.

    `change` is signed, as `whole` and `shares` are what was held before; `unit` is what a share of its time is now.
    Only what makes the account's position smaller is a reduction, and what nobody's strategy holds goes first.
    """
    against = {owner: abs(share) for owner, share in sorted(shares.items()) if share * change < 0}
    if not against or whole * change >= 0:
        return {}
    hand = whole - sum(shares.values(), ZERO)
    free = abs(hand) if hand * change < 0 else ZERO
    amount = min(abs(change), abs(whole)) - free
    if amount <= 0:
        return {}
    cuts = pro_rata(amount / unit, [share / unit for share in against.values()])
    return {owner: cut * unit for owner, cut in zip(against, cuts, strict=True) if cut}


def part_of(fill: Fill, quantity: Decimal, strategy: StrategyId | None) -> Fill:
    """Return the part of an execution that is an owner's, with its part of the cost."""
    cost = fill.commission
    if cost is not None and quantity != fill.quantity:
        cost = cost * quantity / fill.quantity
    return replace(fill, quantity=quantity, strategy=strategy, commission=cost)


def owned(fills: Iterable[Fill], splits: Sequence[Split] = ()) -> dict[StrategyId | None, list[Fill]]:
    """Return the executions of one account and instrument by owner (None: by hand), in the shares of now.

    They come in the order they happened, whenever they arrived.
    """
    mine: dict[StrategyId | None, list[Fill]] = {}
    held: dict[StrategyId, Decimal] = {}
    whole = ZERO
    for fill in sorted(fills, key=happened):
        now = restated(fill, splits)
        if now.strategy is not None:
            held[now.strategy] = held.get(now.strategy, ZERO) + now.signed
            mine.setdefault(now.strategy, []).append(now)
        else:
            unit = now.quantity / fill.quantity if fill.quantity else Decimal(1)
            parts = taken(now.signed, whole, held, unit)
            for owner, quantity in parts.items():
                held[owner] += quantity * now.side.sign
                mine[owner].append(part_of(now, quantity, owner))
            rest = now.quantity - sum(parts.values(), ZERO)
            if rest or not parts:
                mine.setdefault(None, []).append(part_of(now, rest, None))
        whole += now.signed
    return mine
