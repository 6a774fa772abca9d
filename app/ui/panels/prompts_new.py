"""The questions of the prompts panel: what a new prompt is, its name, for whom a copy is, and which file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QFormLayout, QLineEdit, QWidget

from app.domain.prompts import Language, PromptKind
from app.domain.signals import StrategyId
from app.domain.strategies import Strategy
from app.ui.language import Say
from app.ui.panels.prompts_rows import EVERYONE, KIND_WORDS, LANGUAGE_WORDS
from app.ui.theme import Theme
from app.ui.widgets.ask import CANCEL, Choice, Question, ask


@dataclass(frozen=True, slots=True)
class Wanted:
    """A prompt that somebody wants: its name, kind, language and for whom."""

    name: str
    kind: PromptKind
    language: Language
    strategy: StrategyId | None


async def ask_new(
    theme: Theme,
    parent: QWidget,
    title: str,
    act: str,
    strategies: Sequence[Strategy],
    *,
    like: Wanted | None = None,
    say: Say = str,
) -> Wanted | None:
    """Ask for a new prompt, `like` for a copy, whose kind and language stay; None when it was thought better of."""
    question = Question(theme, parent, title, say("It starts with its default's text.") if like is None else "")
    name = QLineEdit(like.name if like else "")
    name.setMaxLength(80)
    kind = _box([(say(KIND_WORDS[each]), each.value) for each in PromptKind], like.kind.value if like else "")
    language = _box([(LANGUAGE_WORDS[each], each.value) for each in Language], like.language.value if like else "")
    owner = _box([(say(EVERYONE), ""), *((each.name, str(each.id)) for each in strategies)], "")
    form = QFormLayout()
    form.setSpacing(8)
    fields: list[tuple[str, QWidget]] = [("Name", name), ("Kind", kind), ("Language", language), ("For", owner)]
    for words, field in fields:
        field.setAccessibleName(say(words))
        form.addRow(say(words), field)
    for box in (kind, language):
        box.setEnabled(like is None)
    question.body.addLayout(form)
    question.offer([Choice(CANCEL.id, say(CANCEL.label)), Choice("do", act, "primary")])
    go = question.button("do")
    go.setEnabled(bool(name.text().strip()))
    name.textChanged.connect(lambda text: go.setEnabled(bool(text.strip())))
    question.open()
    name.setFocus()
    if await question.answer() != "do":
        return None
    chosen = owner.currentData()
    return Wanted(
        name.text(),
        PromptKind(kind.currentData()),
        Language(language.currentData()),
        StrategyId(chosen) if chosen else None,
    )


async def ask_sure(theme: Theme, parent: QWidget, title: str, text: str, act: str, say: Say = str) -> bool:
    """Ask before something is taken away."""
    return (
        await ask(theme, parent, title, text, [Choice(CANCEL.id, say(CANCEL.label)), Choice("do", act, "danger")])
        == "do"
    )


def ask_file(parent: QWidget, title: str, name: str, *, to_save: bool, take: Callable[[Path], object]) -> None:
    """Ask for a JSON file and hand it on."""
    dialog = QFileDialog(parent, title, name, "JSON (*.json)")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setDefaultSuffix("json")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave if to_save else QFileDialog.AcceptMode.AcceptOpen)
    dialog.fileSelected.connect(lambda chosen: take(Path(chosen)))
    dialog.open()


def _box(options: Sequence[tuple[str, str]], chosen: str) -> QComboBox:
    box = QComboBox()
    for text, value in options:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box
