"""Everything about prompts in one place, for whoever keeps, asks or measures them."""

from __future__ import annotations

from dataclasses import dataclass

from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.market import Market
from app.services.performance import Performances
from app.services.ports import ChartPainter, PromptStore, Renderer
from app.services.ports_readings import Readings
from app.services.prompt_files import PromptFiles
from app.services.prompt_texts import PromptTexts
from app.services.prompt_trial import PromptTrials
from app.services.prompts import Prompts


@dataclass(frozen=True, slots=True)
class PromptRoom:
    """`kept` changes prompts, `texts` makes what is sent of them, `files` carries them between people, `performance`
    says what came of them, and `trials` shows and tries them on real data."""

    kept: Prompts
    texts: PromptTexts
    files: PromptFiles
    performance: Performances
    trials: PromptTrials


def prompt_room(
    facts: Facts,
    store: PromptStore,
    readings: Readings,
    renderer: Renderer,
    market: Market,
    painter: ChartPainter,
    bus: Bus,
    clock: Clock,
) -> PromptRoom:
    """Build the parts over one store and one renderer."""
    texts = PromptTexts(facts, store, renderer)
    return PromptRoom(
        Prompts(facts, store, texts, clock),
        texts,
        PromptFiles(facts, store, texts, clock),
        Performances(facts, readings, bus, clock),
        PromptTrials(market, texts, readings, painter),
    )
