"""Signals: the inbox of what waits for an answer, the history of all with what became of each, and batches of runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QStackedWidget

from app.domain.errors import UserError
from app.domain.outcomes import Outcome
from app.domain.signals import Signal, SignalId, SignalState
from app.runtime.paths import write_atomically
from app.ui.handles import Handles
from app.ui.panels.cells import Prices
from app.ui.panels.following import Mirror, attempt
from app.ui.panels.signals_batch import BatchView
from app.ui.panels.signals_history import HistoryView
from app.ui.panels.signals_inbox import InboxView
from app.ui.panels.signals_progress import ReadingLine
from app.ui.panels.signals_rows import SignalRow, signal_row, verdict
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.ask import Choice, ask_text
from app.ui.widgets.buttons import act_button
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented

COUNT_DOWN_MS = 1000
VIEWS = ("inbox", "history", "batch")
ACTS = {"approve": ("check", "Ctrl+Return"), "reject": ("x", "Del"), "filter": ("search", "Ctrl+F")}


class SignalsPanel(PanelFrame):
    """Three views of the same signals; what is acted on is the chosen card or the selected row."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "signals", "Signals")
        self._h, self._words = handles, handles.language
        self._prices = Prices(handles)
        self._rows: dict[str, SignalRow] = {}
        self._acts: dict[str, QAction] = {}
        self._countdown = QTimer(self)
        self._build()
        self._connect()
        self._countdown.start()

    @property
    def table(self) -> Table[SignalRow]:
        """The history's table."""
        return self.history.table

    @property
    def model(self) -> TableModel[SignalRow]:
        """The history's rows: every signal there is."""
        return self.history.model

    def show_view(self, view: str) -> None:
        """Show the inbox, the history or the batch."""
        self.views.set_value(view)
        self._turn(view)

    def approve(self) -> None:
        """Open the ticket filled with the chosen signal."""
        row = self._chosen()
        if row is not None and row.may_be_approved:
            self._h.selection.approval_wanted.emit(row.signal.id)

    def reject(self) -> None:
        """Reject the chosen signal, with a reason."""
        row = self._chosen()
        if row is not None and row.is_open:
            attempt(self._h, self._reject(row.signal), "reject a signal")

    def filter(self) -> None:
        """Put the cursor into the filter of the history."""
        self.show_view("history")
        self.history.symbol.setFocus()

    def snooze(self, signal: str, until: datetime) -> None:
        """Put a signal aside until a moment of the market's time."""
        attempt(self._h, self._h.inbox.snooze(SignalId(signal), until), "put a signal aside")

    def wake(self, signal: str) -> None:
        """Have a signal back that was put aside."""
        attempt(self._h, self._h.inbox.wake(SignalId(signal)), "have a signal back")

    def export(self) -> None:
        """Ask where what the history shows is to be written."""
        dialog = QFileDialog(self, self._words("signals.export"), "signals.csv", "CSV (*.csv)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        dialog.open()

    def export_to(self, path: Path) -> None:
        """Write what the history shows."""
        attempt(self._h, self._export(path, self.table.csv(), self.model.counts()[0]), "export signals")

    # building

    def _build(self) -> None:
        words = self._words
        self._line = ToolLine(self._h.theme)
        self.views = Segmented([(view, words(f"signals.{view}")) for view in VIEWS], name=words("signals.views"))
        self.reject_button = act_button(words("signals.reject"), "", self.reject)
        self.approve_button = act_button(words("signals.approve"), "primary", self.approve)
        self._line.lay([self.views], [compact(self.reject_button), compact(self.approve_button)])
        self._stack = QStackedWidget()
        self.inbox, self.history, self.batch = InboxView(self._h), HistoryView(self._h), BatchView(self._h)
        for view in (self.inbox, self.history, self.batch):
            self._stack.addWidget(view)
        self.progress = ReadingLine(self._h)
        self.add(self._line)
        self.add(self.progress)
        self.add(self._stack, 1)
        self.setFocusProxy(self.views)
        self._connect_views()
        self._turn(self.views.value())

    def _connect_views(self) -> None:
        self.views.chosen.connect(self._turn)
        self.inbox.approve_wanted.connect(self._approve_card)
        self.inbox.reject_wanted.connect(self._reject_card)
        self.inbox.snooze_wanted.connect(self.snooze)
        self.inbox.wake_wanted.connect(self.wake)
        self.history.export_wanted.connect(self.export)
        self.table.activated.connect(lambda row: self._h.selection.trace(row.signal.id))
        self.table.selected.connect(lambda _: self._offer())
        self.table.menu_wanted.connect(self._open_menu)

    def _connect(self) -> None:
        h = self._h
        for key, (icon, keys) in ACTS.items():
            self._acts[key] = self.add_act(icon, self._words(f"signals.{key}"), getattr(self, key), shortcut=keys)
        self._acts["copy"] = self.add_menu_act(self._words("signals.copy"), lambda: self.table.copy())
        self._acts["export"] = self.add_menu_act(self._words("signals.export"), self.export)
        self._countdown.setInterval(COUNT_DOWN_MS)
        self._countdown.timeout.connect(self._count_down)
        self._words.changed.connect(self._translate)
        state = h.facts
        self._mirror = Mirror(self, h.bus, lambda: state.state.signals, self._changed)
        self._mirror.look()
        self._ends = Mirror(self, h.bus, lambda: state.state.outcomes, self._ended)
        self._ends.look()
        self._held = Mirror(self, h.bus, lambda: state.state.positions, lambda *_: self._judge_anew())
        self._working = Mirror(self, h.bus, lambda: state.state.orders, lambda *_: self._judge_anew())
        self._rules = Mirror(self, h.bus, lambda: state.state.strategies, lambda *_: self._judge_anew())

    def _translate(self) -> None:
        """Make everything anew in the language that was chosen."""
        view = self.views.value()
        for widget in (self._line, self.progress, self._stack):
            widget.hide()
            widget.deleteLater()
        self._build()
        for key, action in self._acts.items():
            action.setText(self._words(f"signals.{key}"))
            action.setToolTip(self._words(f"signals.{key}"))
        self.model.replace(self._rows.values())
        self._show()
        self.show_view(view)

    # what comes in

    def _changed(self, changed: Sequence[Signal], gone: Sequence[SignalId]) -> None:
        for signal in changed:
            self._put(self._row(signal))
        for key in gone:
            self._rows.pop(str(key), None)
            self.model.drop(key)
        self._show()

    def _ended(self, changed: Sequence[Outcome], _: Sequence[SignalId]) -> None:
        signals = self._h.facts.state.signals
        for outcome in changed:
            signal = signals.get(outcome.signal)
            if signal is not None:
                self._put(self._row(signal))
        self._show()

    def _put(self, row: SignalRow) -> None:
        self._rows[str(row.signal.id)] = row
        self.model.put(row)

    def _show(self) -> None:
        self.model.flush()
        rows = list(self._rows.values())
        self.history.show_rows(rows)
        self.inbox.show_rows(rows)
        active = sum(row.is_open for row in rows)
        self._line.caption.setText(self._words("signals.count", active=active, total=len(rows)) if rows else "")
        self._offer()

    def _row(self, signal: Signal) -> SignalRow:
        state = self._h.facts.state
        hindrance = self._h.runs.why_not(signal) if signal.state is SignalState.ACTIVE else ""
        name = state.strategy_name(signal.strategy)
        return signal_row(signal, self._prices, name, hindrance, state.outcomes.get(signal.id))

    def _judge_anew(self) -> None:
        """What is held or working has changed: a signal may be open to approval now, or not any more."""
        changed = [now for row in self._rows.values() if row.is_open and (now := self._row(row.signal)) != row]
        for row in changed:
            self._put(row)
        if changed:
            self._show()

    # acts

    def _turn(self, view: str) -> None:
        self._stack.setCurrentIndex(VIEWS.index(view))
        for button in (self.reject_button, self.approve_button):
            button.setVisible(view == "history")
        self._offer()

    def _chosen(self) -> SignalRow | None:
        if self.views.value() == "history":
            return self.history.selected()
        card = self.inbox.chosen if self.views.value() == "inbox" else None
        return card.row if card is not None else None

    def _offer(self) -> None:
        row = self._chosen()
        self.reject_button.setEnabled(row is not None and row.is_open)
        self.approve_button.setEnabled(row is not None and row.may_be_approved)
        hint = self._words("signals.approve_hint")
        self.approve_button.setToolTip(verdict(row, self._words) if row and not row.may_be_approved else hint)

    def _approve_card(self, signal: str) -> None:
        row = self._rows.get(signal)
        if row is not None and row.may_be_approved:
            self._h.selection.approval_wanted.emit(row.signal.id)

    def _reject_card(self, signal: str) -> None:
        row = self._rows.get(signal)
        if row is not None and row.is_open:
            attempt(self._h, self._reject(row.signal), "reject a signal")

    async def _reject(self, signal: Signal) -> None:
        words = self._words
        name = f"{words(f'word.{signal.analysis.direction}')} {signal.analysis.symbol}"
        act = Choice("reject", words("signals.reject_act", name=name), "danger")
        title = words("signals.reject_title", name=name)
        why = await ask_text(self._h.theme, self._h.window, title, words("signals.reject_text"), act)
        if why is not None:
            await self._h.inbox.reject(signal.id, why)

    async def _export(self, path: Path, text: str, count: int) -> None:
        try:
            await asyncio.to_thread(write_atomically, path, text)
        except OSError as error:
            raise UserError(f"{path.name} could not be written: {error.strerror}; choose another place.") from error
        said = self._words("signals.exported", count=count, name=path.name)
        self._h.window.notify(Notice(said, Level.OK, self._h.clock.now()))

    def _count_down(self) -> None:
        if self.isVisible():
            self.table.view.viewport().update()
            self.inbox.count_down()

    def _open_menu(self, row: SignalRow | None, at: QPoint) -> None:
        if row is None:
            return
        words = self._words
        self.table.select(row.signal.id)
        instrument = self._h.facts.state.instruments.get(row.signal.con_id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(words("signals.approve"), self.approve).setEnabled(row.may_be_approved)
        menu.addAction(words("signals.reject"), self.reject).setEnabled(row.is_open)
        menu.addAction(words("signals.show_why"), lambda: self._h.selection.trace(row.signal.id))
        menu.addSeparator()
        if instrument is not None:
            shown = words("signals.show_chart", symbol=instrument.symbol)
            menu.addAction(shown, lambda: self._h.selection.pick(instrument))
        menu.addAction(words("signals.copy"), self.table.copy)
        menu.popup(at)
