"""Readings in a run: what is shown and asked, what is recorded, and what each policy makes of every answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PySide6.QtGui import QImage

from app.adapters.calendar import EXCHANGE, open_calendar
from app.adapters.store.codec import from_json, to_json
from app.compose import Core
from app.domain import events as ev
from app.domain.bars import Timeframe
from app.domain.bulk import bytes_of_bars, digest_of
from app.domain.claims import Claim, Comparison, Line, Truth, ValueClaim
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.providers import Provider, ProviderId
from app.domain.quotes import DataClass
from app.domain.readings import (
    ChartInput,
    Digest,
    Reading,
    ReadingId,
    ReadingKind,
    ReadingProgress,
    ReadingStatus,
    View,
)
from app.domain.signals import Direction, Policy, Signal, Trend
from app.domain.state import Step
from app.domain.strategies import Mode, RunStatus, StepStatus
from app.services.opinions import ReadingNews
from app.services.reruns import Reruns
from app.services.run_result import RunResult
from tests.domain.examples import NOON as NOW
from tests.support.core import Trader

BUY, SELL, HOLD = Direction.BUY, Direction.SELL, Direction.HOLD
VALID = ReadingStatus.VALID


@dataclass
class Reader:
    """Answers as it is told (services.ports_readings.ReadsCharts), each answer a fact as the analyst enters it."""

    core: Core
    says: Direction = BUY
    status: ReadingStatus = VALID
    claims: tuple[Claim, ...] = ()
    charts: list[ChartInput] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    waits: bool = False
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(
        self,
        instrument: Instrument,
        charts: Sequence[ChartInput],
        *,
        tell: Callable[[ReadingProgress], None],
        cancel: asyncio.Event,
        **more: Any,
    ) -> tuple[Reading, ...]:
        self.charts = list(charts)
        self.asked.append(more)
        self.is_asked.set()
        tell(ReadingProgress(ReadingKind.CHART, charts[0].timeframe))
        if self.waits:
            await cancel.wait()
            self.status = ReadingStatus.CANCELLED
        frames: list[Timeframe | None] = [chart.timeframe for chart in charts]
        readings = [self._reading(instrument, frame, more) for frame in [*frames, *([None] if len(frames) > 1 else [])]]
        for reading in readings:
            fact = ev.ReadingTaken(
                at=reading.at, cause=more["cause"], run=more["run"], reading=reading, day="2026-11-20"
            )
            await self.core.facts.enter(fact)
        return tuple(readings)

    def _reading(self, instrument: Instrument, frame: Timeframe | None, more: dict[str, Any]) -> Reading:
        view = View(self.says, Trend.NEUTRAL, 0.8, claims=self.claims) if self.status is VALID else None
        kind = ReadingKind.CHART if frame else ReadingKind.CONSOLIDATION
        return Reading(
            id=ReadingId(ev.new_id()),
            kind=kind,
            status=self.status,
            why="" if self.status is VALID else "No answer came.",
            con_id=instrument.con_id,
            symbol=instrument.symbol,
            timeframe=frame,
            at=self.core.clock.now(),
            view=view,
            run=more["run"],
            strategy=more["strategy"].id,
        )


class Painter:
    """Draws what it was asked as words (services.ports.ChartPainter)."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.problem = ""

    async def paint(self, bars: Any, studies: Any, symbol: str, timeframe: Timeframe, **more: Any) -> bytes:
        if self.problem:
            raise UserError(self.problem)
        self.asked.append({"bars": bars, "studies": studies, "symbol": symbol, "timeframe": timeframe, **more})
        return f"{symbol} {timeframe} {len(bars)}".encode()


@pytest.fixture
async def reader(trader: Trader) -> Reader:
    """A provider in use whose answers a test decides, and painting that takes no time."""
    hosted = Provider(ProviderId("p"), "Local", "http://127.0.0.1:1/v1", "small", needs_key=False, is_in_use=True)
    await trader.core.facts.enter(ev.ProviderSaved(at=NOW, provider=hosted))
    found = Reader(trader.core)
    trader.core.opinions._reader = found
    trader.core.opinions._charts._painter = Painter()
    return found


