"""A person's question to the model: an instrument's charts, what reading them would send, and what came of it.

Its readings are kept and paid for like any other, belong to no run and lead to nothing but being looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.bars import Bars, Timeframe
from app.domain.errors import UserError
from app.domain.events import EventId
from app.domain.instruments import Instrument
from app.domain.prompts import Language
from app.domain.readings import ChartInput, Preview, Reading
from app.domain.strategies import ThreeOfFour
from app.runtime.clock import Clock
from app.services.analyst import Analyst, Tell
from app.services.chart_inputs import ChartInputs
from app.services.facts import Facts
from app.services.market import Market
from app.services.opinions import claims_checked
from app.services.survey import BARS, CONFIRMATION_BARS, CONFIRMED_BY


@dataclass(frozen=True, slots=True, eq=False)
class Consultation:
    """A question that is ready to be put: the charts, the closed bars they show, and what would be sent."""

    instrument: Instrument
    language: Language
    bars: Mapping[Timeframe, Bars]
    charts: tuple[ChartInput, ...]
    preview: Preview


class Consultations:
    """Has the charts of any instrument read for a person, once that person has seen what would be sent."""

    def __init__(self, facts: Facts, market: Market, charts: ChartInputs, analyst: Analyst, clock: Clock) -> None:
        self._facts = facts
        self._market = market
        self._charts = charts
        self._analyst = analyst
        self._clock = clock

    async def prepare(
        self,
        instrument: Instrument,
        timeframe: Timeframe = Timeframe.D1,
        parameters: ThreeOfFour | None = None,
        language: Language = Language.EN,
    ) -> Consultation:
        """Return what would be asked now; nothing is sent. Raise UserError when there is nobody or nothing to ask."""
        frames = {timeframe: await self._closed(instrument, timeframe, BARS)}
        above = CONFIRMED_BY.get(timeframe)
        if above is not None:
            frames[above] = await self._closed(instrument, above, CONFIRMATION_BARS)
        quote = self._market.quote(instrument.con_id)
        charts = await self._charts.of(instrument, frames, quote, parameters or ThreeOfFour(), language)
        preview = await self._analyst.preview(instrument, charts, language=language.value)
        return Consultation(instrument, language, frames, charts, preview)

    async def read(self, asked: Consultation, tell: Tell, cancel: asyncio.Event) -> tuple[Reading, ...]:
        """Return what the model says; the claims of every valid reading are recomputed and kept as facts."""
        con_id = asked.instrument.con_id
        await self._market.watch(asked.instrument)  # an answer is held against the price of its moment
        try:
            readings = await self._analyst.read(
                asked.instrument, asked.charts, language=asked.language.value, tell=tell, cancel=cancel
            )
        finally:
            await self._market.unwatch(con_id)
        for reading in readings:
            if reading.is_valid:
                cause = EventId(reading.id)
                fact = await claims_checked(reading, asked.instrument, asked.bars, self._clock, None, cause)
                await self._facts.enter(fact)
        return readings

    async def _closed(self, instrument: Instrument, timeframe: Timeframe, count: int) -> Bars:
        bars = (await self._market.load(instrument, timeframe, count)).bars.closed_only
        if not len(bars):
            raise UserError(f"{instrument.symbol} has no closed {timeframe} bar to ask about.")
        return bars
