"""The order ticket: fields, review and confirmation in one place, with what became of it and what is held below."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QScrollArea, QStackedWidget, QVBoxLayout

from app.domain.broker import AccountFigures
from app.domain.events import Event
from app.domain.instruments import Instrument
from app.domain.orders import Order, Side, limit_price
from app.domain.quotes import Quote
from app.domain.signals import SignalId
from app.services.desk import Proposal, Review
from app.services.session import SessionView
from app.ui.handles import Handles
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.positions_close import close_position
from app.ui.panels.symbol_drops import SymbolDrops
from app.ui.panels.ticket_acts import Phase, TicketActs
from app.ui.panels.ticket_below import TicketBelow
from app.ui.panels.ticket_book import TicketBook
from app.ui.panels.ticket_conflicts import why_shut
from app.ui.panels.ticket_copy import fill_like
from app.ui.panels.ticket_filling import Filling
from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_head import TicketHead
from app.ui.panels.ticket_lots import LotChoice
from app.ui.panels.ticket_plan import TicketPlan
from app.ui.panels.ticket_presets import Presets
from app.ui.panels.ticket_preview import PreviewCard
from app.ui.panels.ticket_problems import problems_of
from app.ui.panels.ticket_review import ReviewPage
from app.ui.panels.ticket_terms import Entry, Kind, entries_of
from app.ui.panels.watching import Watching, act_for
from app.ui.selection import MAIN_GROUP
from app.ui.widgets.ask import Choice, ask_text
from app.ui.widgets.buttons import set_role
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty, Ready

REFRESH_MS = 250
FACTS_MS = 33
AGES_MS = 1000
COMPACT_BELOW = 460
OVERRIDE = Choice("override", "Override for this order", "danger")
BUSY = {Phase.REVIEWING: "Reviewing …", Phase.SENDING: "Sending …"}


class TicketPanel(PanelFrame):
    """Buy or sell what the link group shows; two gestures, each of which says what it does."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "ticket", "Ticket", links=True)
        self._h = handles
        self.acts = TicketActs(handles, self)
        self.head, self.form = TicketHead(handles.theme), TicketForm(handles.theme)
        self.book = TicketBook(handles)
        self.review, self.below = ReviewPage(handles.theme), TicketBelow(handles)
        self._pages, self.preview, self.lots = QStackedWidget(), PreviewCard(handles.theme), LotChoice(handles)
        self._filling = Filling(
            handles, self.form, self.preview, lambda side: self.lots.lot(self._instrument, side), self._show_act
        )
        self._plan = TicketPlan(handles.selection, self.form, self._back_to_writing)
        self._watching = Watching(handles, self)
        self._instrument: Instrument | None = None
        self._returns_focus = False
        self._market = once(self, REFRESH_MS, self._refresh)
        self._facts = once(self, FACTS_MS, lambda: self.below.refresh(self._instrument))
        self._ages = QTimer(self)
        self._ages.setInterval(AGES_MS)
        self._ages.timeout.connect(self._show_quote)
        self._ages.start()
        self._presets = Presets(handles, self.form, QMenu(self))
        self._build()
        self._connect()
        self.show_state(Empty("Pick an instrument in the watchlist to trade it."))
        self.set_link(MAIN_GROUP)
        shown = handles.selection.instrument(MAIN_GROUP)
        if shown is not None:
            self.show_instrument(shown)

    def show_instrument(self, instrument: Instrument) -> None:
        """Trade another instrument from now on; what was being written or reviewed is dropped."""
        if self._instrument is not None and instrument.con_id == self._instrument.con_id:
            return
        self.acts.drop()
        self._instrument = instrument
        self._watching.watch(instrument)
        self.head.show_instrument(instrument)
        self.book.begin(instrument)
        self._filling.begin(instrument)
        self._presets.begin(instrument.kind)
        self.show_state(Ready())
        self._refresh()

    def open_for_signal(self, signal_id: str) -> None:
        """Show the reviewed order of a signal that waits for a person; leaving it leaves the fields filled in."""
        signal = self._h.facts.state.signals.get(SignalId(signal_id))
        if signal is None:
            return
        instrument = self._h.facts.state.instruments[signal.con_id]
        self._h.selection.pick(instrument, self.link or MAIN_GROUP)
        self.show_instrument(instrument)
        self._h.window.workspace.show("ticket")
        self.below.say("")
        self.acts.drop()
        self.acts.review_signal(signal.id)

    def begin(self, side: Side, price: float | None) -> None:
        """Start an order on a side, at a price where one was pointed at."""
        self._h.window.workspace.show("ticket")
        self.acts.drop()
        self.form.set_side(side)
        if price is not None:
            self._take_price(price)
        self.form.act.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def begin_like(self, order: Order) -> None:
        """Start an order as another one was."""
        instrument = self._h.facts.state.instruments.get(order.con_id)
        if instrument is None:
            return
        self._h.selection.pick(instrument, self.link or MAIN_GROUP)
        self.show_instrument(instrument)
        self._h.window.workspace.show("ticket")
        self.acts.drop()
        self.below.say(fill_like(self.form, order))
        self.form.act.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the review, or lets the fields follow the market again."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.acts.phase is Phase.WRITING:
            self._filling.anew()
            self.below.say("")
        else:
            self.acts.drop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is little room."""
        super().resizeEvent(event)
        is_low = self.height() < self.theme.px(COMPACT_BELOW)
        self.below.position.set_compact(is_low)
        self.form.set_compact(is_low)

    # building

    def _build(self) -> None:
        writing, inside = QScrollArea(), QFrame()
        set_role(inside, role="panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.book)
        column.addWidget(self.form)
        column.addWidget(self.lots)
        column.addWidget(self.preview)
        column.addWidget(self.below)
        column.addStretch()
        writing.setWidget(inside)
        writing.setWidgetResizable(True)
        writing.setFrameShape(QFrame.Shape.NoFrame)
        writing.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        writing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QFrame()
        set_role(page, role="panel")
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(writing, 1)
        whole.addWidget(self.form.act)
        self._pages.addWidget(page)
        self._pages.addWidget(self.review)
        self.body.setContentsMargins(8, 6, 8, 8)
        self.body.setSpacing(8)
        self.add(self.head)
        self.add(self._pages, 1)
        presets = self.add_act("sliders-horizontal", "Presets", lambda: None)
        presets.setMenu(self._presets.menu)
        SymbolDrops(self, self._dropped)
        self.setFocusProxy(self.form.side)

    def _connect(self) -> None:
        self._follow_what_is_true()
        form, acts = self.form, self.acts
        form.edited.connect(self._edited)
        form.side_chosen.connect(self._filling.anew)
        form.bracket_switched.connect(lambda on: self._filling.load_atr() if on else None)
        self.lots.chosen.connect(lambda _: self._filling.anew())
        form.submitted.connect(self._act)
        self.head.price_taken.connect(self._take_price)
        self.book.price_taken.connect(self._take_price)
        self.below.close_wanted.connect(self._close)
        self.review.confirmed.connect(acts.confirm)
        self.review.left.connect(acts.drop)
        self.review.renewed.connect(acts.renew)
        self.review.answered_for.connect(self._override)
        acts.moved.connect(self._phase_moved)
        acts.refused.connect(self._refused)
        acts.doubted.connect(self.below.say)
        acts.sent.connect(self._was_sent)
        acts.many_lots.connect(self._close_lots)

    def _follow_what_is_true(self) -> None:
        h = self._h
        h.selection.picked.connect(self._picked)
        h.selection.price_wanted.connect(self._price_wanted)
        h.selection.copy_wanted.connect(self.begin_like)
        h.selection.approval_wanted.connect(self.open_for_signal)
        self.link_changed.connect(self._follow_link)
        follow(self, h.bus, Quote, self._quote_came)
        follow(self, h.bus, Event, lambda _: _wake(self._facts))
        follow(self, h.bus, AccountFigures, lambda _: _wake(self._market))
        follow(self, h.bus, SessionView, lambda _: _wake(self._market))
        h.window.actions_.scope("transmit", self)
        h.window.actions_.action("transmit").setAutoRepeat(False)
        act_for(self, h, "transmit", self._transmit)

    # what comes in

    def _picked(self, group: int, instrument: Instrument) -> None:
        if group == self.link:
            self.show_instrument(instrument)

    def _price_wanted(self, price: float | None, side: str) -> None:
        self.begin(Side(side), price)

    def _follow_link(self, group: int) -> None:
        shown = self._h.selection.instrument(group)
        if shown is not None:
            self.show_instrument(shown)

    def _quote_came(self, quote: Quote) -> None:
        if self._instrument is not None and quote.con_id == self._instrument.con_id:
            _wake(self._market)

    def _refresh(self) -> None:
        """Bring what the market moves up to date; a review that it has left behind must be renewed."""
        self._show_quote()
        if why := self.acts.check_stale():
            self.review.hold_back(why)
        self._filling.refresh()
        self.below.refresh(self._instrument)

    def _show_quote(self) -> None:
        if self._instrument is not None:
            con_id = self._instrument.con_id
            self.head.show_quote(self._h.market.quote(con_id), self._h.market.tick_age_s(con_id))
            self.book.refresh()

    # what hands do

    def _edited(self) -> None:
        self.below.say("")
        self._filling.refresh()

    def _show_act(self) -> None:
        terms = self.form.terms()
        text = BUSY.get(self.acts.phase) or (terms.act(problems_of(terms)) if terms else "Buy")
        shut = why_shut(self._h.session.view)
        self.form.show_act(text, enabled=self.acts.phase is Phase.WRITING and terms is not None and not shut, why=shut)
        self._plan.tell()

    def _back_to_writing(self) -> None:
        """Leave a review: what it reviewed is about to change."""
        if self.acts.phase is Phase.REVIEWED:
            self.acts.drop()

    def _act(self) -> None:
        """Have the order reviewed, or show what is wrong with it."""
        self.below.say("")
        terms = self.form.terms()
        problems = self.form.show_problems(all_of_them=True)
        if problems:
            self.form.fields().get(problems[0].entry, self.form.ends).setFocus(Qt.FocusReason.OtherFocusReason)
        elif terms is not None:
            self._filling.what_ifs.stop()
            self.acts.review(terms)

    def _transmit(self) -> None:
        """Do what the primary button of the page on show does."""
        button = self.review.confirm if self._pages.currentWidget() is self.review else self.form.act
        if button.isEnabled():
            button.click()

    def _override(self) -> None:
        attempt(self._h, self._answer_for(), "override a refusal")

    async def _answer_for(self) -> None:
        """Ask for the reason, then have exactly this order's refusals answered for."""
        held = self.acts.held
        if held is None:
            return
        reason = await ask_text(self._h.theme, self._h.window, "Override what refuses?", held.why_not, OVERRIDE)
        if reason and self.acts.held is held:
            await self.acts.override(reason)

    def _close(self) -> None:
        if self._instrument is not None:
            self.below.say("")
            self.acts.review_close(self._instrument)

    def _close_lots(self, instrument: Instrument) -> None:
        attempt(self._h, close_position(self._h, instrument), "close the position", refused=self.below.say)

    def _take_price(self, price: float) -> None:
        """Put a price that was pointed at into the price field that a hand was in last, else into the order's own."""
        if self._instrument is None:
            return
        numbers, entry = self.form.numbers, self.form.numbers.focused
        if entry is None or not numbers.prices[entry].isVisible() or not numbers.prices[entry].isEnabled():
            entry = Entry.PRICE
        if entry is Entry.PRICE and Entry.PRICE not in entries_of(Kind(self.form.kind.value())):
            self.form.set_kind(Kind.LIMIT)
        self.form.put(entry, self._instrument.round_to_tick(Decimal(str(price))))

    def _dropped(self, symbol: str) -> None:
        attempt(self._h, self._resolve(symbol), "drop on the ticket", refused=self.below.say)

    async def _resolve(self, symbol: str) -> None:
        self._h.selection.pick(await self._h.market.resolve(symbol), self.link or MAIN_GROUP)

    # what the desk says

    def _phase_moved(self) -> None:
        held, phase = self.acts.held, self.acts.phase
        if held is None or phase is Phase.SENDING:
            self.review.clear()
        elif why := self.acts.check_stale():
            self.review.hold_back(why)
        else:
            self._fill_from(held.proposal)
            self.review.show_review(held, self.acts.note(held))
        if held is not None and phase is Phase.SENDING:
            self.below.follow(held)
        self._show_page(is_review=phase is Phase.REVIEWED)

    def _show_page(self, *, is_review: bool) -> None:
        if not is_review and self._pages.currentWidget() is self.review:
            focused = QApplication.focusWidget()
            self._returns_focus = focused is not None and self.isAncestorOf(focused)
        self._filling.is_paused = is_review
        self._pages.setCurrentIndex(int(is_review))
        self._show_act()
        if self._returns_focus and self.form.act.isEnabled():
            self._returns_focus = False
            self.form.act.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill_from(self, proposal: Proposal) -> None:
        """Show in the fields what a signal proposes, so that going back leaves them filled in."""
        if proposal.signal is None:
            return
        self.form.set_kind(Kind.LIMIT)
        self.form.set_side(proposal.side)
        self.form.bracket.setChecked(True)
        limit = limit_price(proposal.type)
        for entry, value in ((Entry.PRICE, limit), (Entry.STOP, proposal.stop), (Entry.TARGET, proposal.target)):
            if value is not None:
                self.form.put(entry, value)

    def _refused(self, why: str) -> None:
        self.below.forget_unwritten()
        self.below.say(why)

    def _was_sent(self, review: Review) -> None:
        self.below.follow(review)
        self._filling.anew()


def _wake(timer: QTimer) -> None:
    if not timer.isActive():
        timer.start()
