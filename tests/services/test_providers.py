"""Providers are rows: set up, tested, chosen one at a time, and refused where they could not be used."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.adapters.llm.presets import PRESETS
from app.domain.errors import UserError
from app.domain.providers import Caps, Price, Structure, refuse_bad_address
from app.services.keys import KeyPlace
from tests.support.model_server import KEY, MODEL, Reply, Request, completion, model_server, reply, said
from tests.support.reading import ReadingRoom, reading_room

SIGHT = "4729"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ReadingRoom]:
    async with reading_room(tmp_path) as opened:
        yield opened


def endpoint(
    *, forms: tuple[str, ...] = ("json_schema", "json_object", ""), sees: str | Reply = SIGHT, error: int = 500
) -> Callable[[Request], Reply | bytes]:
    """Return a script of an endpoint that takes some forms, and answers pictures so."""

    def script(request: Request) -> Reply | bytes:
        if request.path.endswith("/models"):
            return Reply(b'{"data": [{"id": "b"}, {"id": "a"}, {"id": 5}, null]}')
        if request.picture:
            return sees if isinstance(sees, Reply) else completion(sees)
        form = request.json.get("response_format", {}).get("type", "")
        return said() if form in forms else Reply(b'{"error": {"message": "not supported"}}', error)

    return script


async def test_one_provider_is_in_use_at_a_time_and_is_there_after_a_restart(room: ReadingRoom) -> None:
    first, second = await room.providers.add(PRESETS[0]), await room.providers.add(PRESETS[0])
    assert (first.name, second.name) == ("OpenAI", "OpenAI 2")
    assert room.facts.state.provider is None
    await room.providers.choose(first.id)
    await room.providers.choose(second.id)
    assert room.facts.state.provider is not None
    assert room.facts.state.provider.id == second.id
    loaded = await room.store.journal.load()
    assert loaded.providers == room.facts.state.providers
    await room.providers.remove(second.id)
    assert room.facts.state.provider is None
    assert [provider.id for provider in room.providers.all()] == [first.id]


def test_every_row_to_start_from_may_be_sent_to() -> None:
    for preset in PRESETS[:-1]:
        refuse_bad_address(preset.base_url)
        assert preset.model
    assert len({preset.id for preset in PRESETS}) == len(PRESETS)


@pytest.mark.parametrize(
    ("forms", "error", "structure"),
    [
        (("json_schema", "json_object", ""), 500, Structure.JSON_SCHEMA),
        (("json_object", ""), 500, Structure.JSON_OBJECT),
        (("json_object", ""), 400, Structure.JSON_OBJECT),
        (("",), 422, Structure.TEXT),
    ],
)
async def test_f13_a_test_finds_the_strictest_form_and_remembers_it(
    room: ReadingRoom, forms: tuple[str, ...], error: int, structure: Structure
) -> None:
    async with model_server(endpoint(forms=forms, error=error)) as server:
        chosen = await room.use(server)
        found = await room.providers.test(chosen, lambda _: None)
        asked = len(server.questions)
        await room.read()
        assert len(server.questions) == asked + 1
    assert (found.structure, found.has_vision, found.served) == (structure, True, MODEL)
    kept = (await room.store.journal.load()).provider
    assert kept is not None
    assert kept.capability == found
    assert kept.models == ("a", "b")


@pytest.mark.parametrize(
    ("sees", "words"),
    [
        (Reply(b'{"error": {"message": "image input is not supported"}}', 500), "It takes no pictures"),
        ("I see a chart.", "It does not see what is on a picture"),
        ("1234", "It does not see what is on a picture"),
    ],
)
async def test_f13_an_endpoint_that_does_not_see_is_found_out(room: ReadingRoom, sees: str | Reply, words: str) -> None:
    async with model_server(endpoint(sees=sees)) as server:
        chosen = await room.use(server)
        found = await room.providers.test(chosen, lambda _: None)
    assert not found.has_vision
    assert words in found.notes[-1]


async def test_f13_a_test_tells_that_another_model_answers(room: ReadingRoom) -> None:
    async with model_server([completion(json.dumps(reply()), model="cheaper")]) as server:
        chosen = await room.use(server)
        found = await room.providers.test(chosen, lambda _: None)
    assert (found.model, found.served) == (MODEL, "cheaper")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Reply(b"{}", 401), "does not accept the key"),
        (Reply(b"{}", 404), "gave no answer that could be used"),
        (Reply(b"", 307, {"location": "https://example.com"}), "points to another address"),
        (completion("Hello!"), "gave no answer that could be used: it is prose"),
    ],
)
async def test_a_test_that_fails_says_why_and_remembers_nothing(
    room: ReadingRoom, answer: Reply | bytes, words: str
) -> None:
    async with model_server([answer]) as server:
        chosen = await room.use(server)
        with pytest.raises(UserError, match=words):
            await room.providers.test(chosen, lambda _: None)
    assert room.facts.state.providers[chosen.id].capability is None


async def test_another_address_is_another_endpoint(room: ReadingRoom) -> None:
    async with model_server(endpoint()) as server:
        chosen = await room.use(server)
        await room.providers.test(chosen, lambda _: None)
    tested = room.facts.state.providers[chosen.id]
    same = await room.providers.save(replace(tested, name="Renamed"))
    moved = await room.providers.save(replace(tested, base_url="https://example.com/v1/"))
    assert same.capability is not None
    assert (moved.capability, moved.base_url) == (None, "https://example.com/v1")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "  "},
        {"model": ""},
        {"base_url": "http://10.0.0.1/v1"},
        {"timeout_s": 0.5},
        {"timeout_s": 1e9},
        {"temperature": -1.0},
        {"max_answer_tokens": 0},
        {"prices": (Price(MODEL, Decimal("NaN"), Decimal(1)),)},
        {"prices": (Price(MODEL, Decimal(-1), Decimal(1)),)},
        {"caps": Caps(day_tokens=0)},
        {"caps": Caps(day_money=Decimal("-0.01"))},
    ],
)
async def test_what_could_not_be_used_is_not_kept(room: ReadingRoom, change: dict[str, object]) -> None:
    chosen = await room.use("https://example.com/v1")
    with pytest.raises(UserError, match=r"expected|goes to this machine"):
        await room.providers.save(replace(chosen, **change))  # type: ignore[arg-type]
    assert room.facts.state.providers[chosen.id] == chosen


@pytest.mark.parametrize("typed", ["", "   ", "two words", "line\nbreak", "ключ", "x" * 5000])
async def test_a_key_that_is_none_is_refused(room: ReadingRoom, typed: str) -> None:
    chosen = await room.use("https://example.com/v1")
    with pytest.raises(UserError, match="copy it once more"):
        await room.providers.set_key(chosen.id, typed, KeyPlace.SESSION)
    assert await room.providers.has_key(chosen)


async def test_what_was_taken_away_does_not_come_back(room: ReadingRoom) -> None:
    chosen = await room.use("https://example.com/v1")
    await room.providers.remove(chosen.id)
    for act in (room.providers.save(chosen), room.providers.choose(chosen.id)):
        with pytest.raises(UserError, match="not there any more"):
            await act
    other = await room.use("https://example.com/v1")
    both = (room.providers.remove(other.id), room.providers.save(other))
    _, refused = await asyncio.gather(*both, return_exceptions=True)
    assert "not there any more" in str(refused)
    assert room.providers.all() == ()


async def test_a_key_goes_with_its_provider(room: ReadingRoom) -> None:
    chosen = await room.use("https://example.com/v1")
    await room.providers.remove(chosen.id)
    with pytest.raises(UserError, match="no keyring"):
        await room.providers.has_key(chosen)
    assert KEY not in repr(room.facts.state)
