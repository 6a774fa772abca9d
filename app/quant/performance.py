"""How well signals did, worked out from their cases; the rules are written at the values. Pure."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from statistics import fmean, variance
from typing import TypeVar

from app.domain.outcomes import OutcomeResult
from app.domain.performance import Bin, Case, Comparison, Interval, Stats

_BINS = 10
_Z = 1.959963984540054  # the normal quantile of 97.5 %
K = TypeVar("K", bound=Hashable)


def measure(cases: Iterable[Case]) -> Stats:
    """Return what ended signals come to; those that have not ended are left out."""
    ended = [case for case in cases if case.result.is_final]
    won = [case for case in ended if case.result is OutcomeResult.WIN]
    lost = [case for case in ended if case.result is OutcomeResult.LOSS]
    r_values = tuple(case.r for case in ended if case.r is not None)
    decided = len(won) + len(lost)
    bins = calibrate([*won, *lost])
    return Stats(
        count=len(ended),
        wins=len(won),
        losses=len(lost),
        expired=len(ended) - decided,
        win_rate=len(won) / decided if decided else None,
        win_interval=wilson(len(won), decided),
        average_r=fmean(r_values) if r_values else None,
        best_r=max(r_values, default=None),
        worst_r=min(r_values, default=None),
        expectancy=_expectancy(won, lost),
        r_values=r_values,
        calibration=bins,
        calibration_error=_error(bins),
    )


def wilson(successes: int, trials: int) -> Interval | None:
    """Return the 95 % interval of a share, None without a trial. Source: Wilson 1927."""
    if not trials:
        return None
    share, z2 = successes / trials, _Z * _Z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return Interval(low, high)


def calibrate(decided: Iterable[Case]) -> tuple[Bin, ...]:
    """Return stated confidence against realised wins in tenths; empty tenths are left out."""
    tenths: dict[int, list[tuple[float, bool]]] = {}
    for case in decided:
        if case.confidence is not None and 0 <= case.confidence <= 1:
            tenth = min(_BINS - 1, math.floor(case.confidence * _BINS + 1e-9))
            tenths.setdefault(tenth, []).append((case.confidence, case.result is OutcomeResult.WIN))
    return tuple(_bin(tenth, cases) for tenth, cases in sorted(tenths.items()))


def compare(first: Stats, second: Stats) -> Comparison:
    """Return the differences of two groups. Sources: Newcombe 1998 (method 10) for shares, Welch for means."""
    return Comparison(
        win_rate=_less(first.win_rate, second.win_rate),
        win_interval=_newcombe(first, second),
        average_r=_less(first.average_r, second.average_r),
        r_interval=_welch(first.r_values, second.r_values),
        is_too_few=first.is_too_few or second.is_too_few,
    )


def rank(groups: Mapping[K, Stats]) -> tuple[K, ...]:
    """Return the groups by expectancy, the best first; those that rest on too few come after all others."""

    def place(key: K) -> tuple[bool, bool, float, int]:
        stats = groups[key]
        return (stats.is_too_few, stats.expectancy is None, -(stats.expectancy or 0.0), -stats.decided)

    return tuple(sorted(groups, key=place))


def _bin(tenth: int, cases: Sequence[tuple[float, bool]]) -> Bin:
    wins = sum(won for _, won in cases)
    interval = wilson(wins, len(cases))
    assert interval is not None  # a tenth without cases was never made
    return Bin(
        low=tenth / _BINS,
        high=(tenth + 1) / _BINS,
        count=len(cases),
        wins=wins,
        stated=fmean(stated for stated, _ in cases),
        realised=wins / len(cases),
        interval=interval,
    )


def _error(bins: Sequence[Bin]) -> float | None:
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.stated - each.realised) for each in bins) / total if total else None


def _expectancy(won: Sequence[Case], lost: Sequence[Case]) -> float | None:
    wins = [case.r for case in won if case.r is not None]
    losses = [case.r for case in lost if case.r is not None]
    if not wins and not losses:
        return None
    share = len(wins) / (len(wins) + len(losses))
    return share * (fmean(wins) if wins else 0.0) + (1 - share) * (fmean(losses) if losses else 0.0)


def _less(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _newcombe(first: Stats, second: Stats) -> Interval | None:
    one, other = first.win_interval, second.win_interval
    if one is None or other is None or first.win_rate is None or second.win_rate is None:
        return None
    p, q = first.win_rate, second.win_rate
    low = math.sqrt((p - one.low) ** 2 + (other.high - q) ** 2)
    high = math.sqrt((one.high - p) ** 2 + (q - other.low) ** 2)
    return Interval(p - q - low, p - q + high)


def _welch(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """With ENOUGH cases a side the normal quantile is within 4 % of Student's."""
    if len(first) < 2 or len(second) < 2:
        return None
    half = _Z * math.sqrt(variance(first) / len(first) + variance(second) / len(second))
    difference = fmean(first) - fmean(second)
    return Interval(difference - half, difference + half)
