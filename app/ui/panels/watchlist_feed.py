"""What stands behind a watchlist's lines: each entry looked up, each instrument watched, whatever the session does."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import Retryable, TapelineError
from app.domain.instruments import ConId, Instrument
from app.domain.quotes import Quote
from app.services.session import SessionView
from app.ui.handles import Handles
from app.ui.panels.following import follow
from app.ui.panels.watching import at_its_end, let_go
from app.ui.panels.watchlist_rows import STALE_S, WatchRow, con_id_of, symbol_of

AGES_MS = 1000


class WatchFeed(QObject):
    """Looks entries up one after another and tells a row whenever its instrument or quote has changed."""

    row_changed = Signal(object)
    first_found = Signal(object)
    """The instrument of the first entry of a list that was just opened."""

    def __init__(self, handles: Handles, parent: QObject) -> None:
        super().__init__(parent)
        self._h = handles
        self._entries: tuple[str, ...] = ()
        self._found: dict[str, Instrument] = {}
        self._by_id: dict[ConId, str] = {}
        self._problems: dict[str, str] = {}
        self._is_looking = self._has_told_first = False
        self._source = handles.market.source
        follow(self, handles.bus, Quote, self._quote_came)
        follow(self, handles.bus, SessionView, self._session_moved)
        self._ages = QTimer(self)
        self._ages.setInterval(AGES_MS)
        self._ages.timeout.connect(self._grow_old)
        self._ages.start()
        at_its_end(self, partial(_let_all_go, handles, self._found))

    def show(self, entries: tuple[str, ...], *, is_new_list: bool) -> None:
        """Watch these entries and no others."""
        gone = [entry for entry in self._found if entry not in entries]
        for entry in gone:
            self._let_go(entry)
        self._entries = entries
        self._problems = {entry: why for entry, why in self._problems.items() if entry in entries}
        self._has_told_first = self._has_told_first and not is_new_list
        self._look()

    def adopt(self, entry: str, instrument: Instrument) -> None:
        """Take an instrument that is known already for an entry."""
        if entry not in self._found:
            self._problems.pop(entry, None)
            self._found[entry] = instrument
            self._by_id[instrument.con_id] = entry
            self._h.tasks.spawn(self._watch(instrument), name=f"watch {instrument.symbol}")

    def entry_of(self, con_id: ConId) -> str | None:
        """Return the entry that shows an instrument."""
        return self._by_id.get(con_id)

    def row(self, entry: str) -> WatchRow:
        """Return an entry as it stands now."""
        instrument = self._found.get(entry)
        quote = self._h.market.quote(instrument.con_id) if instrument else None
        old = self._h.market.tick_age_s(instrument.con_id) if instrument else None
        return WatchRow(entry, instrument, quote, old, self._problems.get(entry, ""))

    def _session_moved(self, view: SessionView) -> None:
        """Look again; behind another gateway the same symbols are other instruments."""
        if view.is_ready and self._h.market.source is not self._source:
            self._source = self._h.market.source
            self._problems.clear()
            self._has_told_first = False
            for entry in list(self._found):
                self._let_go(entry)
        self._look()

    def _look(self) -> None:
        if not self._is_looking and self._missing():
            self._is_looking = True
            self._h.tasks.spawn(self._look_up(), name="watchlist")

    def _missing(self) -> list[str]:
        return [entry for entry in self._entries if entry not in self._found and entry not in self._problems]

    async def _look_up(self) -> None:
        try:
            while missing := self._missing():
                await self._find(missing[0])
        except Retryable:
            return  # the next change of the session looks again
        finally:
            self._is_looking = False

    async def _find(self, entry: str) -> None:
        number = con_id_of(entry)
        try:
            instrument = await self._h.market.resolve(symbol_of(entry), ConId(number) if number else None)
        except Retryable:
            raise
        except TapelineError as error:
            self._problems[entry] = str(error)
            self.row_changed.emit(self.row(entry))
            return
        if entry in self._entries:
            self.adopt(entry, instrument)
            self.row_changed.emit(self.row(entry))
            self._tell_first(instrument)

    def _tell_first(self, instrument: Instrument) -> None:
        if not self._has_told_first:
            self._has_told_first = True
            self.first_found.emit(instrument)

    async def _watch(self, instrument: Instrument) -> None:
        try:
            await self._h.market.watch(instrument)
        except TapelineError:
            return  # the market service asks again with the next connection

    def _let_go(self, entry: str) -> None:
        instrument = self._found.pop(entry)
        self._by_id.pop(instrument.con_id, None)
        let_go(self._h, instrument)

    def _quote_came(self, quote: Quote) -> None:
        entry = self._by_id.get(quote.con_id)
        if entry is not None:
            self.row_changed.emit(self.row(entry))

    def _grow_old(self) -> None:
        """Tell the rows whose ticks stopped coming, and go on telling their age."""
        for entry, instrument in self._found.items():
            old = self._h.market.tick_age_s(instrument.con_id)
            if old is not None and old > STALE_S:
                self.row_changed.emit(self.row(entry))


def _let_all_go(handles: Handles, found: dict[str, Instrument]) -> None:
    for instrument in found.values():
        let_go(handles, instrument)
