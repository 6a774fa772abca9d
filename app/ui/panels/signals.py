"""Signals: what the strategies concluded, why, and the two answers a person may give: approve or reject."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QMenu, QPushButton

from app.domain.events import SignalMoved
from app.domain.signals import Signal, SignalId, SignalState
from app.ui.handles import Handles
from app.ui.panels.cells import Moments, Prices
from app.ui.panels.following import Mirror, attempt
from app.ui.panels.signals_rows import SignalRow, signal_columns, signal_row
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.ask import Choice, ask_text
from app.ui.widgets.buttons import act_button
from app.ui.widgets.format import number
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty

COUNT_DOWN_MS = 1000


class SignalsPanel(PanelFrame):
    """The signals, newest first."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "signals", "Signals")
        self._h = handles
        self._prices = Prices(handles)
        self.model: TableModel[SignalRow] = TableModel(
            signal_columns(Moments(handles), handles.clock.market),
            lambda row: row.signal.id,
            drag=lambda row: row.signal.analysis.symbol,
        )
        empty = Empty(
            "No signals yet: a strategy raises one for each instrument it looks at.", "Run the strategies", self._run
        )
        self.table: Table[SignalRow] = Table(handles.theme, self.model, name="Signals", empty=empty)
        self.shown = Segmented([("all", "All"), ("active", "Active")], name="Signals shown")
        self.approve_button: QPushButton = act_button("Approve…", "primary", self.approve)
        self.reject_button: QPushButton = act_button("Reject…", "", self.reject)
        self._line = ToolLine(handles.theme)
        self._countdown = QTimer(self)
        self._countdown.setInterval(COUNT_DOWN_MS)
        self._countdown.timeout.connect(self._count_down)
        self._build()
        self._mirror = Mirror(self, handles.bus, lambda: handles.facts.state.signals, self._changed)
        self._mirror.look()
        state = handles.facts
        self._held = Mirror(self, handles.bus, lambda: state.state.positions, lambda *_: self._judge_anew())
        self._working = Mirror(self, handles.bus, lambda: state.state.orders, lambda *_: self._judge_anew())
        self._rules = Mirror(self, handles.bus, lambda: state.state.strategies, lambda *_: self._judge_anew())
        self.table.sort_by("time", descending=True)
        self._countdown.start()

    def approve(self) -> None:
        """Open the ticket filled with the selected signal."""
        row = self._selected()
        if row is not None and row.may_be_approved:
            self._h.selection.approval_wanted.emit(row.signal.id)

    def reject(self) -> None:
        """Reject the selected signal, with a reason."""
        row = self._selected()
        if row is not None and row.is_open:
            attempt(self._h, self._reject(row.signal), "reject a signal")

    def _build(self) -> None:
        self._line.lay([self.shown], [compact(self.reject_button), compact(self.approve_button)])
        self.add(self._line)
        self.add(self.table, 1)
        self.setFocusProxy(self.table)
        self.add_act("check", "Approve the signal…", self.approve, shortcut="Ctrl+Return")
        self.add_act("x", "Reject the signal…", self.reject, shortcut="Del")
        self.add_act("search", "Filter signals", self.table.show_filter, shortcut="Ctrl+F")
        self.add_menu_act("Copy as table", self.table.copy)
        self.shown.chosen.connect(lambda _: self._filter())
        self.table.activated.connect(lambda row: self._h.selection.trace(row.signal.id))
        self.table.selected.connect(lambda _: self._offer())
        self.table.menu_wanted.connect(self._open_menu)
        self.model.counted.connect(lambda *_: self._say())
        self._offer()

    def _changed(self, changed: Sequence[Signal], gone: Sequence[SignalId]) -> None:
        for signal in changed:
            self.model.put(self._row(signal))
        for key in gone:
            self.model.drop(key)
        self.model.flush()
        self._offer()
        self._say()

    def _row(self, signal: Signal) -> SignalRow:
        strategy = self._h.facts.state.strategies.get(signal.strategy)
        hindrance = self._h.runs.why_not(signal) if signal.state is SignalState.ACTIVE else ""
        return signal_row(signal, self._prices, strategy.name if strategy else str(signal.strategy), hindrance)

    def _judge_anew(self) -> None:
        """What is held or working has changed: a signal may be open to approval now, or not any more."""
        for row in self.model.rows():
            if row.is_open and (now := self._row(row.signal)) != row:
                self.model.put(now)
        self.model.flush()
        self._offer()

    def _filter(self) -> None:
        if self.shown.value() == "active":
            self.model.filter(accepts=lambda row: row.is_open)
        else:
            self.model.filter(accepts=lambda _: True)

    def _say(self) -> None:
        signals = self._h.facts.state.signals.values()
        active = sum(signal.state is SignalState.ACTIVE for signal in signals)
        self._line.caption.setText(f"{number(active)} active of {number(len(signals))}" if signals else "")

    def _offer(self) -> None:
        row = self._selected()
        self.reject_button.setEnabled(row is not None and row.is_open)
        self.approve_button.setEnabled(row is not None and row.may_be_approved)
        why = row.verdict if row is not None and not row.may_be_approved else "Opens the ticket filled with its order"
        self.approve_button.setToolTip(why)

    def _selected(self) -> SignalRow | None:
        rows = self.table.selected_rows()
        return rows[0] if len(rows) == 1 else None

    async def _reject(self, signal: Signal) -> None:
        name = f"{signal.analysis.direction} {signal.analysis.symbol}"
        text = "It leads to no order any more. Say why: the reason stays with it."
        why = await ask_text(
            self._h.theme, self._h.window, f"Reject {name}?", text, Choice("reject", f"Reject {name}", "danger")
        )
        if why is not None:
            now = self._h.clock.now()
            moved = SignalMoved(
                at=now, run=signal.run, signal=signal.id, state=SignalState.REJECTED, by="hand", why=why
            )
            await self._h.facts.enter(moved)

    def _run(self) -> None:
        self._h.window.actions_.trigger("run_strategies")

    def _count_down(self) -> None:
        if self.isVisible():
            self.table.view.viewport().update()

    def _open_menu(self, row: SignalRow | None, at: QPoint) -> None:
        if row is None:
            return
        self.table.select(row.signal.id)
        instrument = self._h.facts.state.instruments.get(row.signal.con_id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Approve…", self.approve).setEnabled(row.may_be_approved)
        menu.addAction("Reject…", self.reject).setEnabled(row.is_open)
        menu.addAction("Show why", lambda: self._h.selection.trace(row.signal.id))
        menu.addSeparator()
        if instrument is not None:
            symbol = instrument.symbol
            menu.addAction(f"Show {symbol} on the chart", lambda: self._h.selection.pick(instrument))
        menu.addAction("Copy", self.table.copy)
        menu.popup(at)
