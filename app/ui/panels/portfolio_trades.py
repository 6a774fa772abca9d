"""The portfolio's closed trades: what each brought, what was planned, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QMenu, QVBoxLayout

from app.domain.trade_statistics import Result, TradeStatistics
from app.services.track_record import BY_HAND
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Moments, Prices, side_icon, side_token, write_exact
from app.ui.panels.toolline import ToolLine
from app.ui.tables import Column, Style, Table, TableModel
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import UNKNOWN, duration, money, number, percent, quantity, tone
from app.ui.widgets.states import Empty

ALL = "all"


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A closed trade with its prices on the tick and its owner's name."""

    result: Result
    entry: Decimal | None
    exit: Decimal | None
    owner: str

    @property
    def key(self) -> tuple[str, str]:
        """The execution that closed it, and whose it was."""
        return self.result.trade.executions[-1], self.result.trade.strategy or BY_HAND


class Figures(QFrame):
    """The statistics in one strip, captions above numbers."""

    CAPTIONS = ("Trades", "Net", "Win rate", "Profit factor", "Expectancy", "R planned", "R achieved", "Held")

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 4, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(0)
        self._numbers: list[QLabel] = []
        for place, caption in enumerate(self.CAPTIONS):
            name, value = QLabel(caption), QLabel(UNKNOWN)
            set_role(name, role="caption")
            set_role(value, role="title")
            value.setAccessibleName(caption)
            grid.addWidget(name, 0, place)
            grid.addWidget(value, 1, place)
            self._numbers.append(value)
        grid.setColumnStretch(len(self.CAPTIONS), 1)

    def text(self, caption: str) -> str:
        """Return what a number says."""
        return self._numbers[self.CAPTIONS.index(caption)].text()

    def show_statistics(self, found: TradeStatistics) -> None:
        """Write every number."""
        left_out = f" ({found.unknown} left out)" if found.unknown else ""
        texts = (
            (f"{number(found.count)}{left_out}", ""),
            (money(found.total, signed=True), tone(found.total)),
            (percent(found.win_rate, signed=False), ""),
            (number(found.profit_factor, 2), ""),
            (money(found.expectancy, signed=True), tone(found.expectancy)),
            (number(found.planned_r, 2), ""),
            (number(found.achieved_r, 2, signed=True), tone(found.achieved_r)),
            (_held(found.held.total_seconds() if found.held is not None else None), ""),
        )
        for label, (text, token) in zip(self._numbers, texts, strict=True):
            label.setText(text)
            set_role(label, tone=token if token in ("up", "down") else "")
        hint = "A cost or a rate of these is not known yet; they count in no figure of money." if found.unknown else ""
        self._numbers[0].setToolTip(hint)
        best, worst = money(found.best, signed=True), money(found.worst, signed=True)
        win, loss = money(found.average_win, signed=True), money(found.average_loss, signed=True)
        self._numbers[1].setToolTip(say(f"Best {best}, worst {worst}"))
        self._numbers[4].setToolTip(say(f"Average win {win}, average loss {loss}"))


