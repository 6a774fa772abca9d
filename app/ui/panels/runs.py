"""Runs: every time a strategy looked at an instrument, how it ended and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from app.domain.errors import TapelineError
from app.domain.signals import RunId, Signal, SignalId
from app.domain.strategies import Run, RunStatus, Strategy
from app.services.opinions import ReadingNews
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.analysis_reading_words import progress_words
from app.ui.panels.cells import Moments, side_icon, side_token
from app.ui.panels.following import Mirror, follow
from app.ui.tables import Column, Style, Table, TableModel
from app.ui.widgets.format import duration, number
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty

STATUS_WORDS = {
    RunStatus.RUNNING: ("Running", "hourglass", "accent"),
    RunStatus.ORDERED: ("Order sent", "send", "ok"),
    RunStatus.WAITING: ("Waits for you", "clock", "accent"),
    RunStatus.OBSERVED: ("Observed only", "eye", "text.muted"),
    RunStatus.REFUSED: ("Refused", "ban", "warn"),
    RunStatus.HELD: ("Hold", "minus", "text.muted"),
    RunStatus.FAILED: ("Failed", "circle-x", "danger"),
    RunStatus.INTERRUPTED: ("Interrupted", "circle-alert", "danger"),
    RunStatus.SKIPPED: ("Skipped", "circle-alert", "warn"),
}


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with its signal and the strategy's name."""

    run: Run
    strategy: str
    signal: Signal | None
    under_way: str = ""
    """What is being done for it now."""

    @property
    def reason(self) -> str:
        """Why it ended so, or what it waits for."""
        return self.run.reason or self.under_way


