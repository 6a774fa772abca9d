"""A model that obeys every word it is sent brings about nothing but a reading, and no secret comes to lie in a file."""

from __future__ import annotations

from pathlib import Path

from app.domain.readings import ReadingStatus
from tests.adapters.llm.test_mutations import hold_to_view
from tests.support.injections import INJECTIONS
from tests.support.model_server import KEY, model_server
from tests.support.reading import chart, files_with, reading_room
from tests.support.seeing import obey

KNOWN = {ReadingStatus.VALID, ReadingStatus.INVALID, ReadingStatus.FAILED, ReadingStatus.REFUSED}


def test_the_corpus_is_whole() -> None:
    assert len(set(INJECTIONS)) == len(INJECTIONS) == 200


async def test_f3_two_hundred_injections_into_a_model_that_obeys(tmp_path: Path) -> None:
    statuses: dict[ReadingStatus, int] = {}
    async with reading_room(tmp_path) as room, model_server(obey) as server:
        await room.use(server)
        facts = room.facts.state
        for text in INJECTIONS:
            told = chart(picture=None)
            told.context["notes"] = text  # type: ignore[index]
            (reading,) = await room.read(told)
            hold_to_view(reading.view)
            statuses[reading.status] = statuses.get(reading.status, 0) + 1
            assert reading.status in KNOWN
        state = room.facts.state
        kept = [await room.store.bulk.fetch(digest) for reading in await room.store.readings.newest(300)
                for digest in (reading.raw, reading.request) if digest]  # fmt: skip
    assert sum(statuses.values()) == len(server.questions) == 200
    assert len(kept) > 300
    assert 0 < statuses[ReadingStatus.VALID] < 150
    assert (state.orders, state.intents, state.signals, state.trading) == ({}, {}, {}, facts.trading)
    assert files_with(KEY, tmp_path) == []
    assert not any(KEY.encode() in (data or b"") for data in kept)
