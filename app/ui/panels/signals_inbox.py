"""The inbox: the signals that wait for an answer as cards, the newest first, those put aside at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import shiboken6
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout

from app.domain.errors import TapelineError
from app.domain.events import ClaimsChecked, ReadingTaken
from app.domain.signals import Signal as TradingSignal
from app.ui.handles import Handles
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.signals_card import THUMB, SignalCard
from app.ui.panels.signals_rows import SignalRow
from app.ui.panels.signals_thumbnail import thumbnail, up_to
from app.ui.widgets.buttons import set_role
from app.ui.widgets.states import Empty, Ready, StateOverlay

MOST_CARDS = 40
AT_ONCE = 2
"""How many cards are made in one turn of the loop: each takes some milliseconds to make and to style."""
BARS = 300


class InboxView(QFrame):
    """Cards in a column; the one with the focus is the one that acts mean."""

    approve_wanted = Signal(str)
    reject_wanted = Signal(str)
    snooze_wanted = Signal(str, object)
    wake_wanted = Signal(str)
    chosen_changed = Signal()

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h, self._words = handles, handles.language
        self.cards: dict[str, SignalCard] = {}
        self._order: list[str] = []
        self._shown: list[SignalRow] = []
        self._next = once(self, 0, self._lay)
        self._chosen = ""
        self._more = QLabel()
        self._column = QVBoxLayout()
        self._area = QScrollArea()
        self._build()
        self._overlay = StateOverlay(handles.theme, self)
        follow(self, handles.bus, ReadingTaken, self._reading_came)
        follow(self, handles.bus, ClaimsChecked, self._reading_came)
        handles.theme.changed.connect(self.rebuild)
        self.show_rows(())

    @property
    def chosen(self) -> SignalCard | None:
        """The card that keys and header acts mean: the focused one, else the first."""
        return self.cards.get(self._chosen) or next((self.cards[key] for key in self._order if key in self.cards), None)

    def show_rows(self, rows: Sequence[SignalRow]) -> None:
        """Show the open ones of these signals; a card stays while its row does."""
        now = self._h.clock.market()
        waiting = [row for row in rows if row.is_open]
        waiting.sort(key=lambda row: (row.signal.is_snoozed(now), -row.signal.raised.timestamp()))
        shown = waiting[:MOST_CARDS]
        keys = [str(row.signal.id) for row in shown]
        for key in [key for key in self.cards if key not in keys]:
            self._drop(key)
        self._order, self._shown = keys, shown
        self._lay()
        self._more.setVisible(len(waiting) > len(shown))
        self._more.setText(self._words("signals.more", shown=len(shown), total=len(waiting)))
        empty = Empty(self._words("signals.empty"), self._words("signals.run"), self._run)
        self._overlay.show_state(Ready() if shown else empty)
        self.chosen_changed.emit()

    def rebuild(self) -> None:
        """Make every card anew, in the theme and language as they are now."""
        for key in list(self.cards):
            self._drop(key)
        self.show_rows(self._shown)

    def count_down(self) -> None:
        """Bring the countdowns up to date."""
        for card in self.cards.values():
            card.count_down()

    def choose(self, signal: str) -> None:
        """Put the focus on one card."""
        card = self.cards.get(signal)
        if card is not None:
            self._chosen = signal
            card.setFocus()
            self._area.ensureWidgetVisible(card)
            self.chosen_changed.emit()

    def _build(self) -> None:
        set_role(self, role="panel")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inside = QFrame()
        set_role(inside, role="panel")
        inside.setLayout(self._column)
        self._column.setContentsMargins(8, 4, 8, 8)
        self._column.setSpacing(8)
        set_role(self._more, role="caption")
        self._column.addWidget(self._more)
        self._column.addStretch()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(inside)
        outer.addWidget(self._area)

    def _lay(self) -> None:
        """Put the cards in their order, making a few that are not there yet; the rest follow in the next turns."""
        made = 0
        for place, row in enumerate(self._shown):
            card = self.cards.get(str(row.signal.id))
            if card is not None and card.row == row:
                if self._column.indexOf(card) != place:
                    self._column.insertWidget(place, card)
                continue
            if made == AT_ONCE:
                self._next.start()
                return
            self._put(place, row)
            made += 1

    def _put(self, place: int, row: SignalRow) -> None:
        key = str(row.signal.id)
        card = self.cards.get(key)
        had_focus = card is not None and card.hasFocus()
        self._drop(key)
        card = self.cards[key] = SignalCard(self._h, row)
        card.chosen.connect(self._take)
        card.approve_wanted.connect(self.approve_wanted)
        card.reject_wanted.connect(self.reject_wanted)
        card.snooze_wanted.connect(self.snooze_wanted)
        card.wake_wanted.connect(self.wake_wanted)
        card.step_wanted.connect(partial(self._step, key))
        card.seen.connect(partial(self._fill, card))
        self._column.insertWidget(place, card)
        if had_focus:
            card.setFocus()

    def _drop(self, key: str) -> None:
        card = self.cards.pop(key, None)
        if card is not None:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _fill(self, card: SignalCard) -> None:
        signal = card.row.signal
        attempt(self._h, self._draw(signal), f"picture of {signal.analysis.symbol}", refused=card.say_no_thumbnail)
        attempt(self._h, self._look_up(signal), f"readings of {signal.analysis.symbol}", refused=lambda _: None)

    async def _draw(self, signal: TradingSignal) -> None:
        instrument = self._h.facts.state.instruments.get(signal.con_id)
        if instrument is None:
            return
        loaded = await self._h.market.load(instrument, signal.analysis.timeframe, BARS)
        bars = up_to(loaded.bars, signal.analysis.last_bar)
        card = self._card(signal)
        if card is not None and len(bars):
            size, ratio = THUMB * self._h.theme.scale, self.devicePixelRatioF()
            image = thumbnail(
                self._h.theme, self._words, self._h.studies, signal.analysis, instrument, bars,
                size.width(), size.height(), ratio,
            )  # fmt: skip
            card.show_thumbnail(image)
        await asyncio.sleep(0)  # a batch draws many: the window has its turn between them

    async def _look_up(self, signal: TradingSignal) -> None:
        try:
            readings = await self._h.readings.readings.of_run(str(signal.run))
        except TapelineError:
            readings = ()  # a damaged row is told by the log; the card stays of use without it
        card = self._card(signal)
        if card is not None:
            card.show_readings(readings, self._h.facts.state.checked)

    def _card(self, signal: TradingSignal) -> SignalCard | None:
        """Return a signal's card; none once the panel was made anew in another language while something was read."""
        return self.cards.get(str(signal.id)) if shiboken6.isValid(self) else None

    def _reading_came(self, fact: ReadingTaken | ClaimsChecked) -> None:
        for card in self.cards.values():
            if card.row.signal.run == fact.run:
                attempt(self._h, self._look_up(card.row.signal), "readings", refused=lambda _: None)

    def _take(self, key: str) -> None:
        self._chosen = key
        self.chosen_changed.emit()

    def _step(self, key: str, by: int) -> None:
        place = self._order.index(key) + by if key in self._order else -1
        if 0 <= place < len(self._order):
            self.choose(self._order[place])

    def _run(self) -> None:
        self._h.window.actions_.trigger("run_strategies")