class RunsPanel(PanelFrame):
    """The runs, newest first."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "runs", "Runs")
        self._h = handles
        self._reading: dict[RunId, str] = {}
        self.model: TableModel[RunRow] = TableModel(
            run_columns(Moments(handles)), lambda row: row.run.id, drag=lambda row: row.run.symbol
        )
        run = lambda: handles.window.actions_.trigger("run_strategies")  # noqa: E731  the act that fills it
        empty = Empty("No strategy has run yet.", "Run the strategies", run)
        self.table: Table[RunRow] = Table(handles.theme, self.model, name="Runs", empty=empty)
        self._build()
        self._signals: Mirror[SignalId, Signal] = Mirror(
            self, handles.bus, lambda: handles.facts.state.signals, lambda changed, _: self._signal_came(changed)
        )
        self._mirror = Mirror(self, handles.bus, lambda: handles.facts.state.runs, self._changed)
        self._mirror.look()
        follow(self, handles.bus, ReadingNews, self._reading_moved)
        self.table.sort_by("time", descending=True)

    def _build(self) -> None:
        self.add(self.table, 1)
        self.setFocusProxy(self.table)
        self.run_act = self.add_act("play", "Run the skipped one now", self._run_chosen)
        self.run_act.setEnabled(False)
        self.add_act("search", "Filter runs", self.table.show_filter, shortcut="Ctrl+F")
        self.add_menu_act("Copy as table", self.table.copy)
        self.table.activated.connect(lambda row: self._h.selection.trace(row.run.id))
        self.table.menu_wanted.connect(self._open_menu)
        self.table.selected.connect(lambda _: self._offer())

    def _offer(self) -> None:
        self.run_act.setEnabled(self._skipped(self.table.current_row()) is not None)

    def _changed(self, changed: Sequence[Run], gone: Sequence[RunId]) -> None:
        signals = {signal.run: signal for signal in self._h.facts.state.signals.values()}
        for run in changed:
            self.model.put(self._row(run, signals.get(run.id)))
        for key in gone:
            self.model.drop(key)
        self.model.flush()

    def _signal_came(self, changed: Sequence[Signal]) -> None:
        runs = self._h.facts.state.runs
        for signal in changed:
            if signal.run in runs:
                self.model.put(self._row(runs[signal.run], signal))

    def _row(self, run: Run, signal: Signal | None) -> RunRow:
        if run.status is not RunStatus.RUNNING:
            self._reading.pop(run.id, None)
        name = self._h.facts.state.strategy_name(run.strategy)
        return RunRow(run, name, signal, self._reading.get(run.id, ""))

    def _reading_moved(self, news: ReadingNews) -> None:
        """Say which question the model has of a run, and what came of it."""
        run = self._h.facts.state.runs.get(news.run)
        if run is None or run.status is not RunStatus.RUNNING:
            return
        self._reading[news.run] = progress_words(news.progress, self._h.language)
        self.model.put(self._row(run, None))
        self.model.flush()

    def _skipped(self, row: RunRow | None) -> Strategy | None:
        """Return the strategy of a run that was skipped, None where there is nothing to make up for."""
        is_skipped = row is not None and row.run.status is RunStatus.SKIPPED
        return self._h.facts.state.strategies.get(row.run.strategy) if row is not None and is_skipped else None

    def _run_chosen(self) -> None:
        strategy = self._skipped(self.table.current_row())
        if strategy is not None:
            self._run_now(strategy)

    def _run_now(self, strategy: Strategy) -> None:
        """Run a strategy whose scheduled run was skipped; what hinders it is said."""

        async def tried() -> None:
            try:
                await self._h.schedule.run_now(strategy)
            except TapelineError as error:
                self._h.window.notify(Notice(str(error), Level.WARN, self._h.clock.now()))

        self._h.tasks.spawn(tried(), name=f"run {strategy.name}")

    def _open_menu(self, row: RunRow | None, at: QPoint) -> None:
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say("Show its steps"), lambda: self._h.selection.trace(row.run.id))
        if row.run.id in self._reading:
            stop = self._h.language("reading.stop")
            menu.addAction(stop, lambda: self._h.runs.cancel_readings(row.run.strategy))
        if (strategy := self._skipped(row)) is not None:
            menu.addAction(say(f"Run {row.strategy} now"), lambda: self._run_now(strategy))
        menu.addAction(say("Run the strategies again"), lambda: self._h.window.actions_.trigger("run_strategies"))
        menu.addAction(say("Copy"), self.table.copy)
        menu.popup(at)


def run_columns(moments: Moments) -> list[Column[RunRow]]:
    """Return the columns of the runs table."""
    return [
        Column(
            "time",
            moments.title("Started"),
            lambda row: row.run.started,
            moments.write,
            width=90,
            token=lambda _: "text.muted",
            tip=lambda row: moments.whole(row.run.started),
        ),
        Column("strategy", "Strategy", lambda row: row.strategy, width=100),
        Column("symbol", "Symbol", lambda row: row.run.symbol, width=62),
        Column(
            "status",
            "Ended as",
            lambda row: say(STATUS_WORDS[row.run.status][0]),
            width=120,
            icon=lambda row: STATUS_WORDS[row.run.status][1:],
            token=lambda row: STATUS_WORDS[row.run.status][2],
        ),
        Column(
            "signal",
            "Signal",
            lambda row: say(row.signal.analysis.direction.value) if row.signal else None,
            width=72,
            icon=lambda row: side_icon(row.signal.analysis.direction) if row.signal else None,
            token=lambda row: side_token(row.signal.analysis.direction) if row.signal else "text.faint",
        ),
        Column(
            "confidence",
            "Conf.",
            lambda row: row.signal.analysis.confidence.value if row.signal else None,
            lambda value: number(value, 2),
            Style.NUMBER,
            60,
        ),
        Column("duration", "Took", lambda row: row.run.duration_ms, duration, Style.NUMBER, 62),
        Column("by", "Started by", _started_by, width=76, token=lambda _: "text.muted", tip=_slot),
        Column(
            "reason",
            "Why it ended so",
            lambda row: say(row.reason),
            width=260,
            stretch=True,
            tip=lambda row: say(row.reason),
        ),
        Column("id", "Id", lambda row: row.run.id, style=Style.MONO, width=240, hidden=True),
    ]


def _started_by(row: RunRow) -> str:
    return say("Schedule" if row.run.slot else "Hand")


def _slot(row: RunRow) -> str:
    return say(f"Slot {row.run.slot}" if row.run.slot else "Run now")