async def ran(trader: Trader, policy: Policy, way: int = +1, mode: Mode = Mode.OBSERVE, **changes: Any) -> RunResult:
    await trader.trending(await trader.instrument(), way)
    strategy = await trader.strategy(mode, policy=policy, **changes)
    result = await trader.core.runs.run(strategy.id, "AAPL")
    await trader.core.facts.settle()
    return result


def signal_of(trader: Trader, result: RunResult) -> Signal:
    assert result.signal is not None, result.reason
    return trader.state.signals[result.signal]


async def steps_of(trader: Trader, result: RunResult) -> list[Step]:
    return list(await trader.core.store.lineage.steps_of_run(result.run))


async def is_repeated(trader: Trader, result: RunResult) -> bool:
    store = trader.core.store
    reruns = Reruns(store.lineage, store.readings, store.bulk, open_calendar, EXCHANGE, to_json, from_json)
    return (await reruns.rerun(result.run)).is_identical


async def test_an_agreeing_reading_is_recorded_step_by_step_and_lets_the_order_go(
    trader: Trader, reader: Reader
) -> None:
    news: list[ReadingNews] = []
    trader.core.bus.on(ReadingNews, news.append)
    reader.claims = (Claim(ValueClaim(Line("close"), Comparison.ABOVE, 1.0), is_key=True, text="above 1"),)
    result = await ran(trader, Policy.CONFIRM, mode=Mode.AUTO)
    assert result.status is RunStatus.ORDERED, result.reason
    signal = signal_of(trader, result)
    assert (signal.policy, bool(signal.reading)) == (Policy.CONFIRM, True)
    terms = {term.term: term.value for term in signal.analysis.confidence.terms}
    assert terms["reading"] == pytest.approx(0.24)
    steps = await steps_of(trader, result)
    names = [step.step.value for step in steps]
    assert names[:12] == ["load_strategy", "load_bars", "load_bars", "indicators", "checks", "chart_pictures",
                          "reading", "reading", "consolidation", "claims", "claims", "claims"]  # fmt: skip
    assert names[12:15] == ["signal", "gates", "size"]
    assert all(step.status is StepStatus.OK for step in steps)
    pictures = steps[5]
    assert {frame: shown["picture"] for frame, shown in pictures.outputs.items()} == {
        "1d": digest_of(b"AAPL 1d 500"), "1w": digest_of(reader.charts[1].picture or b"")
    }  # fmt: skip
    for shown in pictures.outputs.values():
        assert await trader.core.store.bulk.fetch(Digest(shown["picture"])) is not None
    assert pictures.outputs["1d"]["bars"] == steps[1].digest == reader.charts[0].snapshot
    checked = [trader.state.checked[step.subject] for step in steps[9:12]]
    assert all(one.findings[0].truth is Truth.TRUE for one in checked)
    assert [one.progress.kind for one in news] == [ReadingKind.CHART]
    chain = await trader.core.store.lineage.chain(str(signal.id))
    assert {"reading", "consolidation", "claims", "chart_pictures", "load_bars"} <= {step.step.value for step in chain}
    assert await is_repeated(trader, result)


@pytest.mark.parametrize(
    ("policy", "says", "status", "direction", "actionable"),
    [
        (Policy.ADVISE, SELL, VALID, BUY, True),
        (Policy.ADVISE, BUY, ReadingStatus.TIMEOUT, BUY, True),
        (Policy.CONFIRM, SELL, VALID, BUY, False),
        (Policy.CONFIRM, HOLD, VALID, BUY, False),
        (Policy.CONFIRM, BUY, ReadingStatus.OUTDATED, BUY, False),
        (Policy.CONFIRM, BUY, ReadingStatus.INVALID, BUY, False),
        (Policy.VETO, SELL, VALID, HOLD, False),
        (Policy.VETO, BUY, ReadingStatus.UNREACHABLE, BUY, True),
    ],
)
async def test_each_policy_makes_its_own_of_an_answer_and_can_be_repeated(
    trader: Trader, reader: Reader, policy: Policy, says: Direction, status: ReadingStatus,
    direction: Direction, actionable: bool,
) -> None:  # fmt: skip
    reader.says, reader.status = says, status
    result = await ran(trader, policy, mode=Mode.AUTO)
    signal = signal_of(trader, result)
    assert (signal.analysis.direction, signal.analysis.actionable) == (direction, actionable)
    assert (result.status is RunStatus.ORDERED) is actionable
    if not actionable:
        assert result.intent is None
        assert result.reason
    if policy is Policy.CONFIRM and status is not VALID:
        assert "The reading that must agree is missing: No answer came." in result.reason
    assert await is_repeated(trader, result)


