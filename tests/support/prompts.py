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
from app.services.performance import Performances
from app.services.prompt_files import PromptFiles
from app.services.prompt_texts import PromptTexts
from app.services.prompts import Prompts


@dataclass
class Room:
    """The parts of a PromptRoom that need no market."""

    kept: Prompts
    texts: PromptTexts
    files: PromptFiles
    performance: Performances


@dataclass
class Study:
    """What a test of prompts works with."""

    facts: Facts
    store: Store
    room: Room
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
        texts = PromptTexts(facts, store.prompts, renderer)
        kept = Prompts(facts, store.prompts, texts, clock)
        files = PromptFiles(facts, store.prompts, texts, clock)
        yield Study(facts, store, Room(kept, texts, files, Performances(facts, store.readings, bus, clock)), clock)
    finally:
        await facts.settle()
        await tasks.close()
        await store.close()
