"""Outcomes: each signal's plan held against the bars after it, after every session, until it is decided."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from app.domain.bars import Bars, Source, Timeframe, epoch
from app.domain.broker import Priority
from app.domain.errors import Retryable, UserError
from app.domain.events import OutcomeFound
from app.domain.instruments import ConId
from app.domain.outcomes import Outcome, OutcomeResult, wants_outcome
from app.domain.signals import Signal
from app.quant.outcomes import Plan, find_outcome
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.market import PRACTICE_CON_IDS, Market
from app.services.ports import Calendar

log = logging.getLogger(__name__)
_SPARE_BARS = 5
_Series = tuple[ConId, Timeframe]


class Outcomes:
    """Finds what became of signals. Weekly and monthly signals are judged by daily bars, the others by their own."""

    def __init__(self, facts: Facts, market: Market, calendar: Calendar, clock: Clock) -> None:
        self._facts = facts
        self._market = market
        self._calendar = calendar
        self._clock = clock

    async def find(self) -> str:
        """Judge every signal that is not decided yet and enter what is; return a sentence about it.

        Raise Retryable while no gateway is connected.
        """
        if not self._market.is_up:
            raise Retryable("No gateway is connected, so no bars can be had; it is tried again every minute.")
        found: list[Outcome] = []
        unread: list[str] = []
        for series, signals in self._open_signals().items():
            try:
                found += await self._judge(series, signals)
            except (UserError, Retryable) as error:  # one listing without bars must not keep the others from theirs
                log.warning("%s could not be judged: %s", signals[0].analysis.symbol, error)
                unread.append(signals[0].analysis.symbol)
        decided = [one for one in found if one.result.is_final]
        if decided:
            now = self._clock.now()
            await self._facts.enter(*(OutcomeFound(at=now, outcome=outcome) for outcome in decided))
        return _told(found, unread)

    async def of(self, signal: Signal) -> Outcome | None:
        """Return how a signal's plan stands by now; None without a plan or bars."""
        known = self._facts.state.outcomes.get(signal.id)
        if known is not None or not wants_outcome(signal):
            return known
        return next(iter(await self._judge(_series_of(signal), [signal])), None)

    def _open_signals(self) -> dict[_Series, list[Signal]]:
        state, is_practice = self._facts.state, self._market.source is Source.PRACTICE
        waiting: dict[_Series, list[Signal]] = defaultdict(list)
        for signal in state.signals.values():
            is_here = (signal.con_id >= PRACTICE_CON_IDS) is is_practice
            if is_here and signal.id not in state.outcomes and wants_outcome(signal):
                waiting[_series_of(signal)].append(signal)
        return waiting

    async def _judge(self, series: _Series, signals: Sequence[Signal]) -> list[Outcome]:
        con_id, timeframe = series
        instrument = self._facts.state.instruments.get(con_id)
        if instrument is None:
            return []
        since = min(self._since(signal) for signal in signals)
        bars = (
            await self._market.load(instrument, timeframe, self._count(timeframe, since), Priority.BACKGROUND)
        ).bars.closed_only
        complete = self._complete_until(timeframe, bars)
        judged = (find_outcome(self._plan(one), _from(bars, self._since(one)), complete) for one in signals)
        return [outcome for outcome in judged if outcome is not None]

    def _plan(self, signal: Signal) -> Plan:
        levels, state = signal.analysis.levels, self._facts.state
        assert levels is not None
        strategy = state.known_strategies.get(signal.strategy)
        target = levels.target_2 if strategy is not None and strategy.use_second_target else levels.target_1
        until = int(signal.expires.timestamp())
        return Plan(signal.id, signal.analysis.direction, levels.limit, levels.stop, target, until)

    def _since(self, signal: Signal) -> int:
        """Return the start of the first bar that a signal could have traded on."""
        analysis = signal.analysis
        if analysis.timeframe is Timeframe.D1:
            return analysis.last_bar + 1
        if not analysis.timeframe.is_dated:
            return analysis.last_bar + analysis.timeframe.seconds
        return epoch(self._calendar.session_of(signal.expires - timedelta(seconds=1)))

    def _count(self, timeframe: Timeframe, since: int) -> int:
        """Return how many bars there can be since a moment."""
        past = self._clock.market() - datetime.fromtimestamp(since, UTC)
        return int(past.total_seconds() // timeframe.seconds) + _SPARE_BARS if past > timedelta() else _SPARE_BARS

    def _complete_until(self, timeframe: Timeframe, bars: Bars) -> int:
        """Return the moment up to which the bars tell everything."""
        if not len(bars):
            return 0
        if timeframe.is_dated:
            return int(self._calendar.close_of(_date(bars)).timestamp())
        return int(bars.time[-1]) + timeframe.seconds


def _date(bars: Bars) -> date:
    return bars.date_at(len(bars) - 1)


def _series_of(signal: Signal) -> _Series:
    timeframe = signal.analysis.timeframe
    return signal.con_id, Timeframe.D1 if timeframe.is_dated else timeframe


def _from(bars: Bars, since: int) -> Bars:
    return bars.part(int(bars.time.searchsorted(since)), len(bars))


def _told(found: Sequence[Outcome], unread: Sequence[str]) -> str:
    counted = Counter(outcome.result for outcome in found)
    words = [f"{counted[result]} {result.value}" for result in OutcomeResult if counted[result]]
    missing = f" No bars of {', '.join(sorted(unread))}." if unread else ""
    return f"{', '.join(words) or 'No plan to judge'}.{missing}"
