"""The texts of prompts' versions are kept for ever and found by their words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.prompts import PromptId, PromptVersionId
from tests.adapters.store.test_journal import keep
from tests.domain.examples import at, prompt, prompt_version


async def test_every_version_keeps_its_words(store: Store) -> None:
    first, second = prompt_version("ask", 1, "What of {{ symbol }}?"), prompt_version("ask", 2, "图表 “{{ x }}”")
    created = ev.PromptCreated(at=at(0), prompt=prompt(first), version=first)
    await keep(store, [created, ev.PromptEdited(at=at(1), version=second)])
    assert await store.prompts.version(PromptVersionId("ask.1")) == first
    assert await store.prompts.texts((PromptId("ask"),)) == (first, second)
    with pytest.raises(UserError, match="no version nothing"):
        await store.prompts.version(PromptVersionId("nothing"))


async def test_active_versions_are_found_by_all_of_the_words(store: Store) -> None:
    facts = []
    for name, text in (("a", "Look at 100% of the Chart"), ("b", "the chart of a week"), ("c", "nothing")):
        version = prompt_version(name, 1, text)
        facts.append(ev.PromptCreated(at=at(0), prompt=prompt(version), version=version))
    await keep(store, [*facts, ev.PromptEdited(at=at(1), version=prompt_version("c", 2, "chart"), activates=False)])
    assert await store.prompts.containing(("CHART",)) == {"a", "b"}
    assert await store.prompts.containing(("chart", "100%")) == {"a"}
    assert await store.prompts.containing(()) == {"a", "b", "c"}


HOSTILE = (
    "'; DROP TABLE prompts; --", '" OR 1=1 --', "x') OR ('1'='1", ":w0", "%", "_", "\\", "100% {{ symbol }}",
    "Robert\u2019); DELETE FROM journal; --",
)  # fmt: skip


async def test_g4_no_text_becomes_a_part_of_a_query(store: Store) -> None:
    facts = []
    for number, text in enumerate(HOSTILE):
        version = prompt_version(f"p{number}", 1, f"of {text}")
        facts.append(ev.PromptCreated(at=at(number), prompt=replace(prompt(version), name=text), version=version))
    await keep(store, facts)
    for number, text in enumerate(HOSTILE):
        holding = {f"p{place}" for place, other in enumerate(HOSTILE) if text.lower() in f"of {other}".lower()}
        assert await store.prompts.containing((text,)) == holding
        assert await store.prompts.texts((PromptId(text),)) == ()
        assert await store.readings.newest(5, text) == ()
        with pytest.raises(UserError):
            await store.prompts.version(PromptVersionId(text))
        assert (await store.prompts.version(PromptVersionId(f"p{number}.1"))).text == f"of {text}"
    assert len(await store.prompts.containing(())) == len(HOSTILE)
