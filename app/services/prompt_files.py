"""Prompts as a JSON file: written for other people, and read from them as from strangers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.fold_prompts import PromptFact
from app.domain.prompts import (
    Language,
    Prompt,
    PromptId,
    PromptKind,
    PromptVersion,
    PromptVersionId,
)
from app.domain.signals import StrategyId
from app.runtime.clock import Clock
from app.runtime.paths import write_atomically
from app.services.facts import Facts
from app.services.ports import PromptStore, RenderFailed
from app.services.prompt_texts import PromptTexts
from app.services.prompts import new_prompt

FORMAT = "tapeline-prompts"
MOST_BYTES = 10 * 1024 * 1024
MOST_PROMPTS = 5000
MOST_VERSIONS = 500
_MOST_NOTE = 200
T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told how many prompts of how many have been read."""


class PromptFiles:
    """Exports prompts with all of their versions, and imports them whole or not at all."""

    def __init__(self, facts: Facts, store: PromptStore, texts: PromptTexts, clock: Clock) -> None:
        self._facts = facts
        self._store = store
        self._texts = texts
        self._clock = clock

    async def export(self, path: Path, prompts: Sequence[PromptId]) -> int:
        """Write prompts to a file; return how many. Raise UserError when the file cannot be written."""
        text = await self.exported(prompts)
        try:
            await asyncio.to_thread(write_atomically, path, text)
        except OSError as error:
            raise UserError(f"{path} could not be written ({error.strerror}); choose another place.") from error
        return len(prompts)

    async def exported(self, prompts: Sequence[PromptId]) -> str:
        """Return prompts as the text of a file, each with the versions that are offered."""
        chosen = [self._facts.state.prompts[id_] for id_ in prompts]
        texts = {version.id: version for version in await self._store.texts(tuple(prompts))}
        whole = {"format": FORMAT, "version": 1, "prompts": [_written(each, texts) for each in chosen]}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"

    async def import_file(self, path: Path, tell: Progress = lambda done, total: None) -> tuple[Prompt, ...]:
        """Read a file of prompts; raise UserError, with nothing imported, when any of it is not right."""
        return await self.import_text(await asyncio.to_thread(_read, path), tell)

    async def import_text(self, text: str, tell: Progress = lambda done, total: None) -> tuple[Prompt, ...]:
        """Import prompts from the text of a file: none is a default, and all come or none."""
        entries = _entries(await asyncio.to_thread(_parsed, text))
        facts: list[PromptFact] = []
        for place, entry in enumerate(entries):
            tell(place, len(entries))
            facts += await self._one(entry, f"Prompt {place + 1} of the file")
        tell(len(entries), len(entries))
        await self._facts.enter(*facts)
        return tuple(self._facts.state.prompts[fact.prompt.id] for fact in facts if isinstance(fact, ev.PromptCreated))

    async def _one(self, entry: Mapping[str, Any], where: str) -> list[PromptFact]:
        kind = _choice(entry, "kind", PromptKind, where)
        language = _choice(entry, "language", Language, where)
        versions = _listed(entry, "versions", MOST_VERSIONS, where)
        active = entry.get("active", len(versions))
        if not isinstance(active, int) or isinstance(active, bool) or not 1 <= active <= len(versions):
            raise UserError(f"{where} names an active version that it does not have; nothing was imported.")
        texts = [(_text(each, "text", where), _note(each)) for each in versions]
        await self._checked(kind, texts[active - 1][0], where)
        return self._facts_of(_text(entry, "name", where), kind, language, self._owner(entry), texts, active)

    def _facts_of(
        self,
        name: str,
        kind: PromptKind,
        language: Language,
        owner: StrategyId | None,
        texts: Sequence[tuple[str, str]],
        active: int,
    ) -> list[PromptFact]:
        now = self._clock.now()
        (first, note), *later = texts
        prompt, version = new_prompt(name, kind, language, first, now, strategy=owner, note=note)
        versions = [version, *(_later(prompt.id, place, *each, now) for place, each in enumerate(later, start=2))]
        edits = [ev.PromptEdited(at=now, version=each) for each in versions[1:]]
        activated = ev.PromptVersionActivated(at=now, prompt=prompt.id, version=versions[active - 1].id)
        return [ev.PromptCreated(at=now, prompt=prompt, version=version), *edits, activated]

    def _owner(self, entry: Mapping[str, Any]) -> StrategyId | None:
        """Return the strategy it belongs to, None when that is not known here: then it is for all."""
        named = entry.get("strategy")
        return StrategyId(named) if isinstance(named, str) and named in self._facts.state.strategies else None

    async def _checked(self, kind: PromptKind, text: str, where: str) -> None:
        try:
            await self._texts.check(kind, text)
        except RenderFailed as failed:
            line = f", line {failed.line}" if failed.line else ""
            raise UserError(f"{where}{line}: {failed.wrong}; nothing was imported.") from None
        except UserError as error:
            raise UserError(f"{where}: {str(error).rstrip('.')}; nothing was imported.") from None


