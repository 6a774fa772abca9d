"""A small real model is asked for readings: it keeps to the form, not to the ranges, and is held to both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.adapters.llm.client import ModelClient
from app.adapters.llm.schema import Reply
from app.domain.providers import Structure
from app.domain.readings import ReadingStatus
from app.runtime.clock import Clock
from tests.adapters.llm.test_mutations import hold_to_the_rules, hold_to_view
from tests.support.model_server import provider, question
from tests.support.reading import chart, reading_room
from tests.support.small_model import running_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
LIMITS: dict[str, Any] = {"timeout_s": 900.0, "max_answer_tokens": 1200}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    yield from running_model()


def content_of(raw: bytes) -> str:
    content = json.loads(raw)["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


async def test_f2_it_answers_in_the_form_and_its_numbers_out_of_range_are_refused(address: str) -> None:
    client, reasons = ModelClient(Clock()), []
    for number in range(3):
        setup = provider(address, **LIMITS)
        answer = await client.ask(question(f"Chart {number} of TEST: the last price is 100. Say HOLD."), setup, None)
        assert (answer.structure, answer.attempts) == (Structure.JSON_SCHEMA, 1), answer.why
        assert answer.tokens_in
        assert answer.tokens_out
        assert content_of(answer.raw).lstrip().startswith("{")
        hold_to_the_rules(answer)
        reasons.append(answer.why)
    numbers = ("more than 20% away", "less than or equal to 1", "wrong sides", "greater than", "upside down")
    assert any(words in why for why in reasons for words in numbers), reasons


async def test_f2_numbers_that_it_invents_never_become_a_reading(address: str, tmp_path: Path) -> None:
    async with reading_room(tmp_path) as room:
        await room.use(address, needs_key=False, **LIMITS)
        (reading,) = await room.read(chart(picture=None))
        hold_to_view(reading.view)
        assert reading.status in (ReadingStatus.VALID, ReadingStatus.INVALID, ReadingStatus.OUTDATED), reading.why
        assert reading.raw is not None
        assert json.loads(await room.store.bulk.fetch(reading.raw) or b"")["choices"]


async def test_a_test_finds_out_what_it_can(address: str) -> None:
    steps: list[str] = []
    client, setup = ModelClient(Clock()), provider(address, **LIMITS)
    found = await client.probe(setup, None, steps.append)
    assert await client.models(setup, None)
    assert not found.has_vision
    assert found.structure in (Structure.JSON_SCHEMA, Structure.JSON_OBJECT)
    assert "It takes no pictures: charts are sent as numbers alone." in found.notes
    assert len(steps) >= 2
    assert set(Reply.model_fields) >= {"symbol", "signal", "confidence"}
