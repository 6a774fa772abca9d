"""Symbol search: a line that looks up listings as one types, and the list of what was found below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from app.domain.errors import TapelineError
from app.domain.instruments import Instrument
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import once
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role

WAIT_MS = 150
MOST = 12
WIDTH, LINE = 380, 28
_HAS_TWINS = Qt.ItemDataRole.UserRole + 1


class SymbolSearch(QLineEdit):
    """Finds listings by symbol or name; Enter or a click takes one."""

    taken = Signal(object, bool)
    """The listing that was chosen, and whether another one shares its symbol."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h = handles
        self._asked = 0
        self._enter_when_found = False
        self.list = FoundList(handles.theme, self)
        self._wait = once(self, WAIT_MS, self._ask)
        self.setPlaceholderText(say("Search symbol or name"))
        self.setAccessibleName(say("Symbol search"))
        self.setToolTip(say("Search a symbol or company (/)"))
        self._glass = self.addAction(handles.theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        handles.theme.changed.connect(self._tint)
        self.setObjectName("watchlist.search")
        set_role(self, role="compact")
        self.textEdited.connect(self._typed)
        self.list.chosen.connect(self._take)

    def _tint(self) -> None:
        self._glass.setIcon(self._h.theme.icon("search"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the list with the arrows, take with Enter, leave with Escape."""
        match event.key():
            case Qt.Key.Key_Down:
                self.list.move_mark(1)
            case Qt.Key.Key_Up:
                self.list.move_mark(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._enter()
            case Qt.Key.Key_Escape:
                self.leave()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the list when the hand goes elsewhere."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.list.hide()

    def leave(self) -> None:
        """Forget what was typed and close the list."""
        self._asked += 1
        self._wait.stop()
        self.clear()
        self.list.hide()

    def _typed(self, text: str) -> None:
        self._enter_when_found = False
        if text.strip():
            self._wait.start()
        else:
            self.leave()

    def _enter(self) -> None:
        """Take what is marked; before the answer is there, take its first line once it comes."""
        if self._wait.isActive() or (self.text().strip() and self.list.isHidden()):
            self._enter_when_found = True
            self._ask()
        else:
            self.list.take_marked()

    def _ask(self) -> None:
        self._wait.stop()
        self._asked += 1
        text = self.text().strip()
        if text:
            self._h.tasks.spawn(self._search(text, self._asked), name="symbol search")

    async def _search(self, text: str, asked: int) -> None:
        if not self.list.isVisible():
            self.list.say("Searching …")
        try:
            found = await self._h.market.search(text)
        except TapelineError as error:
            if asked == self._asked:
                self.list.say(str(error))
            return
        if asked != self._asked:
            return
        self.list.show_found(ranked(found, text)[:MOST], text)
        if self._enter_when_found:
            self._enter_when_found = False
            self.list.take_marked()

    def _take(self, instrument: Instrument, has_twins: bool) -> None:
        self.leave()
        self.taken.emit(instrument, has_twins)


class FoundList(QFrame):
    """The listings found, over the window, below the line they belong to."""

    chosen = Signal(object, bool)

    def __init__(self, theme: Theme, line: QLineEdit) -> None:
        super().__init__(line)
        self._theme, self._line = theme, line
        self._found: tuple[Instrument, ...] = ()
        self.lines, self._words = QListWidget(), QLabel()
        set_role(self, role="floating")
        set_role(self.lines, role="palette")
        set_role(self._words, role="muted")
        self._words.setContentsMargins(8, 6, 8, 6)
        self._words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.lines)
        column.addWidget(self._words)
        self.lines.setAccessibleName(say("Listings found"))
        self.lines.setObjectName("watchlist.found")
        self.lines.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines.setItemDelegate(_FoundLine(theme, self.lines))
        self.lines.itemClicked.connect(lambda _: self.take_marked())
        self.hide()

    @property
    def found(self) -> tuple[Instrument, ...]:
        """The listings on show."""
        return self._found

    def show_found(self, found: Sequence[Instrument], text: str) -> None:
        """List these; say so when there are none."""
        self._found = tuple(found)
        self.lines.clear()
        if not found:
            self.say(f"Nothing called “{text}” was found; check the spelling or try the company's name.")
            return
        for instrument in found:
            item = QListWidgetItem(line_words(instrument))
            item.setData(Qt.ItemDataRole.UserRole, instrument)
            item.setData(_HAS_TWINS, has_twins(instrument, found))
            item.setToolTip(line_words(instrument))
            self.lines.addItem(item)
        self.lines.setCurrentRow(0)
        self._words.hide()
        self.lines.show()
        self._place(len(found) * self._theme.px(LINE) + 10)

    def say(self, sentence: str) -> None:
        """Show a sentence instead of listings."""
        self._found = ()
        self.lines.hide()
        self._words.setText(sentence)
        self._words.show()
        self._place(self._theme.px(48))

    def move_mark(self, way: int) -> None:
        """Mark the next line, round the ends."""
        if self.isVisible() and self._found:
            self.lines.setCurrentRow((self.lines.currentRow() + way) % len(self._found))

    def take_marked(self) -> None:
        """Choose the marked line."""
        row = self.lines.currentRow()
        if self.isVisible() and 0 <= row < len(self._found):
            instrument = self._found[row]
            self.chosen.emit(instrument, has_twins(instrument, self._found))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close with a window that changes its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Hide):
            self.hide()
        return False

    def _place(self, height: int) -> None:
        window = self._line.window()
        if self.parentWidget() is not window:
            self.setParent(window)
            window.installEventFilter(self)
        corner = self._line.mapTo(window, QPoint(0, self._line.height() + 2))
        width = min(self._theme.px(WIDTH), window.width() - corner.x() - 8)
        self.setGeometry(corner.x(), corner.y(), width, min(height, window.height() - corner.y() - 8))
        self.show()
        self.raise_()


class _FoundLine(QStyledItemDelegate):
    """One listing: symbol, name, and on the right where it trades, in what and what it is."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return one line's room."""
        return QSize(self._theme.px(120), self._theme.px(LINE))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the line; the name is cut where the listing begins."""
        instrument: Instrument = index.data(Qt.ItemDataRole.UserRole)
        theme, rect = self._theme, QRect(option.rect)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            is_marked = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(rect, theme.colour("accent", 32) if is_marked else theme.colour("line"))
        room, middle = rect.adjusted(8, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(12, 600))
        painter.setPen(theme.colour("text"))
        painter.drawText(room, middle, instrument.symbol)
        left = room.left() + max(painter.fontMetrics().horizontalAdvance(instrument.symbol) + 8, theme.px(56))
        painter.setFont(theme.font(11))
        where = place_words(instrument)
        painter.setPen(theme.colour("warn" if index.data(_HAS_TWINS) else "text.muted"))
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, where)
        right = room.right() - painter.fontMetrics().horizontalAdvance(where) - 8
        name = painter.fontMetrics().elidedText(instrument.name, Qt.TextElideMode.ElideRight, max(0, right - left))
        painter.setPen(theme.colour("text"))
        painter.drawText(QRect(left, room.top(), max(0, right - left), room.height()), middle, name)


def ranked(found: Sequence[Instrument], text: str) -> list[Instrument]:
    """Return the listings with the very symbol first, then symbols that begin so, in the order they came."""
    wanted = text.strip().upper()
    return sorted(found, key=lambda one: (one.symbol != wanted, not one.symbol.startswith(wanted)))


def has_twins(instrument: Instrument, found: Sequence[Instrument]) -> bool:
    """Say whether another listing there has the same symbol: exchange and currency tell them apart."""
    return sum(one.symbol == instrument.symbol for one in found) > 1


def place_words(instrument: Instrument) -> str:
    """Return where a listing trades: “NASDAQ · USD · stock”."""
    return f"{instrument.primary_exchange or instrument.exchange} · {instrument.currency} · {instrument.kind}"


def line_words(instrument: Instrument) -> str:
    """Return a listing in words."""
    return f"{instrument.symbol}  {instrument.name}  {place_words(instrument)}"
