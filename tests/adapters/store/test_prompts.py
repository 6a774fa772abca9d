"""The texts of prompts' versions are kept for ever and found by their words."""

from __future__ import annotations

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
