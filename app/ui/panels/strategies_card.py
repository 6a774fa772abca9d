"""One strategy on one card: how far it may go, what it looks at and when, how its last run ended, run now."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QProgressBar, QVBoxLayout

from app.domain.errors import TapelineError
from app.domain.strategies import Mode, Run, Strategy
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels import strategies_edit as edit
from app.ui.panels import strategies_missed as missed
from app.ui.panels.cells import Moments
from app.ui.panels.following import attempt
from app.ui.panels.runs import STATUS_WORDS
from app.ui.panels.strategies_periods import choose_periods
from app.ui.panels.strategies_policy import PolicyLine
from app.ui.panels.strategies_prompts import choose_prompts
from app.ui.panels.toolline import compact
from app.ui.widgets.badge import Lamp
from app.ui.widgets.buttons import IconButton, act_button, set_role
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.plain import keep_plain
from app.ui.widgets.segmented import Segmented

PREVIEW = 10


class StrategyCard(QFrame):
    """Shows a strategy and changes it through facts; what is shown is what is true."""

    def __init__(self, handles: Handles, strategy: Strategy) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._h, self._moments = handles, Moments(handles)
        self._strategy = strategy
        self._to_run = self._ended = 0
        self.mode = Segmented([(mode.value, mode.value.title()) for mode in Mode], name=f"Mode of {strategy.name}")
        self.symbols, self.cron = QLineEdit(), QLineEdit()
        self.scheduled = QCheckBox(say("Scheduled"))
        self.run_button = act_button("Run now", "primary", self.run)
        self.run_one_button = IconButton(handles.theme, "chevron-down", "Run one symbol", self._offer_symbols)
        self.prompts_button = IconButton(handles.theme, "scroll-text", "Prompts of this strategy…", self.choose_prompts)
        self.periods_button = IconButton(
            handles.theme, "sliders-horizontal", "Indicators of this strategy…", self.choose_periods
        )
        self.missed_button = IconButton(handles.theme, "clock", "Missed runs of this strategy…", self._offer_missed)
        self.delete_button = IconButton(handles.theme, "trash-2", "Delete this strategy…", self.delete)
        self.resume_button = act_button("Resume", "", self.resume)
        self.lamp = Lamp(handles.theme)
        self.next_run, self.last_run, self.error = QLabel(), ElidedLabel(), QLabel()
        keep_plain(self.error)
        self.progress = QProgressBar()
        self.model = PolicyLine(strategy)
        self._build()
        handles.theme.changed.connect(self._restyle)
        self._restyle()
        self.show_strategy(strategy)

    def show_strategy(self, strategy: Strategy) -> None:
        """Show what is true of the strategy now."""
        self._strategy = strategy
        self.setAccessibleName(strategy.name)
        self.mode.set_value(strategy.mode.value)
        self.model.show_strategy(strategy)
        for field, text in ((self.symbols, ", ".join(strategy.symbols)), (self.cron, strategy.cron)):
            if not field.hasFocus():
                field.setText(text)
        self.scheduled.blockSignals(True)
        self.scheduled.setChecked(strategy.is_scheduled)
        self.scheduled.blockSignals(False)
        self.missed_button.setToolTip(missed.in_words(strategy))
        self._refuse("")
        self.show_upcoming()
        self.show_pause()

    def show_upcoming(self) -> None:
        """Say when it runs next."""
        strategy = self._strategy
        try:
            upcoming = self._h.schedule.upcoming(strategy, PREVIEW)
        except TapelineError as error:
            self._refuse(str(error))
            return
        first = self._moments.minute(upcoming[0]) if upcoming else say("never")
        zone = self._moments.zone
        self.next_run.setText(say(f"next {first} {zone}" if strategy.is_scheduled else f"would run {first} {zone}"))
        self.next_run.setToolTip(
            "\n".join([say("The next runs:"), *(f"{self._moments.minute(at)} {zone}" for at in upcoming)])
        )

    def show_last(self, run: Run | None) -> None:
        """Say how its newest run ended."""
        if run is None:
            self.lamp.set("Never run", "text.faint")
            self.last_run.setText("")
            return
        words, _, token = STATUS_WORDS[run.status]
        if not self._to_run:
            self.lamp.set(words, token if token in ("ok", "warn", "danger", "accent") else "text.faint")
        self.last_run.setText(f"{self._moments.write(run.started)}  {run.symbol}: {say(run.reason or words)}")
        self.show_pause()

    def run(self, symbol: str | None = None) -> None:
        """Run the strategy now, for all of its symbols or one."""
        self._to_run, self._ended = (1 if symbol else len(self._strategy.symbols)), 0
        self._show_progress()
        work = self._h.runs.run(self._strategy.id, symbol) if symbol else self._h.schedule.run_now(self._strategy)

        async def whole() -> None:
            try:
                await work
            finally:
                self._to_run = 0
                self._show_progress()

        attempt(self._h, whole(), f"run {self._strategy.name}", refused=self._refuse)

    def resume(self) -> None:
        """Let it go on after losses that a person has looked at."""
        wanted = replace(self._strategy, resumed=self._h.clock.market())
        attempt(self._h, edit.save(self._h, wanted), "resume the strategy", refused=self._refuse)

    def show_pause(self) -> None:
        """Say that losses in a row have paused it, and offer to go on."""
        losses = self._h.portfolio.losses_in_a_row(self._strategy.id, self._h.session.view.account)
        is_paused = losses >= self._h.settings.current.limits.losses_in_a_row
        self.resume_button.setVisible(is_paused)
        if is_paused:
            self.lamp.set(f"Paused: {losses} losses in a row", "danger")

    def choose_prompts(self) -> None:
        """Ask which prompts the strategy uses."""
        attempt(self._h, choose_prompts(self._h, self._strategy), "choose prompts", refused=self._refuse)

    def choose_periods(self) -> None:
        """Ask for the settings of the strategy's indicators."""
        attempt(self._h, choose_periods(self._h, self._strategy), "choose periods", refused=self._refuse)

    def delete(self) -> None:
        """Take the strategy away, after asking; while it holds or works something the reason is said instead."""
        attempt(self._h, edit.delete(self._h, self._strategy), "delete a strategy", refused=self._refuse)

    def count_end(self) -> None:
        """One of its runs has ended."""
        if self._to_run:
            self._ended += 1
            self._show_progress()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        for row in (self._head(), self._settings(), self._foot()):
            column.addLayout(row)
        self.error.setWordWrap(True)
        set_role(self.error, role="error")
        self.error.hide()
        column.addWidget(self.error)
        self.mode.chosen.connect(self._take_mode)
        self.symbols.editingFinished.connect(self._take_symbols)
        self.cron.editingFinished.connect(self._take_cron)
        self.scheduled.toggled.connect(self._take_scheduled)
        self.model.wanted.connect(self._take_policy)

    def _head(self) -> QHBoxLayout:
        row = _row()
        name = QLabel(self._strategy.name)
        set_role(name, role="title")
        self.mode.setToolTip(
            say("Observe: only signals. Ask: a signal waits for you. Auto: it places its orders itself.")
        )
        row.addWidget(name)
        row.addWidget(self.lamp)
        row.addWidget(compact(self.resume_button))
        row.addStretch()
        row.addWidget(self.mode)
        row.addWidget(compact(self.run_button))
        row.addWidget(self.run_one_button)
        row.addWidget(self.periods_button)
        row.addWidget(self.prompts_button)
        row.addWidget(self.delete_button)
        return row

    def _settings(self) -> QHBoxLayout:
        row = _row()
        for field, name in ((self.symbols, "Symbols"), (self.cron, "Cron schedule")):
            field.setAccessibleName(say(f"{name} of {self._strategy.name}"))
            set_role(field, role="compact")
        self.symbols.setToolTip(say("Symbols with commas between; Enter saves"))
        self.cron.setToolTip(say(f"Minute, hour, day, month, weekday in {self._strategy.zone}; Enter saves"))
        set_role(self.next_run, role="caption")
        row.addWidget(_caption(say("Symbols")))
        row.addWidget(self.symbols, 1)
        row.addWidget(self.scheduled)
        row.addWidget(self.cron)
        row.addWidget(_caption(self._strategy.zone.replace("_", " ")))
        row.addWidget(self.next_run)
        row.addWidget(self.missed_button)
        return row

    def _foot(self) -> QHBoxLayout:
        row = _row()
        set_role(self.last_run, role="caption")
        self.progress.setTextVisible(False)
        self.progress.hide()
        row.addWidget(self.last_run, 1)
        row.addWidget(self.progress)
        row.addWidget(self.model)
        return row

    def _show_progress(self) -> None:
        running = self._to_run > 0
        self.run_button.setEnabled(not running)
        self.run_one_button.setEnabled(not running)
        self.run_button.setText(say(f"Running {self._ended} of {self._to_run}" if running else "Run now"))
        self.progress.setVisible(running)
        self.progress.setRange(0, max(1, self._to_run))
        self.progress.setValue(self._ended)
        if running:
            self.lamp.set("Running", "accent")

    def _take_mode(self, value: str) -> None:
        async def change() -> None:
            try:
                await edit.change_mode(self._h, self._strategy, Mode(value))
            finally:
                self.mode.set_value(self._strategy.mode.value)

        attempt(self._h, change(), "change the mode", refused=self._refuse)

    def _take_symbols(self) -> None:
        work = edit.change_symbols(self._h, self._strategy, self.symbols.text())
        self._change(self.symbols, work)

    def _take_cron(self) -> None:
        self._change(self.cron, edit.change_cron(self._h, self._strategy, self.cron.text()))

    def _take_scheduled(self, on: bool) -> None:
        attempt(self._h, edit.save(self._h, replace(self._strategy, is_scheduled=on)), "schedule", refused=self._refuse)

    def _take_policy(self, wanted: Strategy) -> None:
        async def change() -> None:
            try:
                await edit.save(self._h, wanted)
            finally:
                self.model.show_strategy(self._strategy)

        attempt(self._h, change(), "change the policy", refused=self._refuse)

    def _change(self, field: QLineEdit, work: Awaitable[None]) -> None:
        """Try an edit; a refusal marks the field and stays beside it until the next one."""

        def refused(sentence: str) -> None:
            set_role(field, invalid=True)
            self._refuse(sentence)

        set_role(field, invalid=False)
        self._refuse("")
        attempt(self._h, work, "change a strategy", refused=refused)

    def _refuse(self, sentence: str) -> None:
        self.error.setText(say(sentence))
        self.error.setVisible(bool(sentence))

    def _restyle(self) -> None:
        self.cron.setFixedWidth(self._h.theme.px(128))
        self.progress.setFixedWidth(self._h.theme.px(120))

    def _offer_missed(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        save = lambda wanted: attempt(  # noqa: E731  what every choice of the menu does
            self._h, edit.save(self._h, wanted), "change what becomes of missed runs", refused=self._refuse
        )
        missed.fill_menu(menu, self._strategy, save)
        missed.offer_longest(menu, self._h.settings)
        menu.popup(self.missed_button.mapToGlobal(QPoint(0, self.missed_button.height())))

    def _offer_symbols(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for symbol in self._strategy.symbols:
            menu.addAction(say(f"Run {symbol}"), partial(self.run, symbol))
        menu.popup(self.run_one_button.mapToGlobal(QPoint(0, self.run_one_button.height())))


def _row() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    return row


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    set_role(label, role="caption")
    return label
