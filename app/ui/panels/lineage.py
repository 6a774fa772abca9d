"""Lineage: why something exists, read from top to bottom; a step opens what went in and what came out."""

from __future__ import annotations

from pathlib import Path

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QSplitter

from app.domain import events as ev
from app.domain.events import EventId
from app.domain.state import Step
from app.domain.strategies import StepStatus
from app.runtime.paths import write_atomically
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Moments
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.lineage_detail import StepDetail
from app.ui.panels.lineage_subjects import newest_subject, subject_of
from app.ui.panels.lineage_words import chain_json, facts_of, title_of
from app.ui.tables.timeline import Outcome, Timeline
from app.ui.tables.timeline import Step as Told
from app.ui.widgets.buttons import set_role
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty, Failed, Loading

SETTLE_MS = 250
WIDE_PX = 760
RUN_FILE = ".zip"
FILTERS = "The chain (*.json);;The run with pictures, texts and bars (*.zip)"
_OUTCOMES = {StepStatus.OK: Outcome.OK, StepStatus.SKIPPED: Outcome.SKIPPED, StepStatus.FAILED: Outcome.FAILED}
_EXPLAINING = (
    ev.StepTaken,
    ev.RunStarted,
    ev.RunFinished,
    ev.ReadingTaken,
    ev.ClaimsChecked,
    ev.SignalRaised,
    ev.OutcomeFound,
    ev.OrderIntended,
    ev.OrderReported,
    ev.OrderNeverSent,
    ev.Filled,
    ev.CommissionReported,
)
_NOTHING = Empty("Nothing has been decided yet: the first order or run is explained here by itself.")


