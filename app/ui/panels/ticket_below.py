"""What stands below the ticket's fields: a refusal in one sentence, the last order as facts have it, the position."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.domain.instruments import Instrument
from app.domain.orders import OrderState
from app.services.desk import Review
from app.ui.handles import Handles
from app.ui.panels.ticket_cards import PositionCard, ProgressCard
from app.ui.panels.ticket_words import proposal_words
from app.ui.widgets.buttons import set_role


class TicketBelow(QWidget):
    """Follows the order that was sent last and what is held of the instrument on show."""

    close_wanted = Signal()

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h = handles
        self._sent: Review | None = None
        self.error = QLabel()
        self.progress, self.position = ProgressCard(handles.theme), PositionCard(handles.theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        set_role(self.error, role="error")
        self.error.setWordWrap(True)
        self.error.setObjectName("ticket.error")
        self.error.hide()
        for widget in (self.error, self.progress, self.position):
            column.addWidget(widget)
        self.progress.why_wanted.connect(self._trace)
        self.position.close_wanted.connect(self.close_wanted)

    def say(self, sentence: str) -> None:
        """Say in one sentence why nothing left; nothing takes it away."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def follow(self, review: Review) -> None:
        """Show what becomes of this order from now on."""
        self._sent = review
        self._show_progress(review)

    def forget_unwritten(self) -> None:
        """Follow an order no longer that was refused before it was written down."""
        if self._sent is not None and self._sent.intent.entry.ref not in self._h.facts.state.orders:
            self._sent = None
            self.progress.hide()

    def refresh(self, instrument: Instrument | None) -> None:
        """Bring both cards up to date."""
        if self._sent is not None:
            self._show_progress(self._sent)
        if instrument is not None:
            self._show_position(instrument)

    def _show_progress(self, sent: Review) -> None:
        state = self._h.facts.state
        words = proposal_words(sent.proposal, sent.intent.entry.quantity)
        order = state.orders.get(sent.intent.entry.ref)
        if order is None:
            self.progress.show_words(words, OrderState.INTENDED, "Being written down")
            return
        costs = [fill.commission for fill in state.fills_of(order.ref)]
        known = [cost for cost in costs if cost is not None]
        commission = sum(known, Decimal(0)) if known and len(known) == len(costs) else None
        self.progress.show_order(words, order, sent.proposal.instrument, commission)

    def _show_position(self, instrument: Instrument) -> None:
        account, con_id = self._h.session.view.account, instrument.con_id
        view = next((one for one in self._h.portfolio.positions(account) if one.position.con_id == con_id), None)
        if view is None:
            flat = self._h.facts.state.position(account, con_id)
            is_before_fees = flat is not None and flat.unpaid > 0
            self.position.show_nothing(
                instrument.symbol, flat.realized if flat else None, is_before_fees=is_before_fees
            )
            return
        figures = self._h.portfolio.figures(account)
        self.position.show_position(
            view.position,
            view.last,
            view.stop,
            instrument.decimals,
            base=figures.currency if figures else "",
            currency=instrument.currency,
        )

    def _trace(self) -> None:
        if self._sent is not None:
            self._h.selection.trace(self._sent.intent.entry.ref)
