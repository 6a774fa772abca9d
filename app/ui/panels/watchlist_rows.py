"""A line of the watchlist and its columns: what the market says of one symbol, and how old that is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtWidgets import QTableView

from app.domain.instruments import Instrument
from app.domain.quotes import DataClass, Quote
from app.ui.panels.cells import write_exact
from app.ui.tables import Column, Style
from app.ui.theme import Theme
from app.ui.widgets.format import age, compact, percent, tone

STALE_S = 5.0
DATA_WORDS = {
    DataClass.LIVE: ("live", "ok"),
    DataClass.DELAYED: ("delayed", "warn"),
    DataClass.FROZEN: ("frozen", "warn"),
    DataClass.DELAYED_FROZEN: ("delayed, frozen", "warn"),
    DataClass.PRACTICE: ("practice", "account.practice"),
}


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One entry of a list; `entry` is how the list names it, `problem` why it has no instrument."""

    entry: str
    instrument: Instrument | None = None
    quote: Quote | None = None
    age_s: float | None = None
    problem: str = ""

    @property
    def symbol(self) -> str:
        """The symbol to show."""
        return self.instrument.symbol if self.instrument else symbol_of(self.entry)

    @property
    def decimals(self) -> int:
        """How many decimals its prices have."""
        return self.instrument.decimals if self.instrument else 2

    @property
    def is_stale(self) -> bool:
        """Whether its newest tick is too old to be taken for the market."""
        return self.age_s is not None and self.age_s > STALE_S

    @property
    def change(self) -> float | None:
        """The change from the last close as a share."""
        percents = self.quote.change_percent if self.quote else None
        return None if percents is None else percents / 100


def symbol_of(entry: str) -> str:
    """Return the symbol of a list's entry, which may name one listing as `SYMBOL#CONID`."""
    return entry.partition("#")[0]


def con_id_of(entry: str) -> int | None:
    """Return the listing an entry names, None when it names only a symbol."""
    digits = entry.partition("#")[2]
    return int(digits) if digits.isdigit() else None


def _money(read: str, title: str) -> Column[WatchRow]:
    def value(row: WatchRow) -> Decimal | None:
        found: float | None = getattr(row.quote, read) if row.quote else None
        return None if found is None else Decimal(str(found)).quantize(Decimal(1).scaleb(-row.decimals))

    return Column[WatchRow](
        read, title, value, write_exact, Style.NUMBER, 68, token=_stale_token, tip=_tip, tints=read == "last"
    )


def _stale_token(row: WatchRow) -> str | None:
    return "text.faint" if row.is_stale or row.problem else None


def _change_token(row: WatchRow) -> str | None:
    return "text.faint" if row.is_stale else tone(row.change)


def _name(row: WatchRow) -> str:
    if row.problem:
        return "not found"
    return row.instrument.name if row.instrument else ""


def _tip(row: WatchRow) -> str:
    if row.problem:
        return row.problem
    if row.instrument is None:
        return f"{row.symbol}: looking it up"
    one = row.instrument
    where = f"{one.primary_exchange or one.exchange} · {one.currency} · {one.kind}"
    data = DATA_WORDS[row.quote.data_class][0] if row.quote else "no data yet"
    old = f", {age(row.age_s)} old" if row.age_s is not None else ""
    return f"{one.name or one.symbol}\n{where}\n{data}{old}"


def _data_token(row: WatchRow) -> str | None:
    return DATA_WORDS[row.quote.data_class][1] if row.quote else None


COLUMNS: tuple[Column[WatchRow], ...] = (
    Column[WatchRow](
        "symbol", "Symbol", lambda row: row.symbol, width=64, token=_stale_token, tip=_tip, detail=_name, stretch=True
    ),
    _money("last", "Last"),
    Column[WatchRow](
        "change", "Change", lambda row: row.change, percent, Style.NUMBER, 70, token=_change_token, tip=_tip,
        hint="Change from the last session's close",
    ),
    _money("bid", "Bid"),
    _money("ask", "Ask"),
    Column[WatchRow](
        "volume", "Volume", lambda row: row.quote.volume if row.quote else None, compact, Style.NUMBER, 72,
        token=_stale_token, tip=_tip,
    ),
    Column[WatchRow]("age", "Age", lambda row: row.age_s, age, Style.NUMBER, 52, token=_stale_token, hidden=True),
    Column[WatchRow](
        "data", "Data", lambda row: DATA_WORDS[row.quote.data_class][0] if row.quote else None, str, Style.BADGE, 80,
        token=_data_token, hidden=True,
    ),
)  # fmt: skip
FITTED = ("bid", "ask", "volume")
"""Columns that come and go with the width there is, the first to come first."""
_SYMBOL_ROOM = 84


class FittedColumns:
    """Shows bid, ask and volume as far as they fit, until a hand has chosen the columns itself."""

    def __init__(self, view: QTableView, theme: Theme) -> None:
        self._view, self._theme = view, theme
        self._places = {column.id: place for place, column in enumerate(COLUMNS)}
        self._done: list[bool] | None = None

    def fit(self, width: int) -> None:
        """Show what fits into a panel of this width."""
        if self._done is not None and self._hidden() != self._done:
            return
        room = width - self._theme.px(_SYMBOL_ROOM)
        room -= sum(self._view.columnWidth(self._places[key]) for key in ("last", "change"))
        for key in FITTED:
            room -= self._theme.px(COLUMNS[self._places[key]].width)
            self._view.setColumnHidden(self._places[key], room < 0)
        self._done = self._hidden()

    def _hidden(self) -> list[bool]:
        return [self._view.isColumnHidden(self._places[key]) for key in FITTED]
