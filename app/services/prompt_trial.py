"""Prompts on real data: what would be sent about an instrument now, and what a model answers to one version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.bars import Bars, Timeframe
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.prompt_variables import sample
from app.domain.prompts import Language, PromptKind, PromptVersion
from app.domain.readings import ChartInput, Reading, ReadingKind, ReadingProgress
from app.services.budget import tokens_of
from app.services.market import Market
from app.services.ports import ChartPainter
from app.services.ports_readings import Readings
from app.services.prompt_context import PINNED, chart_context, consolidation_context
from app.services.prompt_texts import PromptTexts
from app.services.studies import Studies

BARS = {Timeframe.D1: 500, Timeframe.W1: 260}
_DRAWN = ("supertrend", "sma", "macd", "rsi", "volume")
_WEEKLY = (PromptKind.WEEKLY, PromptKind.SYSTEM_WEEKLY)
_WEIGHING = (PromptKind.CONSOLIDATION, PromptKind.SYSTEM_CONSOLIDATION)
_LOOKED_AT = 40


class Reader(Protocol):
    """Has charts read by the model in use (services.analyst)."""

    async def read(
        self,
        instrument: Instrument,
        charts: Sequence[ChartInput],
        *,
        language: str = "en",
        tell: Callable[[ReadingProgress], None] = ...,
        cancel: asyncio.Event | None = None,
    ) -> tuple[Reading, ...]:
        """Return a reading of each chart, and their consolidation where there are two."""


@dataclass(frozen=True, slots=True)
class PromptPreview:
    """A template with real values in it; `tokens` is about how many it has, `is_made_up` says that readings are."""

    text: str
    tokens: int
    symbol: str
    timeframe: Timeframe
    as_of: str
    is_made_up: bool = False


class PromptTrials:
    """Shows and tries prompts on the bars of an instrument; nothing is changed but that a trial's reading is kept."""

    def __init__(self, market: Market, texts: PromptTexts, readings: Readings, painter: ChartPainter) -> None:
        self._market = market
        self._texts = texts
        self._readings = readings
        self._painter = painter
        self._studies = Studies()
        self.reader: Reader | None = None
        """Who asks the model; None where there is nobody."""

    async def preview(self, kind: PromptKind, language: Language, text: str, instrument: Instrument) -> PromptPreview:
        """Return a template's text for an instrument as of its last closed bar; raise UserError when there is none."""
        timeframe = timeframe_of(kind)
        chart = await self._context(instrument, timeframe, language)
        is_made_up = False
        context: Mapping[str, Any] = chart
        if kind in _WEIGHING:
            context, is_made_up = await self._weighed(chart, instrument, language)
        made = await self._texts.render_text(text, context)
        return PromptPreview(made, tokens_of(made), instrument.symbol, timeframe, str(chart["as_of"]), is_made_up)

    async def run(
        self,
        version: PromptVersion,
        kind: PromptKind,
        language: Language,
        instrument: Instrument,
        *,
        tell: Callable[[ReadingProgress], None] = lambda _: None,
        cancel: asyncio.Event | None = None,
    ) -> tuple[Reading, ...]:
        """Return what the model says when asked with this version; raise UserError when nobody can be asked."""
        if self.reader is None:
            raise UserError("No model is set up; choose one in Settings › Models.")
        frames = (Timeframe.D1, Timeframe.W1) if kind in _WEIGHING else (timeframe_of(kind),)
        charts = [await self._chart(instrument, each, language, {kind.value: version.id}) for each in frames]
        return await self.reader.read(instrument, charts, language=language.value, tell=tell, cancel=cancel)

    async def _context(self, instrument: Instrument, timeframe: Timeframe, language: Language) -> dict[str, Any]:
        return self._values(instrument, timeframe, await self._bars(instrument, timeframe), language)

    def _values(self, instrument: Instrument, timeframe: Timeframe, bars: Bars, language: Language) -> dict[str, Any]:
        quote = self._market.quote(instrument.con_id)
        last = float(quote.last) if quote is not None and quote.last else None
        return chart_context(instrument, timeframe, bars, language=language, last_price=last)

    async def _chart(
        self, instrument: Instrument, timeframe: Timeframe, language: Language, pinned: Mapping[str, str]
    ) -> ChartInput:
        bars = await self._bars(instrument, timeframe)
        context = self._values(instrument, timeframe, bars, language)
        columns = [self._studies.compute(name, bars) for name in _DRAWN]
        picture = await self._painter.paint(
            bars, columns, instrument.symbol, timeframe, source="trial", decimals=instrument.decimals
        )
        return ChartInput(timeframe, picture, {**context, PINNED: dict(pinned)}, float(context["last_price"]))

    async def _bars(self, instrument: Instrument, timeframe: Timeframe) -> Bars:
        loaded = await self._market.load(instrument, timeframe, BARS[timeframe])
        return loaded.bars.closed_only

    async def _weighed(
        self, chart: Mapping[str, Any], instrument: Instrument, language: Language
    ) -> tuple[Mapping[str, Any], bool]:
        """Return the context of the newest real readings, or of made-up ones where there are none."""
        newest = await self._readings.newest(_LOOKED_AT, instrument.symbol)
        real = {each.timeframe: each for each in reversed(newest) if each.is_valid and each.kind is ReadingKind.CHART}
        context = consolidation_context(chart, tuple(real.values()), language)
        if real:
            return context, False
        return {**context, "readings": sample(PromptKind.CONSOLIDATION)["readings"]}, True


def timeframe_of(kind: PromptKind) -> Timeframe:
    """Return the timeframe that a kind of prompt is shown and tried on."""
    return Timeframe.W1 if kind in _WEEKLY else Timeframe.D1