async def test_a_false_key_claim_withdraws_the_support_of_the_whole_run(trader: Trader, reader: Reader) -> None:
    reader.claims = (Claim(ValueClaim(Line("close"), Comparison.BELOW, 1.0), is_key=True, text="below 1"),)
    result = await ran(trader, Policy.CONFIRM, mode=Mode.AUTO)
    assert result.status is RunStatus.REFUSED
    assert "A key claim of the reading is false, so it supports no trade." in result.reason
    claims = [step for step in await steps_of(trader, result) if step.step is ev.StepName.CLAIMS]
    assert all(step.outputs["withdraws_support"] for step in claims)
    assert await is_repeated(trader, result)
    reader.claims = (replace(reader.claims[0], is_key=False),)
    trader.pass_a_bar()
    again = await trader.core.runs.run(signal_of(trader, result).strategy, "AAPL")
    assert again.status is RunStatus.ORDERED, again.reason


async def test_without_a_provider_or_with_the_policy_off_nothing_is_asked(trader: Trader, reader: Reader) -> None:
    result = await ran(trader, Policy.OFF)
    skipped = [step for step in await steps_of(trader, result) if step.status is StepStatus.SKIPPED]
    assert {step.outputs["why"] for step in skipped} == {"The strategy's policy towards the model is off."}
    gone = ev.ProviderRemoved(at=NOW, provider=ProviderId("p"))
    await trader.core.facts.enter(gone)
    trader.pass_a_bar()
    result = await ran(trader, Policy.CONFIRM)
    assert signal_of(trader, result).policy is Policy.OFF
    assert signal_of(trader, result).analysis.actionable
    skipped = [step for step in await steps_of(trader, result) if step.status is StepStatus.SKIPPED]
    assert {step.outputs["why"] for step in skipped} == {
        "No model provider is in use, so the policy towards the model is off."
    }
    assert reader.asked == []
    assert await is_repeated(trader, result)


async def test_a_hold_of_the_checks_stays_one_whatever_is_read(trader: Trader, reader: Reader) -> None:
    aapl = await trader.instrument()
    bars = await trader.trending(aapl, +1)
    from app.domain.bars import BarsKey, Source

    bars.close[:], bars.open[:] = bars.close[0], bars.close[0]
    bars.high[:], bars.low[:] = bars.close[0] + 1, bars.close[0] - 1
    await trader.core.store.bars.write(BarsKey(Source.PRACTICE, aapl.con_id, Timeframe.D1), bars)
    for policy in (Policy.ADVISE, Policy.CONFIRM, Policy.VETO):
        trader.pass_a_bar()
        strategy = await trader.strategy(Mode.AUTO, policy=policy)
        result = await trader.core.runs.run(strategy.id, "AAPL")
        assert result.status is RunStatus.HELD
        assert signal_of(trader, result).analysis.direction is HOLD
    assert len(reader.asked) == 3


async def test_a_picture_that_cannot_be_painted_is_a_missing_reading(trader: Trader, reader: Reader) -> None:
    trader.core.opinions._charts._painter.problem = "A chart picture needs Qt."  # type: ignore[attr-defined]
    result = await ran(trader, Policy.CONFIRM, mode=Mode.AUTO)
    assert result.status is RunStatus.REFUSED
    assert "The reading that must agree is missing: A chart picture needs Qt." in result.reason
    assert reader.asked == []
    steps = {step.step: step for step in await steps_of(trader, result)}
    assert steps[ev.StepName.CHART_PICTURES].status is StepStatus.FAILED
    assert steps[ev.StepName.READING].status is StepStatus.SKIPPED
    assert await is_repeated(trader, result)


async def test_one_timeframe_is_one_reading_and_no_consolidation(trader: Trader, reader: Reader) -> None:
    result = await ran(trader, Policy.CONFIRM, confirmation=None)
    assert [chart.timeframe for chart in reader.charts] == [Timeframe.D1]
    steps = [step.step.value for step in await steps_of(trader, result)]
    assert steps.count("reading") == 1
    assert signal_of(trader, result).analysis.actionable
    assert await is_repeated(trader, result)


