"""What was asked is answered, kept and counted, whatever comes back; and nothing that failed has a say."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.events import Filled, InstrumentLearned, StepName
from app.domain.providers import Capability, Caps, Price, Structure
from app.domain.readings import Reading, ReadingKind, ReadingProgress, ReadingStatus
from app.domain.signals import Direction, RunId, StrategyId
from app.domain.strategies import StepStatus, Strategy
from app.services.questioner import OFF
from tests.domain.examples import ACCOUNT, at, fill, instrument
from tests.support.model_server import KEY, MODEL, Reply, completion, model_server, reply, said
from tests.support.reading import PNG, ReadingRoom, chart, files_with, reading_room

DAILY, WEEKLY = chart(Timeframe.D1), chart(Timeframe.W1)
STRATEGY = Strategy(StrategyId("s1"), "Three of four", ("TEST",))
CENT = (Price(MODEL, Decimal(10), Decimal(20)),)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ReadingRoom]:
    async with reading_room(tmp_path) as opened:
        yield opened


async def kept(room: ReadingRoom, reading: Reading) -> Reading:
    """Return a reading as the store has it."""
    (found,) = await room.store.readings.fetch([reading.id])
    return found


async def test_two_charts_are_read_side_by_side_and_then_weighed(room: ReadingRoom) -> None:
    told: list[ReadingProgress] = []
    async with model_server([said()]) as server:
        await room.use(server)
        readings = await room.read(DAILY, WEEKLY, run=RunId("run-1"), tell=told.append)
    assert [reading.timeframe for reading in readings] == [Timeframe.D1, Timeframe.W1, None]
    assert [reading.kind for reading in readings] == [ReadingKind.CHART, ReadingKind.CHART, ReadingKind.CONSOLIDATION]
    assert all(reading.is_valid for reading in readings)
    assert [request.picture for request in server.questions] == [PNG, PNG, None]
    assert "'BUY'" in server.questions[2].text
    begun = [step.timeframe for step in told if step.reading is None]
    assert begun == [Timeframe.D1, Timeframe.W1, None]
    ended = [step.reading for step in told if step.reading]
    assert {reading.id for reading in ended} == {reading.id for reading in readings}
    assert ended[-1] == readings[-1]


async def test_one_chart_needs_no_weighing(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        await room.use(server)
        readings = await room.read(DAILY)
    assert len(readings) == len(server.questions) == 1


async def test_everything_sent_and_received_is_kept_by_its_digest(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        await room.use(server, prices=CENT)
        (reading,) = await room.read(DAILY, strategy=STRATEGY, run=RunId("run-1"))
    assert await kept(room, reading) == reading
    found = [await room.store.bulk.fetch(digest) for digest in (reading.picture, reading.raw, reading.system)]  # type: ignore[arg-type]
    assert found == [PNG, said(), b"You read charts."]
    assert reading.prompt is not None
    assert reading.request is not None
    prompt, request = await room.store.bulk.fetch(reading.prompt), await room.store.bulk.fetch(reading.request)
    assert prompt is not None
    assert request is not None
    sent = json.loads(request)
    assert prompt.decode() in str(sent["messages"])
    assert reading.picture in str(sent["messages"])
    assert sent["model"] == MODEL
    assert (reading.prompt_version, reading.system_version) == ("chart-1", "system-1")
    assert (reading.tokens_in, reading.tokens_out, reading.cost) == (1200, 150, Decimal("0.015"))
    (step,) = await room.store.lineage.steps_of_run("run-1")
    assert (step.step, step.status, step.subject) == (StepName.READING, StepStatus.OK, reading.id)
    assert step.inputs["picture"] == reading.picture
    assert step.outputs["signal"] == "BUY"


async def test_the_same_question_is_answered_from_the_store_at_no_cost(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        await room.use(server, prices=CENT)
        first = await room.read(DAILY, WEEKLY)
        again = await room.read(DAILY, WEEKLY)
        assert len(server.questions) == 3
        await room.read(chart(price=100.1))
        await room.use(server, model="other", prices=CENT)
        await room.read(DAILY)
        await room.use(server, temperature=0.5, prices=CENT)
        await room.read(DAILY)
        await room.read(chart(picture=PNG + b"."))
        assert len(server.questions) == 7
    assert [reading.view for reading in again] == [reading.view for reading in first]
    assert [reading.cached_from for reading in again] == [reading.id for reading in first]
    assert [(reading.cost, reading.attempts) for reading in again] == [(Decimal(0), 0)] * 3
    assert room.budget.meter().calls == 7


async def test_the_same_question_at_the_same_time_is_asked_once(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        await room.use(server)
        readings = await asyncio.gather(*(room.read(DAILY) for _ in range(5)))
    assert len(server.questions) == 1
    assert sum(reading.cached_from is not None for (reading,) in readings) == 4


async def test_what_failed_is_asked_again(room: ReadingRoom) -> None:
    async with model_server([completion("no"), said()]) as server:
        await room.use(server)
        (first,), (second,) = await room.read(DAILY), await room.read(DAILY)
    assert (first.status, second.status) == (ReadingStatus.INVALID, ReadingStatus.VALID)


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (completion("buy"), ReadingStatus.INVALID, "it is prose"),
        (completion(None, message={"refusal": "No."}), ReadingStatus.REFUSED, "declined"),
        (Reply(b"{}", 401), ReadingStatus.DENIED, "does not accept the key"),
        (Reply(b"{}", 500), ReadingStatus.FAILED, "failed (500)"),
        (Reply(never=True), ReadingStatus.TIMEOUT, "did not answer within"),
        (said(symbol="MSFT"), ReadingStatus.INVALID, "another symbol"),
    ],
)
async def test_a_failure_is_kept_as_what_it_is_and_has_no_view(
    room: ReadingRoom, answer: Reply | bytes, status: ReadingStatus, words: str
) -> None:
    async with model_server([answer]) as server:
        await room.use(server, timeout_s=1.0)
        (reading,) = await room.read(DAILY, run=RunId("run-1"))
    assert (reading.status, reading.view, reading.is_valid) == (status, None, False)
    assert words in reading.why
    assert await kept(room, reading) == reading
    (step,) = await room.store.lineage.steps_of_run("run-1")
    assert (step.status, step.error) == (StepStatus.FAILED, reading.why)


async def test_one_failed_chart_leaves_nothing_to_weigh(room: ReadingRoom) -> None:
    def script(request: object) -> Reply | bytes:
        return said() if "'1d'" in request.text else completion("no")  # type: ignore[attr-defined]

    async with model_server(script) as server:
        await room.use(server)
        daily, weekly, weighed = await room.read(DAILY, WEEKLY)
    assert (daily.status, weekly.status, weighed.status) == ("valid", "invalid", "invalid")
    assert weighed.why.startswith("There is no reading of 1w to weigh: No usable answer")
    assert len(server.questions) == 2


async def test_without_a_provider_readings_are_off(room: ReadingRoom) -> None:
    readings = await room.read(DAILY, WEEKLY)
    assert [reading.status for reading in readings] == [ReadingStatus.OFF] * 3
    assert readings[0].why == OFF


async def test_without_a_key_nothing_is_sent(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        chosen = await room.use(server)
        await room.vault.delete(f"provider:{chosen.id}")
        (first,) = await room.read(DAILY)
        await room.use(server, key_variable="TAPELINE_TEST_KEY")
        (second,) = await room.read(DAILY)
    assert server.requests == []
    assert first.status is second.status is ReadingStatus.NO_KEY
    assert "The environment variable TAPELINE_TEST_KEY was expected to hold Test's key" in second.why


async def test_a_key_from_the_environment_is_used(tmp_path: Path) -> None:
    async with reading_room(tmp_path, environment={"TAPELINE_TEST_KEY": "from-outside"}) as room:
        async with model_server([said()]) as server:
            await room.use(server, key_variable="TAPELINE_TEST_KEY")
            await room.read(DAILY)
        assert server.requests[0].headers["authorization"] == "Bearer from-outside"


async def test_a_prompt_that_cannot_be_made_stops_the_reading(room: ReadingRoom) -> None:
    room.prompts.fails = True
    async with model_server([said()]) as server:
        await room.use(server)
        (reading,) = await room.read(DAILY)
    assert (reading.status, server.requests) == (ReadingStatus.NO_PROMPT, [])
    assert reading.why == "The prompt “Daily” names “sma”, which is not there."


async def test_f5_a_reading_that_came_late_has_no_say(room: ReadingRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    asked = asyncio.Event()

    def script(_: object) -> bytes:
        asked.set()
        return said()

    monkeypatch.setattr(room.clock, "monotonic", lambda: began + (61 if asked.is_set() else 0))
    async with model_server(script) as server:
        await room.use(server)
        (reading,) = await room.read(DAILY)
    assert (reading.status, reading.is_valid) == (ReadingStatus.OUTDATED, False)
    assert reading.why.startswith("The answer came 61 s after the chart was drawn")
    assert reading.view is not None


@pytest.mark.parametrize(
    ("now", "status"), [(100.51, "outdated"), (99.49, "outdated"), (100.49, "valid"), (99.51, "valid")]
)
async def test_f5_a_reading_of_a_price_that_is_gone_has_no_say(room: ReadingRoom, now: float, status: str) -> None:
    room.prices[room.test.con_id] = now
    async with model_server([said()]) as server:
        await room.use(server)
        (reading,) = await room.read(DAILY)
        assert reading.status == status
        room.prices[room.test.con_id] = 103.0
        (again,) = await room.read(DAILY)
    assert again.status is ReadingStatus.OUTDATED
    assert "The price moved from 100 to 103" in again.why


async def test_a_person_can_cancel_what_is_on_its_way(room: ReadingRoom) -> None:
    cancel = asyncio.Event()
    async with model_server([Reply(never=True)]) as server:
        await room.use(server)
        reading = asyncio.ensure_future(room.read(DAILY, WEEKLY, cancel=cancel))
        await asyncio.wait_for(server.was_asked.wait(), 5)
        cancel.set()
        readings = await reading
    assert [reading.status for reading in readings] == [ReadingStatus.CANCELLED] * 3
    assert (await kept(room, readings[0])).why == "It was cancelled."
    assert room.budget.meter().pending.tokens == 0


async def test_a_run_that_is_interrupted_keeps_that_it_asked(room: ReadingRoom) -> None:
    async with model_server([Reply(never=True)]) as server:
        await room.use(server)
        reading = asyncio.ensure_future(room.read(DAILY, run=RunId("run-1")))
        await asyncio.wait_for(server.was_asked.wait(), 5)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    await room.facts.settle()
    (found,) = await room.store.readings.of_run("run-1")
    assert (found.status, found.attempts, found.is_estimated) == (ReadingStatus.CANCELLED, 1, True)
    assert room.budget.meter().used.tokens > 0


@pytest.mark.parametrize(
    ("caps", "words"),
    [
        (Caps(run_tokens=5000), "The cap is 5,000 tokens a run"),
        (Caps(day_tokens=5000), "The cap is 5,000 tokens a day"),
        (Caps(strategy_tokens=5000), "The cap is 5,000 tokens a strategy and day"),
        (Caps(run_money=Decimal("0.05")), "The cap is $0.05 a run"),
        (Caps(day_money=Decimal("0.05")), "The cap is $0.05 a day"),
        (Caps(strategy_money=Decimal("0.05")), "The cap is $0.05 a strategy and day"),
    ],
)
async def test_f7_what_could_go_past_a_cap_is_not_sent(room: ReadingRoom, caps: Caps, words: str) -> None:
    async with model_server([said()]) as server:
        await room.use(server, prices=CENT, caps=caps)
        (reading,) = await room.read(DAILY, strategy=STRATEGY)
    assert (reading.status, server.requests) == (ReadingStatus.OVER_BUDGET, [])
    assert reading.why.startswith(words)
    assert reading.attempts == 0


async def test_f7_calls_on_their_way_count_towards_a_cap(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        await room.use(server, caps=Caps(day_tokens=9000))
        daily, weekly, _ = await room.read(DAILY, WEEKLY)
    assert sorted((daily.status, weekly.status)) == ["over_budget", "valid"]
    assert len(server.questions) == 1


async def test_a_strategy_that_used_its_share_leaves_the_others_theirs(room: ReadingRoom) -> None:
    async with model_server(lambda _: said()) as server:
        await room.use(server, caps=Caps(strategy_tokens=6000))
        statuses = []
        for price in (100.0, 100.1):
            (reading,) = await room.read(chart(price=price), strategy=STRATEGY)
            statuses.append(reading.status)
        (other,) = await room.read(chart(price=100.2), strategy=replace(STRATEGY, id=StrategyId("s2")))
    assert (*statuses, other.status) == ("valid", "over_budget", "valid")


async def test_f7_a_cap_in_money_needs_a_price(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        await room.use(server, caps=Caps(day_money=Decimal(5)))
        (reading,) = await room.read(DAILY)
    assert reading.status is ReadingStatus.OVER_BUDGET
    assert "the model's price is not known; enter it in Settings" in reading.why


async def test_the_meter_counts_what_was_used_and_starts_anew_each_day(room: ReadingRoom) -> None:
    async with model_server(lambda _: said()) as server:
        with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=True):
            await room.use(server, prices=CENT)
            await room.read(DAILY, WEEKLY)
            meter = room.budget.meter()
        assert (meter.calls, meter.used.tokens, meter.used.money) == (3, 3 * 1350, Decimal("0.045"))
        assert meter.day == "2026-11-20"
        with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=True):
            assert room.budget.meter().calls == 0
    assert (await room.store.journal.load()).spending == room.facts.state.spending


async def test_a_market_that_runs_fast_brings_no_new_day(room: ReadingRoom) -> None:
    today = room.budget.today()
    room.clock.set_market(datetime(2031, 1, 1, tzinfo=UTC), speed=1000.0)
    assert room.budget.today() == today


async def test_tokens_that_nobody_counted_are_estimated_and_say_so(room: ReadingRoom) -> None:
    async with model_server([completion(json.dumps(reply()), usage=None)]) as server:
        await room.use(server, prices=CENT)
        (reading,) = await room.read(DAILY)
    assert reading.is_estimated
    assert reading.tokens_in is not None
    assert reading.tokens_in > 1000
    assert reading.cost is not None


async def test_f13_a_model_that_was_not_asked_for_is_shown(room: ReadingRoom) -> None:
    async with model_server(
        [completion(json.dumps(reply()), model="cheaper"), completion(json.dumps(reply()), model=MODEL + "-2026-11-01")]
    ) as server:
        await room.use(server)
        (other,), (dated,) = await room.read(DAILY), await room.read(WEEKLY)
    assert (other.model, other.model_served, other.is_other_model) == (MODEL, "cheaper", True)
    assert not dated.is_other_model


async def test_f10_account_numbers_are_never_sent(room: ReadingRoom) -> None:
    await room.facts.enter(
        InstrumentLearned(at=at(0), instrument=instrument()), Filled(at=at(1), fill=fill("0001.01.01"))
    )
    async with model_server([said()]) as server:
        await room.use(server)
        told = replace(DAILY, context={"notes": f"I hold 100 in {ACCOUNT}."})
        await room.read(told)
        preview = await room.analyst.preview(room.test, [told])
    assert ACCOUNT.encode() not in server.requests[0].body
    assert "[account]" in server.requests[0].text
    assert ACCOUNT.encode() not in b"".join(preview.requests)


@pytest.mark.parametrize("account", ["U1234567", "DU7654321", "DF123456", "F1234567", "DUT000001", "I1234567"])
async def test_f10_an_account_nothing_was_traded_in_is_not_sent_either(room: ReadingRoom, account: str) -> None:
    async with model_server([said()]) as server:
        await room.use(server)
        await room.read(
            replace(DAILY, context={"notes": f"In {account} I hold none; ISIN US0378331005, conId 265598."})
        )
    assert account.encode() not in server.requests[0].body
    assert "In [account] I hold none; ISIN US0378331005, conId 265598." in server.requests[0].text


async def test_f13_a_model_that_does_not_see_gets_no_picture(room: ReadingRoom) -> None:
    blind = (Capability(MODEL, Structure.JSON_SCHEMA, False, MODEL, at(0)),)
    async with model_server([said()]) as server:
        await room.use(server, capabilities=blind)
        (reading,) = await room.read(DAILY)
        preview = await room.analyst.preview(room.test, [DAILY])
    assert (server.requests[0].picture, reading.picture) == (None, None)
    assert f"{MODEL} does not see pictures: the numbers go alone." in preview.notes


async def test_f10_a_preview_is_what_is_sent_and_sends_nothing(room: ReadingRoom) -> None:
    async with model_server([said()]) as server:
        await room.use(server, prices=CENT)
        preview = await room.analyst.preview(room.test, [DAILY, WEEKLY])
        assert server.requests == []
        readings = await room.read(DAILY, WEEKLY)
    for request, reading in zip(preview.requests, readings, strict=False):
        assert reading.request is not None
        assert await room.store.bulk.fetch(reading.request) == request
    used = sum((reading.tokens_in or 0) + (reading.tokens_out or 0) for reading in readings)
    assert preview.estimate.tokens >= used
    assert preview.estimate.money is not None
    await room.providers.choose(None)
    with pytest.raises(UserError, match="No model provider"):
        await room.analyst.preview(room.test, [DAILY])


async def test_f8_no_file_holds_the_key(room: ReadingRoom, tmp_path: Path) -> None:
    echoes = [
        Reply(json.dumps({"error": {"message": f"Bad key {KEY}"}}).encode(), 401),
        said(reasoning=f"Your key: {KEY}"),
        completion(KEY),
    ]
    async with model_server(lambda _: echoes.pop()) as server:
        await room.use(server)
        for price in (100.0, 100.1, 100.2):
            await room.read(chart(price=price))
    await room.facts.settle()
    assert files_with(KEY, tmp_path) == []
    newest = await room.store.readings.newest(10)
    assert len(newest) == 3
    for reading in newest:
        for digest in (reading.raw, reading.request, reading.prompt):
            assert digest is not None
            assert KEY.encode() not in (await room.store.bulk.fetch(digest) or b"")


async def test_a_buy_and_a_hold_are_two_readings(room: ReadingRoom) -> None:
    hold = {"signal": "HOLD", "trend": "neutral", "entry_low": None, "entry_high": None, "stop": None}
    async with model_server([said(), said(**hold, target_1=None, target_2=None)]) as server:
        await room.use(server)
        (first,), (second,) = await room.read(DAILY), await room.read(WEEKLY)
    assert first.view is not None
    assert second.view is not None
    assert (first.view.direction, second.view.direction) == (Direction.BUY, Direction.HOLD)
