"""Everything about prompts in one place, for whoever keeps, asks or measures them."""

from __future__ import annotations

from dataclasses import dataclass

from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.ports import PromptStore, Renderer
from app.services.prompt_files import PromptFiles
from app.services.prompt_texts import PromptTexts
from app.services.prompts import Prompts


@dataclass(frozen=True, slots=True)
class PromptRoom:
    """`kept` changes prompts, `texts` makes what is sent of them, `files` carries them between people."""

    kept: Prompts
    texts: PromptTexts
    files: PromptFiles


def prompt_room(facts: Facts, store: PromptStore, renderer: Renderer, clock: Clock) -> PromptRoom:
    """Build the parts over one store and one renderer."""
    texts = PromptTexts(facts, store, renderer)
    return PromptRoom(Prompts(facts, store, texts, clock), texts, PromptFiles(facts, store, texts, clock))
