"""From a strategy's question to the exact words that are sent: which prompt holds, and its text with values in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.prompt_variables import guarded, sample, variables_of
from app.domain.prompts import (
    MOST_CHARACTERS,
    Language,
    Prompt,
    PromptKind,
    PromptVersion,
    PromptVersionId,
    choose,
    kind_for,
)
from app.domain.readings import PromptText, ReadingKind
from app.domain.strategies import Strategy
from app.services.facts import Facts
from app.services.ports import PromptStore, Renderer, RenderFailed
from app.services.prompt_context import PINNED


class PromptTexts:
    """Finds, checks and renders prompts (services.ports_readings.Prompts); it changes nothing."""

    def __init__(self, facts: Facts, store: PromptStore, renderer: Renderer) -> None:
        self._facts = facts
        self._store = store
        self._renderer = renderer

    async def compose(
        self,
        kind: ReadingKind,
        timeframe: Timeframe | None,
        language: str,
        strategy: Strategy | None,
        context: Mapping[str, Any],
    ) -> PromptText:
        """Return the prompt that holds for a strategy, rendered; raise UserError when it cannot be: nothing is sent."""
        is_chart = kind is ReadingKind.CHART and timeframe is not None
        asked = kind_for(timeframe) if is_chart and timeframe else PromptKind.CONSOLIDATION
        values = dict(context)
        pinned: Mapping[str, str] = values.pop(PINNED, {})
        question = await self._version(asked, Language(language), strategy, pinned)
        system = await self._version(asked.system, Language(language), strategy, pinned)
        return PromptText(
            system=await self.render(system, values),
            text=await self.render(question, values),
            version=question.id,
            system_version=system.id,
        )

    def resolve(self, kind: PromptKind, language: Language, strategy: Strategy | None = None) -> Prompt:
        """Return the prompt that holds: own choice, own default, default of all, English; raise UserError for none."""
        prompts = self._facts.state.prompts
        if strategy is None:
            return choose(prompts, kind, language)
        return choose(prompts, kind, language, strategy.id, strategy.prompts)

    async def version_for(
        self, kind: PromptKind, language: Language, strategy: Strategy | None = None
    ) -> PromptVersion:
        """Return the active version of the prompt that holds."""
        return await self._store.version(self.resolve(kind, language, strategy).active)

    async def _version(
        self, kind: PromptKind, language: Language, strategy: Strategy | None, pinned: Mapping[str, str]
    ) -> PromptVersion:
        if kind.value in pinned:
            return await self._store.version(PromptVersionId(pinned[kind.value]))
        return await self.version_for(kind, language, strategy)

    async def render(self, version: PromptVersion, context: Mapping[str, Any]) -> str:
        """Return a version's text with values in it, all text from outside quoted; raise RenderFailed otherwise."""
        return await self.render_text(version.text, context)

    async def render_text(self, text: str, context: Mapping[str, Any]) -> str:
        """Return a template's text; raise RenderFailed when it gives none, or only blanks."""
        made = (await self._renderer.render(text, guarded(context))).strip()
        if not made:
            raise RenderFailed("it gives an empty text")
        return made

    async def check(self, kind: PromptKind, text: str) -> None:
        """Raise UserError when a text cannot be a prompt of this kind: too long, unknown names, or broken."""
        if len(text) > MOST_CHARACTERS:
            raise UserError(f"A prompt has at most {MOST_CHARACTERS:,} characters, this one has {len(text):,}.")
        if not text.strip():
            raise UserError("A prompt needs words; write what is to be asked.")
        known = {each.name for each in variables_of(kind)}
        report = await self._renderer.inspect(text)
        for name in report.variables:
            if name not in known:
                raise RenderFailed(f"the variable “{name}” is not known in a prompt of this kind", _line_of(name, text))
        await self.render_text(text, sample(kind))


def _line_of(name: str, text: str) -> int | None:
    """Return the first line that uses a name between template marks."""
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    for number, line in enumerate(text.splitlines(), start=1):
        if ("{{" in line or "{%" in line) and pattern.search(line):
            return number
    return None
