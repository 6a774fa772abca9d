"""Strategies: a card for each, and above them a warning while trading is halted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout

from app.domain.events import RunFinished, TradingState, TradingStateChanged
from app.domain.signals import RunId, StrategyId
from app.domain.strategies import Run, Strategy
from app.ui.dialogs.consent import resume_trading
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels import strategies_edit as edit
from app.ui.panels.following import Mirror, attempt, follow
from app.ui.panels.strategies_card import StrategyCard
from app.ui.panels.toolline import compact
from app.ui.widgets.ask import Choice, ask_text
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty, Ready

UPCOMING_MS = 30_000


class StrategiesPanel(PanelFrame):
    """The strategies and what they are allowed to do."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "strategies", "Strategies")
        self._h = handles
        self.cards: dict[StrategyId, StrategyCard] = {}
        self.warning = QLabel()
        self.resume_button = act_button("Resume…", "", self.resume)
        self._banner = self._make_banner()
        self._column = QVBoxLayout()
        self._build()
        self._strategies: Mirror[StrategyId, Strategy] = Mirror(
            self, handles.bus, lambda: handles.facts.state.strategies, self._changed
        )
        self._runs: Mirror[RunId, Run] = Mirror(self, handles.bus, lambda: handles.facts.state.runs, self._ran)
        self._strategies.look()
        self._runs.look()
        self._show_trading()
        follow(self, handles.bus, TradingStateChanged, lambda _: self._show_trading())
        follow(self, handles.bus, RunFinished, self._run_ended)

    def resume(self) -> None:
        """Let orders leave again, after asking."""
        attempt(self._h, resume_trading(self._h), "resume trading")

    def set_up(self) -> None:
        """Ask for a name and set up another strategy."""
        attempt(self._h, self._set_up(), "set up a strategy")

    async def _set_up(self) -> None:
        text = "It looks at the first symbols of the watchlist and only observes until you let it go further."
        act = Choice("create", "Set up the strategy", "primary")
        name = await ask_text(self._h.theme, self._h.window, "Name of the new strategy", text, act)
        if name:
            await edit.create(self._h, name)

    def _build(self) -> None:
        inner = QFrame()
        set_role(inner, role="panel")
        inner.setLayout(self._column)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(8)
        self._column.addStretch()
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        self.add(self._banner)
        self.add(area, 1)
        self.add_act("plus", "New strategy…", self.set_up)
        self.add_act("play", "Run all strategies now", lambda: self._h.window.actions_.trigger("run_strategies"))
        upcoming = QTimer(self)
        upcoming.timeout.connect(self._refresh_upcoming)
        upcoming.start(UPCOMING_MS)

    def _make_banner(self) -> QFrame:
        banner = QFrame()
        row = QHBoxLayout(banner)
        row.setContentsMargins(12, 4, 8, 4)
        set_role(self.warning, role="error")
        self.warning.setWordWrap(True)
        row.addWidget(self.warning, 1)
        row.addWidget(compact(self.resume_button))
        return banner

    def _changed(self, changed: Sequence[Strategy], gone: Sequence[StrategyId]) -> None:
        for strategy in changed:
            card = self.cards.get(strategy.id)
            if card is not None:
                card.show_strategy(strategy)
            else:
                self._add(strategy)
        for key in gone:
            self.cards.pop(key).deleteLater()
        empty = Empty("No strategy is set up.", "New strategy…", self.set_up)
        self.show_state(Ready() if self.cards else empty)

    def _add(self, strategy: Strategy) -> None:
        card = self.cards[strategy.id] = StrategyCard(self._h, strategy)
        self._column.insertWidget(self._column.count() - 1, card)
        runs = self._h.facts.state.runs.values()
        card.show_last(max((r for r in runs if r.strategy == strategy.id), key=lambda r: r.started, default=None))

    def _ran(self, changed: Sequence[Run], _: Sequence[RunId]) -> None:
        newest: dict[StrategyId, Run] = {}
        for run in self._h.facts.state.runs.values():
            if run.strategy not in newest or newest[run.strategy].started <= run.started:
                newest[run.strategy] = run
        for strategy in {run.strategy for run in changed}:
            if strategy in self.cards:
                self.cards[strategy].show_last(newest[strategy])

    def _run_ended(self, fact: RunFinished) -> None:
        run = self._h.facts.state.runs.get(fact.run) if fact.run else None
        if run is not None and run.strategy in self.cards:
            self.cards[run.strategy].count_end()

    def _refresh_upcoming(self) -> None:
        if self.isVisible():
            for card in self.cards.values():
                card.show_upcoming()

    def _show_trading(self) -> None:
        trading = self._h.facts.state.trading
        self._banner.setVisible(trading.state is not TradingState.ACTIVE)
        meaning = {
            TradingState.HALTED: "nothing but cancels leaves",
            TradingState.REDUCING: "only orders that reduce a position leave",
        }
        self.warning.setText(
            say(f"Trading is {trading.state.value}: {meaning.get(trading.state, '')}. {trading.reason}")
        )
