"""From a run's inputs to its signal, without asking anybody: what a run does and its repetition does again.

Everything that a signal depends on is in `Inputs`; all of it is stored with the run, bulk by its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.domain.bars import Bars, Timeframe
from app.domain.instruments import Instrument
from app.domain.signals import Analysis, Policy, RunId, Signal, SignalId
from app.domain.strategies import Strategy
from app.quant.analysis import analyse
from app.quant.opinion import Opinion, with_opinion
from app.services.ports import Calendar


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What one look rests on: closed bars, the strategy and the listing as they were, market time, and the reading.

    `policy` is the one that held: the strategy's, or `off` where no provider was set up.
    """

    strategy: Strategy
    instrument: Instrument
    market: datetime
    primary: Bars
    confirming: Bars | None
    policy: Policy = Policy.OFF
    opinion: Opinion = field(default_factory=Opinion)


def bars_by_timeframe(inputs: Inputs) -> dict[Timeframe, Bars]:
    """Return the closed bars of each timeframe that is read, the primary first."""
    strategy = inputs.strategy
    read = {strategy.primary: inputs.primary}
    if strategy.confirmation is not None and inputs.confirming is not None:
        read.setdefault(strategy.confirmation, inputs.confirming)
    return read


def analysis_of(inputs: Inputs) -> Analysis:
    """Return what the rules alone say; raise NotEnoughBars with both numbers."""
    strategy = inputs.strategy
    return analyse(
        inputs.instrument.symbol,
        strategy.primary,
        inputs.primary,
        tick_at=inputs.instrument.tick_at,
        confirmation_timeframe=strategy.confirmation,
        confirmation_bars=inputs.confirming,
        parameters=strategy.parameters,
    )


def conclude(inputs: Inputs, analysis: Analysis) -> Analysis:
    """Return what the rules and the reading say together."""
    return with_opinion(
        analysis,
        inputs.policy,
        inputs.opinion,
        parameters=inputs.strategy.parameters,
        use_levels=inputs.strategy.use_model_levels,
        tick_at=inputs.instrument.tick_at,
    )


def signal_of(
    inputs: Inputs, analysis: Analysis, calendar: Calendar, *, id_: SignalId, run: RunId, raised: datetime
) -> Signal:
    """Return the signal of a concluded analysis under a given identity."""
    return Signal(
        id=id_,
        strategy=inputs.strategy.id,
        run=run,
        con_id=inputs.instrument.con_id,
        analysis=analysis,
        raised=raised,
        expires=_expiry(inputs, analysis, calendar),
        policy=inputs.policy,
        reading=inputs.opinion.reading,
    )


def _expiry(inputs: Inputs, analysis: Analysis, calendar: Calendar) -> datetime:
    """A signal lasts until the close of the session after its bar's, or of a later one where the strategy says so."""
    bar = datetime.fromtimestamp(analysis.last_bar, UTC)
    if analysis.timeframe is Timeframe.D1:
        session = bar.date()
    elif analysis.timeframe.is_dated:  # a week or month is labelled by its first day
        session = calendar.last_closed(inputs.market)
    else:
        session = calendar.session_of(bar)
    for _ in range(max(1, inputs.strategy.expiry_sessions)):
        session = calendar.next_session(session)
    return calendar.close_of(session)
