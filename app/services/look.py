"""A strategy's look at an instrument: bars, indicators and checks, each a step of the run's trail."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from app.domain import events as ev
from app.domain.bars import COLUMNS, Bars, Timeframe
from app.domain.instruments import Instrument
from app.domain.signals import Analysis
from app.domain.strategies import Strategy
from app.quant.analysis import analyse
from app.services.market import BarsLoaded, Market
from app.services.trail import Trail

MODEL_OFF = "The strategy's policy towards the model is off."
_MODEL_STEPS = (
    ev.StepName.CHART_PICTURES,
    ev.StepName.READING,
    ev.StepName.CONSOLIDATION,
    ev.StepName.CLAIMS,
)


class Look:
    """Reads the bars that a strategy needs and concludes from the closed ones; decides nothing."""

    def __init__(self, market: Market) -> None:
        self._market = market

    async def at(self, strategy: Strategy, instrument: Instrument, trail: Trail) -> Analysis:
        """Return what the rules say now; raise UserError when there are too few bars or none can be had."""
        primary, confirming = await self._load(strategy, instrument, trail)
        analysis = self._analyse(strategy, instrument, primary, confirming, trail)
        for step in _MODEL_STEPS:
            trail.skip(step, MODEL_OFF)
        return analysis

    async def _load(self, strategy: Strategy, instrument: Instrument, trail: Trail) -> tuple[Bars, Bars | None]:
        primary = await self._load_one(instrument, strategy.primary, strategy.bars, trail)
        if strategy.confirmation is None:
            return primary, None
        count = max(40, strategy.bars // 5)
        return primary, await self._load_one(instrument, strategy.confirmation, count, trail)

    async def _load_one(self, instrument: Instrument, timeframe: Timeframe, count: int, trail: Trail) -> Bars:
        with trail.step(ev.StepName.LOAD_BARS, symbol=instrument.symbol, timeframe=timeframe.value) as note:
            loaded: BarsLoaded = await self._market.load(instrument, timeframe, count)
            closed = loaded.bars.closed_only
            note.digest = digest(closed)
            note.outputs = {
                "bars": len(closed),
                "first": closed.date_at(0).isoformat() if len(closed) else None,
                "last": closed.date_at(len(closed) - 1).isoformat() if len(closed) else None,
                "source": loaded.key.source.value,
                "asked_gateway": loaded.was_asked,
            }
            return closed

    def _analyse(
        self, strategy: Strategy, instrument: Instrument, bars: Bars, confirming: Bars | None, trail: Trail
    ) -> Analysis:
        with trail.step(ev.StepName.INDICATORS, bars=len(bars), parameters=asdict(strategy.parameters)) as note:
            analysis = analyse(
                instrument.symbol,
                strategy.primary,
                bars,
                tick_at=instrument.tick_at,
                confirmation_timeframe=strategy.confirmation,
                confirmation_bars=confirming,
                parameters=strategy.parameters,
            )
            note.outputs = asdict(analysis.indicators)
        with trail.step(ev.StepName.CHECKS, close=analysis.close) as note:
            note.outputs = {
                "checks": [asdict(check) for check in analysis.primary.checks],
                "bullish": analysis.primary.bullish,
                "bearish": analysis.primary.bearish,
                "direction": analysis.direction.value,
                "confirmation": analysis.relation.value,
            }
        return analysis


def digest(bars: Bars) -> str:
    """Return a digest of the bars' exact bytes."""
    whole = hashlib.sha256()
    for name in COLUMNS:
        whole.update(getattr(bars, name).tobytes())
    return whole.hexdigest()
