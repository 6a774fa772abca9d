"""The prompts that ship with the product: planted once, then the user's to change."""

from __future__ import annotations

from pathlib import Path

from app.domain import events as ev
from app.domain.prompts import Language, PromptKind
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.prompts import new_prompt

NOTE = "Came with Tapeline"
_ANSWER = "@answer\n"
_NAMES = {
    Language.EN: {
        PromptKind.DAILY: "Daily chart",
        PromptKind.WEEKLY: "Weekly chart",
        PromptKind.CONSOLIDATION: "Consolidation",
        PromptKind.SYSTEM_DAILY: "System, daily chart",
        PromptKind.SYSTEM_WEEKLY: "System, weekly chart",
        PromptKind.SYSTEM_CONSOLIDATION: "System, consolidation",
    },
    Language.ZH: {
        PromptKind.DAILY: "日线图分析",
        PromptKind.WEEKLY: "周线图分析",
        PromptKind.CONSOLIDATION: "综合判断",
        PromptKind.SYSTEM_DAILY: "系统提示：日线图",
        PromptKind.SYSTEM_WEEKLY: "系统提示：周线图",
        PromptKind.SYSTEM_CONSOLIDATION: "系统提示：综合判断",
    },
}


def seed_text(folder: Path, kind: PromptKind, language: Language) -> str:
    """Return a shipped text; the three system texts share how to answer."""
    at = folder / language.value
    text = (at / f"{kind.value}.j2").read_text(encoding="utf-8")
    return text.replace(_ANSWER, (at / "answer.j2").read_text(encoding="utf-8"))


async def plant(facts: Facts, clock: Clock, folder: Path) -> int:
    """Create the shipped prompts that were never here, each as the default unless there is one; return how many."""
    known = {each.seed for each in facts.state.prompts.values()}
    taken = {each.slot for each in facts.state.prompts.values() if each.is_default}
    now, planted = clock.now(), list[ev.PromptCreated]()
    for language, names in _NAMES.items():
        for kind, name in names.items():
            seed = f"{kind.value}.{language.value}"
            if seed in known:
                continue
            is_default = (kind, language, None) not in taken
            text = seed_text(folder, kind, language)
            prompt, version = new_prompt(name, kind, language, text, now, note=NOTE, is_default=is_default, seed=seed)
            planted.append(ev.PromptCreated(at=now, prompt=prompt, version=version))
    if planted:
        await facts.enter(*planted)
    return len(planted)
