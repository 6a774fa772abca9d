"""Prompts as people keep them: written, edited into new versions, copied, activated, made the default, deleted."""

from __future__ import annotations

from datetime import datetime

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.prompts import (
    MOST_NAME,
    Language,
    Prompt,
    PromptId,
    PromptKind,
    PromptVersion,
    PromptVersionId,
)
from app.domain.signals import StrategyId
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.ports import PromptStore
from app.services.prompt_texts import PromptTexts


class Prompts:
    """Changes prompts through facts; a text is checked before it is kept, and no version ever changes."""

    def __init__(self, facts: Facts, store: PromptStore, texts: PromptTexts, clock: Clock) -> None:
        self._facts = facts
        self._store = store
        self._texts = texts
        self._clock = clock

    def all(self) -> tuple[Prompt, ...]:
        """Return the prompts there are, without those that were deleted."""
        return tuple(each for each in self._facts.state.prompts.values() if not each.is_deleted)

    def get(self, id_: PromptId) -> Prompt:
        """Return a prompt; raise UserError when it is not there any more."""
        prompt = self._facts.state.prompts.get(id_)
        if prompt is None or prompt.is_deleted:
            raise UserError("This prompt is not there any more; choose another one.")
        return prompt

    async def text(self, version: PromptVersionId) -> PromptVersion:
        """Return a version with its text; raise UserError when there is none."""
        return await self._store.version(version)

    async def texts(self, id_: PromptId) -> tuple[PromptVersion, ...]:
        """Return every version ever made of a prompt with its text, oldest first."""
        return await self._store.texts((id_,))

    async def containing(self, words: tuple[str, ...]) -> frozenset[PromptId]:
        """Return the prompts whose active text holds all of the words."""
        return await self._store.containing(words)

    async def create(
        self,
        name: str,
        kind: PromptKind,
        language: Language,
        text: str,
        *,
        strategy: StrategyId | None = None,
        note: str = "",
    ) -> Prompt:
        """Write a new prompt; raise UserError when the text cannot be one."""
        await self._texts.check(kind, text)
        now = self._clock.now()
        prompt, version = new_prompt(name, kind, language, text, now, strategy=strategy, note=note)
        await self._facts.enter(ev.PromptCreated(at=now, prompt=prompt, version=version))
        return prompt

    async def edit(self, id_: PromptId, text: str, *, note: str = "", activate: bool = True) -> PromptVersion:
        """Add a version; raise UserError when the text cannot be one, or is the newest one already."""
        prompt = self.get(id_)
        await self._texts.check(prompt.kind, text)
        version = PromptVersion(
            PromptVersionId(ev.new_id()), id_, prompt.versions[-1].number + 1, text, self._clock.now(), note
        )
        if version.mark.digest == prompt.versions[-1].digest:
            raise UserError(f"“{prompt.name}” reads exactly so already; nothing was saved.")
        await self._facts.enter(ev.PromptEdited(at=version.created, version=version, activates=activate))
        return version

    async def restore(self, id_: PromptId, version: PromptVersionId) -> PromptVersion:
        """Make an older version the newest one again, as a version of its own."""
        mark = self.get(id_).version(version)
        old = await self._store.version(version)
        return await self.edit(id_, old.text, note=f"Version {mark.number} again")

    async def duplicate(self, id_: PromptId, *, name: str = "", strategy: StrategyId | None = None) -> Prompt:
        """Copy a prompt's active version into a prompt of its own, for all strategies or one."""
        prompt = self.get(id_)
        active = await self._store.version(prompt.active)
        note = f"Copy of {prompt.name}, version {active.number}"
        now = self._clock.now()
        copy, version = new_prompt(
            name or f"{prompt.name[: MOST_NAME - 5]} copy",
            prompt.kind,
            prompt.language,
            active.text,
            now,
            strategy=strategy,
            note=note,
        )
        await self._facts.enter(ev.PromptCreated(at=now, prompt=copy, version=version))
        return copy

    async def rename(self, id_: PromptId, name: str) -> None:
        """Give a prompt another name; raise UserError for one that is no name."""
        await self._facts.enter(ev.PromptRenamed(at=self._clock.now(), prompt=id_, name=settled_name(name)))

    async def activate(self, id_: PromptId, version: PromptVersionId) -> None:
        """Use another version from now on."""
        await self._facts.enter(ev.PromptVersionActivated(at=self._clock.now(), prompt=id_, version=version))

    async def set_default(self, id_: PromptId, is_default: bool = True) -> None:
        """Make a prompt the default of its kind, language and scope; the one before is it no more."""
        await self._facts.enter(ev.PromptDefaultSet(at=self._clock.now(), prompt=id_, is_default=is_default))

    async def delete(self, id_: PromptId) -> None:
        """Delete a prompt; raise UserError while it is the default, chosen, or kept by a reading."""
        await self._facts.enter(ev.PromptDeleted(at=self._clock.now(), prompt=id_))

    async def delete_version(self, id_: PromptId, version: PromptVersionId) -> None:
        """Delete a version; raise UserError while it is in use or kept by a reading."""
        await self._facts.enter(ev.PromptVersionDeleted(at=self._clock.now(), prompt=id_, version=version))


def settled_name(name: str) -> str:
    """Return a name in one line; raise UserError when nothing is left of it or it is too long."""
    settled = " ".join("".join(letter for letter in name if letter.isprintable()).split())
    if not settled or len(settled) > MOST_NAME:
        raise UserError(f"A prompt's name has 1 to {MOST_NAME} letters, this one has {len(settled)}.")
    return settled


def new_prompt(
    name: str,
    kind: PromptKind,
    language: Language,
    text: str,
    at: datetime,
    *,
    strategy: StrategyId | None = None,
    note: str = "",
    is_default: bool = False,
    seed: str = "",
) -> tuple[Prompt, PromptVersion]:
    """Return a prompt with its first version, not kept yet."""
    id_ = PromptId(ev.new_id())
    version = PromptVersion(PromptVersionId(ev.new_id()), id_, 1, text, at, note)
    prompt = Prompt(
        id=id_,
        name=settled_name(name),
        kind=kind,
        language=language,
        strategy=strategy,
        versions=(version.mark,),
        active=version.id,
        is_default=is_default,
        seed=seed,
    )
    return prompt, version
