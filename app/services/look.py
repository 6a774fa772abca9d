"""A strategy's look at an instrument: bars, indicators and checks, each a step of the run's trail."""

from __future__ import annotations

from app.domain import events as ev
from app.domain.bars import Bars, Timeframe
from app.domain.bulk import bulk, bytes_of_bars
from app.domain.instruments import Instrument
from app.domain.signals import Analysis
from app.domain.strategies import Strategy
from app.runtime.clock import Clock
from app.services.conclusion import Inputs, analysis_of
from app.services.market import BarsLoaded, Market
from app.services.trail import Trail, flat

LEAST_CONFIRMING = 40
PER_CONFIRMING = 5


class Look:
    """Reads the bars that a strategy needs and concludes from the closed ones; decides nothing."""

    def __init__(self, market: Market, clock: Clock) -> None:
        self._market = market
        self._clock = clock

    async def load(self, strategy: Strategy, instrument: Instrument, trail: Trail) -> tuple[Bars, Bars | None]:
        """Return the closed bars of both timeframes; raise UserError when none can be had."""
        primary = await self._load_one(instrument, strategy.primary, strategy.bars, trail)
        if strategy.confirmation is None:
            return primary, None
        count = max(LEAST_CONFIRMING, strategy.bars // PER_CONFIRMING)
        return primary, await self._load_one(instrument, strategy.confirmation, count, trail)

    async def _load_one(self, instrument: Instrument, timeframe: Timeframe, count: int, trail: Trail) -> Bars:
        with trail.step(ev.StepName.LOAD_BARS, symbol=instrument.symbol, timeframe=timeframe.value) as note:
            loaded: BarsLoaded = await self._market.load(instrument, timeframe, count)
            closed = loaded.bars.closed_only
            kept = bulk(bytes_of_bars(closed), self._clock.now(), is_dense=True)
            note.keep, note.digest = (kept,), kept.digest
            note.outputs = {
                "bars": len(closed),
                "first": closed.date_at(0).isoformat() if len(closed) else None,
                "last": closed.date_at(len(closed) - 1).isoformat() if len(closed) else None,
                "source": loaded.key.source.value,
                "asked_gateway": loaded.was_asked,
            }
            return closed

    def analyse(self, inputs: Inputs, trail: Trail) -> Analysis:
        """Return what the rules say; raise UserError when there are too few bars."""
        parameters = inputs.strategy.parameters
        with trail.step(ev.StepName.INDICATORS, bars=len(inputs.primary), parameters=flat(parameters)) as note:
            analysis = analysis_of(inputs)
            note.outputs = flat(analysis.indicators)
        with trail.step(ev.StepName.CHECKS, close=analysis.close) as note:
            note.outputs = {
                "checks": [flat(check) for check in analysis.primary.checks],
                "bullish": analysis.primary.bullish,
                "bearish": analysis.primary.bearish,
                "direction": analysis.direction.value,
                "confirmation": analysis.relation.value,
            }
        return analysis
