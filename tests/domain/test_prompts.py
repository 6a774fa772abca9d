"""Prompts: versions that never change, one default a slot, and which prompt is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain import events as ev
from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.fold import Fact, fold
from app.domain.prompts import Language, Prompt, PromptId, PromptKind, PromptUse, PromptVersionId, choose, kind_for
from app.domain.signals import StrategyId
from app.domain.state import State
from app.domain.strategies import Strategy
from tests.domain.examples import at, prompt, prompt_version

MINE = StrategyId("mine")
V1 = PromptVersionId("ask.1")
ASK, OTHER = PromptId("ask"), PromptId("other")


def created(name: str, *, own: StrategyId | None = None, **terms: object) -> ev.PromptCreated:
    """Return the fact that a prompt with one version came."""
    version = prompt_version(name, 1, f"{name} {{{{ symbol }}}}")
    return ev.PromptCreated(at=at(0), prompt=replace(prompt(version, **terms), strategy=own), version=version)  # type: ignore[arg-type]


def edited(name: str, number: int, **terms: bool) -> ev.PromptEdited:
    """Return the fact that a prompt was edited."""
    return ev.PromptEdited(at=at(number), version=prompt_version(name, number, f"text {number}"), **terms)


def after(*facts: Fact) -> State:
    """Return what these facts add up to."""
    state = State()
    for fact in facts:
        state, _ = fold(state, fact)
    return state


def test_an_edit_adds_a_version_and_keeps_the_others() -> None:
    before = after(created("ask"))
    state, records = fold(before, edited("ask", 2))
    versions = state.prompts[ASK].versions
    assert versions[0] == before.prompts[ASK].versions[0]
    assert [mark.number for mark in versions] == [1, 2]
    assert state.prompts[ASK].active == "ask.2"
    assert prompt_version("ask", 2, "text 2") in records


def test_an_edit_need_not_be_used_yet() -> None:
    assert after(created("ask"), edited("ask", 2, activates=False)).prompts[ASK].active == "ask.1"


@pytest.mark.parametrize("number", [1, 3])
def test_an_edit_of_an_older_version_is_refused(number: int) -> None:
    with pytest.raises(UserError, match="changed in the meantime"):
        after(created("ask"), edited("ask", number))


def test_any_version_can_be_activated_and_no_other() -> None:
    state = after(created("ask"), edited("ask", 2))
    activated = ev.PromptVersionActivated(at=at(3), prompt=ASK, version=PromptVersionId("ask.1"))
    assert fold(state, activated)[0].prompts[ASK].active == "ask.1"
    with pytest.raises(UserError, match="no such version"):
        fold(state, replace(activated, version=PromptVersionId("other.1")))


def test_a_slot_has_one_default() -> None:
    state = after(created("ask", is_default=True), created("other", is_default=True))
    assert [each.id for each in state.prompts.values() if each.is_default] == [OTHER]
    state, _ = fold(state, ev.PromptDefaultSet(at=at(1), prompt=ASK))
    assert [each.id for each in state.prompts.values() if each.is_default] == [ASK]


def test_defaults_of_other_kinds_languages_and_strategies_stand_beside_each_other() -> None:
    state = after(
        created("a", is_default=True),
        created("b", is_default=True, kind=PromptKind.WEEKLY),
        created("c", is_default=True, language=Language.ZH),
        created("d", is_default=True, own=MINE),
    )
    assert all(each.is_default for each in state.prompts.values())


def test_the_default_of_all_is_only_ever_replaced() -> None:
    state = after(created("ask", is_default=True), created("own", own=MINE, is_default=True))
    with pytest.raises(UserError, match="stays the default"):
        fold(state, ev.PromptDefaultSet(at=at(1), prompt=ASK, is_default=False))
    with pytest.raises(UserError, match="is the default"):
        fold(state, ev.PromptDeleted(at=at(1), prompt=ASK))
    own = ev.PromptDefaultSet(at=at(1), prompt=PromptId("own"), is_default=False)
    assert not fold(state, own)[0].prompts[PromptId("own")].is_default


def test_what_readings_were_asked_with_is_not_deleted() -> None:
    state = after(created("ask"), edited("ask", 2), edited("ask", 3))
    state = replace(state, prompt_uses={V1: PromptUse(V1, 4)})
    with pytest.raises(UserError, match="version 1 asked for readings"):
        fold(state, ev.PromptDeleted(at=at(4), prompt=ASK))
    with pytest.raises(UserError, match="asked for readings"):
        fold(state, ev.PromptVersionDeleted(at=at(4), prompt=ASK, version=PromptVersionId("ask.1")))
    state, _ = fold(state, ev.PromptVersionDeleted(at=at(4), prompt=ASK, version=PromptVersionId("ask.2")))
    assert [mark.number for mark in state.prompts[ASK].versions] == [1, 3]


def test_a_prompt_that_a_strategy_chose_is_not_deleted() -> None:
    chosen = ev.StrategySaved(at=at(0), strategy=Strategy(MINE, "Mine", ("AAPL",), prompts=(ASK,)))
    with pytest.raises(UserError, match="chosen by Mine"):
        after(created("ask"), chosen, ev.PromptDeleted(at=at(1), prompt=ASK))


def test_a_deleted_prompt_is_known_and_takes_no_part() -> None:
    state = after(created("ask"), ev.PromptDeleted(at=at(1), prompt=ASK))
    assert state.prompts[ASK].is_deleted
    with pytest.raises(UserError, match="not there any more"):
        fold(state, edited("ask", 2))


def resolved(*facts: Fact, language: Language = Language.ZH, own: tuple[str, ...] = ()) -> str:
    """Return which prompt a strategy asks with."""
    chosen = choose(after(*facts).prompts, PromptKind.DAILY, language, MINE, tuple(map(PromptId, own)))
    assert isinstance(chosen, Prompt)
    return chosen.id


def test_the_order_is_own_choice_then_own_default_then_the_default_of_all_then_english() -> None:
    zh = {"language": Language.ZH}
    english = created("english", is_default=True)
    everyone = created("everyone", is_default=True, **zh)
    own_default = created("own_default", own=MINE, is_default=True, **zh)
    choice = created("choice", **zh)
    noise = (created("weekly", kind=PromptKind.WEEKLY, **zh), created("theirs", own=StrategyId("theirs"), **zh))
    assert resolved(english, everyone, own_default, choice, *noise, own=("weekly", "choice")) == "choice"
    assert resolved(english, everyone, own_default, choice, *noise) == "own_default"
    assert resolved(english, everyone, choice, *noise) == "everyone"
    assert resolved(english, choice, *noise) == "english"
    with pytest.raises(UserError, match="set one as the default"):
        resolved(choice, *noise)


def test_a_choice_that_was_deleted_is_passed_over() -> None:
    english, choice = created("english", is_default=True), created("choice", language=Language.ZH)
    gone = ev.PromptDeleted(at=at(1), prompt=PromptId("choice"))
    assert resolved(english, choice, gone, own=("choice",)) == "english"


def test_every_question_has_its_system_text() -> None:
    assert [kind.system for kind in PromptKind if not kind.is_system] == [kind for kind in PromptKind if kind.is_system]
    assert (kind_for(Timeframe.D1), kind_for(Timeframe.W1)) == (PromptKind.DAILY, PromptKind.WEEKLY)
