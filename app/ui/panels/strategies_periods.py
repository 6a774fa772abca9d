"""The settings of the indicators behind a strategy's four checks and its levels: the roles stay, the periods change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QLabel, QVBoxLayout

from app.domain.errors import UserError
from app.domain.strategies import Strategy, ThreeOfFour
from app.services.studies import bars_needed_by
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.indicators_form import SettingsForm
from app.ui.panels.strategies_edit import save
from app.ui.widgets.ask import CANCEL, Choice, Question
from app.ui.widgets.buttons import set_role

ROLES: Mapping[str, Mapping[str, str]] = {
    "supertrend": {"length": "supertrend_length", "factor": "supertrend_factor"},
    "sma": {"length": "sma_length"},
    "macd": {"fast": "macd_fast", "slow": "macd_slow", "signal": "macd_signal"},
    "rsi": {"length": "rsi_length"},
    "atr": {"length": "atr_length"},
}
"""Which parameter of a strategy each setting of an indicator is."""
Forms = dict[str, SettingsForm]


async def choose_periods(handles: Handles, strategy: Strategy) -> bool:
    """Ask for the settings of the indicators and keep the answer; return whether it was changed."""
    text = "They hold from the next run on; signals of before keep what they were raised with."
    question = Question(handles.theme, handles.window, f"Indicators of {strategy.name}", text)
    forms, said = _forms(handles, strategy.parameters), QLabel()
    said.setWordWrap(True)
    question.body.addLayout(_column(handles, forms))
    question.body.addWidget(said)
    question.offer([CANCEL, Choice("save", "Use these settings", "primary")])

    def judge() -> None:
        try:
            needed, role = bars_needed_by(_parameters(forms, strategy.parameters)), "caption"
            words = f"A run needs {needed} closed bars of each timeframe."
        except UserError as error:
            words, role = str(error), "error"
        said.setText(say(words))
        set_role(said, role=role)
        question.button("save").setEnabled(role == "caption")

    for form in forms.values():
        form.changed.connect(judge)
    judge()
    question.open()
    if await question.answer() != "save":
        return False
    changed = replace(strategy, parameters=_parameters(forms, strategy.parameters))
    if changed != strategy:
        await save(handles, changed)
    return changed != strategy


def _forms(handles: Handles, parameters: ThreeOfFour) -> Forms:
    forms: Forms = {}
    for name, fields in ROLES.items():
        forms[name] = SettingsForm(handles.theme, handles.language, handles.studies.kind(name))
        forms[name].show_settings({setting: getattr(parameters, field) for setting, field in fields.items()})
    return forms


def _parameters(forms: Forms, former: ThreeOfFour) -> ThreeOfFour:
    given: dict[str, Any] = {
        ROLES[name][setting]: value for name, form in forms.items() for setting, value in form.settings().items()
    }
    return replace(former, **given)


def _column(handles: Handles, forms: Forms) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    for name, form in forms.items():
        title = QLabel(handles.language(f"titles.{name}"))
        set_role(title, role="caption")
        column.addWidget(title)
        column.addWidget(form)
    return column
