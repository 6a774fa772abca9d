"""What the model said about charts, in plain text: each claim with what recomputing it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.domain.claims import Checked, Finding, Truth
from app.domain.readings import Reading, ReadingKind, View
from app.ui.language import Language
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import number

MARKS = {
    Truth.TRUE: ("check", "ok", "claim_true"),
    Truth.FALSE: ("x", "danger", "claim_false"),
    Truth.NOT_CHECKABLE: ("circle-help", "text.faint", "claim_not_checkable"),
}
LONGEST = 300


class ReadingsView(QFrame):
    """The readings of one look; empty until they were looked up. `nothing` says why there may be none."""

    def __init__(self, theme: Theme, words: Language, nothing: str = "", *, has_reasoning: bool = False) -> None:
        super().__init__()
        self._theme, self._words = theme, words
        self._nothing, self._has_reasoning = nothing, has_reasoning
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._add(_label(words("signals.readings"), "title"))
        self._add(_label(words("signals.readings_loading"), "caption"))
        self._column.addStretch()

    def show_readings(self, readings: Sequence[Reading], checked: Mapping[str, Checked]) -> None:
        """Show these readings with the findings of their claims."""
        self._clear()
        words = self._words
        self._add(_label(words("signals.readings"), "title"))
        if not readings:
            self._add(_label(self._nothing, "caption"))
        for reading in readings:
            self._show_one(reading, checked.get(str(reading.id)))
        self._column.addStretch()

    def _show_one(self, reading: Reading, checked: Checked | None) -> None:
        words = self._words
        is_chart = reading.kind is ReadingKind.CHART
        what = str(reading.timeframe) if is_chart else words("signals.reading_consolidation")
        if not reading.is_valid or reading.view is None:
            self._add(_label(failed_words(reading, what, words), "warn"))
            return
        view = reading.view
        head = words(
            "signals.reading_says",
            what=what,
            direction=words(f"word.{view.direction}"),
            confidence=number(view.confidence, 2),
            model=reading.model_served or reading.model,
        )
        label = _label(head, "")
        label.setToolTip(view.reasoning[:LONGEST])
        self._add(label)
        if self._has_reasoning:
            for text in filter(None, (_levels(view, words), view.reasoning)):
                self._add(_label(text, "caption"))
        if reading.is_other_model:
            other = words("signals.other_model", model=reading.model_served, asked=reading.model)
            self._add(_label(other, "warn"))
        findings = checked.findings if checked is not None else ()
        for finding in findings:
            self._add_finding(finding)
        if not findings:
            self._add(_label(words("signals.claims_none"), "caption"))

    def _add_finding(self, finding: Finding) -> None:
        icon, token, key = MARKS[finding.truth]
        line = QFrame()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        mark = QLabel()
        mark.setPixmap(self._theme.pixmap(icon, token, 12, self.devicePixelRatioF()))
        mark.setAccessibleName(self._words(f"signals.{key}"))
        text = _label(finding.claim.text[:LONGEST], "caption")
        text.setToolTip(f"{self._words(f'signals.{key}')}: {finding.sentence}")
        text.setAccessibleName(f"{finding.claim.text[:LONGEST]}: {self._words(f'signals.{key}')}")
        if finding.truth is Truth.FALSE:
            set_role(text, struck="true")
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1)
        self._add(line)

    def _add(self, widget: QFrame | QLabel) -> None:
        self._column.addWidget(widget)

    def _clear(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def failed_words(reading: Reading, what: str, words: Language) -> str:
    """Return how a reading without a say ended, and why."""
    status = words(f"reading.status_{reading.status.value}")
    return words("signals.reading_failed", what=what, status=status, why=words.say(reading.why))


def _levels(view: View, words: Language) -> str:
    """Return the prices a model named; nothing for one that would hold."""
    if view.entry_low is None or view.entry_high is None or view.stop is None:
        return ""
    low, high, stop = (number(price, 2) for price in (view.entry_low, view.entry_high, view.stop))
    targets = [f"T{place} {number(one.price, 2)} ({one.basis})" for place, one in enumerate(view.targets, start=1)]
    return "  ·  ".join([words("signals.entry", low=low, high=high), words("reading.stop_at", stop=stop), *targets])


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)  # what a model wrote is text: no markup, no picture, no link
    label.setWordWrap(True)
    if role:
        set_role(label, role=role)
    return label
