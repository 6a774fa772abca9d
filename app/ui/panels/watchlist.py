"""The watchlist: symbol search above, the prices of one list below; what is selected is what the window shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from app.domain.errors import TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.orders import Side
from app.services.market import PRACTICE_CON_IDS
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt
from app.ui.panels.watching import act_for
from app.ui.panels.watchlist_chooser import ListChooser
from app.ui.panels.watchlist_feed import WatchFeed
from app.ui.panels.watchlist_lists import Watchlists, symbols_in
from app.ui.panels.watchlist_rows import COLUMNS, DATA_WORDS, FittedColumns, WatchRow, symbol_of
from app.ui.panels.watchlist_search import SymbolSearch
from app.ui.selection import MAIN_GROUP
from app.ui.tables import Table, TableModel
from app.ui.widgets.badge import Badge
from app.ui.widgets.buttons import set_role
from app.ui.widgets.notices import Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty


class WatchlistPanel(PanelFrame):
    """Several lists of symbols, one at a time, with live prices."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "watchlist", "Watchlist", links=True)
        self._h = handles
        self.lists = Watchlists(handles.settings)
        self.search = SymbolSearch(handles)
        self.model: TableModel[WatchRow] = TableModel(COLUMNS, lambda row: row.entry, drag=lambda row: row.symbol)
        self.table = Table(
            handles.theme,
            self.model,
            name="Watchlist",
            empty=Empty("This list is empty: search a symbol above, or paste a list.", "Paste a list", self.paste),
        )
        self.feed = WatchFeed(handles, self)
        self._chooser = ListChooser(handles, self.lists)
        self._badge = Badge(handles.theme, outlined=True)
        self._note = QLabel()
        self._fitting = FittedColumns(self.table.view, handles.theme)
        self._is_following = False
        self._build()
        self._connect()
        self.set_link(MAIN_GROUP)
        self._open(is_new=True)

    # lists

    def add_symbol(self, instrument: Instrument, has_twins: bool = False) -> None:
        """Put an instrument at the end of the list, unless it is there, and show it."""
        entry = self.feed.entry_of(instrument.con_id)
        if entry is None:
            entry = f"{instrument.symbol}#{instrument.con_id}" if has_twins else instrument.symbol
            if not self._tried(lambda: self.lists.put((*self.lists.entries, entry))):
                return
            self.feed.adopt(entry, instrument)
            self._open()
        self._pick(instrument)

    def remove_selected(self) -> None:
        """Take the selected symbols off the list; the notice brings them back."""
        gone, before, name = [row.entry for row in self.table.selected_rows()], self.lists.entries, self.lists.shown
        if not gone:
            return
        self.lists.put(tuple(entry for entry in before if entry not in gone))
        self._open()
        words = ", ".join(symbol_of(entry) for entry in gone)
        self._h.window.notify(
            Notice(f"{words} left the list {name}.", at=self._h.clock.now(), action="Undo",
                   act=partial(self._bring_back, name, before))
        )  # fmt: skip

    def paste(self) -> None:
        """Add every symbol on the clipboard; what is none is named in one sentence."""
        symbols, wrong = symbols_in(QGuiApplication.clipboard().text())
        if not symbols:
            self.say("There are no symbols on the clipboard; copy a list such as “AAPL, MSFT, IBM” first.")
            return
        attempt(self._h, self._take_in(symbols, wrong), "paste a list", refused=self.say)

    def next(self) -> None:
        """Show the next symbol of the list, the first after the last."""
        count = self.model.rowCount()
        if count:
            self.table.view.selectRow((self.table.view.currentIndex().row() + 1) % count)

    def say(self, sentence: str) -> None:
        """Say something about the list below the search; nothing takes it away."""
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes the selected symbols off the list."""
        if event.key() == Qt.Key.Key_Delete:
            self.remove_selected()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many columns as there is room for."""
        super().resizeEvent(event)
        self._fitting.fit(self.width())

    # building

    def _build(self) -> None:
        top = QWidget()
        column, row = QVBoxLayout(top), QHBoxLayout()
        column.setContentsMargins(8, 6, 8, 4)
        column.setSpacing(4)
        set_role(self._note, role="warn")
        self._note.setWordWrap(True)
        self._note.setObjectName("watchlist.note")
        self._note.hide()
        row.addWidget(self._chooser)
        row.addStretch()
        row.addWidget(self._badge)
        column.addWidget(self.search)
        column.addLayout(row)
        column.addWidget(self._note)
        self.table.view.setObjectName("watchlist.table")
        self.table.view.verticalHeader().setVisible(False)
        self.add(top)
        self.add(self.table, 1)
        self.add_act("plus", "Add a symbol", self._focus_search)
        self.add_act("clipboard-paste", "Paste a list", self.paste, shortcut="Ctrl+V")
        self.setFocusProxy(self.table.view)

    def _connect(self) -> None:
        h, view = self._h, self.table.view
        self.search.taken.connect(self._take)
        self.feed.row_changed.connect(self.model.put)
        self.feed.row_changed.connect(self._show_data)
        self.feed.first_found.connect(self._pick_first)
        self.table.menu_wanted.connect(self._open_menu)
        self.table.activated.connect(lambda row: self._chart(row))
        view.selectionModel().currentRowChanged.connect(lambda now, _: self._chosen(now.row()))
        self._chooser.moved.connect(self._list_moved)
        self._chooser.refused.connect(self.say)
        self._chooser.paste_wanted.connect(self.paste)
        h.selection.picked.connect(self._picked)
        self.link_changed.connect(lambda _: self._mark_picked())
        act_for(self, h, "symbol_search", self._find)
        h.window.actions_.scope("next_symbol", view)
        act_for(self, h, "next_symbol", self.next)

    # what comes in

    def _open(self, *, is_new: bool = False) -> None:
        """Show the list that is chosen now."""
        entries = self.lists.entries
        self._chooser.refresh()
        self.feed.show(entries, is_new_list=is_new)
        self._is_following = True
        self.model.replace(self.feed.row(entry) for entry in entries)
        self._is_following = False
        self._mark_picked()
        self._show_data()
        first = self.feed.row(entries[0]).instrument if entries and is_new else None
        if first is not None:
            self._pick_first(first)

    def _list_moved(self, is_another: bool) -> None:
        self.say("")
        self._open(is_new=is_another)

    def _picked(self, group: int, instrument: Instrument) -> None:
        if group == self.link:
            self._mark_picked()

    def _mark_picked(self) -> None:
        """Select the line of what the link group shows, without picking it again."""
        shown = self._h.selection.instrument(self.link) if self.link else None
        entry = self.feed.entry_of(shown.con_id) if shown else None
        current = self.table.current_row()
        if entry is None or (current is not None and current.entry == entry and self.table.selected_rows()):
            return
        self._is_following = True
        self.table.select(entry)
        self._is_following = False

    def _pick_first(self, instrument: Instrument) -> None:
        """Open the window on the first symbol of the list, unless something of this gateway is shown already."""
        shown = self._h.selection.instrument(self.link or MAIN_GROUP)
        if shown is None:
            self._pick(instrument)
        elif (shown.con_id >= PRACTICE_CON_IDS) != (instrument.con_id >= PRACTICE_CON_IDS):
            attempt(self._h, self._show_again(shown), "show it here", refused=lambda _: self._pick(instrument))

    async def _show_again(self, shown: Instrument) -> None:
        """Show what was shown, as the gateway that is connected now knows it."""
        self._pick(await self._h.market.resolve(shown.symbol))

    def _show_data(self, _: object = None) -> None:
        quotes = [row.quote for row in self.model.rows() if row.quote is not None]
        classes = {quote.data_class for quote in quotes}
        words = [DATA_WORDS[each] for each in DATA_WORDS if each in classes]
        self._badge.set(" · ".join(text for text, _ in words), words[-1][1] if words else "text.faint")
        self._badge.setVisible(bool(words))

    # what hands do

    def _take(self, found: Instrument, has_twins: bool) -> None:
        """Add a listing that was found; a search tells too little of it to trade, so it is looked up first."""

        async def describe() -> None:
            self.add_symbol(await self._h.market.resolve(found.symbol, found.con_id), has_twins)

        attempt(self._h, describe(), f"add {found.symbol}", refused=self.say)

    def _chosen(self, row: int) -> None:
        if not self._is_following and 0 <= row < self.model.rowCount():
            instrument = self.model.row_at(row).instrument
            if instrument is not None:
                self._pick(instrument)

    def _pick(self, instrument: Instrument) -> None:
        self._h.selection.pick(instrument, self.link or MAIN_GROUP)

    def _open_menu(self, row: WatchRow | None, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row is not None:
            if row.instrument is not None:
                menu.addAction(say(f"Buy {row.symbol} …"), partial(self._trade, row.instrument, Side.BUY))
                menu.addAction(say(f"Sell {row.symbol} …"), partial(self._trade, row.instrument, Side.SELL))
                menu.addAction(say(f"Chart {row.symbol}"), partial(self._chart, row))
                menu.addSeparator()
            menu.addAction(say("Remove from the list\tDel"), self.remove_selected)
        menu.addAction(say("Paste a list\tCtrl+V"), self.paste)
        menu.popup(at)

    def _trade(self, instrument: Instrument, side: Side) -> None:
        self._pick(instrument)
        self._h.selection.price_wanted.emit(None, side.value)

    def _chart(self, row: WatchRow) -> None:
        if row.instrument is not None:
            self._pick(row.instrument)
            self._h.window.workspace.show("chart")

    def _find(self) -> None:
        self._h.window.workspace.show("watchlist")
        self._focus_search()

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    async def _take_in(self, symbols: tuple[str, ...], wrong: tuple[str, ...]) -> None:
        """Look pasted symbols up one by one, add those there are, and name the others."""
        name, found, unknown = self.lists.shown, list[str](), list(wrong)
        for place, symbol in enumerate(symbols):
            self.say(f"Looking up {place + 1} of {len(symbols)}: {symbol}")
            try:
                instrument = await self._h.market.resolve(symbol)
            except UserError:
                unknown.append(symbol)
                continue
            if self.feed.entry_of(instrument.con_id) is None:
                found.append(symbol)
        self.say(_unknown_words(unknown))
        if found and name == self.lists.shown:
            self.lists.put((*self.lists.entries, *found))
            self._open()

    def _bring_back(self, name: str, entries: tuple[str, ...]) -> None:
        self.lists.choose(name)
        self.lists.put(entries)
        self._open()

    def _tried(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except TapelineError as error:
            self.say(str(error))
            return False
        self.say("")
        return True


def _unknown_words(unknown: list[str]) -> str:
    if not unknown:
        return ""
    shown = ", ".join(unknown[:8]) + (f" and {len(unknown) - 8} more" if len(unknown) > 8 else "")
    return f"No single listing was found for {shown}; check the spelling, or search for the company's name."
