"""The head of the ticket: which listing it is, its last price, and bid and ask to take a price from."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.instruments import Instrument
from app.domain.quotes import Quote
from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import UNKNOWN, age, compact, percent, tone
from app.ui.widgets.format import price as price_text
from app.ui.widgets.plain import keep_plain, plain_tip

STALE_S = 5.0


class TicketHead(QWidget):
    """Symbol, name, last and change on one line; bid and ask below, each a button."""

    price_taken = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._instrument: Instrument | None = None
        self._quote: Quote | None = None
        self.symbol, self.name, self.last, self.change = (QLabel() for _ in range(4))
        keep_plain(self.symbol, self.name)
        self.bid, self.ask = QPushButton(), QPushButton()
        self._build()

    def show_instrument(self, instrument: Instrument) -> None:
        """Name another listing; its quote is unknown until one comes."""
        self._instrument = instrument
        self.symbol.setText(instrument.symbol)
        where = f"{instrument.primary_exchange or instrument.exchange} · {instrument.currency}"
        self.symbol.setToolTip(plain_tip(f"{instrument.name or instrument.symbol}\n{where} · {instrument.kind}"))
        self._write_name()
        self.show_quote(None, None)

    def show_quote(self, quote: Quote | None, tick_age_s: float | None) -> None:
        """Show what the market says; grey with its age when that is old."""
        self._quote = quote
        decimals = self._instrument.decimals if self._instrument else 2
        is_stale = tick_age_s is not None and tick_age_s > STALE_S
        last = quote.last if quote else None
        change = quote.change_percent if quote else None
        self._say(self.last, price_text(last, decimals))
        self._say(self.change, percent(None if change is None else change / 100))
        colour = tone(change)
        set_role(self.change, tone=colour if colour in ("up", "down") and not is_stale else "")
        set_role(self.last, tone="stale" if is_stale else "")
        self.last.setToolTip(say(f"Last price, {age(tick_age_s)} old" if tick_age_s is not None else "No price yet"))
        bid, ask = (quote.bid, quote.ask) if quote else (None, None)
        self._offer(self.bid, "Bid", bid, quote.bid_size if quote else None, decimals)
        self._offer(self.ask, "Ask", ask, quote.ask_size if quote else None, decimals)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the name to the room there is."""
        super().resizeEvent(event)
        self._write_name()

    def _write_name(self) -> None:
        if self._instrument is None:
            return
        taken = sum(label.sizeHint().width() for label in (self.symbol, self.last, self.change)) + 28
        metrics = QFontMetrics(self._theme.font(11))
        room = max(0, self.width() - taken)
        self.name.setText(metrics.elidedText(self._instrument.name, Qt.TextElideMode.ElideRight, room))
        self.name.setToolTip(self._instrument.name)

    def _offer(self, button: QPushButton, name: str, value: float | None, size: float | None, decimals: int) -> None:
        words = f"{name}  {price_text(value, decimals)}"
        if value is not None and size:
            words += f"  ×{compact(size)}"
        if button.text() != words:
            button.setText(words)
            button.setAccessibleName(say(f"Take the {name.lower()} {price_text(value, decimals)} as price"))
        button.setEnabled(value is not None)

    def _say(self, label: QLabel, words: str) -> None:
        if label.text() != words:
            label.setText(words)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        line, quotes = QHBoxLayout(), QHBoxLayout()
        line.setSpacing(6)
        quotes.setSpacing(8)
        for label, role in (
            (self.symbol, "number"), (self.name, "caption"), (self.last, "number"), (self.change, "caption"),
        ):  # fmt: skip
            set_role(label, role=role)
        line.addWidget(self.symbol)
        line.addWidget(self.name, 1)
        line.addWidget(self.last)
        line.addWidget(self.change)
        self.name.setMinimumWidth(0)
        for button, name in ((self.bid, "Bid"), (self.ask, "Ask")):
            set_role(button, role="quote")
            button.setToolTip(say(f"Take the {name.lower()} as price"))
            button.setAutoDefault(False)
            quotes.addWidget(button, 1)
        self.bid.clicked.connect(lambda: self._take(self._quote.bid if self._quote else None))
        self.ask.clicked.connect(lambda: self._take(self._quote.ask if self._quote else None))
        self.symbol.setText(UNKNOWN)
        column.addLayout(line)
        column.addLayout(quotes)
        self._offer(self.bid, "Bid", None, None, 2)
        self._offer(self.ask, "Ask", None, None, 2)

    def _take(self, value: float | None) -> None:
        if value is not None:
            self.price_taken.emit(value)
