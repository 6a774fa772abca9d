"""What the window says in English has its Chinese: every text that is handed to a widget is looked for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.runtime.language import Words

UI = Path(__file__).parents[2] / "app" / "ui"
PLACES: Mapping[str, tuple[int, ...]] = {
    "say": (0,),
    "_say": (0,),
    "act_button": (0,),
    "IconButton": (2,),
    "HoldButton": (1,),
    "add_act": (1,),
    "add_menu_act": (0,),
    "Empty": (0, 1),
    "Failed": (0, 1, 2),
    "Loading": (0,),
    "Stale": (1,),
    "Choice": (1,),
    "ask": (2, 3),
    "ask_text": (2, 3),
    "Question": (2, 3),
    "Column": (1,),
    "Notice": (0,),
    "ActionSpec": (1,),
    "PanelSpec": (1,),
    "QLabel": (0,),
    "QCheckBox": (0,),
    "setToolTip": (0,),
    "setText": (0,),
    "addItem": (0,),
    "setPlaceholderText": (0,),
    "setAccessibleName": (0,),
    "addAction": (0, 1),
    "addMenu": (0,),
    "Lamp": (1,),
}
"""Which arguments of which calls are read by a person."""
WRITTEN_OTHERWISE = {
    "{} with the broker: {}": "the count says one or many",
    "English": "a language is called by its own name",
    "Tapeline": "a name",
    "{} old": "each unit of time has its own template",
    "{} old. {}": "each unit of time has its own template",
    "{}: none": "what it names is not translated",
    "{} of the prompts shown": "each filter has its own template",
    "{}, usually {}": "figures",
    "Trading is {}. {}": "each state has its own template",
    "Trading is {}: {}. {}": "each state has its own template",
    "{} {} {} at {}.": "bought and sold have their own templates",
    "Flattening {}: {}{}.": "the step follows as one blank",
    "{} differ{}, {} equal  ·  {} in {} ms{}{}": "what may follow is one blank",
}


def texts(tree: ast.Module) -> Iterator[str]:
    """Yield the literal texts of a module, blanks as `{}`."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for place in PLACES.get(_name(call.func), ()):
                if place < len(call.args):
                    yield from _literals(call.args[place])


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Subscript):
        function = function.value
    return getattr(function, "attr", getattr(function, "id", ""))


def _literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.IfExp(body=one, orelse=other):
            yield from (*_literals(one), *_literals(other))
        case ast.BoolOp(values=values):
            for value in values:
                yield from _literals(value)
        case ast.Constant(value=str()) | ast.JoinedStr():
            written = "".join(map(_part, node.values)) if isinstance(node, ast.JoinedStr) else str(node.value)
            if re.search(r"[A-Za-z]{2}", written.replace("{}", "")) and not re.fullmatch(r"[a-z0-9_.:/#-]+", written):
                yield written


def _part(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else "{}"


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: str(path.relative_to(UI)))
def test_every_text_handed_to_a_widget_has_its_chinese(path: Path) -> None:
    chinese = Words("zh")
    for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
        shown = text.replace("{}", "7")
        assert text in WRITTEN_OTHERWISE or chinese.sentence(shown) != shown, (
            f"{text!r} has no Chinese: add it under [phrases] of resources/i18n/en.toml and zh.toml by the same key, "
            "blanks as {name}, numbers as {n_name}"
        )
