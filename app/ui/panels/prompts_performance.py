"""What prompts, strategies and models came to: leaderboard, calibration curve, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QSplitter, QVBoxLayout

from app.domain.performance import Comparison, Interval, Performance
from app.domain.prompts import Prompt, PromptId
from app.domain.signals import StrategyId
from app.domain.strategies import Strategy
from app.services.performance import Performances
from app.ui.language import Say
from app.ui.panels.prompts_calibration import CalibrationPlot
from app.ui.panels.prompts_rows import StatsRow, signed_r, stats_columns
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.format import number
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty

NOTHING = "No signal has ended yet: its target, its stop or its time must be reached first."


class PerformanceView(QFrame):
    """Shows the newest figures; one row selected shows its curve, two are compared."""

    refresh_wanted = Signal()

    def __init__(self, theme: Theme, performances: Performances, say: Say = str) -> None:
        super().__init__()
        self._say = say
        self.setProperty("role", "panel")
        self._performances = performances
        self._rows: dict[str, list[StatsRow]] = {}
        self.model: TableModel[StatsRow] = TableModel(stats_columns(say("Asked with"), say), lambda row: row.key)
        self.table: Table[StatsRow] = Table(theme, self.model, name=self._say("Leaderboard"), empty=Empty(say(NOTHING)))
        self.groups = Segmented(
            [
                ("prompts", self._say("Prompts")),
                ("strategies", self._say("Strategies")),
                ("models", self._say("Models")),
            ],
            name=self._say("Grouped by"),
        )
        self.refresh_button = act_button(self._say("Work out anew"), "", self.refresh_wanted.emit)
        self.plot = CalibrationPlot(theme, say)
        self.verdict = QLabel()
        self._line = ToolLine(theme)
        self._build()

    def show_performance(
        self,
        found: Performance,
        prompts: Mapping[PromptId, Prompt],
        strategies: Mapping[StrategyId, Strategy],
        when: str,
    ) -> None:
        """Show figures; what is selected stays selected."""
        names = {mark.id: f"{each.name}, version {mark.number}" for each in prompts.values() for mark in each.versions}
        self._rows = {
            "prompts": [
                StatsRow(key, names.get(key, self._say("A deleted version")), each)
                for key, each in found.prompts.items()
            ],
            "strategies": [StatsRow(key, _owner(key, strategies), each) for key, each in found.strategies.items()],
            "models": [StatsRow(key, key or self._say("Unknown model"), each) for key, each in found.models.items()],
        }
        self._line.caption.setText(self._say(f"{number(found.signals)} ended signals  ·  worked out {when}"))
        self._show_group()

    def _build(self) -> None:
        set_role(self.verdict, role="muted")
        self.verdict.setWordWrap(True)
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        self.verdict.setContentsMargins(12, 4, 12, 8)
        below = QFrame()
        set_role(below, role="panel")
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.plot, 1)
        column.addWidget(self.verdict)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(below)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setSizes([180, 300])
        self._line.lay([self.groups], [compact(self.refresh_button)])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._line)
        outer.addWidget(split, 1)
        self.setFocusProxy(self.table)
        self.groups.chosen.connect(lambda _: self._show_group())
        self.table.selected.connect(lambda _: self._judge())
        self._judge()

    def _show_group(self) -> None:
        kept = [row.key for row in self.table.selected_rows()]
        self.model.replace(self._rows.get(self.groups.value(), []))
        for key in kept or [row.key for row in self.model.rows()[:1]]:
            self.table.select(key)
        self._judge()

    def _judge(self) -> None:
        rows = self.table.selected_rows()
        self.plot.show_groups([(row.name, row.stats) for row in rows[:2]])
        self.verdict.setText(self._verdict(rows))

    def _verdict(self, rows: Sequence[StatsRow]) -> str:
        if not rows:
            return self._say("Select a row for its calibration curve, two rows to compare them.")
        if len(rows) == 1:
            return self._say(single_verdict(rows[0]))
        first, second = rows[0], rows[1]
        return pair_verdict(first, second, self._performances.compare(first.stats, second.stats), self._say)


def single_verdict(row: StatsRow) -> str:
    """Say in words what one group's figures are worth."""
    stats, interval = row.stats, row.stats.win_interval
    if interval is None:
        return f"{row.name}: nothing has reached its target or its stop yet."
    span = f"{number(interval.low * 100)} to {number(interval.high * 100)} %"
    sure = "Too few to mean anything yet: " if stats.is_too_few else ""
    return f"{sure}{stats.wins} of {stats.decided} won; the true share lies between {span} (95 %)."


def pair_verdict(first: StatsRow, second: StatsRow, compared: Comparison, say: Say = str) -> str:
    """Say in words whether one of two groups is better, and never on too few."""
    parts = []
    if compared.win_rate is not None and compared.win_interval is not None:
        low, high = compared.win_interval.low, compared.win_interval.high
        share = number(compared.win_rate * 100, 1, signed=True)
        parts.append(f"wins {share} points ({_span(Interval(low * 100, high * 100), 0)})")
    if compared.average_r is not None and compared.r_interval is not None:
        parts.append(f"average R {signed_r(compared.average_r)} ({_span(compared.r_interval, 2)})")
    figures = "; ".join(map(say, parts)) or say("nothing to compare yet")
    head = say(f"{first.name} against {second.name}: {figures}.") + " "
    if compared.is_too_few:
        return head + say("Too few on one side at least: this may be chance.")
    clear = "The difference is more than chance." if compared.is_clear else "Chance explains the difference."
    return head + say(clear)


def _span(interval: Interval, decimals: int) -> str:
    low, high = (number(each, decimals, signed=True) for each in (interval.low, interval.high))
    return f"between {low} and {high}"


def _owner(key: StrategyId, strategies: Mapping[StrategyId, Strategy]) -> str:
    strategy = strategies.get(key)
    return strategy.name if strategy else str(key)
