"""What a ticket fills in by itself: price, quantity and bracket until they are touched, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from app.domain.bars import Timeframe
from app.domain.errors import TapelineError
from app.domain.instruments import Instrument
from app.domain.orders import Side
from app.domain.quotes import Quote
from app.ui.handles import Handles
from app.ui.panels.following import attempt
from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_terms import (
    PROTECTION_PERCENT,
    Entry,
    Kind,
    Means,
    Terms,
    bracket_prices,
    following_price,
    usual_quantity,
)
from app.ui.widgets.format import money, number, percent, quantity

ATR_BARS = 60


class Filling:
    """Keeps the untouched fields of one form in step with the market and the account."""

    def __init__(self, handles: Handles, form: TicketForm, filled: Callable[[], object]) -> None:
        """Fill `form`; `filled` is called whenever something may have changed in it."""
        self._h, self._form, self._filled = handles, form, filled
        self._instrument: Instrument | None = None
        self._atr: float | None = None
        self._sized_for: tuple[int, Side, bool] | None = None
        self.is_paused = False

    def begin(self, instrument: Instrument) -> None:
        """Fill the form for an instrument."""
        self._instrument, self._atr, self._sized_for = instrument, None, None
        self._form.show_instrument(instrument, Decimal(self._h.settings.current.limits.max_quantity))
        if self._form.bracket.isChecked():
            self.load_atr()
        self.refresh()

    def anew(self) -> None:
        """Fill everything in again, as after an order was sent."""
        self._sized_for = None
        self._form.forget()
        self.refresh()

    def load_atr(self) -> None:
        """Have the daily range known that a bracket starts from."""
        if self._instrument is not None and self._atr is None:
            attempt(self._h, self._load_atr(self._instrument), "range of the ticket", refused=self._no_atr)

    def refresh(self) -> None:
        """Fill in what is not touched and say what the terms come to."""
        terms = self._form.terms()
        if terms is None or self.is_paused:
            return
        quote = self._h.market.quote(terms.instrument.con_id)
        self._fill_price(terms, quote)
        self._fill_quantity(terms, quote)
        self._fill_bracket(quote)
        self._form.show_problems()
        self._tell(quote)
        self._filled()

    def _fill_price(self, terms: Terms, quote: Quote | None) -> None:
        if terms.kind is Kind.MARKET:
            return
        if terms.kind is Kind.STOP and terms.price.value is not None:
            return  # a trigger is a decision: it starts near the market and then stays
        self._form.fill(Entry.PRICE, following_price(terms.instrument, terms.side, terms.kind, quote))

    def _fill_quantity(self, terms: Terms, quote: Quote | None) -> None:
        """Propose a quantity once a side and instrument, so that it does not move with every tick."""
        means = self._means(terms.instrument)
        now = (terms.instrument.con_id, terms.side, means.equity is not None and quote is not None)
        if terms.by_risk or now == self._sized_for:
            return
        price = terms.price.value or following_price(terms.instrument, terms.side, Kind.LIMIT, quote)
        self._form.fill(Entry.QUANTITY, usual_quantity(terms.instrument, terms.side, price, means))
        self._sized_for = now

    def _fill_bracket(self, quote: Quote | None) -> None:
        terms = self._form.terms()
        if terms is None or not terms.has_bracket:
            return
        near = terms.price.value or following_price(terms.instrument, terms.side, Kind.LIMIT, quote)
        prices = bracket_prices(terms.instrument, terms.side, near, self._atr)
        if prices is not None:
            self._form.fill(Entry.STOP, prices[0])
            self._form.fill(Entry.TARGET, prices[1])

    def _means(self, instrument: Instrument) -> Means:
        account = self._h.session.view.account
        figures = self._h.portfolio.figures(account)
        position = self._h.facts.state.position(account, instrument.con_id)
        limits = self._h.settings.current.limits
        return Means(
            equity=figures.net_liquidation if figures else None,
            available=figures.available_funds if figures else None,
            exposure=self._h.portfolio.exposure(account),
            held=position.quantity if position else Decimal(0),
            fx=self._h.portfolio.fx(instrument.currency, account),
            position_percent=limits.position_percent,
            exposure_warn_percent=limits.exposure_warn_percent,
            max_quantity=Decimal(limits.max_quantity),
        )

    def _tell(self, quote: Quote | None) -> None:
        terms = self._form.terms()
        if terms is None:
            return
        size = self._size(terms)
        self._form.quantity_hint.setText(self._quantity_words(terms, size))
        self._form.price_hint.setText(self._price_words(terms, quote))
        count = size if terms.by_risk else terms.quantity.value
        self._form.cost.setText(self._cost_words(terms, count, quote))
        self._form.risk.setText(_risk_words(terms, count) if terms.has_bracket else "")

    def _size(self, terms: Terms) -> Decimal | None:
        if not terms.by_risk or terms.problems():
            return None
        try:
            return self._h.desk.size(terms.proposal("estimate")).quantity
        except TapelineError:
            return None

    def _quantity_words(self, terms: Terms, size: Decimal | None) -> str:
        if terms.by_risk:
            risked = percent(self._h.settings.current.limits.risk_percent / 100, signed=False)
            return f"{quantity(size)} at {risked} risk"
        means = self._means(terms.instrument)
        if means.held * terms.side.sign < 0 and terms.quantity.value == abs(means.held):
            return "all that is held"
        return f"{quantity(means.held, signed=True)} held" if means.held else ""

    def _price_words(self, terms: Terms, quote: Quote | None) -> str:
        last = quote.last if quote else None
        if terms.kind is Kind.LIMIT and not self._form.is_touched(Entry.PRICE) and terms.price.value is not None:
            side = "ask" if terms.side is Side.BUY else "bid"
            sign = "+" if terms.side is Side.BUY else "−"
            return f"{side} {sign} {number(PROTECTION_PERCENT, 2)} %, fills at once"
        if terms.price.value is None or not last:
            return ""
        away = float(terms.price.value) / last - 1
        return f"{percent(abs(away), signed=False)} {'above' if away > 0 else 'below'} last" if away else "at the last"

    def _cost_words(self, terms: Terms, count: Decimal | None, quote: Quote | None) -> str:
        price = terms.price.value
        if terms.kind is Kind.MARKET:
            price = following_price(terms.instrument, terms.side, Kind.LIMIT, quote)
        if price is None or count is None or not count.is_finite() or abs(count) > terms.max_quantity:
            return ""
        value = terms.instrument.value(price, count)
        means = self._means(terms.instrument)
        words = f"{'About ' if terms.kind is Kind.MARKET else ''}{money(value, terms.instrument.currency)}"
        if means.equity and means.fx:
            words += f" · {percent(value * means.fx / means.equity, signed=False)} of equity"
        return words

    async def _load_atr(self, instrument: Instrument) -> None:
        loaded = await self._h.market.load(instrument, Timeframe.D1, ATR_BARS)
        columns = self._h.studies.compute("atr", loaded.bars.closed_only)
        newest = float(columns.lines[0].values[-1]) if columns.lines else math.nan
        if instrument is self._instrument and math.isfinite(newest):
            self._atr = newest
            self.refresh()

    def _no_atr(self, why: str) -> None:
        self._form.risk.setText("No daily range: enter stop and target")
        self._form.risk.setToolTip(why)


def _risk_words(terms: Terms, count: Decimal | None) -> str:
    entry, stop, target = terms.price.value, terms.stop.value, terms.target.value
    if entry is None or stop is None or count is None or not count.is_finite():
        return ""
    risked = abs(terms.instrument.value(entry - stop, count))
    words = f"risk {money(risked)}" if risked < Decimal(10) ** 12 else ""
    if target is not None and entry != stop:
        words += f" · R {number((target - entry) / (entry - stop), 2)}"
    return words
