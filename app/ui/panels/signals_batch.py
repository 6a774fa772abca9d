"""A batch: one strategy over a watchlist, how far it is, what came of each symbol, and an end at any time."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QProgressBar, QSpinBox, QVBoxLayout

from app.domain.errors import TapelineError
from app.domain.events import StrategyDeleted, StrategySaved
from app.domain.signals import StrategyId
from app.domain.strategies import Strategy
from app.services.batches import SIDE_BY_SIDE, BatchProgress
from app.services.run_result import RunResult
from app.ui.handles import Handles
from app.ui.panels.cells import side_icon, side_token
from app.ui.panels.following import follow
from app.ui.panels.toolline import compact
from app.ui.tables import Column, Table, TableModel
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.states import Empty

MOST_BESIDE = 32


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What came of one symbol; without a result its run could not begin."""

    symbol: str
    status: str
    reason: str
    direction: str = ""
    run: str = ""


class BatchView(QFrame):
    """One line of choices, a bar while it runs, and a table of results."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h, self._words = handles, handles.language
        self.strategy, self.symbols, self.beside = QComboBox(), QComboBox(), QSpinBox()
        self.bar, self.says, self.mode = QProgressBar(), QLabel(), QLabel()
        words = self._words
        self.run_button = act_button("", "primary", self.run)
        self.cancel_button = act_button(words("signals.batch_cancel"), "", self.cancel)
        self.table: Table[BatchRow] = Table(
            handles.theme,
            TableModel(self._columns(), lambda row: row.symbol),
            name=words("signals.batch"),
            empty=Empty(words("signals.batch_empty")),
        )
        self._build()
        follow(self, handles.bus, BatchProgress, self._progressed)
        for fact in (StrategySaved, StrategyDeleted):
            follow(self, handles.bus, fact, lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Offer the strategies and watchlists there are."""
        chosen = self.strategy.currentData()
        self.strategy.blockSignals(True)
        self.strategy.clear()
        for strategy in self._h.facts.state.strategies.values():
            self.strategy.addItem(strategy.name, str(strategy.id))
        self.strategy.setCurrentIndex(max(0, self.strategy.findData(chosen)))
        self.strategy.blockSignals(False)
        self._offer_symbols()

    def run(self) -> None:
        """Run the strategy for the symbols that are chosen."""
        strategy = self._strategy()
        if strategy is None:
            return
        try:
            batch = self._h.batches.start(strategy.id, self._wanted(), side_by_side=self.beside.value())
        except TapelineError as error:
            self._h.window.notify(Notice(str(error), Level.WARN, self._h.clock.now()))
            return
        self.table.model.replace(())
        self._progressed(batch.progress)

    def cancel(self) -> None:
        """Begin no further run."""
        strategy = self._strategy()
        batch = self._h.batches.of(strategy.id) if strategy is not None else None
        if batch is not None:
            batch.cancel()

    def _build(self) -> None:
        words = self._words
        set_role(self, role="panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        line, under = QHBoxLayout(), QHBoxLayout()
        for row in (line, under):
            row.setContentsMargins(8, 0, 8, 0)
            row.setSpacing(8)
        self.beside.setRange(1, MOST_BESIDE)
        self.beside.setValue(SIDE_BY_SIDE)
        for field, key in ((self.strategy, "strategy"), (self.symbols, "symbols"), (self.beside, "beside")):
            label = QLabel(words(f"signals.batch_{key}"))
            label.setBuddy(field)
            set_role(label, role="caption")
            field.setAccessibleName(label.text())
            line.addWidget(label)
            line.addWidget(field)
        line.addStretch()
        line.addWidget(compact(self.cancel_button))
        line.addWidget(compact(self.run_button))
        set_role(self.mode, role="caption")
        set_role(self.says, role="caption")
        self.bar.setFixedWidth(self._h.theme.px(160))
        self.bar.setTextVisible(False)
        under.addWidget(self.bar)
        under.addWidget(self.says, 1)
        under.addWidget(self.mode)
        self.bar.hide()
        self.cancel_button.hide()
        column.addLayout(line)
        column.addLayout(under)
        column.addWidget(self.table, 1)
        self.strategy.currentIndexChanged.connect(lambda _: self._offer_symbols())
        self.symbols.currentIndexChanged.connect(lambda _: self._say())
        self.table.activated.connect(lambda row: self._h.selection.trace(row.run) if row.run else None)
        self.setFocusProxy(self.strategy)

    def _columns(self) -> list[Column[BatchRow]]:
        words = self._words
        return [
            Column("symbol", words("signals.symbol"), lambda row: row.symbol, width=84),
            Column("status", words("signals.batch_status"), lambda row: words(f"signals.run_{row.status}"), width=120),
            Column(
                "signal",
                words("signals.signal"),
                lambda row: words(f"word.{row.direction}") if row.direction else "",
                width=84,
                icon=lambda row: side_icon(row.direction) if row.direction else None,
                token=lambda row: side_token(row.direction),
            ),
            Column(
                "reason",
                words("signals.batch_reason"),
                lambda row: words.words.sentence(row.reason),
                stretch=True,
                tip=lambda row: words.words.sentence(row.reason),
            ),
        ]

    def _strategy(self) -> Strategy | None:
        return self._h.facts.state.strategies.get(StrategyId(str(self.strategy.currentData() or "")))

    def _offer_symbols(self) -> None:
        strategy, words = self._strategy(), self._words
        chosen = self.symbols.currentData()
        self.symbols.blockSignals(True)
        self.symbols.clear()
        own = strategy.symbols if strategy is not None else ()
        self.symbols.addItem(words("signals.batch_of_strategy", count=len(own)), "")
        for name, listed in self._h.settings.current.watchlists.items():
            self.symbols.addItem(words("signals.batch_of_list", name=name, count=len(listed)), name)
        self.symbols.setCurrentIndex(max(0, self.symbols.findData(chosen)))
        self.symbols.blockSignals(False)
        self._say()

    def _wanted(self) -> tuple[str, ...]:
        strategy, name = self._strategy(), str(self.symbols.currentData() or "")
        if name:
            return self._h.settings.current.watchlists.get(name, ())
        return strategy.symbols if strategy is not None else ()

    def _say(self) -> None:
        strategy, words = self._strategy(), self._words
        count = len(self._wanted())
        self.run_button.setText(words("signals.batch_run", count=count))
        self.run_button.setAccessibleName(self.run_button.text())
        self.run_button.setEnabled(strategy is not None and count > 0)
        if strategy is None:
            self.mode.setText(words("signals.batch_no_strategy"))
            return
        means = words(f"signals.mode_{strategy.mode}")
        self.mode.setText(words("signals.batch_mode", mode=strategy.mode, means=means))

    def _progressed(self, progress: BatchProgress) -> None:
        strategy = self._strategy()
        if strategy is None or progress.strategy != strategy.id:
            return
        words = self._words
        self.bar.setVisible(not progress.is_over)
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        self.cancel_button.setVisible(not progress.is_over)
        self.cancel_button.setEnabled(not progress.is_cancelled)
        self.run_button.setVisible(progress.is_over)
        for row in (*map(self._row, progress.results), *(_not_begun(*one) for one in progress.refused)):
            if self.table.model.find(row.symbol) != row:
                self.table.model.put(row)
        if progress.is_over:
            self.table.model.flush()
        signals = sum(result.signal is not None for result in progress.results)
        if not progress.is_over:
            running = ", ".join(progress.running)
            self.says.setText(
                words("signals.batch_progress", done=progress.done, total=progress.total, running=running)
            )
        elif progress.is_cancelled:
            self.says.setText(words("signals.batch_cancelled", done=progress.done, total=progress.total))
        else:
            refused = len(progress.refused)
            over = words(
                "signals.batch_over", done=progress.done, total=progress.total, signals=signals, refused=refused
            )
            self.says.setText(over)

    def _row(self, result: RunResult) -> BatchRow:
        state = self._h.facts.state
        run = state.runs.get(result.run)
        signal = state.signals.get(result.signal) if result.signal else None
        direction = signal.analysis.direction.value if signal is not None else ""
        symbol = run.symbol if run is not None else str(result.run)
        return BatchRow(symbol, result.status.value, result.reason, direction, str(result.run))


def _not_begun(symbol: str, why: str) -> BatchRow:
    return BatchRow(symbol, "not_begun", why)