def _written(prompt: Prompt, texts: Mapping[PromptVersionId, PromptVersion]) -> dict[str, Any]:
    numbers = [mark.id for mark in prompt.versions]
    return {
        "name": prompt.name,
        "kind": prompt.kind.value,
        "language": prompt.language.value,
        "strategy": prompt.strategy,
        "active": numbers.index(prompt.active) + 1,
        "versions": [{"text": texts[mark.id].text, "note": mark.note} for mark in prompt.versions],
    }


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path} could not be read ({error.strerror}); choose another file.") from error
    if len(raw) > MOST_BYTES:
        raise UserError(f"A file of prompts has at most 10 MB, {path.name} has more; nothing was imported.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is no text in UTF-8; nothing was imported.") from error


def _parsed(text: str) -> Any:
    if len(text) > MOST_BYTES:
        raise UserError("A file of prompts has at most 10 MB, this one has more; nothing was imported.")
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refused)
    except RecursionError:
        raise UserError("The file nests too deeply for one of prompts; nothing was imported.") from None
    except ValueError as error:
        raise UserError(f"The file is no JSON of prompts ({error}); nothing was imported.") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _entries(whole: Any) -> list[Any]:
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise UserError(f'A file with "format": "{FORMAT}" was expected, this is another; nothing was imported.')
    if whole.get("version") != 1:
        raise UserError("The file was written by a newer Tapeline; import it there, or ask for an older one.")
    return _listed(whole, "prompts", MOST_PROMPTS, "The file")


def _listed(entry: Any, name: str, most: int, where: str) -> list[Any]:
    found = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(found, list) or not 1 <= len(found) <= most or not all(isinstance(each, dict) for each in found):
        raise UserError(f'{where} needs "{name}": a list of 1 to {most:,} objects; nothing was imported.')
    return found


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    found = entry.get(name)
    if not isinstance(found, str) or not _is_writable(found):
        raise UserError(f'{where} needs "{name}": a text; nothing was imported.')
    return found


def _is_writable(text: str) -> bool:
    """Say whether a text can be stored: half of a surrogate pair cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _note(entry: Mapping[str, Any]) -> str:
    found = entry.get("note", "")
    return found[:_MOST_NOTE] if isinstance(found, str) and _is_writable(found) else ""


def _choice(entry: Mapping[str, Any], name: str, kind: Callable[[str], T], where: str) -> T:
    try:
        return kind(_text(entry, name, where))
    except ValueError:
        raise UserError(f'{where} has a "{name}" that is not known here; nothing was imported.') from None


def _later(prompt: PromptId, number: int, text: str, note: str, at: datetime) -> PromptVersion:
    return PromptVersion(PromptVersionId(ev.new_id()), prompt, number, text, at, note)
