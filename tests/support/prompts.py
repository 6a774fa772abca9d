"""A room for prompts over a real database and a real renderer, without a gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.adapters.prompts.renderer import PromptRenderer
from app.adapters.store.store import Store
from app.domain.prompts import Language, Prompt, PromptKind
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.prompt_room import PromptRoom, prompt_room


@dataclass
class Study:
    """What a test of prompts works with."""

    facts: Facts
    store: Store
    room: PromptRoom
    clock: Clock

    async def written(self, name: str = "Mine", text: str = "What of {{ symbol }}?", **more: str) -> Prompt:
        """Return a new prompt for daily charts."""
        language = Language(more.get("language", "en"))
        return await self.room.kept.create(name, PromptKind(more.get("kind", "analysis_daily")), language, text)


@asynccontextmanager
async def studying(path: Path, renderer: PromptRenderer) -> AsyncIterator[Study]:
    """Yield a room over the database at `path`; the renderer belongs to the caller."""
    store, bus, clock, tasks = await Store.open(path), Bus(), Clock(), Tasks()
    facts = Facts(store.journal, bus, tasks)
    await facts.load()
    try:
        yield Study(facts, store, prompt_room(facts, store.prompts, store.readings, renderer, bus, clock), clock)
    finally:
        await facts.settle()
        await tasks.close()
        await store.close()
