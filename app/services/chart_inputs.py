"""What a model is shown of a run: each timeframe's picture and numbers, from the very bars the signal rests on."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain import events as ev
from app.domain.bars import Bars, Timeframe
from app.domain.bulk import BulkData, bulk, bytes_of_bars, digest_of
from app.domain.instruments import Instrument
from app.domain.prompts import Language
from app.domain.quotes import DataClass, Quote
from app.domain.readings import ChartInput
from app.domain.strategies import ThreeOfFour
from app.runtime.clock import Clock
from app.services.conclusion import Inputs, bars_by_timeframe
from app.services.ports import ChartPainter
from app.services.prompt_context import chart_context
from app.services.studies import Number, Studies
from app.services.trail import Trail

DELAYED = "These prices are delayed by 15 minutes."
_DELAYED_CLASSES = (DataClass.DELAYED, DataClass.DELAYED_FROZEN)


class ChartInputs:
    """Draws the pictures and gathers the numbers of a run, as one step of its trail."""

    def __init__(self, painter: ChartPainter, clock: Clock) -> None:
        self._painter = painter
        self._studies = Studies()
        self._clock = clock

    async def draw(self, inputs: Inputs, quote: Quote | None, trail: Trail) -> tuple[ChartInput, ...]:
        """Return a chart of each timeframe, the primary first; raise UserError where none can be painted."""
        frames, strategy = bars_by_timeframe(inputs), inputs.strategy
        last = _last_of(quote, inputs.primary)
        with trail.step(ev.StepName.CHART_PICTURES, timeframes=[frame.value for frame in frames]) as note:
            charts, kept = [], list[BulkData]()
            for timeframe, bars in frames.items():
                chart = await self.chart(
                    inputs.instrument, timeframe, bars, quote, last, strategy.parameters, strategy.language
                )
                assert chart.picture is not None
                kept.append(bulk(chart.picture, self._clock.now(), is_dense=True))
                charts.append(chart)
                note.outputs[timeframe.value] = {
                    "picture": kept[-1].digest,
                    "bars": charts[-1].snapshot,
                    "last_price": charts[-1].last_price,
                }
            note.keep, note.digest = tuple(kept), kept[0].digest
        return tuple(charts)

    async def of(
        self,
        instrument: Instrument,
        frames: Mapping[Timeframe, Bars],
        quote: Quote | None,
        parameters: ThreeOfFour,
        language: Language,
    ) -> tuple[ChartInput, ...]:
        """Return a chart of each timeframe for nobody's run; raise UserError where none can be painted."""
        last = _last_of(quote, next(iter(frames.values())))
        charts = []
        for timeframe, bars in frames.items():
            charts.append(await self.chart(instrument, timeframe, bars, quote, last, parameters, language))
        return tuple(charts)

    async def chart(
        self,
        instrument: Instrument,
        timeframe: Timeframe,
        bars: Bars,
        quote: Quote | None,
        last: float,
        parameters: ThreeOfFour,
        language: Language,
    ) -> ChartInput:
        """Return one timeframe's picture and numbers, both from these bars."""
        columns = [self._studies.compute(name, bars, settings) for name, settings in _shown(parameters).items()]
        picture = await self._painter.paint(
            bars, columns, instrument.symbol, timeframe, source=source_text(quote), decimals=instrument.decimals
        )
        context = chart_context(
            instrument,
            timeframe,
            bars,
            language=language,
            last_price=last,
            parameters=parameters,
            notes=DELAYED if is_delayed(quote) else "",
        )
        return ChartInput(timeframe, picture, context, last, digest_of(bytes_of_bars(bars)))


def _shown(parameters: ThreeOfFour) -> dict[str, dict[str, Number]]:
    """Return the indicators of the four checks with the strategy's own settings, and the volume."""
    return {
        "supertrend": {"length": parameters.supertrend_length, "factor": parameters.supertrend_factor},
        "sma": {"length": parameters.sma_length},
        "macd": {"fast": parameters.macd_fast, "slow": parameters.macd_slow, "signal": parameters.macd_signal},
        "rsi": {"length": parameters.rsi_length},
        "volume": {},
    }


def _last_of(quote: Quote | None, bars: Bars) -> float:
    return quote.last if quote is not None and quote.last else float(bars.close[-1])


def is_delayed(quote: Quote | None) -> bool:
    """Say whether the prices lag behind the market by the exchange's delay."""
    return quote is not None and quote.data_class in _DELAYED_CLASSES


def source_text(quote: Quote | None) -> str:
    """Return whose prices a picture shows, as it is printed on it."""
    if quote is None:
        return "cached"
    return "delayed 15 min" if is_delayed(quote) else quote.data_class.value.replace("_", " ")
