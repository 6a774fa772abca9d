"""The order book in the ticket: rows of bid and ask to take a price from, folded away until they are wanted.

Where the gateway shows no depth, the best bid and ask stand there, and the caption says why there is no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.domain.instruments import Instrument
from app.domain.quotes import Book, Level, Quote
from app.ui.binding import DATA_WORDS
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import is_looping, once
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.format import age, compact
from app.ui.widgets.format import price as price_text

ROWS = 5
ROW_PX = 20
STALE_S = 5.0
SHOW_MS = 100
BID, ASK = "bid", "ask"


@dataclass(frozen=True, slots=True)
class Rows:
    """What a ladder shows: the best price first on each side; `is_stale` greys it."""

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    decimals: int = 2
    is_stale: bool = False

    def side(self, name: str) -> tuple[Level, ...]:
        """Return the rows of one side."""
        return self.bids if name == BID else self.asks

    def words(self) -> str:
        """Say the best prices, for who cannot see them."""
        best = [
            f"{name} {price_text(level.price, self.decimals)} for {compact(level.size)}"
            for name in (BID, ASK)
            for level in self.side(name)[:1]
        ]
        return ", ".join(best) or "no prices yet"


class Ladder(QWidget):
    """Sizes and prices of both sides; a click, or Enter on the row that the arrows chose, takes a price."""

    price_taken = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows = Rows()
        self._at: tuple[str, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("ticket.book")
        self.setAccessibleName(say("Order book"))

    def show_rows(self, rows: Rows) -> None:
        """Show other rows."""
        if rows != self.rows:
            self.rows = rows
            self.setAccessibleDescription(rows.words())
            self.update()

    def sizeHint(self) -> QSize:
        """Return the room that all rows take."""
        return QSize(self._theme.px(200), self._theme.px(ROW_PX) * ROWS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the rows with the arrows; Enter or Space takes the price."""
        side, row = self._at or (ASK, 0)
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self._take(side, row)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self._point(BID if event.key() == Qt.Key.Key_Left else ASK, row)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                step = -1 if event.key() == Qt.Key.Key_Up else 1
                self._point(side, min(max(0, row + step), max(0, len(self.rows.side(side)) - 1)))
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the price that is pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._take(*self._under(event.position().toPoint().x(), event.position().toPoint().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark the row under the pointer and say what a click does."""
        side, row = self._under(event.position().toPoint().x(), event.position().toPoint().y())
        self._point(side, row)
        levels = self.rows.side(side)
        self.setToolTip(self._tip(levels[row], side) if row < len(levels) else "")

    def enterEvent(self, event: QEnterEvent) -> None:
        """Begin to mark rows."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Mark none any more, unless the keyboard is here."""
        if not self.hasFocus():
            self._at = None
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin at the best ask."""
        super().focusInEvent(event)
        self._at = self._at or (ASK, 0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mark none any more."""
        super().focusOutEvent(event)
        self._at = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint sizes outside, prices inside, a bar as long as the size behind each."""
        painter = QPainter(self)
        painter.setFont(self._theme.font(12))
        most = max((level.size for level in (*self.rows.bids, *self.rows.asks)), default=0.0) or 1.0
        for side in (BID, ASK):
            for row, level in enumerate(self.rows.side(side)[:ROWS]):
                self._paint_row(painter, side, row, level, level.size / most)
        if self.hasFocus():
            painter.setPen(self._theme.colour("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_row(self, painter: QPainter, side: str, row: int, level: Level, share: float) -> None:
        cell, is_bid, theme = self._cell(side, row), side == BID, self._theme
        if self._at == (side, row) and (self.hasFocus() or self.underMouse()):
            painter.fillRect(cell, theme.colour("accent", 18))
        token = "text.faint" if self.rows.is_stale else "up" if is_bid else "down"
        bar = QRect(cell)
        bar.setWidth(round(cell.width() * share))
        if is_bid:
            bar.moveRight(cell.right())
        painter.fillRect(bar.adjusted(0, 1, 0, -1), theme.colour(token, 14))
        inside = cell.adjusted(6, 0, -6, 0)
        outer, inner = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour("text.faint" if self.rows.is_stale else "text.muted"))
        painter.drawText(inside, (outer if is_bid else inner) | middle, compact(level.size))
        painter.setPen(theme.colour("text.faint" if self.rows.is_stale else "text"))
        painter.drawText(inside, (inner if is_bid else outer) | middle, price_text(level.price, self.rows.decimals))

    def _cell(self, side: str, row: int) -> QRect:
        height, half = self._theme.px(ROW_PX), self.width() // 2
        return QRect(0 if side == BID else half, row * height, half, height)

    def _under(self, x: int, y: int) -> tuple[str, int]:
        return (BID if x < self.width() // 2 else ASK), max(0, y // self._theme.px(ROW_PX))

    def _point(self, side: str, row: int) -> None:
        if self._at != (side, row):
            self._at = (side, row)
            self.update()

    def _take(self, side: str, row: int) -> None:
        levels = self.rows.side(side)
        if row < len(levels):
            self.price_taken.emit(levels[row].price)

    def _tip(self, level: Level, side: str) -> str:
        where = f" at {level.place}" if level.place else ""
        price = price_text(level.price, self.rows.decimals)
        return f"Take the {side} {price} as price: {compact(level.size)}{where}"


class TicketBook(QWidget):
    """A line that opens the ladder, with its source and age; the book is asked for only while it is seen."""

    price_taken = Signal(float)

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h = handles
        self.fold, self.caption, self.ladder = QPushButton(say("Book")), ElidedLabel(""), Ladder(handles.theme)
        self._instrument: Instrument | None = None
        self._book: Book | None = None
        self._stop: Callable[[], None] | None = None
        self._soon = once(self, SHOW_MS, self.refresh)
        self._build()
        self.open(handles.settings.current.ticket_book)

    def begin(self, instrument: Instrument) -> None:
        """Show the book of another instrument."""
        self._let_go()
        self._instrument = instrument
        self._look()

    def open(self, on: bool) -> None:
        """Unfold or fold the ladder."""
        self.fold.setChecked(on)
        self._point()
        self.ladder.setVisible(on)
        self._look() if on else self._let_go()
        self.refresh()

    def refresh(self) -> None:
        """Show the newest rows, their source and their age."""
        if self._instrument is None or not self.fold.isChecked():
            self._say("")
            return
        con_id = self._instrument.con_id
        quote, book = self._h.market.quote(con_id), self._book
        has_depth = book is not None and not book.why and bool(book.bids or book.asks)
        if book is not None and has_depth:
            seconds: float | None = self._h.clock.monotonic() - book.arrived
            bids, asks, words = book.bids, book.asks, say(DATA_WORDS[book.data_class][0])
        else:
            seconds = self._h.market.tick_age_s(con_id)
            bids, asks = best_of(quote)
            words = say(f"best only · {say(DATA_WORDS[quote.data_class][0])}" if quote else "no prices yet")
        is_stale = seconds is None or (self._h.market.tick_age_s(con_id) or 0.0) > STALE_S
        self.ladder.show_rows(Rows(bids, asks, self._instrument.decimals, is_stale))
        self._say(f"{words} · {age(seconds)}" if bids or asks else words, book.why if book and not has_depth else "")

    def showEvent(self, event: object) -> None:
        """Ask for the book once it is seen."""
        self._look()

    def hideEvent(self, event: object) -> None:
        """Let the book go: a gateway gives few at once."""
        self._let_go()

    def _build(self) -> None:
        column, line = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        line.setSpacing(6)
        self.fold.setCheckable(True)
        self.fold.setAutoDefault(False)
        self.fold.setToolTip(say("Show the order book: a click on a price puts it into the price field"))
        self.fold.setAccessibleName(say("Order book"))
        self.fold.setObjectName("ticket.book.fold")
        set_role(self.fold, role="fold")
        set_role(self.caption, role="caption")
        self.caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.fold)
        line.addWidget(self.caption, 1)
        column.addLayout(line)
        column.addWidget(self.ladder)
        self.fold.clicked.connect(self._switched)
        self._h.theme.changed.connect(self._point)
        self.ladder.price_taken.connect(self.price_taken)

    def _point(self) -> None:
        icon = "chevron-down" if self.fold.isChecked() else "chevron-right"
        self.fold.setIcon(self._h.theme.icon(icon, size=12))

    def _switched(self, on: bool) -> None:
        self._h.settings.change(ticket_book=on)
        self.open(on)

    def _look(self) -> None:
        is_wanted = self.fold.isChecked() and self.isVisible() and is_looping()
        if is_wanted and self._stop is None and self._instrument is not None:
            self._stop = self._h.market.books.follow(self._instrument, ROWS, self._heard)

    def _let_go(self) -> None:
        self._book = None
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _heard(self, book: Book) -> None:
        self._book = book
        if not self._soon.isActive():
            self._soon.start()

    def _say(self, words: str, why: str = "") -> None:
        self.caption.setText(words)
        self.caption.setToolTip(f"{words}\n{why}" if why else words)


def best_of(quote: Quote | None) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Return the best bid and ask of a quote as the first row of each side, nothing where they are unknown."""
    if quote is None:
        return (), ()
    bids = (Level(quote.bid, quote.bid_size or 0.0),) if quote.bid is not None else ()
    asks = (Level(quote.ask, quote.ask_size or 0.0),) if quote.ask is not None else ()
    return bids, asks
