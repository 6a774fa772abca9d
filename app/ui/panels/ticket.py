"""The order ticket: fields, review and confirmation in one place, with what became of it and what is held below."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedWidget, QVBoxLayout

from app.domain.broker import AccountFigures
from app.domain.events import Event
from app.domain.instruments import Instrument
from app.domain.orders import Order, OrderState, Side, limit_price
from app.domain.quotes import Quote
from app.domain.signals import SignalId
from app.services.desk import Proposal, Review
from app.services.session import SessionView
from app.ui.handles import Handles
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.positions_close import close_position
from app.ui.panels.ticket_acts import Phase, TicketActs, reducing_orders
from app.ui.panels.ticket_cards import PositionCard, ProgressCard
from app.ui.panels.ticket_filling import Filling
from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_head import TicketHead
from app.ui.panels.ticket_review import ReviewPage
from app.ui.panels.ticket_terms import Entry, Kind, proposal_words
from app.ui.panels.watching import Watching
from app.ui.selection import MAIN_GROUP
from app.ui.tables.model import SYMBOL_MIME
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import quantity
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty, Ready

REFRESH_MS = 250
FACTS_MS = 33
COMPACT_BELOW = 460


class TicketPanel(PanelFrame):
    """Buy or sell what the link group shows; two gestures, each of which says what it does."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "ticket", "Ticket", links=True)
        self._h = handles
        self.acts = TicketActs(handles, self)
        self.head, self.form = TicketHead(handles.theme), TicketForm(handles.theme)
        self.review = ReviewPage(handles.theme)
        self.progress, self.position = ProgressCard(handles.theme), PositionCard(handles.theme)
        self._error = QLabel()
        self._pages = QStackedWidget()
        self._filling = Filling(handles, self.form)
        self._watching = Watching(handles)
        self._instrument: Instrument | None = None
        self._signal: SignalId | None = None
        self._sent: Review | None = None
        self._market = once(self, REFRESH_MS, self._refresh)
        self._facts = once(self, FACTS_MS, self._show_facts)
        self._build()
        self._connect()
        self.set_link(MAIN_GROUP)
        self.show_state(Empty("Pick an instrument in the watchlist to trade it."))
        shown = handles.selection.instrument(MAIN_GROUP)
        if shown is not None:
            self.show_instrument(shown)

    def show_instrument(self, instrument: Instrument) -> None:
        """Trade another instrument from now on; what was being written or reviewed is dropped."""
        if self._instrument is not None and instrument.con_id == self._instrument.con_id:
            return
        self._detach()
        self._instrument = instrument
        self._watching.watch(instrument)
        self.head.show_instrument(instrument)
        self._filling.begin(instrument)
        self.show_state(Ready())
        self._refresh()
        self._show_facts()

    def open_for_signal(self, signal_id: str) -> None:
        """Show the reviewed order of a signal that waits for a person."""
        signal = self._h.facts.state.signals.get(SignalId(signal_id))
        if signal is None:
            return
        self._h.selection.pick(self._h.facts.state.instruments[signal.con_id], self.link or MAIN_GROUP)
        self._h.window.workspace.show("ticket")
        self._signal = signal.id
        self.form.lock(True)
        self._filling.is_paused = True
        self.acts.review_signal(signal.id)

    def begin(self, side: Side, price: float | None) -> None:
        """Start an order on a side, at a price where one was pointed at."""
        self._h.window.workspace.show("ticket")
        self._detach()
        self.form.set_side(side)
        if price is not None:
            self._take_price(price)
        self.form.act.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the review, or lets the fields follow the market again."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.acts.phase is Phase.WRITING and self._signal is None:
            self._filling.anew()
        else:
            self._detach()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a symbol."""
        if event.mimeData().hasFormat(SYMBOL_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Trade the symbol that was dropped."""
        symbol = bytes(event.mimeData().data(SYMBOL_MIME).data()).decode()
        attempt(self._h, self._resolve(symbol), "drop on the ticket", refused=self._say)
        event.acceptProposedAction()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is little room."""
        super().resizeEvent(event)
        is_low = self.height() < self.theme.px(COMPACT_BELOW)
        self.position.set_compact(is_low)
        self.form.set_compact(is_low)

    # building

    def _build(self) -> None:
        writing, inside = QScrollArea(), QFrame()
        set_role(inside, role="panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        set_role(self._error, role="error")
        self._error.setWordWrap(True)
        self._error.setObjectName("ticket.error")
        self._error.hide()
        for widget in (self.form, self._error, self.progress, self.position):
            column.addWidget(widget)
        column.addStretch()
        writing.setWidget(inside)
        writing.setWidgetResizable(True)
        writing.setFrameShape(QFrame.Shape.NoFrame)
        writing.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        writing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pages.addWidget(writing)
        self._pages.addWidget(self.review)
        self.body.setContentsMargins(8, 6, 8, 8)
        self.body.setSpacing(8)
        self.add(self.head)
        self.add(self._pages, 1)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.form.side)

    def _connect(self) -> None:
        h, form, acts = self._h, self.form, self.acts
        h.selection.picked.connect(self._picked)
        h.selection.price_wanted.connect(lambda price, side: self.begin(Side(side), price))
        h.selection.approval_wanted.connect(self.open_for_signal)
        self.link_changed.connect(self._follow_link)
        follow(self, h.bus, Quote, self._quote_came)
        follow(self, h.bus, Event, lambda _: self._wake(self._facts))
        follow(self, h.bus, AccountFigures, lambda _: self._wake(self._market))
        follow(self, h.bus, SessionView, lambda _: self._wake(self._market))
        form.edited.connect(self._edited)
        form.side_chosen.connect(self._filling.anew)
        form.kind_chosen.connect(self._filling.refresh)
        form.bracket_switched.connect(lambda on: self._filling.load_atr() if on else None)
        form.submitted.connect(self._act)
        self.head.price_taken.connect(self._take_price)
        self.position.close_wanted.connect(self._close)
        self.progress.why_wanted.connect(self._trace)
        acts.moved.connect(self._phase_moved)
        acts.refused.connect(self._refused)
        acts.doubted.connect(self._say)
        acts.sent.connect(self._was_sent)
        acts.many_lots.connect(self._close_lots)
        self.review.confirmed.connect(self._confirm)
        self.review.left.connect(self._detach)
        h.window.actions_.scope("transmit", self)
        h.window.actions_.action("transmit").setAutoRepeat(False)
        h.window.actions_.on("transmit", self._transmit)

    # what comes in

    def _picked(self, group: int, instrument: Instrument) -> None:
        if group == self.link:
            self.show_instrument(instrument)

    def _follow_link(self, group: int) -> None:
        shown = self._h.selection.instrument(group)
        if shown is not None:
            self.show_instrument(shown)

    def _quote_came(self, quote: Quote) -> None:
        if self._instrument is not None and quote.con_id == self._instrument.con_id:
            self._wake(self._market)

    def _wake(self, timer: QTimer) -> None:
        if not timer.isActive():
            timer.start()

    def _refresh(self) -> None:
        """Bring what the market moves up to date."""
        if self._instrument is None:
            return
        con_id = self._instrument.con_id
        self.head.show_quote(self._h.market.quote(con_id), self._h.market.tick_age_s(con_id))
        self._filling.refresh()
        self._show_act()
        self._show_position()
        self._market.start()

    def _show_facts(self) -> None:
        """Bring what became true on the screen."""
        self._show_position()
        if self._sent is not None:
            self._show_progress(self._sent)

    def _show_position(self) -> None:
        if self._instrument is None:
            return
        account, con_id = self._h.session.view.account, self._instrument.con_id
        view = next((one for one in self._h.portfolio.positions(account) if one.position.con_id == con_id), None)
        if view is None:
            flat = self._h.facts.state.position(account, con_id)
            self.position.show_nothing(self._instrument.symbol, flat.realized if flat else None)
            return
        figures = self._h.portfolio.figures(account)
        self.position.show_position(
            view.position, view.last, view.stop, self._instrument.decimals,
            base=figures.currency if figures else "", currency=self._instrument.currency,
        )  # fmt: skip

    def _show_progress(self, sent: Review) -> None:
        state = self._h.facts.state
        words = proposal_words(sent.proposal, sent.intent.entry.quantity)
        order = state.orders.get(sent.intent.entry.ref)
        if order is None:
            self.progress.show_words(words, OrderState.INTENDED, "Being written down")
            return
        costs = [fill.commission for fill in state.fills.values() if fill.ref == order.ref]
        known = [cost for cost in costs if cost is not None]
        commission = sum(known, Decimal(0)) if known and len(known) == len(costs) else None
        self.progress.show_order(words, order, sent.proposal.instrument, commission)

    # what hands do

    def _edited(self) -> None:
        self._say("")
        self._filling.refresh()
        self._show_act()

    def _show_act(self) -> None:
        terms = self.form.terms()
        is_free = self.acts.phase is Phase.WRITING
        text = "Reviewing …" if self.acts.phase is Phase.REVIEWING else terms.act() if terms else "Buy"
        self.form.show_act(text, enabled=is_free and terms is not None)

    def _act(self) -> None:
        self._say("")
        if self._signal is not None:
            self.acts.review_signal(self._signal)
            return
        terms = self.form.terms()
        problems = self.form.show_problems(all_of_them=True)
        if terms is None or problems:
            if problems:
                self.form.fields()[problems[0].entry].setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.acts.review(terms)

    def _transmit(self) -> None:
        """Do what the primary button of the page on show does."""
        button = self.review.confirm if self._pages.currentWidget() is self.review else self.form.act
        if button.isEnabled():
            button.click()

    def _confirm(self) -> None:
        if self.acts.held is not None:
            self._sent = self.acts.held
            self.acts.confirm()

    def _close(self) -> None:
        if self._instrument is None:
            return
        self._say("")
        self.acts.review_close(self._instrument)

    def _close_lots(self, instrument: Instrument) -> None:
        attempt(self._h, close_position(self._h, instrument), "close the position", refused=self._say)

    def _take_price(self, price: float) -> None:
        if self._instrument is not None and self._signal is None:
            if self.form.kind.value() == Kind.MARKET:
                self.form.set_kind(Kind.LIMIT)
            self.form.put(Entry.PRICE, self._instrument.round_to_tick(Decimal(str(price))))

    def _detach(self) -> None:
        """Leave the review and what a signal proposed; the fields are the hand's own again."""
        self.acts.drop()
        if self._signal is not None:
            self._signal = None
            self.form.lock(False)
            self._filling.is_paused = False
            self._filling.anew()

    def _trace(self) -> None:
        if self._sent is not None:
            self._h.selection.trace(self._sent.intent.entry.ref)

    async def _resolve(self, symbol: str) -> None:
        self._h.selection.pick(await self._h.market.resolve(symbol), self.link or MAIN_GROUP)

    # what the desk says

    def _phase_moved(self) -> None:
        held = self.acts.held
        match self.acts.phase:
            case Phase.REVIEWED if held is not None and self.acts.outlived:
                self.review.hold_back("The review is a minute old; go back and review it again.", is_error=True)
            case Phase.REVIEWED if held is not None:
                self._fill_from(held.proposal)
                self.review.show_review(held, self._note(held))
            case Phase.SENDING:
                self.review.sending()
            case Phase.WRITING | Phase.REVIEWING:
                self.review.clear()
        is_reviewed = self.acts.phase in (Phase.REVIEWED, Phase.SENDING)
        was_reviewed = self._pages.currentWidget() is self.review
        self._filling.is_paused = is_reviewed or self._signal is not None
        self._pages.setCurrentIndex(1 if is_reviewed else 0)
        self._show_act()
        if was_reviewed and not is_reviewed:
            self.form.act.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill_from(self, proposal: Proposal) -> None:
        """Show in the fields what a signal proposes."""
        if proposal.signal is None:
            return
        self.form.set_kind(Kind.LIMIT)
        self.form.set_side(proposal.side)
        self.form.bracket.setChecked(True)
        limit = limit_price(proposal.type)
        for entry, value in ((Entry.PRICE, limit), (Entry.STOP, proposal.stop), (Entry.TARGET, proposal.target)):
            if value is not None:
                self.form.put(entry, value)

    def _note(self, review: Review) -> str:
        """Say whose order it is, and what happens to stop and target that work already."""
        notes = []
        if review.proposal.signal is not None and review.proposal.strategy is not None:
            notes.append(f"A signal of {review.proposal.strategy.name}.")
        working = reducing_orders(self._h.facts.state, review)
        if self.acts.close is not None:
            children = list(self.acts.close.children)
            notes += [f"First cancels {_names(children)}, then closes."] if children else []
        elif working:
            notes.append(f"{_names(working).capitalize()} keep working; Close takes them off with the position.")
        return " ".join(notes)

    def _refused(self, why: str) -> None:
        if self._sent is not None and self._sent.intent.entry.ref not in self._h.facts.state.orders:
            self._sent = None
        self._say(why)

    def _was_sent(self, review: Review) -> None:
        self._sent = review
        self._signal = None
        self.form.lock(False)
        self._filling.is_paused = False
        self._filling.anew()
        self._show_facts()

    def _say(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))


def _names(orders: list[Order]) -> str:
    """Return orders in words: “the stop for 53 at 180.20 and the target for 53 at 195.00”."""
    words = [
        f"the {order.role} for {quantity(order.remaining)} at {order.stop if order.stop is not None else order.limit}"
        for order in orders
    ]
    return " and ".join(words)
