"""Everything about prompts in one place, for whoever keeps, asks or measures them."""

from __future__ import annotations

from dataclasses import dataclass

from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.performance import Performances
from app.services.ports import PromptStore, Renderer
from app.services.ports_readings import Readings
from app.services.prompt_files import PromptFiles
from app.services.prompt_texts import PromptTexts
from app.services.prompts import Prompts


@dataclass(frozen=True, slots=True)
class PromptRoom:
    """`kept` changes prompts, `texts` makes what is sent of them, `files` carries them between people, and
    `performance` says what came of them."""

    kept: Prompts
    texts: PromptTexts
    files: PromptFiles
    performance: Performances


def prompt_room(
    facts: Facts, store: PromptStore, readings: Readings, renderer: Renderer, bus: Bus, clock: Clock
) -> PromptRoom:
    """Build the parts over one store and one renderer."""
    texts = PromptTexts(facts, store, renderer)
    return PromptRoom(
        Prompts(facts, store, texts, clock),
        texts,
        PromptFiles(facts, store, texts, clock),
        Performances(facts, readings, bus, clock),
    )
