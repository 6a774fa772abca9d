"""What a ticket fills in by itself: prices, size and bracket until they are touched; and what the terms come to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject

from app.domain.bars import Timeframe
from app.domain.errors import TapelineError
from app.domain.instruments import Instrument
from app.domain.orders import Side
from app.domain.quotes import Quote
from app.ui.binding import display_zone
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt
from app.ui.panels.ticket_conflicts import Surroundings, conflicts, why_shut
from app.ui.panels.ticket_fields import FURTHER
from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_preview import PreviewCard, Reckoned, figures
from app.ui.panels.ticket_problems import problems_of
from app.ui.panels.ticket_proposed import (
    PROTECTION_PERCENT,
    Means,
    bracket_prices,
    following_price,
    near_price,
    proposed,
    usual_quantity,
)
from app.ui.panels.ticket_terms import Entry, Kind, Lot, SizeBy, Terms
from app.ui.panels.ticket_whatif import WhatIfs
from app.ui.panels.watching import at_its_end
from app.ui.widgets.format import number, percent, quantity

ATR_BARS = 60


class Filling(QObject):
    """Keeps the untouched fields of one form, and the preview, in step with the market and the account."""

    def __init__(
        self, handles: Handles, form: TicketForm, preview: PreviewCard, lot: Callable[[Side], Lot],
        filled: Callable[[], object],
    ) -> None:  # fmt: skip
        """Fill `form`; `lot` says whose share an order for a side is against, `filled` is called after each time."""
        super().__init__(form)
        self._h, self._form, self._preview, self._lot, self._filled = handles, form, preview, lot, filled
        self._instrument: Instrument | None = None
        self._atr: float | None = None
        self._sized_for: tuple[object, ...] | None = None
        self.what_ifs = WhatIfs(handles, self, self.refresh)
        self.is_paused = False
        form.context = self._context
        at_its_end(form, self._leave)

    def begin(self, instrument: Instrument) -> None:
        """Fill the form for an instrument."""
        self._instrument, self._atr, self._sized_for = instrument, None, None
        most = Decimal(self._h.settings.current.limits.max_quantity)
        self._form.show_instrument(instrument, most, lambda: display_zone(self._h))
        self.load_atr()
        self.refresh()

    def anew(self) -> None:
        """Fill everything in again, as after an order was sent."""
        self._sized_for = None
        self._form.forget()
        self.refresh()

    def load_atr(self) -> None:
        """Have the daily range known that a bracket starts from and distances are measured in."""
        if self._instrument is not None and self._atr is None:
            attempt(self._h, self._load_atr(self._instrument), "range of the ticket", refused=self._no_atr)

    def refresh(self) -> None:
        """Fill in what is not touched and say what the terms come to."""
        terms = self._form.terms()
        if terms is None or self.is_paused:
            return
        quote = self._h.market.quote(terms.instrument.con_id)
        self._fill_prices(terms, quote)
        self._fill_size(quote)
        self._fill_bracket()
        self._form.show_problems()
        self._tell(quote)
        self._filled()

    def reckoned(self, terms: Terms) -> Decimal | None:
        """Return how many these terms trade, by risk as the desk would find it; None while that is unknown."""
        if terms.size_by is not SizeBy.RISK:
            return terms.count
        try:
            return None if problems_of(terms) else self._h.desk.size(terms.proposal("estimate")).quantity
        except TapelineError:
            return None

    def _leave(self) -> None:
        """Let what still comes in meet no form that is gone."""
        self._instrument = None
        self.is_paused = True
        self.what_ifs.leave()

    # filling in

    def _context(self, side: Side) -> tuple[Lot, Decimal | None, datetime | None]:
        """Return what terms know beside the fields: the lot they are against, what they would meet, the time."""
        con_id = self._instrument.con_id if self._instrument else None
        quote = self._h.market.quote(con_id) if con_id is not None else None
        return self._lot(side), near_price(quote, side), self._h.clock.market()

    def _fill_prices(self, terms: Terms, quote: Quote | None) -> None:
        """Fill the type's own prices in: a limit follows the market, a trigger is a decision and stays once set."""
        numbers = self._form.numbers
        if terms.kind in (Kind.LIMIT, Kind.LIMIT_ON_CLOSE) or (terms.kind is Kind.STOP and terms.price.value is None):
            price = following_price(terms.instrument, terms.side, terms.kind, quote)
            if terms.has_pair and terms.kind is Kind.LIMIT:
                price = proposed(replace(terms, other_kind=Kind.LIMIT), Entry.OTHER)
            numbers.fill(Entry.PRICE, price)
        for entry in (*FURTHER, Entry.OTHER):
            is_shown = numbers.prices[entry].isVisibleTo(self._form)
            if is_shown and (entry is Entry.START or numbers.written(entry).value is None):
                numbers.fill(entry, proposed(self._form.terms() or terms, entry))
        if terms.kind is Kind.STOP_LIMIT:
            numbers.fill(Entry.PRICE, proposed(self._form.terms() or terms, Entry.PRICE))

    def _fill_size(self, quote: Quote | None) -> None:
        """Propose a size once a side, instrument and way to size, so that it does not move with every tick."""
        terms = self._form.terms()
        if terms is None:
            return
        means, by = self._means(terms.instrument), terms.size_by
        if by is SizeBy.CLOSE:
            self._form.numbers.fill(Entry.QUANTITY, abs(terms.lot.held) if terms.is_against else None)
            return
        now = (terms.instrument.con_id, terms.side, by, terms.lot.owner, means.equity is not None and quote is not None)
        if now == self._sized_for:
            return
        self._form.numbers.fill(Entry.QUANTITY, self._usual(terms, means, quote))
        self._sized_for = now

    def _usual(self, terms: Terms, means: Means, quote: Quote | None) -> Decimal | None:
        if terms.size_by is SizeBy.RISK:
            return self._h.settings.current.limits.risk_percent
        price = terms.reckoned or following_price(terms.instrument, terms.side, Kind.LIMIT, quote)
        if terms.lot.owner is not None and terms.is_against:
            means = replace(means, held=terms.lot.held)
        count = usual_quantity(terms.instrument, terms.side, price, means)
        if terms.size_by is SizeBy.QUANTITY or price is None:
            return count if terms.size_by is SizeBy.QUANTITY else None
        return Decimal(round(terms.instrument.value(price, count), -2))

    def _fill_bracket(self) -> None:
        terms = self._form.terms()
        if terms is None or not terms.bracketed:
            return
        prices = bracket_prices(terms.instrument, terms.side, terms.reckoned or terms.near, self._atr)
        if prices is not None:
            self._form.numbers.fill(Entry.STOP, prices[0])
            self._form.numbers.fill(Entry.TARGET, prices[1])

    def _means(self, instrument: Instrument) -> Means:
        account = self._h.session.view.account
        figures_ = self._h.portfolio.figures(account)
        position = self._h.facts.state.position(account, instrument.con_id)
        limits = self._h.settings.current.limits
        return Means(
            equity=figures_.net_liquidation if figures_ else None,
            available=figures_.available_funds if figures_ else None,
            exposure=self._h.portfolio.exposure(account),
            held=position.quantity if position else Decimal(0),
            fx=self._h.portfolio.fx(instrument.currency, account),
            position_percent=limits.position_percent,
            exposure_warn_percent=limits.exposure_warn_percent,
            max_quantity=Decimal(limits.max_quantity),
            buying_power=figures_.buying_power if figures_ else None,
            currency=figures_.currency if figures_ else "",
        )

    # telling

    def _tell(self, quote: Quote | None) -> None:
        terms = self._form.terms()
        if terms is None:
            return
        count, means = self.reckoned(terms), self._means(terms.instrument)
        is_sound = not problems_of(terms)
        self.what_ifs.want(terms if is_sound else None, count, frozenset(self._form.numbers.touched))
        self._form.quantity_hint.setText(self._size_words(terms, count, means))
        self._form.price_hint.setText(self._price_words(terms, quote))
        zone, answer = display_zone(self._h), self.what_ifs.answer
        self._preview.show_figures(figures(Reckoned(terms, count, means, quote, answer, self._atr, zone)))
        self._preview.show_notes(conflicts(terms, count, self._surroundings(terms, quote)))

    def _surroundings(self, terms: Terms, quote: Quote | None) -> Surroundings:
        account, con_id = self._h.session.view.account, terms.instrument.con_id
        orders = self._h.facts.state.orders.values()
        mine = [order for order in orders if order.con_id == con_id and order.account == account]
        companions = self._h.closing.lots.companions(terms.lot.owner, terms.instrument) if terms.reduces else []
        return Surroundings(
            orders=mine,
            companions=companions,
            quote=quote,
            tick_age_s=self._h.market.tick_age_s(con_id),
            most_age_s=self._h.settings.current.limits.tick_age_s,
            account=account,
            whole=self._means(terms.instrument).held,
            shut=why_shut(self._h.session.view),
        )

    def _size_words(self, terms: Terms, count: Decimal | None, means: Means) -> str:
        if terms.size_by is SizeBy.RISK:
            return f"{quantity(count)} {terms.instrument.symbol}"
        if terms.size_by is SizeBy.MONEY:
            return f"buys {quantity(count)}" if terms.side is Side.BUY else f"sells {quantity(count)}"
        if terms.is_against and terms.count == abs(terms.lot.held):
            return "all that is held"
        return f"{quantity(means.held, signed=True)} held" if means.held else ""

    def _price_words(self, terms: Terms, quote: Quote | None) -> str:
        last = quote.last if quote else None
        is_following = terms.kind is Kind.LIMIT and not self._form.is_touched(Entry.PRICE) and not terms.has_pair
        if is_following and terms.price.value is not None:
            side = "ask" if terms.side is Side.BUY else "bid"
            sign = "+" if terms.side is Side.BUY else "−"
            return f"{side} {sign} {number(PROTECTION_PERCENT, 2)} %, fills at once"
        if terms.price.value is None or not last:
            return ""
        away = float(terms.price.value) / last - 1
        return f"{percent(abs(away), signed=False)} {'above' if away > 0 else 'below'} last" if away else "at the last"

    async def _load_atr(self, instrument: Instrument) -> None:
        loaded = await self._h.market.load(instrument, Timeframe.D1, ATR_BARS)
        columns = self._h.studies.compute("atr", loaded.bars.closed_only)
        newest = float(columns.lines[0].values[-1]) if columns.lines else math.nan
        if instrument is self._instrument and math.isfinite(newest):
            self._atr = newest
            self._form.risk.hide()
            self.refresh()

    def _no_atr(self, why: str) -> None:
        self._form.risk.setText(say("No daily range is known: enter stop and target."))
        self._form.risk.setToolTip(why)
        self._form.risk.setVisible(self._form.bracket.isChecked())
