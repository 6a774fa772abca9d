"""A prompt on real data: the exact text for the symbol in sight, and what a model answers to it. Plain text only."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout

from app.domain.readings import Reading, ReadingKind, ReadingProgress
from app.services.prompt_trial import PromptPreview
from app.ui.language import Say
from app.ui.panels.cells import words
from app.ui.theme import Theme
from app.ui.widgets.badge import Lamp
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.format import duration, number
from app.ui.widgets.states import Loading, Ready, State, StateOverlay


class PlainView(QFrame):
    """A head line with acts, and below it text that is shown as it is, in one width."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._theme = theme
        self.caption, self.text = QLabel(), QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(name)
        self.text.setProperty("role", "log")  # set_role would have the sheet forget the font set below
        set_role(self.caption, role="caption")
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(8, 4, 8, 4)
        self.head.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.head)
        column.addWidget(self.text, 1)
        self._overlay = StateOverlay(theme, self.text)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def state(self) -> State:
        """What covers the text."""
        return self._overlay.state

    def show_state(self, state: State) -> None:
        """Cover the text with empty, loading or failed; `Ready` uncovers it."""
        self._overlay.show_state(state)

    def _restyle(self) -> None:
        self.text.setFont(self._theme.font(12, mono=True))


class PreviewView(PlainView):
    """What would be sent."""

    refresh_wanted = Signal()

    def __init__(self, theme: Theme, say: Say = str) -> None:
        super().__init__(theme, say("What would be sent"))
        self._say = say
        self.refresh_button = act_button(self._say("Preview again"), "", self.refresh_wanted.emit)
        set_role(self.refresh_button, size="compact")
        self.head.addWidget(self.caption, 1)
        self.head.addWidget(self.refresh_button)

    def show_preview(self, preview: PromptPreview) -> None:
        """Show a rendered text and what it was made from."""
        parts = [f"{preview.symbol} {preview.timeframe.value} as of {preview.as_of}"]
        parts += [f"about {number(preview.tokens)} tokens"]
        parts += ["the readings are made up, there are none yet"] if preview.is_made_up else []
        self.caption.setText("  ·  ".join(map(self._say, parts)))
        self.text.setPlainText(preview.text)
        self.show_state(Ready())


class TrialView(PlainView):
    """What the model answers to the chosen version, with what it took; it can be stopped."""

    run_wanted = Signal()

    def __init__(self, theme: Theme, say: Say = str) -> None:
        super().__init__(theme, say("What the model answered"))
        self._say = say
        self.lamp = Lamp(theme)
        self.run_button = act_button(self._say("Ask the model"), "primary", self.run_wanted.emit)
        set_role(self.run_button, size="compact")
        self.head.addWidget(self.lamp)
        self.head.addWidget(self.caption, 1)
        self.head.addWidget(self.run_button)
        self._cancel: asyncio.Event | None = None

    def begin(self, symbol: str, cancel: asyncio.Event) -> None:
        """Show that the model is being asked."""
        self._cancel = cancel
        self.run_button.setEnabled(False)
        self.lamp.set(self._say("Asking"), "accent")
        self.caption.setText(self._say(f"about {symbol}"))
        self.show_state(Loading(self._say(f"The model reads {symbol}"), cancel=self.stop))

    def tell(self, progress: ReadingProgress) -> None:
        """Say which question is on its way; an answer that came is shown with the others."""
        if progress.reading is None and self._cancel is not None and not self._cancel.is_set():
            what = f"the {progress.timeframe.value} chart" if progress.timeframe else "what was read"
            self.show_state(Loading(self._say(f"The model reads {what}"), cancel=self.stop))

    def stop(self) -> None:
        """Give up what is on its way."""
        if self._cancel is not None:
            self._cancel.set()

    def end(self) -> None:
        """Be ready to ask again."""
        self._cancel = None
        self.run_button.setEnabled(True)

    def show_readings(self, readings: Sequence[Reading]) -> None:
        """Show what came back, word by word."""
        last = readings[-1]
        self.lamp.set(words(last.status), "ok" if last.is_valid else "warn")
        self.caption.setText("  ·  ".join(map(self._say, _figures(readings))))
        self.text.setPlainText("\n\n".join(map(reading_text, readings)))
        self.show_state(Ready())


def _figures(readings: Sequence[Reading]) -> list[str]:
    tokens_in = sum(each.tokens_in or 0 for each in readings)
    tokens_out = sum(each.tokens_out or 0 for each in readings)
    costs = [each.cost for each in readings]
    known = [each for each in costs if each is not None]
    cost = f"${sum(known):.4f}" if len(known) == len(costs) else "cost unknown: enter the model's price"
    models = sorted({each.model_served or each.model for each in readings if each.model})
    cached = ["from the store, at no cost"] if all(each.cached_from for each in readings) else []
    took = duration(max(each.latency_ms for each in readings))
    return [*models, took, f"{number(tokens_in)} + {number(tokens_out)} tokens", cost, *cached]


def reading_text(reading: Reading) -> str:
    """Return a reading as lines of plain text."""
    name = "Consolidation" if reading.kind is ReadingKind.CONSOLIDATION else f"Reading of {reading.timeframe}"
    head = f"{name}: {words(reading.status)}"
    if reading.why:
        head += f"\n{reading.why}"
    if reading.is_other_model:
        head += f"\n{reading.model_served} answered instead of {reading.model}"
    view = reading.view
    if view is None:
        return head
    lines = [
        head,
        f"{view.direction.value}, {words(view.trend).lower()}, confidence {number(view.confidence, 2)}",
        _levels(view.entry_low, view.entry_high, view.stop),
        *(f"Target {place}: {each.price:g} ({each.basis})" for place, each in enumerate(view.targets, start=1)),
        *(f"{'Key claim' if claim.is_key else 'Claim'}: {claim.text}" for claim in view.claims),
        view.reasoning,
    ]
    return "\n".join(filter(None, lines))


def _levels(low: float | None, high: float | None, stop: float | None) -> str:
    return "" if low is None or high is None or stop is None else f"Entry {low:g} to {high:g}, stop {stop:g}"