async def test_a_reading_under_way_is_cancelled_and_the_run_goes_on_without_it(trader: Trader, reader: Reader) -> None:
    reader.waits = True
    await trader.trending(await trader.instrument(), +1)
    strategy = await trader.strategy(Mode.AUTO, policy=Policy.CONFIRM)
    batch = trader.core.batches.start(strategy.id, ["AAPL"])
    await asyncio.wait_for(reader.is_asked.wait(), 5)
    batch.cancel()
    ended = await asyncio.wait_for(batch.ended(), 5)
    assert ended.results[0].status is RunStatus.REFUSED
    assert "The reading that must agree is missing" in ended.results[0].reason


async def test_what_is_shown_is_what_the_signal_rests_on(trader: Trader, reader: Reader) -> None:
    result = await ran(trader, Policy.ADVISE)
    analysis = signal_of(trader, result).analysis
    painter: Any = trader.core.opinions._charts._painter
    daily, weekly = painter.asked
    assert (daily["symbol"], daily["timeframe"], weekly["timeframe"]) == ("AAPL", Timeframe.D1, Timeframe.W1)
    assert daily["source"] == "practice"
    assert digest_of(bytes_of_bars(daily["bars"])) == reader.charts[0].snapshot
    assert len(daily["bars"]) == daily["bars"].closed
    last = {study.name: {line.name: float(line.values[-1]) for line in study.lines} for study in daily["studies"]}
    assert last["sma"]["sma"] == analysis.indicators.sma20
    assert last["rsi"]["rsi"] == analysis.indicators.rsi
    assert last["macd"]["macd"] == analysis.indicators.macd
    assert last["macd"]["signal"] == analysis.indicators.macd_signal
    assert last["supertrend"]["supertrend"] == analysis.indicators.supertrend
    context = reader.charts[0].context
    assert (context["symbol"], context["close"], context["bars_count"]) == ("AAPL", analysis.close, 500)
    assert context["rules_direction"] == analysis.primary.direction.value


async def test_c2_delayed_prices_are_named_in_the_picture_and_in_the_prompt(trader: Trader, reader: Reader) -> None:
    aapl = await trader.instrument()
    quote = trader.core.market.quote(aapl.con_id)
    assert quote is not None
    trader.core.market._quotes[aapl.con_id] = replace(quote, data_class=DataClass.DELAYED)
    trader.core.market.hear = lambda _: None  # type: ignore[method-assign]
    await ran(trader, Policy.ADVISE)
    painter: Any = trader.core.opinions._charts._painter
    assert {asked["source"] for asked in painter.asked} <= {"delayed 15 min"}
    assert reader.charts[0].context["notes"] == "These prices are delayed by 15 minutes."


async def test_f6_the_picture_holds_the_values_of_the_signal(trader: Trader, reader: Reader) -> None:
    trader.core.opinions._charts._painter = trader.core.painter
    result = await ran(trader, Policy.ADVISE)
    analysis = signal_of(trader, result).analysis
    printed = [written_in(chart.picture or b"") for chart in reader.charts]
    daily, weekly = printed
    assert (daily["symbol"], daily["timeframe"], weekly["timeframe"]) == ("AAPL", "1d", "1w")
    assert (daily["close"], daily["time"], daily["is_forming"]) == (analysis.close, analysis.last_bar, False)
    values = {name: value for study in daily["studies"].values() for name, value in study.items()}
    assert values["SMA"] == analysis.indicators.sma20
    assert values["RSI"] == analysis.indicators.rsi
    assert values["MACD"] == analysis.indicators.macd
    assert values["SuperTrend"] == analysis.indicators.supertrend
    assert not weekly["is_forming"]
    stored = await trader.core.store.bulk.fetch(Digest(digest_of(reader.charts[0].picture or b"")))
    assert stored == reader.charts[0].picture


def written_in(png: bytes) -> Any:
    """Return the JSON of a PNG's text chunk `Tapeline`."""
    return json.loads(QImage.fromData(png).text("Tapeline"))
