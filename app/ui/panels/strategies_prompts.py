"""Which prompts a strategy asks with: its language, and for each kind and language its own choice or the default."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel

from app.domain.prompts import Language, PromptId, PromptKind
from app.domain.strategies import Strategy
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.prompts_rows import KIND_WORDS, LANGUAGE_WORDS
from app.ui.panels.strategies_edit import save
from app.ui.widgets.ask import CANCEL, Choice, Question
from app.ui.widgets.buttons import set_role

Boxes = dict[tuple[PromptKind, Language], QComboBox]


async def choose_prompts(handles: Handles, strategy: Strategy) -> bool:
    """Ask which prompts a strategy uses and keep the answer; return whether it was changed."""
    title = f"Prompts of {strategy.name}"
    text = "What is left to the default follows the prompt that is the default when the strategy runs."
    question = Question(handles.theme, handles.window, title, text)
    language, boxes = _language_box(strategy), _boxes(handles, strategy)
    question.body.addLayout(_grid(language, boxes))
    question.offer([CANCEL, Choice("save", "Use these prompts", "primary")])
    question.open()
    if await question.answer() != "save":
        return False
    chosen = tuple(PromptId(box.currentData()) for box in boxes.values() if box.currentData())
    changed = replace(strategy, language=Language(language.currentData()), prompts=chosen)
    if changed != strategy:
        await save(handles, changed)
    return changed != strategy


def _language_box(strategy: Strategy) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(say("Language of the readings"))
    for each in Language:
        box.addItem(LANGUAGE_WORDS[each], each.value)
    box.setCurrentIndex(box.findData(strategy.language.value))
    return box


def _boxes(handles: Handles, strategy: Strategy) -> Boxes:
    prompts = [each for each in handles.prompts.kept.all() if each.strategy in (None, strategy.id)]
    boxes: Boxes = {}
    for kind in PromptKind:
        for language in Language:
            box = QComboBox()
            box.setAccessibleName(f"{say(KIND_WORDS[kind])}, {LANGUAGE_WORDS[language]}")
            box.addItem(say("Default"), "")
            for prompt in prompts:
                if (prompt.kind, prompt.language) == (kind, language):
                    box.addItem(prompt.name, str(prompt.id))
            own = next((place for place in range(1, box.count()) if box.itemData(place) in strategy.prompts), 0)
            box.setCurrentIndex(own)
            boxes[kind, language] = box
    return boxes


def _grid(language: QComboBox, boxes: Boxes) -> QGridLayout:
    grid = QGridLayout()
    grid.setSpacing(8)
    grid.addWidget(QLabel(say("Readings in")), 0, 0)
    grid.addWidget(language, 0, 1)
    for column, each in enumerate(Language, start=1):
        head = QLabel(LANGUAGE_WORDS[each])
        set_role(head, role="caption")
        grid.addWidget(head, 1, column)
        grid.setColumnStretch(column, 1)
    for row, kind in enumerate(PromptKind, start=2):
        grid.addWidget(QLabel(say(KIND_WORDS[kind])), row, 0)
        for column, each in enumerate(Language, start=1):
            grid.addWidget(boxes[kind, each], row, column)
    return grid
