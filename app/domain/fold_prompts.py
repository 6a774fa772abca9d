"""What facts about prompts change: versions are only ever added, a slot has one default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.kept import but
from app.domain.prompts import Prompt, PromptId, PromptUse, PromptVersion, PromptVersionId
from app.domain.readings import Reading
from app.domain.state import Record, State

Change = tuple[State, tuple[Record, ...]]
PromptFact = (
    ev.PromptCreated
    | ev.PromptEdited
    | ev.PromptRenamed
    | ev.PromptVersionActivated
    | ev.PromptDefaultSet
    | ev.PromptDeleted
    | ev.PromptVersionDeleted
)


def prompt_changed(state: State, event: PromptFact) -> Change:
    """Return the state after a fact about a prompt; raise UserError when it may not become true."""
    match event:
        case ev.PromptCreated():
            return _created(state, event.prompt, event.version)
        case ev.PromptEdited():
            return _edited(state, event)
        case ev.PromptRenamed():
            return _kept(state, replace(_there(state, event.prompt), name=event.name))
        case ev.PromptVersionActivated():
            prompt = _there(state, event.prompt)
            return _kept(state, replace(prompt, active=prompt.version(event.version).id))
        case ev.PromptDefaultSet():
            return _default_set(state, _there(state, event.prompt), event.is_default)
        case ev.PromptDeleted():
            return _deleted(state, _there(state, event.prompt))
        case ev.PromptVersionDeleted():
            return _version_deleted(state, _there(state, event.prompt), event.version)


def _created(state: State, prompt: Prompt, version: PromptVersion) -> Change:
    if prompt.id in state.prompts or prompt.versions != (version.mark,) or prompt.active != version.id:
        raise UserError(f"The prompt “{prompt.name}” is not a new one with one version; nothing was changed.")
    others = _deposed(state, prompt) if prompt.is_default else ()
    return _kept(state, *others, prompt, more=(version,))


def _edited(state: State, event: ev.PromptEdited) -> Change:
    version = event.version
    prompt = _there(state, version.prompt)
    if version.number != prompt.versions[-1].number + 1:
        raise UserError(f"“{prompt.name}” was changed in the meantime; look at its newest version and edit that.")
    return _kept(state, prompt.with_version(version, activate=event.activates), more=(version,))


def _default_set(state: State, prompt: Prompt, is_default: bool) -> Change:
    if is_default == prompt.is_default:
        return state, ()
    if not is_default and prompt.strategy is None:
        raise UserError(f"“{prompt.name}” stays the default until another prompt is set as the default.")
    others = _deposed(state, prompt) if is_default else ()
    return _kept(state, *others, replace(prompt, is_default=is_default))


def _deleted(state: State, prompt: Prompt) -> Change:
    if prompt.is_default and prompt.strategy is None:
        raise UserError(f"“{prompt.name}” is the default; set another prompt as the default, then delete it.")
    used = [mark.number for mark in prompt.versions if is_used(state, mark.id)]
    if used:
        raise UserError(f"“{prompt.name}” stays: {_numbered(used)} asked for readings that are kept.")
    choosers = [each.name for each in state.strategies.values() if prompt.id in each.prompts and not each.is_deleted]
    if choosers:
        raise UserError(f"“{prompt.name}” is chosen by {', '.join(choosers)}; choose another prompt there first.")
    return _kept(state, replace(prompt, is_deleted=True, is_default=False))


def _version_deleted(state: State, prompt: Prompt, version: PromptVersionId) -> Change:
    mark = prompt.version(version)
    if is_used(state, version):
        raise UserError(f"Version {mark.number} of “{prompt.name}” stays: it asked for readings that are kept.")
    if version == prompt.active:
        raise UserError(f"Version {mark.number} of “{prompt.name}” is in use; activate another one first.")
    if mark == prompt.versions[-1]:
        raise UserError(f"Version {mark.number} of “{prompt.name}” is its newest; its number is not given twice.")
    return _kept(state, replace(prompt, versions=tuple(each for each in prompt.versions if each is not mark)))


def prompts_used(state: State, reading: Reading) -> Change:
    """Count a reading for the versions of prompts that it was asked for with."""
    versions = (PromptVersionId(each) for each in (reading.prompt_version, reading.system_version) if each)
    uses = {each: PromptUse(each, _count(state, each) + 1) for each in versions}
    return (replace(state, prompt_uses=but(state.prompt_uses, uses)) if uses else state), tuple(uses.values())


def _count(state: State, version: PromptVersionId) -> int:
    use = state.prompt_uses.get(version)
    return use.readings if use else 0


def is_used(state: State, version: PromptVersionId) -> bool:
    """Say whether a reading was asked for with this version."""
    return version in state.prompt_uses


def _numbered(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"version {listed}" if len(numbers) == 1 else f"its versions {listed}"


def _there(state: State, id_: PromptId) -> Prompt:
    prompt = state.prompts.get(id_)
    if prompt is None or prompt.is_deleted:
        raise UserError("This prompt is not there any more; choose another one.")
    return prompt


def _deposed(state: State, by: Prompt) -> tuple[Prompt, ...]:
    """Return the defaults of the same slot, as they are once another takes their place."""
    rivals = (each for each in state.prompts.values() if each.is_default and each.slot == by.slot and each.id != by.id)
    return tuple(replace(each, is_default=False) for each in rivals)


def _kept(state: State, *prompts: Prompt, more: Iterable[Record] = ()) -> Change:
    known = but(state.prompts, {prompt.id: prompt for prompt in prompts})
    return replace(state, prompts=known), (*prompts, *more)
