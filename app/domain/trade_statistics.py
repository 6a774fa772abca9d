"""What closed trades add up to: how often they win, what one is worth, what was planned and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from app.domain.money import ZERO
from app.domain.trades import Trade


@dataclass(frozen=True, slots=True)
class Result:
    """A trade with what it brought and risked in the account's base currency; None is unknown."""

    trade: Trade
    net: Decimal | None


@dataclass(frozen=True, slots=True)
class TradeStatistics:
    """Figures over closed trades in the base currency; None where there is nothing to compute them from.

    `unknown` trades are left out of every figure of money: a cost or a rate of theirs is not known. `profit_factor` is
    what was won over what was lost, `expectancy` the mean result of a trade; shares are 0 to 1.
    """

    count: int
    unknown: int
    wins: int
    losses: int
    total: Decimal | None
    win_rate: Decimal | None
    profit_factor: Decimal | None
    expectancy: Decimal | None
    average_win: Decimal | None
    average_loss: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    planned_r: Decimal | None
    achieved_r: Decimal | None
    held: timedelta | None


def statistics(results: Sequence[Result]) -> TradeStatistics:
    """Return the figures over `results`."""
    nets = [result.net for result in results if result.net is not None]
    won, lost = [net for net in nets if net > 0], [net for net in nets if net < 0]
    achieved = [result.trade.r for result in results if result.trade.r is not None]
    planned = [result.trade.planned_r for result in results if result.trade.planned_r is not None]
    held = [result.trade.held for result in results]
    return TradeStatistics(
        count=len(results),
        unknown=len(results) - len(nets),
        wins=len(won),
        losses=len(lost),
        total=sum(nets, ZERO) if nets else None,
        win_rate=Decimal(len(won)) / len(nets) if nets else None,
        profit_factor=sum(won, ZERO) / -sum(lost, ZERO) if lost else None,
        expectancy=_mean(nets),
        average_win=_mean(won),
        average_loss=_mean(lost),
        best=max(nets, default=None),
        worst=min(nets, default=None),
        planned_r=_mean(planned),
        achieved_r=_mean(achieved),
        held=sum(held, timedelta()) / len(held) if held else None,
    )


def losses_in_a_row(trades: Iterable[Trade]) -> int:
    """Return how many of the newest closed trades in a row lost money; costs not known yet count nothing."""
    count = 0
    for trade in sorted(trades, key=lambda each: each.closed, reverse=True):
        if trade.gross - (trade.commission or ZERO) >= 0:
            break
        count += 1
    return count


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, ZERO) / len(values) if values else None
