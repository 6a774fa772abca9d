"""The history of signals: filters by strategy, symbol, state, direction and day, what became of each, and export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from app.domain.signals import Direction, SignalState
from app.ui.binding import display_zone
from app.ui.handles import Handles
from app.ui.panels.cells import Moments
from app.ui.panels.signals_rows import SignalRow, signal_columns
from app.ui.panels.toolline import compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.states import Empty

ANY_DAY = QDate(2000, 1, 1)


class HistoryView(QFrame):
    """A table of all signals under one line of filters."""

    export_wanted = Signal()

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h, self._words = handles, handles.language
        self.strategy, self.direction, self.state = QComboBox(), QComboBox(), QComboBox()
        self.symbol = QLineEdit()
        self.since, self.until = self._day("from_date"), self._day("to_date")
        self.caption = QLabel()
        words = self._words
        self.model: TableModel[SignalRow] = TableModel(
            signal_columns(Moments(handles), handles.clock.market, words),
            lambda row: row.signal.id,
            drag=lambda row: row.signal.analysis.symbol,
        )
        empty = Empty(words("signals.empty_history"), words("signals.run"), self._run)
        self.table: Table[SignalRow] = Table(handles.theme, self.model, name=words("signals.title"), empty=empty)
        self._build()
        self.model.counted.connect(self._say)
        self.table.sort_by("time", descending=True)

    def show_rows(self, rows: Sequence[SignalRow]) -> None:
        """Offer the strategies of these rows as a filter."""
        names = sorted({row.strategy for row in rows}, key=str.casefold)
        if [self.strategy.itemText(place) for place in range(1, self.strategy.count())] == names:
            return
        with QSignalBlocker(self.strategy):
            chosen = self.strategy.currentData()
            self.strategy.clear()
            self.strategy.addItem(self._words("signals.all_strategies"), "")
            for name in names:
                self.strategy.addItem(name, name)
            self.strategy.setCurrentIndex(max(0, self.strategy.findData(chosen)))

    def clear(self) -> None:
        """Take all filters away."""
        for box in (self.strategy, self.direction, self.state):
            box.setCurrentIndex(0)
        self.symbol.clear()
        self.since.setDate(ANY_DAY)
        self.until.setDate(ANY_DAY)

    def selected(self) -> SignalRow | None:
        """Return the row that is selected, when it is one."""
        rows = self.table.selected_rows()
        return rows[0] if len(rows) == 1 else None

    def _build(self) -> None:
        words = self._words
        set_role(self, role="panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(8, 0, 8, 4)
        line.setSpacing(6)
        self.strategy.addItem(words("signals.all_strategies"), "")
        self.direction.addItem(words("signals.all_directions"), "")
        for one in Direction:
            self.direction.addItem(words(f"word.{one}"), one.value)
        self.state.addItem(words("signals.all_states"), "")
        for state in SignalState:
            self.state.addItem(words(f"signals.state_{state}"), state.value)
        set_role(self.symbol, role="compact")
        self.symbol.setPlaceholderText(words("signals.symbol"))
        self.symbol.setMaximumWidth(self._h.theme.px(84))
        for box, key in ((self.strategy, "strategy"), (self.direction, "signal"), (self.state, "state")):
            box.setAccessibleName(words(f"signals.{key}"))
            box.currentIndexChanged.connect(lambda _: self._filter())
            box.setMaximumWidth(self._h.theme.px(132))
            line.addWidget(box)
        self.symbol.setAccessibleName(words("signals.symbol"))
        self.symbol.textChanged.connect(lambda _: self._filter())
        line.addWidget(self.symbol)
        for field in (self.since, self.until):
            field.dateChanged.connect(lambda _: self._filter())
            line.addWidget(field)
        line.addWidget(compact(act_button(words("signals.clear"), "", self.clear)))
        set_role(self.caption, role="caption")
        line.addWidget(self.caption, 1)
        line.addWidget(compact(act_button(words("signals.export"), "", self.export_wanted.emit)))
        column.addLayout(line)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.table)

    def _day(self, key: str) -> QDateEdit:
        field = QDateEdit(ANY_DAY)
        field.setMinimumDate(ANY_DAY)
        field.setDisplayFormat("yyyy-MM-dd")
        field.setSpecialValueText(self._words(f"signals.{key}"))
        field.setCalendarPopup(True)
        field.setAccessibleName(self._words(f"signals.{key}"))
        field.setFixedWidth(self._h.theme.px(110))
        return field

    def _filter(self) -> None:
        strategy, direction = str(self.strategy.currentData() or ""), str(self.direction.currentData() or "")
        state, symbol = str(self.state.currentData() or ""), self.symbol.text().strip().upper()
        since, until = _date(self.since), _date(self.until)
        zone = display_zone(self._h)

        def accepts(row: SignalRow) -> bool:
            signal, day = row.signal, row.signal.raised.astimezone(zone).date()
            return (
                (not strategy or row.strategy == strategy)
                and (not direction or signal.analysis.direction.value == direction)
                and (not state or signal.state.value == state)
                and signal.analysis.symbol.upper().startswith(symbol)
                and (since is None or day >= since)
                and (until is None or day <= until)
            )

        self.model.filter(accepts=accepts)

    def _say(self, shown: int, total: int) -> None:
        self.caption.setText(self._words("signals.shown", shown=shown, total=total))

    def _run(self) -> None:
        self._h.window.actions_.trigger("run_strategies")


def _date(field: QDateEdit) -> date | None:
    at = field.date()
    return None if at == ANY_DAY else date(at.year(), at.month(), at.day())
