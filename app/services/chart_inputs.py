"""What a model is shown of a run: each timeframe's picture and numbers, from the very bars the signal rests on."""

from __future__ import annotations

from app.domain import events as ev
from app.domain.bars import Bars, Timeframe
from app.domain.bulk import BulkData, bulk, bytes_of_bars, digest_of
from app.domain.quotes import DataClass, Quote
from app.domain.readings import ChartInput
from app.domain.strategies import ThreeOfFour
from app.runtime.clock import Clock
from app.services.conclusion import Inputs, bars_by_timeframe
from app.services.ports import ChartPainter
from app.services.prompt_context import chart_context
from app.services.studies import Number, Studies, StudyColumns
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
        frames = bars_by_timeframe(inputs)
        with trail.step(ev.StepName.CHART_PICTURES, timeframes=[frame.value for frame in frames]) as note:
            charts, kept = [], list[BulkData]()
            for timeframe, bars in frames.items():
                picture = await self._paint(inputs, timeframe, bars, quote)
                kept.append(bulk(picture, self._clock.now(), is_dense=True))
                charts.append(_chart(inputs, timeframe, bars, picture, quote))
                note.outputs[timeframe.value] = {
                    "picture": kept[-1].digest,
                    "bars": charts[-1].snapshot,
                    "last_price": charts[-1].last_price,
                }
            note.keep, note.digest = tuple(kept), kept[0].digest
        return tuple(charts)

    async def _paint(self, inputs: Inputs, timeframe: Timeframe, bars: Bars, quote: Quote | None) -> bytes:
        instrument = inputs.instrument
        return await self._painter.paint(
            bars,
            self._columns(bars, inputs.strategy.parameters),
            instrument.symbol,
            timeframe,
            source=source_text(quote),
            decimals=instrument.decimals,
        )

    def _columns(self, bars: Bars, parameters: ThreeOfFour) -> list[StudyColumns]:
        return [self._studies.compute(name, bars, settings) for name, settings in _shown(parameters).items()]


def _shown(parameters: ThreeOfFour) -> dict[str, dict[str, Number]]:
    """Return the indicators of the four checks with the strategy's own settings, and the volume."""
    return {
        "supertrend": {"length": parameters.supertrend_length, "factor": parameters.supertrend_factor},
        "sma": {"length": parameters.sma_length},
        "macd": {"fast": parameters.macd_fast, "slow": parameters.macd_slow, "signal": parameters.macd_signal},
        "rsi": {"length": parameters.rsi_length},
        "volume": {},
    }


def _chart(inputs: Inputs, timeframe: Timeframe, bars: Bars, picture: bytes, quote: Quote | None) -> ChartInput:
    last = quote.last if quote is not None and quote.last else float(inputs.primary.close[-1])
    context = chart_context(
        inputs.instrument,
        timeframe,
        bars,
        language=inputs.strategy.language,
        last_price=last,
        parameters=inputs.strategy.parameters,
        notes=DELAYED if is_delayed(quote) else "",
    )
    return ChartInput(timeframe, picture, context, last, digest_of(bytes_of_bars(bars)))


def is_delayed(quote: Quote | None) -> bool:
    """Say whether the prices lag behind the market by the exchange's delay."""
    return quote is not None and quote.data_class in _DELAYED_CLASSES


def source_text(quote: Quote | None) -> str:
    """Return whose prices a picture shows, as it is printed on it."""
    if quote is None:
        return "cached"
    return "delayed 15 min" if is_delayed(quote) else quote.data_class.value.replace("_", " ")
