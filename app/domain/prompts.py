"""Prompts: what the model is asked, in whose words. Versions are immutable; an edit makes a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.signals import StrategyId

PromptId = NewType("PromptId", str)
PromptVersionId = NewType("PromptVersionId", str)

MOST_CHARACTERS = 64 * 1024
"""How long a template may be."""
MOST_NAME = 80


class Language(StrEnum):
    """The languages that prompts are written in and answers are asked for."""

    EN = "en"
    ZH = "zh"


class PromptKind(StrEnum):
    """What a prompt is for; every question has its own system text."""

    DAILY = "analysis_daily"
    WEEKLY = "analysis_weekly"
    CONSOLIDATION = "consolidation"
    SYSTEM_DAILY = "system_daily"
    SYSTEM_WEEKLY = "system_weekly"
    SYSTEM_CONSOLIDATION = "system_consolidation"

    @property
    def is_system(self) -> bool:
        """Whether it says how to answer, not what is asked."""
        return self.value.startswith("system_")

    @property
    def system(self) -> PromptKind:
        """The system text that goes with a question; its own kind for a system text."""
        return self if self.is_system else PromptKind(f"system_{self.value.removeprefix('analysis_')}")


def kind_for(timeframe: Timeframe) -> PromptKind:
    """Return the kind of question that is asked about one chart: weekly from a week a bar upwards, else daily."""
    return PromptKind.WEEKLY if timeframe in (Timeframe.W1, Timeframe.MO1) else PromptKind.DAILY


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One text of a prompt, never changed; `note` says where it came from."""

    id: PromptVersionId
    prompt: PromptId
    number: int
    text: str
    created: datetime
    note: str = ""

    @property
    def mark(self) -> VersionMark:
        """The version without its text."""
        return VersionMark(self.id, self.number, self.created, self.note, digest_of(self.text))


@dataclass(frozen=True, slots=True)
class VersionMark:
    """What the state keeps of a version: the store has the text."""

    id: PromptVersionId
    number: int
    created: datetime
    note: str
    digest: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A named prompt; `strategy` is whose it is, None for all. `versions` are oldest first, `active` is one of them.

    `seed` names the text that ships with the product. A deleted prompt stays known, so that no seed comes back.
    """

    id: PromptId
    name: str
    kind: PromptKind
    language: Language
    strategy: StrategyId | None
    versions: tuple[VersionMark, ...]
    active: PromptVersionId
    is_default: bool = False
    seed: str = ""
    is_deleted: bool = False

    @property
    def slot(self) -> tuple[PromptKind, Language, StrategyId | None]:
        """What it may be the default of."""
        return (self.kind, self.language, self.strategy)

    @property
    def active_mark(self) -> VersionMark:
        """The version that is used."""
        return self.version(self.active)

    @property
    def updated(self) -> datetime:
        """When its newest version was made."""
        return self.versions[-1].created

    def version(self, version: PromptVersionId) -> VersionMark:
        """Return one of its versions; raise UserError when it has none of this id."""
        for mark in self.versions:
            if mark.id == version:
                return mark
        raise UserError(f"“{self.name}” has no such version any more; choose one from its list.")

    def with_version(self, version: PromptVersion, *, activate: bool) -> Prompt:
        """Return it with one more version."""
        active = version.id if activate else self.active
        return replace(self, versions=(*self.versions, version.mark), active=active)


@dataclass(frozen=True, slots=True)
class PromptUse:
    """How many readings were asked for with a version: one that was used stays for ever."""

    version: PromptVersionId
    readings: int


def digest_of(text: str) -> str:
    """Return a text's SHA-256."""
    return sha256(text.encode()).hexdigest()


def choose(
    prompts: Mapping[PromptId, Prompt],
    kind: PromptKind,
    language: Language,
    strategy: StrategyId | None = None,
    own: Iterable[PromptId] = (),
) -> Prompt:
    """Return the prompt to use: the strategy's own choice, its default, the default of all, the English default.

    Raises UserError when even that is missing.
    """
    chosen = [prompts[each] for each in own if each in prompts and not prompts[each].is_deleted]
    defaults = {each.slot: each for each in prompts.values() if each.is_default and not each.is_deleted}
    steps = (
        next((each for each in chosen if (each.kind, each.language) == (kind, language)), None),
        defaults.get((kind, language, strategy)) if strategy else None,
        defaults.get((kind, language, None)),
        defaults.get((kind, Language.EN, None)),
    )
    found = next((each for each in steps if each is not None), None)
    if found is None:
        raise UserError(
            f"No prompt is the default for {kind.value} in {language.value}, nor in English; "
            "set one as the default in the Prompts panel."
        )
    return found