class TradesPage(QFrame):
    """Statistics over a table; a double click shows how a trade came about."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._h, self._prices = handles, Prices(handles)
        self._seen: tuple[object, ...] = ()
        self.figures = Figures()
        self.owner = QComboBox()
        self.owner.setAccessibleName(say("Whose trades"))
        self.owner.addItem(say("All owners"), ALL)
        self.model: TableModel[TradeRow] = TableModel(
            trade_columns(Moments(handles)), lambda row: row.key, drag=lambda row: row.result.trade.symbol
        )
        empty = Empty("No closed trades yet: one is complete once everything that was opened is closed again.")
        self.table: Table[TradeRow] = Table(handles.theme, self.model, name="Closed trades", empty=empty)
        self._build()
        self.table.sort_by("closed", descending=True)

    def refresh(self) -> None:
        """Show the trades as they are known now."""
        account, state = self._h.session.view.account, self._h.facts.state
        self._offer_owners()
        chosen = self.owner.currentData()
        seen = (account, chosen, state.fills, state.splits, state.strategies, self._h.portfolio.rates(account))
        if len(seen) == len(self._seen) and all(a is b or a == b for a, b in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        owner = None if chosen == ALL else chosen
        results = self._h.track.results(account, owner)
        self.figures.show_statistics(self._h.track.statistics(account, owner))
        self.model.replace([self._row(result) for result in results])

    def _build(self) -> None:
        line = ToolLine(self._h.theme)
        set_role(self.owner, size="compact")
        line.lay([self.figures], [self.owner])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self.owner.currentIndexChanged.connect(lambda _: self.refresh())
        self.table.activated.connect(self._trace)
        self.table.menu_wanted.connect(self._open_menu)

    def _row(self, result: Result) -> TradeRow:
        trade, state = result.trade, self._h.facts.state
        return TradeRow(
            result,
            self._prices.on_tick(trade.entry, trade.con_id, more=2),
            self._prices.on_tick(trade.exit, trade.con_id, more=2),
            state.strategy_name(trade.strategy, "By hand"),
        )

    def _offer_owners(self) -> None:
        """Offer every owner that has closed a trade; the choice stays."""
        account, state = self._h.session.view.account, self._h.facts.state
        owners = sorted({str(trade.strategy or BY_HAND) for trade in self._h.track.trades(account)})
        if [self.owner.itemData(place) for place in range(1, self.owner.count())] == owners:
            return
        chosen = self.owner.currentData()
        self.owner.blockSignals(True)
        self.owner.clear()
        self.owner.addItem(say("All owners"), ALL)
        names = {str(strategy.id): strategy.name for strategy in state.known_strategies.values()}
        for owner in owners:
            self.owner.addItem(say(names.get(owner, owner) or "By hand"), owner)
        self.owner.setCurrentIndex(max(0, self.owner.findData(chosen)))
        self.owner.blockSignals(False)

    def _trace(self, row: TradeRow) -> None:
        self._h.selection.trace(row.result.trade.executions[-1])

    def _open_menu(self, row: TradeRow | None, at: QPoint) -> None:
        if row is None:
            return
        trade = row.result.trade
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say("Show how it was closed"), lambda: self._trace(row))
        menu.addAction(say("Show how it was opened"), lambda: self._h.selection.trace(trade.executions[0]))
        menu.addSeparator()
        menu.addAction(say("Copy"), self.table.copy)
        menu.popup(at)


def trade_columns(moments: Moments) -> list[Column[TradeRow]]:
    """Return the columns of the trades table."""
    return [
        Column(
            "closed",
            moments.title("Closed"),
            lambda row: row.result.trade.closed,
            moments.write,
            width=104,
            tip=lambda row: moments.whole(row.result.trade.closed),
        ),
        Column("symbol", "Symbol", lambda row: row.result.trade.symbol, width=72),
        Column(
            "side",
            "Side",
            lambda row: "Long" if row.result.trade.side.sign > 0 else "Short",
            width=76,
            icon=lambda row: side_icon(row.result.trade.side),
            token=lambda row: side_token(row.result.trade.side),
        ),
        Column("quantity", "Quantity", lambda row: row.result.trade.quantity, quantity, Style.NUMBER, 66),
        Column("entry", "Entry", lambda row: row.entry, write_exact, Style.NUMBER, 72),
        Column("exit", "Exit", lambda row: row.exit, write_exact, Style.NUMBER, 72),
        Column(
            "net",
            "Net",
            lambda row: row.result.net,
            _signed,
            Style.NUMBER,
            84,
            token=lambda row: _tone(row.result.net),
            total=_signed,
            hint="After costs, in the base currency; – while a cost or the rate is not known",
        ),
        Column(
            "r",
            "R",
            lambda row: row.result.trade.r,
            lambda value: number(value, 2, signed=True),
            Style.NUMBER,
            58,
            token=lambda row: _tone(row.result.trade.r),
            hint="Net in units of what the first stop risked",
        ),
        Column(
            "planned",
            "Planned",
            lambda row: row.result.trade.planned_r,
            lambda value: number(value, 2),
            Style.NUMBER,
            66,
            hint="R that the first target promised",
        ),
        Column("held", "Held", lambda row: row.result.trade.held.total_seconds(), _held, Style.NUMBER, 70),
        Column(
            "cost",
            "Costs",
            lambda row: row.result.trade.commission,
            lambda value: number(value, 2),
            Style.NUMBER,
            66,
            hint="Commissions, in the instrument's currency",
            hidden=True,
        ),
        Column("owner", "Owner", lambda row: row.owner, width=84, stretch=True, token=lambda _: "text.muted"),
    ]


def _held(seconds: float | None) -> str:
    if seconds is None:
        return UNKNOWN
    days, rest = divmod(int(seconds), 86_400)
    if days:
        return f"{days} d {rest // 3600} h"
    if rest >= 3600:
        return f"{rest // 3600} h {rest % 3600 // 60:02d} m"
    return f"{rest} s" if rest < 60 else duration(seconds * 1000)


def _signed(value: Decimal) -> str:
    return number(value, 2, signed=True)


def _tone(value: Decimal | None) -> str | None:
    return None if not value else "up" if value > 0 else "down"
