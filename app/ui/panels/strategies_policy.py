"""What a strategy makes of the model's reading: its policy, and whether the reading's levels may take their place."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal as QtSignal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QWidget

from app.domain.signals import Policy
from app.domain.strategies import Strategy
from app.ui.language import say
from app.ui.widgets.buttons import set_role
from app.ui.widgets.segmented import Segmented

WORDS = {
    Policy.OFF: "No chart is read.",
    Policy.ADVISE: "The reading is shown and changes the confidence, nothing else.",
    Policy.CONFIRM: "A trade needs the reading to agree.",
    Policy.VETO: "A reading that disagrees turns the signal into HOLD.",
}


class PolicyLine(QWidget):
    """Shows a strategy's policy; `wanted` carries the strategy as a person would have it."""

    wanted = QtSignal(object)

    def __init__(self, strategy: Strategy) -> None:
        super().__init__()
        self._strategy = strategy
        options = [(policy.value, policy.value.title()) for policy in Policy]
        self.policy = Segmented(options, name=f"Policy of {strategy.name} towards the model")
        self.policy.setToolTip("\n".join(f"{say(policy.value.title())}: {say(text)}" for policy, text in WORDS.items()))
        self.levels = QCheckBox(say("Its levels"))
        self.levels.setAccessibleName(say(f"{strategy.name} takes the reading's levels"))
        self.levels.setToolTip(
            say("Take entry, stop and targets of a reading that agrees, where they pass the same checks")
        )
        self._build()
        self.show_strategy(strategy)

    def show_strategy(self, strategy: Strategy) -> None:
        """Show what is true of the strategy now."""
        self._strategy = strategy
        self.policy.set_value(strategy.policy.value)
        self.levels.blockSignals(True)
        self.levels.setChecked(strategy.use_model_levels)
        self.levels.setEnabled(strategy.policy is not Policy.OFF)
        self.levels.blockSignals(False)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        caption = QLabel(say("Model"))
        set_role(caption, role="caption")
        for part in (caption, self.policy, self.levels):
            row.addWidget(part)
        self.policy.chosen.connect(lambda value: self._want(replace(self._strategy, policy=Policy(value))))
        self.levels.toggled.connect(lambda on: self._want(replace(self._strategy, use_model_levels=on)))

    def _want(self, changed: Strategy) -> None:
        if changed != self._strategy:
            self.wanted.emit(changed)