class LineagePanel(PanelFrame):
    """The chain of what was asked for; of the newest order or run until something was."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "lineage", "Lineage")
        self._h = handles
        self._moments = Moments(handles)
        self._subject: str | None = None
        self._is_asked_for = False
        self.steps: tuple[Step, ...] = ()
        self.heading = QLabel()
        self.timeline = Timeline(handles.theme, empty=_NOTHING)
        self.detail = StepDetail(handles.theme, self._moments)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._is_open = False
        self._settle = once(self, SETTLE_MS, self._refresh)
        self._build()
        for kind in _EXPLAINING:
            follow(self, handles.bus, kind, lambda _: self._wake())
        handles.selection.traced.connect(self.trace)
        self._refresh()

    @property
    def subject(self) -> str | None:
        """The id whose chain is shown, None before there is one."""
        return self._subject

    def trace(self, subject: str) -> None:
        """Show the chain that led to something, and stay with it."""
        self._is_asked_for = True
        self._show_subject(subject)

    def open_step(self, step: str) -> None:
        """Show a step's inputs and outputs."""
        found = next((each for each in self.steps if each.id == step), None)
        if found is not None:
            self._is_open = True
            self.detail.show_step(found)
            self._arrange()
            self.timeline.choose(step)

    def close_step(self) -> None:
        """Show the chain alone again."""
        self._is_open = False
        self._arrange()
        self.timeline.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def export_to(self, path: Path) -> None:
        """Write the chain as JSON, or the whole run where the name ends in .zip; a failure is told in one sentence."""
        if path.suffix.casefold() == RUN_FILE:
            attempt(self._h, self._export_run(path), "export a run")
        else:
            self._write(path, chain_json(self._subject or "", self.steps), "chain")

    async def _export_run(self, path: Path) -> None:
        self._write(path, await self._h.run_files.of(self._subject or ""), "run")

    def _write(self, path: Path, content: str | bytes, what: str) -> None:
        try:
            write_atomically(path, content)
        except OSError as error:
            self._say(f"The {what} could not be written to {path}: {error.strerror}. Choose another place.", Level.WARN)
            return
        self._say(f"The {what} was written to {path}.", Level.OK)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put a step beside the chain where there is room, else in its place."""
        super().resizeEvent(event)
        self._arrange()

    def _build(self) -> None:
        set_role(self.heading, role="caption")
        self.heading.setContentsMargins(8, 4, 8, 4)
        self.heading.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.timeline)
        self._split.addWidget(self.detail)
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 3)
        self.add(self.heading)
        self.add(self._split, 1)
        self.setFocusProxy(self.timeline)
        self.add_act("history", "Follow the newest order or run", self.follow_newest)
        self.add_act("download", "Export the chain, or its run with pictures…", self._ask_export)
        self.add_act("refresh-cw", "Read the chain again", self._refresh)
        self.timeline.view.clicked.connect(lambda index: self.open_step(self.timeline.model.step(index).id))
        self.timeline.opened.connect(self.open_step)
        self.timeline.chosen.connect(self._chosen)
        self.detail.closed.connect(self.close_step)
        self.detail.hide()
        self._head()

    def follow_newest(self) -> None:
        """Show the newest order or run, and each newer one that comes."""
        self._is_asked_for = False
        self._is_open = False
        self._refresh()

    def _wake(self) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def _refresh(self) -> None:
        if not self._is_asked_for:
            newest = newest_subject(self._h.facts.state, self._h.session.view.account)
            if newest is not None and newest != self._subject:
                self._show_subject(newest)
                return
        if self._subject is not None:
            attempt(self._h, self._load(self._subject), "lineage", refused=self._failed)

    def _show_subject(self, subject: str) -> None:
        self._subject, self.steps, self._is_open = subject, (), False
        self._head()
        self._arrange()
        self.timeline.show_state(Loading("Reading the chain"))
        attempt(self._h, self._load(subject), "lineage", refused=self._failed)

    async def _load(self, subject: str) -> None:
        await self._h.facts.settle()
        steps = await self._h.lineage.chain(subject)
        if shiboken6.isValid(self) and subject == self._subject:  # made anew in another language meanwhile
            self._show_steps(steps)

    def _show_steps(self, steps: tuple[Step, ...]) -> None:
        self._head()
        if not steps:
            self.steps = ()
            self.timeline.show_steps([])
            self.timeline.show_state(Empty("Placed elsewhere or by an older version: no steps of it were written."))
            return
        if [step.id for step in steps] == [step.id for step in self.steps]:
            self.steps = steps
            return
        current = self._current()
        self.steps = steps
        self.timeline.show_steps([self._told(step) for step in steps])
        self.timeline.choose(current if current in {step.id for step in steps} else steps[-1].id)

    def _told(self, step: Step) -> Told:
        return Told(
            id=step.id,
            title=title_of(step),
            at=self._moments.write(step.started)[-8:],
            facts=facts_of(step),
            outcome=_OUTCOMES[step.status],
            duration_ms=step.duration_ms if step.status is not StepStatus.SKIPPED else None,
        )

    def _current(self) -> EventId | None:
        index = self.timeline.view.currentIndex()
        return EventId(self.timeline.model.step(index).id) if index.isValid() else None

    def _chosen(self, step: str) -> None:
        """Walking the chain with the arrows keeps an open step with it."""
        if self._is_open and self._is_wide:
            self.open_step(step)

    def _failed(self, sentence: str) -> None:
        self.timeline.show_state(Failed("The chain could not be read.", sentence, retry=self._refresh))

    def _head(self) -> None:
        if self._subject is None:
            self.heading.hide()
            return
        told = subject_of(self._h.facts.state, self._subject)
        self.heading.setText(say(told if self._is_asked_for else f"Newest  ·  {told}"))
        self.heading.setToolTip(self._subject)
        self.heading.show()

    @property
    def _is_wide(self) -> bool:
        return self.width() >= self.theme.px(WIDE_PX)

    def _arrange(self) -> None:
        self.timeline.setVisible(self._is_wide or not self._is_open)
        if self._is_open and self.detail.isHidden():
            self.detail.show()
            self._split.setSizes([self.width() * 2 // 5, self.width() * 3 // 5])
        self.detail.setVisible(self._is_open)

    def _ask_export(self) -> None:
        if not self.steps:
            self._say("There is no chain to export yet.", Level.INFO)
            return
        dialog = QFileDialog(self, say("Export the chain"), f"lineage-{(self._subject or '')[:8]}.json", FILTERS)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("zip" if RUN_FILE in chosen else "json"))
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        dialog.open()

    def _say(self, sentence: str, level: Level) -> None:
        self._h.window.notify(Notice(sentence, level, self._h.clock.now()))
